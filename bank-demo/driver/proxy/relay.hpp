#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "driver/proxy/fault_proxy.hpp"
#include "driver/proxy/flow.hpp"

namespace bank::driver::proxy {

namespace asio = boost::asio;
using stream = asio::generic::stream_protocol::socket;

/// A child process must not inherit a socket: it would keep the port or the connection open.
void keep_from_children(int socket);

/// Shared by all connections of a proxy. Used on its thread only.
struct shared_state {
  target to;
  faults now;
  counters count;
};

/// One client's connection and its connection to the target. Bytes are read, queued until they may
/// be written, and written; each direction has a reader and a writer. Used on the proxy's thread
/// only; lives as long as one of its coroutines.
class relay : public std::enable_shared_from_this<relay> {
 public:
  relay(asio::io_context& io, stream client, shared_state& shared, std::uint64_t seed);
  ~relay();

  void start();
  /// The faults have changed.
  void look_again();
  /// Resets both connections; counted as cut unless already closed.
  void cut();

 private:
  struct portion {
    clock::time_point leaves;
    std::string bytes;  ///< empty: the sender has closed its side
  };
  struct direction {
    direction(asio::io_context& io, stream& source, stream& sink, std::uint64_t seed)
        : from(source), to(sink), pace(seed), reader_wakes(io), writer_wakes(io) {}
    stream& from;
    stream& to;
    flow pace;
    std::deque<portion> queue;
    std::size_t queued_bytes = 0;
    asio::steady_timer reader_wakes;
    asio::steady_timer writer_wakes;
  };

  asio::awaitable<void> run();
  asio::awaitable<bool> connect();
  asio::awaitable<void> read(std::shared_ptr<relay> kept_alive, direction& d);
  asio::awaitable<void> write(std::shared_ptr<relay> kept_alive, direction& d);
  asio::awaitable<void> wait(asio::steady_timer& t, clock::time_point until);
  asio::awaitable<std::size_t> until_writable(direction& d);
  asio::awaitable<bool> deliver(direction& d, std::size_t n);
  std::size_t left_before_cut() const;
  void end();

  asio::io_context& io_;
  shared_state& shared_;
  stream client_;
  stream server_;
  direction up_;
  direction down_;
  std::uint64_t carried_ = 0;
  bool over_ = false;
};

}  // namespace bank::driver::proxy
