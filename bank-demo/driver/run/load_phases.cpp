#include <algorithm>

#include "driver/run/load_command.hpp"

// The phases of a load run, one after another, and the search for the highest rate.

namespace bank::driver {

namespace {

/// Each phase, and each client of a closed phase, has a place of its own that separates its
/// requests.
constexpr std::uint64_t places_of_a_phase = 1 << 20;

lifeline::time_point now() { return lifeline::process_clock().now(); }

}  // namespace

task<maybe_problem> load_command::run_phases() {
  loading_ = true;
  started_ = now();
  task_group beside(io_);
  beside.spawn(watch_money());
  beside.spawn(show_progress());
  for (std::size_t i = 0; i < scenario_.phases.size() && !interrupted_; ++i) {
    co_await run_phase(scenario_.phases[i], (i + 1) * places_of_a_phase);
    if (faults_->failure()) break;
  }
  report_.seconds = seconds();
  report_.faults = faults_->count();
  loading_ = false;
  tick_.cancel();
  money_tick_.cancel();
  co_await beside.join();
  co_return faults_->failure();
}

task<void> load_command::run_phase(const phase& p, std::uint64_t number) {
  phase_ = &p;
  phase_began_ = now();
  note(p.name, false);
  faults_->begin_phase(p.name, scenario_.faults, p.length);
  const double began = seconds();
  if (const auto* search = std::get_if<rate_search>(&p.load)) {
    co_await run_search(p, *search, number);
  } else {
    phase_report& r = report_.phases.emplace_back(phase_report{p.name, p.counted, began, {}});
    const traffic before = counted_;
    into_ = &r.numbers;
    running_ = std::make_unique<phase_run>(*ground_, plan_, number, r.numbers);
    if (const auto* closed = std::get_if<closed_load>(&p.load))
      co_await running_->run_closed(*closed, p.length);
    else
      co_await running_->run_open(std::get<arrival_profile>(p.load), scenario_.seed + number,
                                  p.length);
    running_.reset();
    into_ = nullptr;
    r.numbers.seconds = seconds() - began;
    r.numbers.bytes_out = counted_.bytes_out - before.bytes_out;
    r.numbers.bytes_in = counted_.bytes_in - before.bytes_in;
  }
  co_await faults_->end_phase();
}

task<measures> load_command::run_at(const phase& p, double rate, lifeline::duration length,
                                    std::uint64_t place) {
  measures m;
  const auto began = now();
  into_ = &m;
  running_ = std::make_unique<phase_run>(*ground_, plan_, place, m);
  const arrival_profile profile{{{rate, rate, length}}, false};
  co_await running_->run_open(profile, scenario_.seed + place, length);
  running_.reset();
  into_ = nullptr;
  m.seconds = std::chrono::duration<double>(now() - began).count();
  report_.phases.push_back({p.name + " at " + std::to_string(static_cast<int>(rate)) + "/s", false,
                            seconds() - m.seconds, m});
  co_return m;
}

/// Raises the rate by half until a threshold is missed, then halves the interval until it is small
/// or the time is over. A rate that misses a threshold is tried a second time, because one bad
/// moment is not a limit.
task<void> load_command::run_search(const phase& p, const rate_search& search,
                                    std::uint64_t number) {
  report_.search.emplace().phase = p.name;
  double broken = 0;
  double rate = search.from;
  while (!interrupted_ && now() - phase_began_ < p.length) {
    bool kept = co_await try_rate(p, rate, search.each, number++);
    if (!kept && !interrupted_) kept = co_await try_rate(p, rate, search.each, number++);
    const double highest = report_.search->highest;
    if (!kept) broken = rate;
    if (rate >= search.to && kept) break;
    if (broken > 0 && broken - highest < 0.05 * broken) break;
    rate = broken > 0 ? (highest + broken) / 2 : std::min(rate * 1.5, search.to);
  }
}

/// Were the thresholds met? Tries that missed one do not count for the total.
task<bool> load_command::try_rate(const phase& p, double rate, lifeline::duration length,
                                  std::uint64_t place) {
  const measures m = co_await run_at(p, rate, length, place);
  const bool kept = keeps_thresholds(m);
  search_report& r = *report_.search;
  r.attempts.push_back({rate, kept, m.value("transfer.p99"), m.value("arrival.missed")});
  if (kept) r.highest = std::max(r.highest, rate);
  if (kept) report_.total.merge(m);
  co_return kept;
}

bool load_command::keeps_thresholds(const measures& m) const {
  for (const threshold& t : scenario_.thresholds)
    if (!t.metric.ends_with(".rate") && !t.met_by(m.value(t.metric))) return false;
  return m.value("arrival.missed") < 0.01;
}

}  // namespace bank::driver
