#pragma once

#include <memory>
#include <string_view>

#include "bank/driver/load/answer_reader.hpp"
#include "bank/driver/task.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// What came of an exchange.
struct exchanged {
  error_code error;        ///< set: there is no answer
  bool was_sent = false;   ///< the request may have arrived
  bool timed_out = false;  ///< the connection was given up, since no answer came in time
  plain_answer answer;     ///< its body stays until the next exchange
};

struct traffic {
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
};

/// One client's connection: kept alive, made anew when it broke, one request in flight, and as
/// cheap as can be. Never repeats a request. One thread.
class load_connection {
 public:
  load_connection(asio::io_context& io, const asio::ip::tcp::endpoint& node, traffic& counted);
  load_connection(load_connection&&) noexcept = default;
  load_connection& operator=(load_connection&&) = delete;
  ~load_connection();

  /// Sends the request, which must stay until this returns, and reads the answer; hangs up if it is
  /// not there within `limit`.
  task<exchanged> exchange(std::string_view request, lifeline::duration limit);
  /// Sends it and reads nothing more: for what never ends. The socket is the caller's to read.
  task<bool> send_only(std::string_view request);
  /// Reads some bytes; 0 when there will be no more.
  task<std::size_t> read_some(char* to, std::size_t size);
  void hang_up();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace bank::driver
