#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "driver/proxy/faults.hpp"

namespace bank::driver::proxy {

/// The target of the proxy's connections.
struct tcp_target {
  std::string host;  ///< a name or an address, resolved for each connection
  std::uint16_t port = 0;
};
struct unix_target {
  std::string path;  ///< such as /var/run/postgresql/.s.PGSQL.5432
};
using target = std::variant<tcp_target, unix_target>;

/// A TCP proxy on 127.0.0.1 with faults on command. It runs on a thread of its own. Every function
/// may be called from any other thread and returns when it has taken effect: after `down()` every
/// connection is reset and the next one is refused.
///
///     fault_proxy proxy(tcp_target{"127.0.0.1", 5432});
///     connect_to("127.0.0.1", proxy.port());
///     proxy.black_hole();   // a partition …
///     proxy.pass();         // … which ends
///
/// Faults apply to open and to new connections until the next call.
class fault_proxy {
 public:
  struct options {
    std::uint16_t port = 0;  ///< 0: a free one
    std::uint64_t seed = 1;  ///< for the jitter
  };

  /// Listens from now on. Throws boost::system::system_error if the port can't be bound.
  explicit fault_proxy(target to) : fault_proxy(std::move(to), options{}) {}
  fault_proxy(target to, options o);
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;
  /// Resets all connections and releases the port.
  ~fault_proxy();

  std::uint16_t port() const noexcept;

  /// Sets exactly these faults.
  void set(const faults& f);
  faults current() const;

  void pass() { set({}); }
  void down();
  void black_hole();
  /// The same delay in both directions.
  void delay(latency each_way);
  void trickle(std::uint64_t bytes_per_second);
  void cut_after(std::uint64_t bytes);
  /// Resets all connections once. The faults stay.
  void cut_now();

  counters count() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bank::driver::proxy
