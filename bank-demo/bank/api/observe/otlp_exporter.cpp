#include "bank/api/observe/otlp_exporter.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "bank/api/observe/otlp_endpoint.hpp"

namespace bank::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using lifeline::span_record;

/// Sends a request on a connection of its own; true if the collector accepted it.
asio::awaitable<bool> post(const otlp_endpoint& to, std::string body,
                           std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  beast::tcp_stream stream(executor);
  stream.expires_after(limit);
  tcp::resolver resolver(executor);
  const auto found = co_await resolver.async_resolve(to.host, to.port, asio::use_awaitable);
  co_await stream.async_connect(found, asio::use_awaitable);

  http::request<http::string_body> request(http::verb::post, to.path, 11, std::move(body));
  request.set(http::field::host, to.host + ":" + to.port);
  request.set(http::field::content_type, "application/json");
  request.set(http::field::connection, "close");
  request.prepare_payload();
  co_await http::async_write(stream, request, asio::use_awaitable);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> answer;
  answer.body_limit(64 * 1024);
  co_await http::async_read(stream, buffer, answer, asio::use_awaitable);
  co_return answer.get().result_int() / 100 == 2;
}

class otlp_exporter final : public span_exporter {
 public:
  otlp_exporter(otlp_options options, lifeline::metrics& to)
      : options_(std::move(options)),
        to_(parse_otlp_endpoint(options_.endpoint).value()),
        exported_(counter_of(to, "exported")),
        dropped_(counter_of(to, "dropped")),
        thread_([this] { run(); }) {}
  ~otlp_exporter() override {
    {
      const std::lock_guard lock(mutex_);
      stops_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void take(span_record r) noexcept override {
    bool wakes = false;
    {
      const std::lock_guard lock(mutex_);
      if (spans_.size() >= options_.queue) {
        dropped_.add();
        return;
      }
      spans_.push_back(std::move(r));
      wakes = spans_.size() == 1 || spans_.size() == options_.batch;
    }
    if (wakes) wake_.notify_one();
  }

 private:
  static lifeline::counter& counter_of(lifeline::metrics& to, const char* outcome) {
    return to.make_counter("bank_trace_spans_total", "Spans to be exported, by outcome.",
                           {{"outcome", outcome}});
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stops_ || !spans_.empty()) {
      wake_.wait(lock, [this] { return stops_ || !spans_.empty(); });
      wake_.wait_for(lock, options_.linger,
                     [this] { return stops_ || spans_.size() >= options_.batch; });
      const bool last = stops_;
      std::vector<span_record> some = std::exchange(spans_, {});
      lock.unlock();
      for (std::size_t i = 0; i < some.size(); i += options_.batch)
        send(std::span(some).subspan(i, std::min(options_.batch, some.size() - i)),
             last ? options_.last : options_.timeout);
      lock.lock();
      if (last) break;
    }
  }

  void send(std::span<const span_record> batch, std::chrono::milliseconds limit) {
    if (batch.empty()) return;
    bool taken = false;
    asio::io_context io;
    asio::co_spawn(io, post(to_, otlp_json(batch, options_.version), limit),
                   [&](const std::exception_ptr& failed, bool ok) { taken = !failed && ok; });
    io.run();
    (taken ? exported_ : dropped_).add(batch.size());
  }

  const otlp_options options_;
  const otlp_endpoint to_;
  lifeline::counter& exported_;
  lifeline::counter& dropped_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<span_record> spans_;
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<span_exporter> make_otlp_exporter(otlp_options options, lifeline::metrics& to) {
  return std::make_unique<otlp_exporter>(std::move(options), to);
}

}  // namespace bank::api
