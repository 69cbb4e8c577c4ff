#include "bank/api/server/streamed_body.hpp"

#include <cstdio>
#include <utility>

#include "bank/api/observe/log.hpp"
#include "bank/api/server/request_context.hpp"
#include "bank/api/server/stream.hpp"

namespace bank::api {

namespace asio = boost::asio;

namespace {

/// Memory that a body is charged for: a part that waits for the client.
constexpr std::size_t part_memory = 64 * 1024;

std::string chunk_of(const std::string& part) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", part.size());
  return size + part + "\r\n";
}

class streamed_body final : public stream {
 public:
  streamed_body(next_part next, bool chunked, std::string name)
      : next_(std::move(next)), chunked_(chunked), name_(std::move(name)) {}

  asio::awaitable<void> run(stream_line& to) override {
    bool goes_on = true;
    while (goes_on) {
      auto part = co_await next_(to.ctx());
      if (!part) {
        // Without its last chunk the client knows that the body is not complete.
        log::warn("an answer was cut off: {}: {}", name_, part.error().detail);
        co_return;
      }
      const bool is_last = part->empty();
      // Named: GCC 12 destroys such an argument twice.
      std::string bytes = chunked_ ? chunk_of(*part) : std::move(*part);
      const bool sent = co_await to.write(std::move(bytes));
      goes_on = sent && !is_last;
    }
  }
  bool may_send(lifeline::wall_time) const override { return true; }
  std::size_t memory() const noexcept override { return part_memory; }

 private:
  const next_part next_;
  const bool chunked_;
  const std::string name_;
};

}  // namespace

void stream_body(request_context& x, next_part next) {
  x.out.is_stream = true;
  x.out.is_chunked = x.req.http11;
  if (x.req.method == method::head) return;
  x.out.then = std::make_shared<streamed_body>(std::move(next), x.out.is_chunked, name_of(x));
}

}  // namespace bank::api
