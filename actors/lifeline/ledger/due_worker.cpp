#include "lifeline/ledger/due_worker.hpp"

#include <algorithm>
#include <utility>

namespace lifeline::ledger {

due_worker::orders due_worker::begin(wall_time now) {
  if (running_) return {};
  running_ = true;
  left_something_ = false;
  place_ = {};
  round_began_ = now;
  return {.list_after = place_};
}

due_worker::orders due_worker::listed(std::optional<due_list> found, wall_time now) {
  if (!running_ || under_way_ != 0) return {};
  if (!found) {
    left_something_ = true;
    next_.reset();
    return end_round(now);
  }
  next_ = found->next;
  if (found->transfers.empty()) return end_batch(now);
  const transfer_record& last = found->transfers.back();
  place_ = {due_at(last).value_or(now), last.id};
  under_way_ = found->transfers.size();
  return {.execute = std::move(found->transfers)};
}

due_worker::orders due_worker::executed(bool left, wall_time now) {
  if (under_way_ == 0) return {};
  left_something_ = left_something_ || left;
  if (--under_way_ != 0) return {};
  return end_batch(now);
}

/// What came due since the round began waits for the next one: so each round ends.
due_worker::orders due_worker::end_batch(wall_time now) {
  if (next_ && *next_ <= round_began_) return {.list_after = place_};
  return end_round(now);
}

due_worker::orders due_worker::end_round(wall_time now) {
  running_ = false;
  wall_time until = now + longest_sleep_;
  if (left_something_) until = std::min(until, now + pause_);
  if (next_) until = std::min(until, std::max(*next_, now));
  return {.sleep_until = until};
}

}  // namespace lifeline::ledger
