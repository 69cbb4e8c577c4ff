#include <utility>

#include "bank/api/http/reused_text.hpp"
#include "bank/api/server/connection.hpp"
#include "bank/api/server/io_worker.hpp"
#include "bank/api/server/stream.hpp"

// An event stream: follows an answer's head until one side ends it.

namespace bank::api {

namespace asio = boost::asio;

namespace {

/// A stream has no deadline, but a context needs one.
constexpr std::chrono::hours longest_stream{24 * 365};

}  // namespace

class connection::line final : public stream_line {
 public:
  explicit line(connection& c) : c_(c) {}
  ~line() { c_.stream_hears_ = nullptr; }

  const lifeline::context& ctx() const noexcept override { return c_.life_.ctx(); }

  asio::awaitable<bool> write(std::string bytes) override {
    if (!c_.may_send(bytes.size())) co_return false;
    if (c_.out_.empty()) {
      c_.out_ = std::move(bytes);
    } else {
      c_.out_ += bytes;
    }
    if (!c_.try_flush()) {
      co_await c_.flush();
      c_.enter(phase::handling, lifeline::duration::max());
    }
    // There may be many idle streams: none keeps a buffer.
    give_back(c_.out_);
    (void)c_.unsent_.resize(c_.answer_.then->memory());
    co_return !c_.broken_ && !c_.ended_;
  }

  std::string_view received() const noexcept override { return c_.unparsed(); }
  void consume(std::size_t bytes) override {
    c_.unparsed_.consume(bytes);
    c_.pump();
  }
  void on_received(std::function<void()> f) override { c_.stream_hears_ = std::move(f); }

 private:
  connection& c_;
};

/// Gives the stream a context of its own: it ends when the client hangs up.
asio::awaitable<void> connection::stream_out() {
  auto& rt = worker_.server().what.rt;
  life_.begin(rt.background(), rt.time().now() + longest_stream, false);
  if (ended_ || broken_) life_.abandon();
  if (!try_flush()) co_await flush();
  enter(phase::handling, lifeline::duration::max());
  {
    line to(*this);
    co_await answer_.then->run(to);
  }
  life_.end();
  answer_.then.reset();
  (void)unsent_.resize(0);
  unparsed_.clear();
}

}  // namespace bank::api
