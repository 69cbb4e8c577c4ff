#include "lifeline/actors/admission.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lifeline::actors {

admission::admission(const admission_options& options)
    : options_(options),
      limit_(options.first_limit),
      round_size_(std::max<std::size_t>(options.first_limit, 8)) {
  if (options.least_limit == 0 || options.least_limit > options.first_limit ||
      options.first_limit > options.most_limit)
    throw std::invalid_argument("limits rise from least, above zero, to first to most");
  if (options.tolerance < 1) throw std::invalid_argument("a tolerance is 1 or more");
}

admission::answer admission::arrive(ticket id, const std::string& caller, duration remaining,
                                    time_point now) {
  if (cannot_finish(remaining)) return {verdict::refused, refusal::cannot_finish};
  if (running_.size() < limit_ && waiting_.empty()) {
    running_.emplace(id, now);
    return {verdict::enters};
  }
  used_up_ = true;
  if (waiting_.size() >= options_.most_waiting) return {verdict::refused, refusal::overloaded};
  line& l = lines_[caller];
  if (l.waiters.size() >= options_.most_waiting_of_a_caller)
    return {verdict::refused, refusal::overloaded};
  l.waiters.push_back({id, lifeline::detail::time_after(now, remaining)});
  waiting_.emplace(id, caller);
  if (!l.in_turn) turns_.push_back(caller);
  l.in_turn = true;
  return {verdict::waits};
}

std::vector<admission::told> admission::finish(ticket id, time_point now) {
  const auto found = running_.find(id);
  if (found == running_.end()) return {};
  const duration took = now - found->second;
  if (running_.size() >= limit_) used_up_ = true;
  running_.erase(found);
  learn(took);
  return fill(now);
}

std::vector<admission::told> admission::abandon(ticket id, time_point now) {
  if (running_.erase(id) == 0) leave_line(id);
  return fill(now);
}

bool admission::cannot_finish(duration remaining) const noexcept {
  return remaining <= duration::zero() || (typical_.value() && remaining < *typical_.value());
}

/// Lets in whose turn it is, one of each caller after the other.
std::vector<admission::told> admission::fill(time_point now) {
  std::vector<told> all;
  while (running_.size() < limit_ && !turns_.empty()) {
    const std::string caller = std::move(turns_.front());
    turns_.pop_front();
    const auto at = lines_.find(caller);
    line& l = at->second;
    const waiter first = l.waiters.front();
    l.waiters.pop_front();
    if (l.waiters.empty())
      lines_.erase(at);
    else
      turns_.push_back(caller);
    waiting_.erase(first.id);
    const bool late =
        cannot_finish(first.due == time_point::max() ? duration::max() : first.due - now);
    if (!late) running_.emplace(first.id, now);
    all.push_back({first.id, late ? refusal::cannot_finish : refusal::none});
  }
  return all;
}

void admission::leave_line(ticket id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const std::string caller = found->second;
  waiting_.erase(found);
  const auto at = lines_.find(caller);
  std::erase_if(at->second.waiters, [id](const waiter& w) { return w.id == id; });
  if (!at->second.waiters.empty()) return;
  lines_.erase(at);
  std::erase(turns_, caller);
}

void admission::learn(duration took) {
  typical_.add(took);
  round_.push_back(took);
  if (round_.size() >= round_size_) end_round();
}

/// Of fifty rounds the last two measure: the limit falls so far that even one twice too high would
/// do no harm, what was let in before drains, and then work takes what it takes when nothing stands
/// in its way.
void admission::end_round() {
  const auto middle = round_.begin() + static_cast<std::ptrdiff_t>(round_.size() / 2);
  std::nth_element(round_.begin(), middle, round_.end());
  const duration median = std::max(*middle, duration(1));
  const auto limit = static_cast<double>(limit_);
  switch (++rounds_ % 50) {
    case 48:
      kept_limit_ = limit_;
      limit_ = std::max(static_cast<std::size_t>(limit / (2 * options_.tolerance)),
                        options_.least_limit);
      break;
    case 49: break;
    case 0:
      best_ = median;
      limit_ = kept_limit_;
      break;
    default: adapt(median);
  }
  round_size_ = std::max<std::size_t>(limit_, 8);
  if (rounds_ % 50 == 48) round_size_ += running_.size();  // all that was let in before
  round_.clear();
  used_up_ = false;
}

void admission::adapt(duration median) {
  best_ = std::min(best_, median);
  const bool slow =
      static_cast<double>(median.count()) > options_.tolerance * static_cast<double>(best_.count());
  const auto limit = static_cast<double>(limit_);
  if (slow)
    limit_ = static_cast<std::size_t>(limit * 0.9);
  else if (used_up_)
    limit_ += static_cast<std::size_t>(std::ceil(std::sqrt(limit)));
  limit_ = std::clamp(limit_, options_.least_limit, options_.most_limit);
}

}  // namespace lifeline::actors
