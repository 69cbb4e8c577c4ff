#include "lifeline/guards/breaker_state.hpp"

#include <algorithm>
#include <stdexcept>

namespace lifeline::guards {

std::string_view to_string(circuit c) noexcept {
  switch (c) {
    case circuit::closed: return "closed";
    case circuit::open: return "open";
    case circuit::half_open: return "half_open";
  }
  return "unknown";
}

breaker_state::breaker_state(const breaker_options& options, time_point now)
    : options_(options), window_(options.window, options.window_parts) {
  if (options.probes == 0)
    throw std::invalid_argument("breaker_options::probes must be at least 1, not 0");
  if (!(options.failure_ratio >= 0))
    throw std::invalid_argument("breaker_options::failure_ratio must be 0 or more");
  if (options.open_for < duration::zero())
    throw std::invalid_argument("breaker_options::open_for must not be negative");
  window_.clear(now);
}

call_permit breaker_state::ask_in_trouble(time_point now) noexcept {
  const auto refused = [this](refusal why) { return call_permit{generation_, false, why}; };
  switch (state(now)) {
    case circuit::closed: return {generation_};
    case circuit::open: return refused(refusal::circuit_open);
    case circuit::half_open: break;
  }
  // Successful probes keep their places until it closes.
  if (probing_ + proved_ >= options_.probes) return refused(refusal::circuit_probing);
  ++probing_;
  return {generation_, true};
}

void breaker_state::succeeded(const call_permit& p, time_point now) {
  if (p.generation != generation_ || !p) return;
  window_.success(now);
  if (state_ != circuit::half_open) return;
  --probing_;
  if (++proved_ >= options_.probes) enter(circuit::closed, now);
}

void breaker_state::failed(const call_permit& p, time_point now) {
  if (p.generation != generation_ || !p) return;
  if (state_ == circuit::half_open) return enter(circuit::open, now);
  window_.failure(now);
  if (should_open(now)) enter(circuit::open, now);
}

void breaker_state::trip(time_point now) noexcept {
  if (state(now) != circuit::open) enter(circuit::open, now);
}

void breaker_state::lost(const call_permit& p) noexcept {
  if (p.generation == generation_ && p.probes && state_ == circuit::half_open) --probing_;
}

circuit breaker_state::state(time_point now) noexcept {
  if (state_ == circuit::open && open_left(now) == duration::zero()) enter(circuit::half_open, now);
  return state_;
}

duration breaker_state::open_left(time_point now) const noexcept {
  if (state_ != circuit::open) return duration::zero();
  return std::max(lifeline::time_after(opened_, options_.open_for) - now, duration::zero());
}

void breaker_state::enter(circuit next, time_point now) noexcept {
  state_ = next;
  ++generation_;
  probing_ = 0;
  proved_ = 0;
  opened_ = now;
  window_.clear(now);
}

bool breaker_state::should_open(time_point now) {
  const call_counts& c = window_.counts(now);
  if (options_.opens) return options_.opens(c);
  return (options_.failures_in_a_row > 0 && c.failures_in_a_row >= options_.failures_in_a_row) ||
         (c.calls() >= options_.least_calls && c.failure_ratio() >= options_.failure_ratio);
}

}  // namespace lifeline::guards
