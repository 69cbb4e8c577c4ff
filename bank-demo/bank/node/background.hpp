#pragma once

#include <memory>
#include <vector>

#include "bank/api/jobs/job_service.hpp"
#include "bank/node/background_options.hpp"
#include "bank/node/stores.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/supervision/shutdown_sequence.hpp"
#include "lifeline/supervision/supervisor.hpp"
#include "lifeline/work/job_pool.hpp"
#include "lifeline/work/ticker.hpp"

namespace bank::node {

/// Work outside of requests: the job pool, and three tickers in the node's supervision tree.
/// `standing orders` makes transfers of due standing orders, `due` executes due transfers,
/// `housekeeping` deletes expired data. All of it runs under one root context of its own, which the
/// destructor cancels. Safe from any thread, except construction and destruction.
class background {
 public:
  /// Runs nothing yet. All arguments must outlive it. Changes of jobs are published as
  /// `api::job_changed`. `meter`, if given, is the round of one more ticker; `tickers` counts the
  /// work of all of them.
  background(lifeline::runtime& rt, const lifeline::ledger::ledger& books, const stores& kept,
             const background_options& options, lifeline::topic job_events = {},
             lifeline::round_function meter = nullptr, lifeline::actor_meter* tickers = nullptr);
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  /// Cancels the running jobs and waits for them.
  ~background();

  /// Continues the jobs of the previous process. Throws storage::startup_error.
  void recover(const lifeline::context& ctx);
  /// The tickers as a child of the tree; `above` has the tree's options. Call it once.
  lifeline::child_spec tickers(const lifeline::supervisor_options& above);

  api::job_service& jobs() noexcept { return job_service_; }
  /// Wakes the ticker for a transfer that is due at `at`.
  void wake_due_ticker(lifeline::wall_time at) const;

  /// Wakes the ticker for a standing order that is due at `at`.
  void wake_order_ticker(lifeline::wall_time at) const;

  /// Accepts no more jobs. Running ones may go on for 1 s, at most until `ctx` ends; then they are
  /// cancelled, and continue at the next start. `done` is dropped when none runs.
  void stop_jobs(const lifeline::context& ctx, std::shared_ptr<const void> done);
  /// Ends the tickers and their work; `done` is dropped when they have ended.
  void stop_tickers(const std::shared_ptr<const void>& done);
  lifeline::job_pool_figures job_figures() const { return pool_.figures(); }
  /// The running jobs, as kind and id.
  std::vector<std::string> running_jobs() const;

 private:
  lifeline::child_spec ticker(const char* name, const lifeline::child_ref& ref,
                              lifeline::ticker_options how, lifeline::round_function work);

  lifeline::runtime& rt_;
  const lifeline::ledger::ledger& books_;
  const stores& kept_;
  const background_options options_;
  const lifeline::round_function measure_;
  lifeline::actor_meter* const meter_of_tickers_;
  lifeline::cancel_scope root_;
  lifeline::cancel_scope ticking_;  ///< under the root: ends before jobs are cut off
  lifeline::child_ref orders_;
  lifeline::child_ref due_;
  lifeline::child_ref housekeeping_;
  lifeline::child_ref meter_;
  lifeline::job_pool pool_;
  api::job_service job_service_;
};

}  // namespace bank::node
