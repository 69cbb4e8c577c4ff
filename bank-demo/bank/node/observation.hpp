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
class operations_service;
class request_watch;
}  // namespace bank::api

namespace bank::node {

/// Metrics, request log, traces, the money meter, and the operations service that reports them. It
/// is constructed before the parts it observes and destroyed after them. Safe from any thread,
/// except construction and destruction.
class observation {
 public:
  observation(const configuration& c, lifeline::clock& time,
              std::shared_ptr<lifeline::supervision_history> history);
  observation(const observation&) = delete;
  observation& operator=(const observation&) = delete;
  ~observation();

  /// Null if `metrics.enabled` is false, as are `watch` and `operations`.
  lifeline::metrics* measures() noexcept;
  /// The meter of this kind of actors, which it outlives; null if not enabled.
  lifeline::actor_meter* meter_of(const std::string& kind);
  /// Null: no traces.
  const lifeline::tracer* traces() const noexcept;
  /// The same stores, with calls to the ledger store measured and the verifier's result recorded.
  stores watching(stores kept);
  /// The same options, with the tree's events recorded.
  lifeline::supervisor_options watching(lifeline::supervisor_options how);

  /// Completes it for a server once there is a bus; called once. The log sink runs under `rt`.
  void open(lifeline::runtime& rt, stores& kept, lifeline::event_bus& bus,
            std::function<lifeline::job_pool_figures()> jobs,
            std::function<std::uint64_t()> dropped_lines = nullptr);
  api::request_watch* watch() const noexcept;
  const api::operations_service* operations() const noexcept;

  /// Is there a request log?
  bool keeps_requests() const noexcept;
  /// The request log's writer, as a child of a supervisor.
  lifeline::child_spec log_sink();
  /// A ticker's round: sums all balances and records the figures of the last minute.
  lifeline::round_function meter();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bank::node
