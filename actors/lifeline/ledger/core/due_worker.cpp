#include "lifeline/ledger/core/due_worker.hpp"

#include <algorithm>

namespace lifeline::ledger {

template <class List>
auto basic_due_worker<List>::begin(wall_time now) -> orders {
  if (running_) return {};
  running_ = true;
  left_something_ = false;
  again_.reset();
  place_ = {};
  round_began_ = now;
  return {.list_after = place_};
}

template <class List>
auto basic_due_worker<List>::listed(std::optional<List> found, wall_time now) -> orders {
  if (!running_ || under_way_ != 0) return {};
  if (!found) {
    left_something_ = true;
    next_.reset();
    return end_round(now);
  }
  next_ = found->next;
  rows& due = rows_of(*found);
  if (due.empty()) return end_batch(now);
  place_ = place_of(due.back());
  under_way_ = due.size();
  return {.execute = std::move(due)};
}

template <class List>
auto basic_due_worker<List>::executed(bool left, wall_time now, std::optional<wall_time> again)
    -> orders {
  if (under_way_ == 0) return {};
  left_something_ = left_something_ || left;
  if (again) again_ = std::min(*again, again_.value_or(*again));
  if (--under_way_ != 0) return {};
  return end_batch(now);
}

/// Rows that became due since the round began wait for the next one, so that each round ends.
template <class List>
auto basic_due_worker<List>::end_batch(wall_time now) -> orders {
  if (next_ && *next_ <= round_began_) return {.list_after = place_};
  return end_round(now);
}

template <class List>
auto basic_due_worker<List>::end_round(wall_time now) -> orders {
  running_ = false;
  wall_time until = now + longest_sleep_;
  if (left_something_) until = std::min(until, now + pause_);
  for (const auto& due : {next_, again_})
    if (due) until = std::min(until, std::max(*due, now));
  return {.sleep_until = until};
}

template class basic_due_worker<due_list>;
template class basic_due_worker<order_list>;

}  // namespace lifeline::ledger
