// A context bound to an Asio operation. A coroutine reads from a pipe that stays empty; the end of
// its context cancels the read, on the coroutine's own thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/writable_pipe.hpp>

#include <array>
#include <cstdio>
#include <string>

#include "lifeline/context/bind_cancellation.hpp"
#include "lifeline/context/context.hpp"

namespace asio = boost::asio;
using namespace lifeline;
using namespace std::chrono_literals;

asio::awaitable<void> read_within(context ctx, asio::readable_pipe& from) {
  std::array<char, 16> bytes{};
  boost::system::error_code error;
  std::puts("reading, for 50 ms at most");
  co_await from.async_read_some(
      asio::buffer(bytes),
      bind_cancellation(ctx, asio::redirect_error(asio::use_awaitable, error)));
  std::printf("the read ended: %s\n", error.message().c_str());
  std::printf("the context says: %s\n", std::string(to_string(ctx.err())).c_str());
}

int main() {
  asio::io_context io;
  asio::readable_pipe out(io);
  asio::writable_pipe in(io);
  asio::connect_pipe(out, in);
  const auto scope = with_timeout(background(), 50ms);
  asio::co_spawn(io, read_within(scope.ctx(), out), asio::detached);
  io.run();
}
