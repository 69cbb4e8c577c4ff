#include "bank/books/lane_schedule.hpp"

#include <algorithm>
#include <utility>

namespace bank::books {

namespace {
constexpr auto transfer_kind = lane_step::kind::transfer;
}

lane_schedule::lane_schedule(const std::vector<account_lane>& lanes, lifeline::duration patience,
                             std::uint64_t seed)
    : patience_(patience), random_(static_cast<std::minstd_rand::result_type>(seed)) {
  for (const account_lane& l : lanes) {
    lanes_.push_back({l.transfers.size()});
    rows_ += 1 + l.transfers.size();
    put_back(lanes_.size() - 1);
  }
}

std::optional<lane_step> lane_schedule::take() {
  if (failure_ || ready_.empty()) return std::nullopt;
  const std::size_t i = ready_.top().lane;
  ready_.pop();
  const lane& l = lanes_[i];
  return lane_step{l.open ? transfer_kind : lane_step::kind::open_account, i, l.next};
}

void lane_schedule::done(const lane_step& step, bool found, lifeline::time_point now) {
  lane& l = lanes_[step.lane];
  if (step.what == transfer_kind) {
    ++(found ? counts_.transfers_found : counts_.posted);
    ++l.next;
  } else {
    ++(found ? counts_.accounts_found : counts_.opened);
    l.open = true;
  }
  settle(step.lane, now);
}

void lane_schedule::found_account(const lane_step& step, const settled_before& before,
                                  lifeline::time_point now) {
  lane& l = lanes_[step.lane];
  const auto last = std::find(before.rbegin(), before.rend(), true);
  const auto settled = static_cast<std::size_t>(before.rend() - last);
  for (; l.next < settled; ++l.next) {
    if (before[l.next]) {
      ++counts_.transfers_found;
    } else {
      ++counts_.transfers_refused;
      name({transfer_kind, step.lane, l.next}, "refused_before",
           "refused in an earlier run of this import, which has booked later rows of the account");
    }
  }
  done(step, true, now);
}

void lane_schedule::refused(const lane_step& step, std::string code, std::string detail,
                            lifeline::time_point now) {
  lane& l = lanes_[step.lane];
  if (step.what == transfer_kind) {
    ++counts_.transfers_refused;
    ++l.next;
  } else {
    ++counts_.accounts_refused;
    counts_.transfers_refused += l.transfers;
    l.next = l.transfers;
    l.open = true;
  }
  name(step, std::move(code), std::move(detail));
  settle(step.lane, now);
}

std::optional<lifeline::duration> lane_schedule::failed(const lane_step& step,
                                                        const std::string& why,
                                                        lifeline::time_point now,
                                                        lifeline::duration wish) {
  if (failure_) return std::nullopt;
  if (!last_progress_) last_progress_ = now;
  if (now - *last_progress_ > patience_) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience_).count();
    stop({step, "no progress for " + std::to_string(seconds) + " s; last error: " + why});
    return std::nullopt;
  }
  ++counts_.retries;
  return std::max(pause_after(lanes_[step.lane].attempts++),
                  std::min<lifeline::duration>(wish, longest_wish));
}

void lane_schedule::stop(schedule_failure why) {
  if (!failure_) failure_ = std::move(why);
}

void lane_schedule::name(const lane_step& step, std::string code, std::string detail) {
  if (named_.size() < most_named) named_.push_back({step, std::move(code), std::move(detail)});
}

void lane_schedule::settle(std::size_t i, lifeline::time_point now) {
  lanes_[i].attempts = 0;
  last_progress_ = now;
  if (lanes_[i].next < lanes_[i].transfers) put_back(i);
}

void lane_schedule::put_back(std::size_t i) {
  ready_.push({lanes_[i].transfers - lanes_[i].next, i});
}

/// Doubles each time, up to the longest pause; then shortened at random by up to half, so that the
/// lanes do not retry all at once.
lifeline::duration lane_schedule::pause_after(unsigned attempts) {
  const lifeline::duration full = std::min<lifeline::duration>(
      first_pause * (std::int64_t{1} << std::min(attempts, 20U)), longest_pause);
  std::uniform_int_distribution<std::int64_t> part(full.count() / 2, full.count());
  return lifeline::duration(part(random_));
}

}  // namespace bank::books
