#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "lifeline/context/context.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// A connection as a stream sees it: bytes to and from the client until one side hangs up.
class stream_line {
 public:
  stream_line() = default;
  stream_line(const stream_line&) = delete;
  stream_line& operator=(const stream_line&) = delete;

  /// Ends when the client hangs up or the node stops waiting for the stream.
  virtual const lifeline::context& ctx() const noexcept = 0;
  /// Returns when the system has taken the bytes; false if the client is gone. A client that does
  /// not read is dropped after a while, or at once if its caller's memory is used up.
  virtual boost::asio::awaitable<bool> write(std::string bytes) = 0;
  /// Bytes from the client that are not consumed yet.
  virtual std::string_view received() const noexcept = 0;
  virtual void consume(std::size_t bytes) = 0;
  /// Called on the connection's thread when more bytes arrived; null: none.
  virtual void on_received(std::function<void()> f) = 0;

 protected:
  ~stream_line() = default;
};

/// Follows an answer's head instead of a body, and ends the connection.
class stream {
 public:
  stream() = default;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  virtual ~stream() = default;

  virtual boost::asio::awaitable<void> run(stream_line& to) = 0;
  /// False once nothing more may be sent. Called with each sweep, on the connection's thread: then
  /// a waiting stream is woken, and one whose client does not read is closed.
  virtual bool may_send(lifeline::wall_time now) const = 0;
  /// Bytes that may wait for the client: charged to its caller while the stream runs.
  virtual std::size_t memory() const noexcept { return 0; }
};

}  // namespace bank::api
