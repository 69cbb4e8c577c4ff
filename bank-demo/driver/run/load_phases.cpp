#include "driver/run/load_phases.hpp"

#include <algorithm>

namespace bank::driver {

namespace {

/// Each phase, and each client of a closed phase, has a place of its own that separates its
/// requests.
constexpr std::uint64_t places_of_a_phase = 1 << 20;

}  // namespace

request_plan plan_of(const scenario& s) {
  return {s.seed, s.setup.accounts, s.accounts, s.mix, s.amount, s.batch};
}

load_phases::load_phases(parts p)
    : parts_(std::move(p)), ground_{parts_.io,           parts_.wanted.timing,
                                    parts_.wanted.batch, parts_.sees,
                                    parts_.make_door,    [this](const sample& s) { record(s); }} {}

void load_phases::begin() { began_ = now(); }

task<void> load_phases::run(std::size_t index) {
  const phase& p = parts_.wanted.phases[index];
  phase_ = &p;
  phase_began_ = now();
  parts_.report.line.note(seconds(), p.name, false);
  const std::uint64_t place = (index + 1) * places_of_a_phase;
  if (const auto* search = std::get_if<rate_search>(&p.load)) {
    co_await run_search(p, *search, place);
  } else {
    co_await run_load(p, place);
    if (p.counted) parts_.report.total.merge(parts_.report.phases.back().numbers);
  }
}

/// Adds a phase to the report and runs it.
task<void> load_phases::run_load(const phase& p, std::uint64_t place) {
  phase_report& r =
      parts_.report.phases.emplace_back(phase_report{p.name, p.counted, seconds(), {}});
  const traffic before = parts_.counted;
  into_ = &r.numbers;
  running_ = std::make_unique<phase_run>(ground_, parts_.plan, place, r.numbers);
  if (const auto* closed = std::get_if<closed_load>(&p.load))
    co_await running_->run_closed(*closed, p.length);
  else
    co_await running_->run_open(std::get<arrival_profile>(p.load), parts_.wanted.seed + place,
                                p.length);
  running_.reset();
  into_ = nullptr;
  r.numbers.seconds = seconds() - r.began;
  r.numbers.bytes_out = parts_.counted.bytes_out - before.bytes_out;
  r.numbers.bytes_in = parts_.counted.bytes_in - before.bytes_in;
}

/// Raises the rate by half until a threshold is missed, then halves the interval until it is small
/// or the time is over. A rate that misses a threshold is tried a second time, because one bad
/// moment is not a limit.
task<void> load_phases::run_search(const phase& p, const rate_search& search, std::uint64_t place) {
  parts_.report.search.emplace().phase = p.name;
  double broken = 0;
  double rate = search.from;
  while (!stopped_ && now() - phase_began_ < p.length) {
    bool kept = co_await try_rate(p, rate, search.each, place++);
    if (!kept && !stopped_) kept = co_await try_rate(p, rate, search.each, place++);
    const double highest = parts_.report.search->highest;
    if (!kept) broken = rate;
    if (rate >= search.to && kept) break;
    if (broken > 0 && broken - highest < 0.05 * broken) break;
    rate = broken > 0 ? (highest + broken) / 2 : std::min(rate * 1.5, search.to);
  }
}

/// Were the thresholds met? Tries that missed one do not count for the total.
task<bool> load_phases::try_rate(const phase& p, double rate, lifeline::duration length,
                                 std::uint64_t place) {
  const phase one{p.name + " at " + std::to_string(static_cast<int>(rate)) + "/s", length, false,
                  arrival_profile{{{rate, rate, length}}, false}};
  co_await run_load(one, place);
  const measures& m = parts_.report.phases.back().numbers;
  const bool kept = keeps_thresholds(m);
  search_report& r = *parts_.report.search;
  r.attempts.push_back({rate, kept, m.value("transfer.p99"), m.value("arrival.missed")});
  if (kept) r.highest = std::max(r.highest, rate);
  if (kept) parts_.report.total.merge(m);
  co_return kept;
}

bool load_phases::keeps_thresholds(const measures& m) const {
  for (const threshold& t : parts_.wanted.thresholds)
    if (!t.metric.ends_with(".rate") && !t.met_by(m.value(t.metric))) return false;
  return m.value("arrival.missed") < 0.01;
}

void load_phases::stop() {
  stopped_ = true;
  if (running_) running_->stop();
}

void load_phases::record(const sample& s) {
  into_->add(s);
  parts_.report.line.add(s.since_intended, s.is_error);
  if (into_->answers % 64 == 0) parts_.report.line.tick(seconds());
}

void load_phases::heard_after(lifeline::duration d) {
  if (into_ != nullptr) into_->events.add(d);
}

double load_phases::seconds() const { return seconds_since(began_); }

live_state load_phases::state() const {
  live_state s;
  s.scenario = parts_.wanted.name;
  s.seconds = seconds();
  s.latest = parts_.report.line.latest();
  if (phase_ != nullptr) {
    s.phase = phase_->name;
    s.phase_share =
        seconds_since(phase_began_) / std::chrono::duration<double>(phase_->length).count();
  }
  for (const phase_report& p : parts_.report.phases) {
    s.transfers += p.numbers.transfers;
    s.errors += p.numbers.errors;
    s.missed += p.numbers.missed;
  }
  return s;
}

}  // namespace bank::driver
