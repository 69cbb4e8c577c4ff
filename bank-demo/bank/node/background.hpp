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

/// What works for no request: the pool of jobs, and three tickers, which are children of the node's
/// tree: `standing orders` makes transfers of what is due of these, `due` has open transfers
/// executed when their time has come, `housekeeping` deletes what was kept long enough. All of it
/// lives under one root context of its own, which `stop` ends. Safe from any thread, but for making
/// and ending it.
class background {
 public:
  /// Runs nothing yet. All that is given must outlive it. Changes of jobs are published as
  /// `api::job_changed`. `meter`, if given, is the round of one more ticker; what all of them do is
  /// counted in `tickers`.
  background(lifeline::runtime& rt, const lifeline::ledger::ledger& books, const stores& kept,
             const background_options& options, lifeline::topic job_events = {},
             lifeline::round_function meter = nullptr, lifeline::actor_meter* tickers = nullptr);
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  /// Cancels the jobs that run, and waits for them.
  ~background();

  /// Takes up the jobs that the last process left; they run from now on. Throws
  /// storage::startup_error.
  void recover(const lifeline::context& ctx);
  /// The tickers, as a child of a tree whose supervisors behave so. To be asked for once.
  lifeline::child_spec tickers(const lifeline::supervisor_options& above);

  api::job_service& jobs() noexcept { return job_service_; }
  /// A transfer will be due then.
  void comes_due(lifeline::wall_time at) const;

  /// A standing order will be due then.
  void order_comes_due(lifeline::wall_time at) const;

  /// Takes no job any more. Those that run may go on until `ctx` ends; then they are cancelled, and
  /// go on at the next start if they can. `done` is dropped when none runs.
  void stop_jobs(const lifeline::context& ctx, std::shared_ptr<const void> done);
  /// Ends the tickers and what they do; `done` is dropped when they have ended.
  void stop_tickers(const std::shared_ptr<const void>& done);
  lifeline::job_pool_figures job_figures() const { return pool_.figures(); }
  /// The jobs that run, in words.
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
