#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "lifeline/context/context.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// A connection as a stream sees it: bytes to the client and from it, until either goes.
class stream_line {
 public:
  stream_line() = default;
  stream_line(const stream_line&) = delete;
  stream_line& operator=(const stream_line&) = delete;

  /// Ends when the client hangs up, or the node can't wait for it any more.
  virtual const lifeline::context& ctx() const noexcept = 0;
  /// Returns when the system has taken them; false if the client is gone. One that does not read is
  /// dropped after a while.
  virtual boost::asio::awaitable<bool> write(std::string bytes) = 0;
  /// What the client has sent, and was not consumed.
  virtual std::string_view received() const noexcept = 0;
  virtual void consume(std::size_t bytes) = 0;
  /// Called, on the connection's thread, when there is more of that; null: nobody.
  virtual void on_received(std::function<void()> f) = 0;

 protected:
  ~stream_line() = default;
};

/// What follows an answer's head instead of a body, and ends the connection.
class stream {
 public:
  stream() = default;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  virtual ~stream() = default;

  virtual boost::asio::awaitable<void> run(stream_line& to) = 0;
  /// False once nothing more may be sent. Asked with each sweep, on the connection's thread: a
  /// stream that waits is then woken, and one whose client does not read is closed.
  virtual bool may_send(lifeline::wall_time now) const = 0;
};

}  // namespace bank::api
