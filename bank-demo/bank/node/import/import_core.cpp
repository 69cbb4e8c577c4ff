#include "bank/node/import/import_core.hpp"

#include <algorithm>
#include <utility>

namespace bank::node {

using lifeline::ledger::errc;

namespace {
constexpr auto transfer_kind = import_step::kind::transfer;
}

/// `internal`, a bug of the ledger, does not go away by asking again.
bool is_final(errc e) noexcept {
  return (is_refusal(e) && e != errc::in_progress) || e == errc::internal;
}

import_core::import_core(const std::vector<std::size_t>& transfers_per_lane, policy p,
                         std::uint64_t seed)
    : policy_(p), random_(static_cast<std::minstd_rand::result_type>(seed)) {
  for (const std::size_t transfers : transfers_per_lane) {
    lanes_.push_back({transfers});
    rows_ += 1 + transfers;
    put_back(lanes_.size() - 1);
  }
}

std::optional<import_step> import_core::take() {
  if (stopped_ || ready_.empty()) return std::nullopt;
  const std::size_t i = ready_.top().lane;
  ready_.pop();
  const lane& l = lanes_[i];
  return import_step{l.open ? transfer_kind : import_step::kind::open_account, i, l.next};
}

void import_core::done(const import_step& step, bool replayed, lifeline::time_point now) {
  lane& l = lanes_[step.lane];
  if (step.what == transfer_kind) {
    ++(replayed ? counts_.transfers_found : counts_.posted);
    ++l.next;
  } else {
    ++(replayed ? counts_.accounts_found : counts_.opened);
    l.open = true;
  }
  settle(step.lane, now);
}

void import_core::found_account(const import_step& step, const settled_before& before,
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

void import_core::refused(const import_step& step, std::string code, std::string detail,
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

std::optional<lifeline::duration> import_core::failed(const import_step& step,
                                                      const std::string& why,
                                                      lifeline::time_point now) {
  if (stopped_) return std::nullopt;
  if (!last_progress_) last_progress_ = now;
  if (now - *last_progress_ > policy_.patience) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(policy_.patience).count();
    gave_up_ = "no progress for " + std::to_string(seconds) + " s; last error: " + why;
    stopped_ = true;
    return std::nullopt;
  }
  ++counts_.retries;
  return pause_after(lanes_[step.lane].attempts++);
}

void import_core::name(const import_step& step, std::string code, std::string detail) {
  if (named_.size() < policy_.most_named)
    named_.push_back({step, std::move(code), std::move(detail)});
}

void import_core::settle(std::size_t i, lifeline::time_point now) {
  lanes_[i].attempts = 0;
  last_progress_ = now;
  if (lanes_[i].next < lanes_[i].transfers) put_back(i);
}

void import_core::put_back(std::size_t i) {
  ready_.push({lanes_[i].transfers - lanes_[i].next, i});
}

/// Doubles each time, up to the longest pause; then shortened at random by up to half, so that the
/// lanes do not retry all at once.
lifeline::duration import_core::pause_after(unsigned attempts) {
  const lifeline::duration full = std::min(
      policy_.first_pause * (std::int64_t{1} << std::min(attempts, 20U)), policy_.longest_pause);
  std::uniform_int_distribution<std::int64_t> part(full.count() / 2, full.count());
  return lifeline::duration(part(random_));
}

}  // namespace bank::node
