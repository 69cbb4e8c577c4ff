#pragma once

#include <array>
#include <memory>

#include "lifeline/actor/blocking.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/context/context.hpp"

namespace lifeline {

struct runtime_options {
  std::size_t workers = 0;      ///< threads that run actors; 0: one per core
  std::size_t throughput = 64;  ///< messages an actor handles before it yields
  std::array<lane_options, lane_count> lanes{lane_options{1, 1'000}, lane_options{2, 10'000},
                                             lane_options{1, 1'000}, lane_options{2, 1'000},
                                             lane_options{1, 100}};
  wire_values values{};  ///< context values that travel to other nodes
};

/// An actor system with a clock, a door to blocking work and a root context. Its destructor waits
/// for all actors, then for the jobs queued behind the door. Tell the actors to end, and destroy
/// each `asio_port`, before.
class runtime {
 public:
  explicit runtime(const runtime_options& options = {}, clock& time = process_clock());
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;
  ~runtime();

  caf::actor_system& system() noexcept { return *system_; }
  blocking_door& blocking() noexcept { return *door_; }
  clock& time() noexcept { return time_; }
  /// Never done, on this runtime's clock.
  const context& background() const noexcept { return root_; }

 private:
  clock& time_;
  context root_;
  std::unique_ptr<system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<blocking_door> door_;  // destroyed before the system: its jobs send to actors
};

}  // namespace lifeline
