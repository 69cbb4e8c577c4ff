#include "driver/run/load_command.hpp"

#include "driver/load/http_door.hpp"
#include "driver/run/final_audit.hpp"
#include "driver/run/prepare.hpp"
#include "driver/run_to_end.hpp"

namespace bank::driver {

namespace {

using namespace std::chrono_literals;

/// Interval between two snapshots of all balances.
constexpr auto between_snapshots = 1s;
/// Both in snapshots. An older outcome is settled: every deadline has passed.
constexpr std::uint64_t between_old_questions = 60;
constexpr std::uint64_t old_question = 600;
constexpr auto late_events_time = 20s;

}  // namespace

load_command::load_command(run_options o, scenario s)
    : options_(std::move(o)),
      scenario_(std::move(s)),
      node_(io_, options_, scenario_.node, scenario_.needs_store_proxy()),
      plan_(plan_of(scenario_)),
      view_(options_.quiet),
      tick_(io_.get_executor()),
      money_tick_(io_.get_executor()),
      beside_(io_) {
  for (std::size_t i = 0; i < scenario_.setup.accounts; ++i)
    accounts_.push_back(plan_.account_id(i));
}

load_report load_command::execute() {
  report_.scenario = scenario_.name;
  report_.about = scenario_.about;
  report_.seed = scenario_.seed;
  if (auto wrong = run_to_end(io_, drive(), [this](const auto& why) { interrupted(why); }))
    report_.failure = std::move(wrong);
  view_.end();
  judge();
  if (report_.failure) report_.failure->text += node_.keep();
  return std::move(report_);
}

task<void> load_command::drive() {
  maybe_problem wrong = co_await node_.reach();
  if (!wrong) wrong = co_await prepare();
  if (!wrong) wrong = co_await run_phases();
  if (!wrong && !interrupted_) wrong = co_await conclude();
  if (subscribers_) co_await subscribers_->stop();
  maybe_problem stopped = co_await node_.stop();
  if (!report_.failure) report_.failure = wrong ? std::move(wrong) : std::move(stopped);
}

task<maybe_problem> load_command::prepare() {
  auto client = http_client::make(io_, node_.address(), node_.token());
  if (!client) co_return client.error();
  client_.emplace(std::move(*client));
  write_.emplace(*client_, scenario_.setup.currency, accounts_);
  maybe_problem wrong = co_await prepare_accounts(*write_, scenario_);
  if (wrong) co_return wrong;

  const subscriber_counts& listeners = scenario_.subscribers;
  std::optional<event_checker> events;
  if (listeners.fast > 0) events.emplace(listeners.fast + listeners.slow + listeners.stalled);
  std::optional<history_log> log;
  if (options_.report_dir) {
    std::error_code ignored;
    std::filesystem::create_directories(*options_.report_dir, ignored);
    auto opened = history_log::open(*options_.report_dir / "history.jsonl", now());
    if (!opened) co_return opened.error();
    log.emplace(std::move(*opened));
  }
  witness_.emplace(money_checker(accounts_.size(), scenario_.setup.initial_balance, scenario_.seed),
                   std::move(events), std::move(log));
  const http_door::place place{*write_, counted_, scenario_.timing.timeout};
  phases_.emplace(load_phases::parts{io_, scenario_, plan_, *witness_, counted_,
                                     [place] { return std::make_unique<http_door>(place); },
                                     report_});
  fault_runner::parts breaks{io_,
                             node_.process(),
                             node_.address().port,
                             node_.store_proxy(),
                             nullptr,
                             [this](const std::string& text) { note_fault(text); }};
  if (witness_->events() != nullptr) {
    subscribers_.emplace(
        subscribers::parts{*client_, *witness_->events(),
                           [this](lifeline::duration d) { phases_->heard_after(d); }},
        listeners);
    breaks.listeners = &*subscribers_;
    const bool all_listen = co_await subscribers_->start();
    if (!all_listen) co_return problem{"some subscribers could not subscribe to the node's events"};
  }
  faults_.emplace(std::move(breaks));
  co_return std::nullopt;
}

task<maybe_problem> load_command::run_phases() {
  loading_ = true;
  phases_->begin();
  beside_.spawn(watch_money());
  beside_.spawn(show_progress());
  for (std::size_t i = 0; i < scenario_.phases.size() && !interrupted_; ++i) {
    const phase& p = scenario_.phases[i];
    faults_->begin_phase(p.name, scenario_.faults, p.length);
    co_await phases_->run(i);
    co_await faults_->end_phase();
    if (faults_->failure()) break;
  }
  report_.seconds = phases_->seconds();
  report_.faults = faults_->count();
  loading_ = false;
  tick_.cancel();
  money_tick_.cancel();
  co_await beside_.join();
  co_return faults_->failure();
}

task<maybe_problem> load_command::conclude() {
  view_.note("checking unknown outcomes and balances");
  final_audit audit({*write_, *witness_, accounts_});
  maybe_problem wrong = co_await audit.run();
  if (subscribers_) co_await subscribers_->catch_up(late_events_time);
  co_return wrong;
}

task<void> load_command::watch_money() {
  asker node(*client_);
  for (std::uint64_t second = 1; loading_; ++second) {
    const auto s = co_await take_snapshot(node);
    if (s) witness_->money().snapshot(s->worst_sum());
    witness_->money().tick();
    if (second % between_old_questions == 0) co_await ask_old_questions();
    if (loading_) co_await pause(money_tick_, between_snapshots);
  }
}

/// Keeps the number of unknown outcomes small during a load of days.
task<void> load_command::ask_old_questions() {
  auto old = witness_->money().questions_older_than(old_question);
  if (old.empty()) co_return;
  final_audit audit({*write_, *witness_, accounts_});
  co_await audit.ask(std::move(old));
}

task<void> load_command::show_progress() {
  while (loading_) {
    co_await pause(tick_, 250ms);
    report_.line.tick(phases_->seconds());
    if (!view_.is_due(phases_->seconds())) continue;
    live_state s = phases_->state();
    s.latest_fault = latest_fault_;
    s.snapshots = witness_->money().snapshots();
    s.is_broken = witness_->money().is_broken();
    view_.show(s.seconds, live_screen(s), live_line(s));
  }
}

void load_command::note_fault(const std::string& text) {
  report_.line.note(phases_->seconds(), text, true);
  latest_fault_ = text;
  view_.note(text);
}

void load_command::interrupted(const std::string& why) {
  report_.failure = problem{why};
  interrupted_ = true;
  if (!loading_) return cancel_tasks(io_);
  faults_->stop();
  phases_->stop();
}

void load_command::judge() {
  if (!witness_) return;
  report_.snapshots = witness_->money().snapshots();
  if (witness_->log() != nullptr) {
    witness_->log()->finish();
    report_.history_lines = witness_->log()->lines();
  }
  if (report_.failure) return;
  report_.compare(scenario_.thresholds, report_.total);
  std::vector<finding> all = witness_->money().conclude();
  if (witness_->events() != nullptr) all.push_back(witness_->events()->conclude());
  report_.keep(std::move(all), scenario_.invariants);
}

}  // namespace bank::driver
