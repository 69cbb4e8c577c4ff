#include "lifeline/guards/rate_limits.hpp"

#include <algorithm>

namespace lifeline::guards {
namespace {

bucket_terms terms_of(const rate_limit& limit) { return {limit.rate, limit.burst}; }

}  // namespace

rate_limits::rate_limits(const rate_limits_options& options)
    : options_(options), callers_(terms_of(options.each), options.most_callers, options.seed) {
  if (options.all) set_all(options.all, time_point{});
}

token_decision rate_limits::acquire(waiter_id id, std::string_view caller, std::int64_t n,
                                    duration longest, time_point now) {
  const auto first = take(caller, n, longest, now);
  if (first.what != token_decision::verdict::waits) return first;
  if (all_) all_->allow(now, n);  // just given back
  const caller_key key = callers_.key_of(caller);
  bucket_level& level = callers_.of(key, now);
  level.units -= callers_.terms().units_of(n);
  const auto decision = decided(first.what, level, first.wait);
  enqueue(key, {id, n}, now);
  return decision;
}

token_decision rate_limits::take(std::string_view caller, std::int64_t n, duration longest,
                                 time_point now) {
  if (auto refused = refused_by_all(n, now)) return *refused;
  if (caller.empty())
    return all_ ? token_decision{.which = token_decision::limit::all,
                                 .burst = all_->terms().burst(),
                                 .remaining = all_->tokens(now),
                                 .full_after = all_->full_after(now)}
                : token_decision{};
  const auto decision = take_of_caller(caller, n, longest, now);
  if (decision.what != token_decision::verdict::admitted && all_) all_->give_back(n, now);
  return decision;
}

std::optional<token_decision> rate_limits::refused_by_all(std::int64_t n, time_point now) {
  if (!all_ || all_->allow(now, n)) return std::nullopt;
  return token_decision{.what = token_decision::verdict::refused,
                        .which = token_decision::limit::all,
                        .burst = all_->terms().burst(),
                        .remaining = all_->tokens(now),
                        .wait = all_->wait_for(now, n),
                        .full_after = all_->full_after(now)};
}

token_decision rate_limits::take_of_caller(std::string_view caller, std::int64_t n,
                                           duration longest, time_point now) {
  using verdict = token_decision::verdict;
  const bucket_terms& terms = callers_.terms();
  const caller_key key = callers_.key_of(caller);
  bucket_level& level = callers_.of(key, now);
  if (terms.unlimited()) return decided(verdict::admitted, level, duration::zero());
  if (n < 0 || n > terms.burst()) return decided(verdict::refused, level, duration::max());
  const std::int64_t price = terms.units_of(n);
  const duration wait = terms.time_for(price - level.units);
  const bool alone = lines_.empty() || !lines_.contains(key);
  if (alone && wait == duration::zero()) {
    level.units -= price;
    return decided(verdict::admitted, level, wait);
  }
  const bool too_far = level.units - price < -bucket_terms::farthest;
  if (wait > longest || wait == duration::max() || too_far || !may_wait(key))
    return decided(verdict::refused, level, wait);
  return decided(verdict::waits, level, wait);
}

token_decision rate_limits::decided(token_decision::verdict what, const bucket_level& level,
                                    duration wait) const {
  const bucket_terms& terms = callers_.terms();
  return {.what = what,
          .which = token_decision::limit::each,
          .burst = terms.burst(),
          .remaining = std::max<std::int64_t>(terms.tokens_in(level.units), 0),
          .wait = wait,
          .full_after = terms.time_for(terms.full() - level.units)};
}

bool rate_limits::may_wait(const caller_key& key) const {
  if (waiters_.size() >= options_.most_waiting) return false;
  const auto found = lines_.find(key);
  return found == lines_.end() || found->second.waiters.size() < options_.most_waiting_per_caller;
}

void rate_limits::enqueue(const caller_key& key, const waiter& w, time_point now) {
  line& l = lines_[key];
  l.waiters.push_back(w);
  l.tokens += w.tokens;
  waiters_[w.id] = key;
  if (l.waiters.size() == 1) settle(key, now);
}

void rate_limits::leave(waiter_id id, time_point now) {
  const auto found = waiters_.find(id);
  if (found == waiters_.end()) return;
  const caller_key key = found->second;
  waiters_.erase(found);
  line& l = lines_.at(key);
  const auto who = std::find_if(l.waiters.begin(), l.waiters.end(),
                                [id](const waiter& w) { return w.id == id; });
  const std::int64_t tokens = who->tokens;
  l.tokens -= tokens;
  l.waiters.erase(who);
  const bucket_terms& terms = callers_.terms();
  bucket_level& level = callers_.of(key, now);
  level.units = std::min(level.units + terms.units_of(tokens), terms.full());
  if (all_) all_->give_back(tokens, now);
  settle(key, now);
}

std::optional<time_point> rate_limits::next_due() const {
  return heads_.empty() ? std::nullopt : std::optional(heads_.begin()->first);
}

std::vector<std::pair<rate_limits::waiter_id, token_decision>> rate_limits::serve(time_point now) {
  std::vector<std::pair<waiter_id, token_decision>> served;
  while (!heads_.empty() && heads_.begin()->first <= now) {
    const caller_key key = heads_.begin()->second;
    line& l = lines_.at(key);
    const waiter first = l.waiters.front();
    l.waiters.pop_front();
    l.tokens -= first.tokens;
    waiters_.erase(first.id);
    served.emplace_back(first.id, decided(token_decision::verdict::admitted, callers_.of(key, now),
                                          duration::zero()));
    settle(key, now);
  }
  return served;
}

void rate_limits::settle(const caller_key& key, time_point now) {
  const auto found = lines_.find(key);
  line& l = found->second;
  heads_.erase({l.due, key});
  if (l.waiters.empty()) {
    lines_.erase(found);
    return;
  }
  const bucket_terms& terms = callers_.terms();
  const std::int64_t behind = terms.units_of(l.tokens - l.waiters.front().tokens);
  const duration wait = terms.time_for(-(callers_.of(key, now).units + behind));
  l.due = lifeline::time_after(now, wait);
  heads_.emplace(l.due, key);
}

void rate_limits::settle_all(time_point now) {
  std::vector<caller_key> keys;
  for (const auto& [key, l] : lines_) keys.push_back(key);
  for (const auto& key : keys) settle(key, now);
}

void rate_limits::set_each(const rate_limit& limit, time_point now) {
  callers_.set_terms(terms_of(limit), now);
  settle_all(now);
}

void rate_limits::set_all(const std::optional<rate_limit>& limit, time_point now) {
  if (!limit) {
    all_.reset();
  } else if (!all_) {
    all_.emplace(limit->rate, limit->burst, now);
  } else {
    token_bucket changed = *all_;
    changed.set_rate(limit->rate, now);
    changed.set_burst(limit->burst, now);
    all_ = changed;
  }
}

}  // namespace lifeline::guards
