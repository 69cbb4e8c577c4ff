#include "lifeline/guards/admission.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lifeline::guards {

admission::admission(const admission_options& options)
    : options_(options),
      limit_(options.first_limit),
      needed_(options.believed_for),
      light_callers_(options.most_beside_light, options.about_for),
      round_size_(std::max<std::size_t>(options.first_limit, 8)) {
  if (options.least_limit == 0 || options.least_limit > options.first_limit ||
      options.first_limit > options.most_limit)
    throw std::invalid_argument("limits must satisfy 0 < least <= first <= most");
  if (!(options.tolerance >= 1)) throw std::invalid_argument("tolerance must be 1 or more");
}

admission::answer admission::arrive(ticket id, const std::string& caller, duration remaining,
                                    time_point now, std::size_t weight) {
  if (!has_time(remaining, now)) return {verdict::refused, refusal::cannot_finish};
  note_arrival(caller, now);
  const bool is_probe = typical() && remaining < *typical();
  const answer decided =
      decide({id, time_after(now, remaining), weight, is_probe, ++last_to_wait_}, caller, now);
  if (weight > 0) note_open(caller, now);
  return decided;
}

admission::answer admission::decide(const waiter& w, const std::string& caller, time_point now) {
  // While there is room, only work that may not begin waits; zero-weight work overtakes it.
  const bool is_its_turn = w.weight == 0 || !lines_.contains(caller);
  if (running_.size() < limit_ && is_its_turn && may_begin(caller, w.weight, now)) {
    begin(w, caller, now);
    return {verdict::enters};
  }
  used_up_ = true;
  if (waiting_.size() >= options_.most_waiting) return {verdict::refused, refusal::overloaded};
  const auto own = lines_.find(caller);
  const std::size_t waiting = own == lines_.end() ? 0 : own->second.size();
  if (waiting >= options_.most_waiting_per_caller) return {verdict::refused, refusal::overloaded};
  line& l = lines_[caller];
  l.of(w.weight).push_back(w);
  l.weight += w.weight;
  waiting_.emplace(w.id, caller);
  if (!l.in_turn) turns_.push_back(caller);
  l.in_turn = true;
  return {verdict::waits};
}

std::vector<admission::told> admission::finish(ticket id, time_point now) {
  const auto found = running_.find(id);
  if (found == running_.end()) return {};
  const duration took = now - found->second.since;
  if (running_.size() >= limit_) used_up_ = true;
  end(found);
  needed_.add(took, now);
  learn(took);
  return fill(now);
}

std::vector<admission::told> admission::abandon(ticket id, time_point now) {
  const auto found = running_.find(id);
  if (found == running_.end()) {
    leave_line(id);
    return fill(now);
  }
  const duration took = now - found->second.since;
  const bool cut_off = now >= found->second.due;
  end(found);
  // Work cut off before the usual time says nothing about slower work.
  if (cut_off && (!typical() || took >= *typical())) {
    needed_.add(took, now);
    learn(duration::max());
  }
  return fill(now);
}

bool admission::has_time(duration remaining, time_point now) {
  if (remaining <= duration::zero()) return false;
  return !options_.judges_by_median || running_.empty() || needed_.may_begin(remaining, now);
}

bool admission::may_begin(const std::string& caller, std::size_t weight, time_point now) const {
  if (options_.most_per_caller == 0) return true;
  const auto& others = caller == latest_caller_ ? other_ : latest_;
  if (!others || now - *others >= options_.about_for) return true;
  const auto own = running_of_.find(caller);
  if (own == running_of_.end()) return true;
  if (own->second.pieces >= options_.most_per_caller) return false;
  const bool is_bound = weight > 0 && options_.most_beside_light != 0;
  return !is_bound || own->second.weight < options_.most_beside_light ||
         !light_callers_.others_than(caller, now);
}

void admission::begin(const waiter& w, const std::string& caller, time_point now) {
  running_.emplace(w.id, work{now, w.due, caller, w.weight});
  if (options_.most_per_caller == 0) return;
  load& own = running_of_[caller];
  ++own.pieces;
  own.weight += w.weight;
}

void admission::end(std::unordered_map<ticket, work>::iterator found) {
  const auto of = running_of_.find(found->second.caller);
  if (of != running_of_.end()) {
    of->second.weight -= found->second.weight;
    if (--of->second.pieces == 0) running_of_.erase(of);
  }
  running_.erase(found);
}

