#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "bank/driver/proxy/faults.hpp"

namespace bank::driver::proxy {

/// Where the proxy's connections go on to.
struct tcp_target {
  std::string host;  ///< a name or an address, looked up for each connection
  std::uint16_t port = 0;
};
struct unix_target {
  std::string path;  ///< such as /var/run/postgresql/.s.PGSQL.5432
};
using target = std::variant<tcp_target, unix_target>;

/// A TCP proxy on 127.0.0.1 that fails when told to. It runs on a thread of its own; every function
/// here may be called from any other thread, and returns when what it asks for has happened: after
/// `down()`, for one, every connection is reset and the next is refused.
///
///     fault_proxy proxy(tcp_target{"127.0.0.1", 5432});
///     connect_to("127.0.0.1", proxy.port());
///     proxy.black_hole();   // a partition …
///     proxy.pass();         // … which ends
///
/// Faults hold for the connections that are open and for those to come, until the next call.
class fault_proxy {
 public:
  struct options {
    std::uint16_t port = 0;  ///< 0: a free one
    std::uint64_t seed = 1;  ///< of the jitter
  };

  /// Listens from now on. Throws boost::system::system_error if the port can't be had.
  explicit fault_proxy(target to) : fault_proxy(std::move(to), options{}) {}
  fault_proxy(target to, options o);
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;
  /// Resets what is open and gives the port back.
  ~fault_proxy();

  std::uint16_t port() const noexcept;

  /// Exactly these faults, and no others.
  void set(const faults& f);
  faults current() const;

  void pass() { set({}); }
  void down();
  void black_hole();
  /// The same delay in both directions.
  void delay(latency each_way);
  void trickle(std::uint64_t bytes_per_second);
  void cut_after(std::uint64_t bytes);
  /// Resets what is open, once. The faults stay as they are.
  void cut_now();

  counters count() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bank::driver::proxy
