#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bank/node/configuration.hpp"
#include "bank/node/stores.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/observe/actor_meter.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/observe/trace.hpp"
#include "lifeline/supervision/supervisor.hpp"
#include "lifeline/work/ticker.hpp"

namespace bank::api {
class operations_desk;
class request_watch;
}  // namespace bank::api

namespace bank::node {

/// Whatever watches the node: what is counted, which requests are written down, traces, the money
/// meter, and the desk that tells of it all. Made before the parts that it watches, and gone after
/// them. Safe from any thread, but for making and ending it.
class observation {
 public:
  observation(const configuration& c, lifeline::clock& time,
              std::shared_ptr<lifeline::supervision_history> history);
  observation(const observation&) = delete;
  observation& operator=(const observation&) = delete;
  ~observation();

  /// Null, as are the watch and the desk: nothing is watched.
  lifeline::metrics* measures() noexcept;
  /// Of this kind of actors, which it outlives; null as well.
  lifeline::actor_meter* meter_of(const std::string& kind);
  /// Null: there are no traces.
  const lifeline::tracer* traces() const noexcept;
  /// The same stores, with what is done to the books measured, and what their verifier finds noted.
  stores watching(stores kept);
  /// The same options, with what happens in the tree noted.
  lifeline::supervisor_options watching(lifeline::supervisor_options how);

  /// The rest of it, for a server, once there is a bus; called once. The log sink works under `rt`.
  void open(lifeline::runtime& rt, stores& kept, lifeline::event_bus& bus,
            std::function<lifeline::job_pool_figures()> jobs,
            std::function<std::uint64_t()> dropped_lines = nullptr);
  api::request_watch* watch() const noexcept;
  const api::operations_desk* desk() const noexcept;

  /// Is there a request log?
  bool keeps_requests() const noexcept;
  /// What writes it, as a child of a supervisor.
  lifeline::child_spec log_sink();
  /// A ticker's round: sums up the money, and notes how the node fares.
  lifeline::round_function meter();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bank::node