/// Keeps the latest caller and when another caller came last: from this follows, for each caller,
/// whether others are active.
void admission::note_arrival(const std::string& caller, time_point now) {
  if (options_.most_per_caller == 0) return;
  if (caller != latest_caller_) {
    other_ = latest_;
    latest_caller_ = caller;
  }
  latest_ = now;
}

/// The caller's open weight, running and waiting, decides whether it is light.
void admission::note_open(const std::string& caller, time_point now) {
  if (options_.most_per_caller == 0 || options_.most_beside_light == 0) return;
  const auto running = running_of_.find(caller);
  const auto waiting = lines_.find(caller);
  light_callers_.see(caller,
                     (running == running_of_.end() ? 0 : running->second.weight) +
                         (waiting == lines_.end() ? 0 : waiting->second.weight),
                     now);
}

/// Admits waiting work, one piece per caller in turn; skips callers that may not begin.
std::vector<admission::told> admission::fill(time_point now) {
  std::vector<told> all;
  std::size_t passed_over = 0;
  while (running_.size() < limit_ && passed_over < turns_.size()) {
    const std::string caller = std::move(turns_.front());
    turns_.pop_front();
    const auto at = lines_.find(caller);
    line& l = at->second;
    std::deque<waiter>* const next = next_of(l, caller, now);
    if (next == nullptr) {
      turns_.push_back(caller);
      ++passed_over;
      continue;
    }
    passed_over = 0;
    const waiter first = next->front();
    next->pop_front();
    l.weight -= first.weight;
    if (l.size() == 0)
      lines_.erase(at);
    else
      turns_.push_back(caller);
    waiting_.erase(first.id);
    const duration left =
        first.due == time_point::max() ? duration::max() : time_between(now, first.due);
    const bool late = left <= duration::zero() || !(first.is_probe || has_time(left, now));
    if (!late) begin(first, caller, now);
    all.push_back({first.id, late ? refusal::cannot_finish : refusal::none});
  }
  return all;
}

/// The deque whose first piece may begin, the older one if both may; null if none may.
std::deque<admission::waiter>* admission::next_of(line& l, const std::string& caller,
                                                  time_point now) const {
  const bool weighted = !l.weighted.empty() && may_begin(caller, l.weighted.front().weight, now);
  const bool zero_weight = !l.zero_weight.empty() && may_begin(caller, 0, now);
  if (weighted && zero_weight)
    return l.weighted.front().number < l.zero_weight.front().number ? &l.weighted : &l.zero_weight;
  if (weighted) return &l.weighted;
  return zero_weight ? &l.zero_weight : nullptr;
}

void admission::leave_line(ticket id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const std::string caller = found->second;
  waiting_.erase(found);
  const auto at = lines_.find(caller);
  line& l = at->second;
  for (auto* waiters : {&l.weighted, &l.zero_weight}) {
    const auto place = std::find_if(waiters->begin(), waiters->end(),
                                    [id](const waiter& w) { return w.id == id; });
    if (place == waiters->end()) continue;
    l.weight -= place->weight;
    waiters->erase(place);
    break;
  }
  if (l.size() != 0) return;
  lines_.erase(at);
  std::erase(turns_, caller);
}

/// `duration::max()`: cut off.
void admission::learn(duration took) {
  round_.push_back(took);
  if (round_.size() >= round_size_) end_round();
}

/// The last two of fifty rounds measure the best time. The limit falls so far that even one twice
/// too high does no harm. First the work admitted before drains; then the duration of undisturbed
/// work is measured.
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
      limit_ = kept_limit_;
      if (median == duration::max())
        shrink();
      else
        best_ = median;
      break;
    default: adapt(median);
  }
  round_size_ = std::max<std::size_t>(limit_, 8);
  if (rounds_ % 50 == 48) round_size_ += running_.size();  // including all work admitted before
  round_.clear();
  used_up_ = false;
}

void admission::adapt(duration median) {
  best_ = std::min(best_, median);
  const bool slow =
      median == duration::max() ||
      static_cast<double>(median.count()) > options_.tolerance * static_cast<double>(best_.count());
  if (slow) return shrink();
  if (!used_up_) return;
  limit_ += static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(limit_))));
  limit_ = std::min(limit_, options_.most_limit);
}

void admission::shrink() {
  limit_ =
      std::max(static_cast<std::size_t>(static_cast<double>(limit_) * 0.9), options_.least_limit);
}

}  // namespace lifeline::guards
