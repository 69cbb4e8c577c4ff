#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "driver/clock.hpp"

// The driver runs on one thread: coroutines on one `io_context`. Every type names its executor, so
// that a request needs no type erasure.

namespace bank::driver {

namespace asio = boost::asio;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
template <class T>
using task = asio::awaitable<T, executor>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;

/// Awaits an operation; its error goes to `error` instead of being thrown.
inline auto awaiting(error_code& error) {
  return asio::redirect_error(asio::use_awaitable_t<executor>(), error);
}

/// Returns after `time`, or earlier when `t` is cancelled.
inline task<void> pause(timer& t, lifeline::duration time) {
  error_code ignored;
  t.expires_after(time);
  co_await t.async_wait(awaiting(ignored));
}

}  // namespace bank::driver
