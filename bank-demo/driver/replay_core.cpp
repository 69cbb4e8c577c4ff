#include "driver/replay_core.hpp"

#include <algorithm>
#include <utility>

namespace bank::driver {

namespace {

constexpr std::chrono::seconds longest_retry_after{5};

std::string say(const node_answer& a) {
  std::string text = "the node answered " + std::to_string(a.status);
  if (!a.code.empty()) text += " " + a.code;
  if (!a.detail.empty()) text += ": " + a.detail;
  return text;
}

}  // namespace

bool is_worth_repeating(const node_answer& a) noexcept {
  switch (a.status) {
    case 408:  // the node received the request too slowly
    case 429:
    case 502:  // from a proxy
    case 503:
    case 504: return true;
    case 409: return a.code == "in_progress";
    default: return false;
  }
}

replay_core::replay_core(std::vector<std::size_t> transfers_per_lane, policy p, std::uint64_t seed)
    : policy_(p), random_(static_cast<std::minstd_rand::result_type>(seed)) {
  for (const std::size_t transfers : transfers_per_lane) {
    lanes_.push_back({transfers});
    total_ += transfers;
    put_back(lanes_.size() - 1);
  }
  unfinished_ = lanes_.size();
}

replay_action replay_core::begin(lifeline::time_point now) {
  if (!last_progress_) last_progress_ = now;
  return next();
}

replay_action replay_core::answered(const replay_step& step, const node_answer& a,
                                    lifeline::time_point now) {
  if (failure_) return rest{};
  if (a.status >= 200 && a.status < 300) return accepted(step, a.replayed, now);
  if (is_worth_repeating(a)) return again(step, say(a), a.retry_after, now);
  if (step.what == replay_step::kind::open_account && a.code == "already_exists")
    return send_step{{replay_step::kind::find_account, step.lane, 0}};
  return refused(step, a);
}

replay_action replay_core::lost(const replay_step& step, const std::string& reason,
                                lifeline::time_point now) {
  if (failure_) return rest{};
  return again(step, reason, std::nullopt, now);
}

void replay_core::give_up(std::string text) {
  if (!failure_) failure_ = replay_failure{std::nullopt, std::move(text)};
}

replay_action replay_core::next() {
  // A connection without a ready lane is not needed any more: another connection has each lane that
  // is not ready, and continues it.
  if (failure_ || ready_.empty()) return rest{};
  const std::size_t i = ready_.top().lane;
  ready_.pop();
  const lane& l = lanes_[i];
  const auto what = l.open ? replay_step::kind::transfer : replay_step::kind::open_account;
  return send_step{{what, i, l.done}};
}

replay_action replay_core::accepted(const replay_step& step, bool replayed,
                                    lifeline::time_point now) {
  lane& l = lanes_[step.lane];
  l.attempts = 0;
  last_progress_ = now;
  if (step.what == replay_step::kind::transfer) {
    ++l.done;
    ++counts_.acknowledged;
    if (replayed) ++counts_.replayed;
  } else {
    l.open = true;
    ++counts_.opened;
  }
  if (l.left() == 0)
    --unfinished_;
  else
    put_back(step.lane);
  return next();
}

replay_action replay_core::again(const replay_step& step, const std::string& reason,
                                 std::optional<std::chrono::seconds> at_least,
                                 lifeline::time_point now) {
  if (now - last_progress_.value_or(now) > policy_.patience) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(policy_.patience).count();
    failure_ = replay_failure{
        step, "no progress for " + std::to_string(seconds) + " s; last error: " + reason};
    return rest{};
  }
  ++counts_.retries;
  lifeline::duration after = pause_after(lanes_[step.lane].attempts++);
  if (at_least)
    after = std::max<lifeline::duration>(after, std::min(*at_least, longest_retry_after));
  return send_step{step, after};
}

replay_action replay_core::refused(const replay_step& step, const node_answer& a) {
  failure_ = replay_failure{step, say(a)};
  return rest{};
}

/// Doubles each time, up to the longest pause; then shortened at random by up to half, so that the
/// connections do not retry all at once.
lifeline::duration replay_core::pause_after(unsigned attempts) {
  const lifeline::duration full = std::min(
      policy_.first_pause * (std::int64_t{1} << std::min(attempts, 20U)), policy_.longest_pause);
  std::uniform_int_distribution<std::int64_t> part(full.count() / 2, full.count());
  return lifeline::duration(part(random_));
}

void replay_core::put_back(std::size_t i) { ready_.push({lanes_[i].left(), i}); }

}  // namespace bank::driver
