// A context joined to an Asio operation: a coroutine reads from a pipe on which nothing ever comes,
// and the end of its context cancels the read. `after_func` runs on the clock's thread, so it only
// posts; the operation is cancelled on its own.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/writable_pipe.hpp>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "lifeline/context/context.hpp"
#include "lifeline/context/watch.hpp"

namespace asio = boost::asio;
using namespace lifeline;
using namespace std::chrono_literals;

/// Cancels what is bound to its slot when `ctx` ends, on the operation's own thread.
class cancelled_by {
 public:
  cancelled_by(const context& ctx, asio::io_context& io)
      : signal_(std::make_shared<asio::cancellation_signal>()),
        handle_(after_func(ctx, [&io, s = std::weak_ptr(signal_)] {
          asio::post(io, [s] {
            if (const auto signal = s.lock()) signal->emit(asio::cancellation_type::terminal);
          });
        })) {}
  cancelled_by(const cancelled_by&) = delete;
  cancelled_by& operator=(const cancelled_by&) = delete;
  ~cancelled_by() { handle_.stop(); }

  asio::cancellation_slot slot() const { return signal_->slot(); }

 private:
  std::shared_ptr<asio::cancellation_signal> signal_;
  after_func_handle handle_;
};

asio::awaitable<void> read_within(context ctx, asio::io_context& io, asio::readable_pipe& from) {
  std::array<char, 16> bytes{};
  const cancelled_by end(ctx, io);
  boost::system::error_code error;
  std::puts("reading, for 50 ms at most");
  co_await from.async_read_some(
      asio::buffer(bytes),
      asio::redirect_error(asio::bind_cancellation_slot(end.slot(), asio::use_awaitable), error));
  std::printf("the read ended: %s\n", error.message().c_str());
  std::printf("the context says: %s\n", std::string(to_string(ctx.err())).c_str());
}

int main() {
  asio::io_context io;
  asio::readable_pipe out(io);
  asio::writable_pipe in(io);
  asio::connect_pipe(out, in);
  const auto scope = with_timeout(background(), 50ms);
  asio::co_spawn(io, read_within(scope.ctx(), io, out), asio::detached);
  io.run();
}
