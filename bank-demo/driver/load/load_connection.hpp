#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "driver/load/answer_reader.hpp"
#include "driver/task.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// The result of an exchange.
struct exchanged {
  error_code error;        ///< set: no answer; `timed_out` if none came in time
  bool was_sent = false;   ///< the request may have arrived
  bool timed_out = false;  ///< no answer came in time; the connection is closed
  plain_answer answer;     ///< its body is valid until the next exchange
};

/// Bytes of connections.
struct traffic {
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
};

/// One client's connection: kept alive, reconnected after an error, one request in flight, as cheap
/// as possible. Never repeats a request. One thread.
class load_connection {
 public:
  /// Connects to the first of `nodes` that accepts it. `counted` may be null.
  load_connection(asio::io_context& io, std::vector<asio::ip::tcp::endpoint> nodes,
                  traffic* counted);
  load_connection(load_connection&&) noexcept = default;
  load_connection& operator=(load_connection&&) = delete;
  ~load_connection();

  /// Sends the request, which must outlive the call, and reads the answer; disconnects if there is
  /// none within `limit`.
  task<exchanged> exchange(std::string_view request,
                           lifeline::duration limit = std::chrono::seconds(15));
  /// Sends a request for an endless answer, such as a stream; the caller reads the socket.
  task<bool> send_only(std::string_view request);
  /// Reads some bytes; 0 at the end.
  task<std::size_t> read_some(char* to, std::size_t size);
  void hang_up();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace bank::driver
