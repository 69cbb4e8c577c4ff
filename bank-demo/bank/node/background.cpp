#include "bank/node/background.hpp"

#include <map>
#include <set>
#include <utility>

#include "bank/api/events/node_events.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/api/routes/job_views.hpp"
#include "bank/node/due_rounds.hpp"
#include "bank/node/housekeeping.hpp"
#include "bank/node/jobs/job_kinds.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::job_record;
using lifeline::job_state;

/// Due transfers executed at the same time, and so open asks of the ticker.
constexpr std::size_t due_at_once = 32;
/// Pause between the end of a round of due transfers and a requested one.
constexpr auto due_pause = std::chrono::milliseconds(100);
/// Time for running jobs when the node stops.
constexpr auto job_grace = std::chrono::seconds(1);
/// Time limit of one item of the housekeeping.
constexpr auto housekeeping_limit = std::chrono::minutes(30);

void log(const job_record& j) {
  const auto level = j.state == job_state::failed        ? log::level::error
                     : j.state == job_state::interrupted ? log::level::warn
                                                         : log::level::info;
  if (j.state == job_state::running && j.progress > 0) return;
  log::at(level, "job {} ({} of {}) is {}{}{}", j.id, j.kind, j.owner, to_string(j.state),
          j.failure.empty() ? "" : ": ", j.failure);
}

void announce(const lifeline::topic& to, const job_record& j) {
  api::job_changed changed{j.owner, {}};
  api::append_job_line(changed.json, j);
  to.publish(std::move(changed));
}

std::map<std::string, lifeline::job_kind> kinds_of(lifeline::runtime& rt,
                                                   const lifeline::ledger::ledger& books,
                                                   const stores& kept) {
  auto kinds = job_kinds(*kept.books, kept.verify);
  if (kept.files) kinds["import"] = {import_job({rt, books, *kept.books}, *kept.files), true};
  return kinds;
}

lifeline::job_pool_options pool_options(const background_options& o,
                                        const storage::job_files* files,
                                        const lifeline::topic& job_events) {
  lifeline::job_pool_options p;
  p.workers = o.job_workers;
  p.queue = o.job_queue;
  p.limit = o.job_limit;
  p.on_change = [files, job_events](const job_record& j) {
    log(j);
    if (job_events) announce(job_events, j);
    if (files != nullptr && is_final(j.state)) files->forget(j.id);
  };
  return p;
}

}  // namespace

background::background(lifeline::runtime& rt, const lifeline::ledger::ledger& books,
                       const stores& kept, const background_options& options,
                       lifeline::topic job_events, lifeline::round_function meter,
                       lifeline::actor_meter* tickers)
    : rt_(rt),
      books_(books),
      kept_(kept),
      options_(options),
      measure_(std::move(meter)),
      meter_of_tickers_(tickers),
      root_(with_cancel(rt.background())),
      ticking_(with_cancel(root_.ctx())),
      pool_(root_.ctx(), *kept.jobs, kinds_of(rt, books, kept),
            pool_options(options, kept.files.get(), job_events)),
      job_service_(pool_, kept.files.get()) {}

background::~background() { root_.cancel(); }

void background::recover(const context& ctx) {
  const auto found = pool_.recover(ctx);
  if (!found)
    throw storage::startup_error("the jobs of the previous run can't be read: " +
                                 found.error().message());
  if (kept_.files) {
    std::set<std::string> unfinished;
    for (const job_record& j : pool_.active()) unfinished.insert(j.id);
    kept_.files->keep_only(unfinished);
  }
  if (!found->queued.empty())
    log::info("{} jobs of the previous run continue", found->queued.size());
}

// -- tickers --------------------------------------------------------------------------------------

/// Transient: a ticker ends with its context and is then not restarted.
lifeline::child_spec background::ticker(const char* name, const lifeline::child_ref& ref,
                                        lifeline::ticker_options how,
                                        lifeline::round_function work) {
  lifeline::child_spec spec;
  spec.policy.name = name;
  spec.policy.restart = lifeline::restart_kind::transient;
  spec.ref = ref;
  how.meter = meter_of_tickers_;
  spec.start = [this, how = std::move(how), work = std::move(work)](const lifeline::incarnation&) {
    return spawn_ticker(rt_.system(), ticking_.ctx(), how, work);
  };
  return spec;
}

lifeline::child_spec background::tickers(const lifeline::supervisor_options& above) {
  lifeline::ticker_options due;
  due.period = options_.due_period;
  due.round_limit = options_.due_limit;
  due.item_limit = options_.due_transfer_limit;
  due.items_at_once = due_at_once;
  due.pause = due_pause;
  const lifeline::ticker_options orders = due;
  lifeline::ticker_options housekeeping;
  housekeeping.period = options_.housekeeping_period;
  housekeeping.round_limit = 2 * housekeeping_limit;
  housekeeping.item_limit = housekeeping_limit;

  std::vector<lifeline::child_spec> all{
      ticker("standing orders", orders_, orders,
             order_rounds(rt_, books_, *kept_.books, options_.due_period,
                          [this] { wake_due_ticker(lifeline::wall_time()); })),
      ticker("due", due_, std::move(due),
             due_rounds(rt_, books_, *kept_.books, options_.due_period)),
      ticker("housekeeping", housekeeping_, std::move(housekeeping),
             housekeeping_rounds(rt_, *kept_.books, *kept_.jobs, options_, kept_.requests.get()))};
  if (measure_) {
    lifeline::ticker_options meter;
    meter.period = options_.meter_period;
    meter.round_limit = meter.item_limit = options_.meter_period;
    all.push_back(ticker("meter", meter_, std::move(meter), measure_));
  }
  auto how = above;
  how.policy.strategy = lifeline::restart_strategy::one_for_one;
  how.seed = above.seed + 2;
  how.on_started = nullptr;
  return supervisor_child("background", rt_.background(), std::move(how), std::move(all));
}

void background::wake_due_ticker(lifeline::wall_time at) const {
  due_.tell_from_outside(rt_.background(), lifeline::wake_ticker{at.time_since_epoch().count()});
}

void background::wake_order_ticker(lifeline::wall_time at) const {
  orders_.tell_from_outside(rt_.background(), lifeline::wake_ticker{at.time_since_epoch().count()});
}

// -- stopping -------------------------------------------------------------------------------------

/// Every kind of job can continue at the next start, so a long one is cancelled soon.
void background::stop_jobs(const context& ctx, std::shared_ptr<const void> done) {
  struct grace_period {
    lifeline::cancel_scope scope;
    std::shared_ptr<const void> done;
  };
  const auto grace =
      std::make_shared<grace_period>(grace_period{with_timeout(ctx, job_grace), std::move(done)});
  pool_.stopping()(grace->scope.ctx(), grace);
}

void background::stop_tickers(const std::shared_ptr<const void>& done) {
  for (const lifeline::child_ref* ref : {&orders_, &due_, &housekeeping_, &meter_})
    if (const caf::actor one = ref->current())
      one->attach_functor([held = done]() mutable { held = nullptr; });
  ticking_.cancel();
}

std::vector<std::string> background::running_jobs() const {
  std::vector<std::string> names;
  for (const job_record& j : pool_.active())
    if (j.state == job_state::running) names.push_back(j.kind + ' ' + j.id);
  return names;
}

}  // namespace bank::node
