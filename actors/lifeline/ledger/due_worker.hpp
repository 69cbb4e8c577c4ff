#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "lifeline/ledger/ledger_store.hpp"

namespace lifeline::ledger {

/// What a list of due things is to a due worker: its rows, and the place of each.
inline std::vector<transfer_record>& rows_of(due_list& l) noexcept { return l.transfers; }
inline std::vector<standing_order>& rows_of(order_list& l) noexcept { return l.orders; }
inline due_place place_of(const transfer_record& t) noexcept {
  return {due_at(t).value_or(wall_time()), t.id};
}
inline due_place place_of(const standing_order& o) noexcept {
  return {o.next_at.value_or(wall_time()), o.id};
}

/// The pure core of what works off things whose time has come, open transfers or standing orders: a
/// round lists them in batches and has each executed; what fails stays for the next round, and the
/// rest goes on. An event goes in, what to do next comes out; no actor, no clock, no store.
///
/// In each round the list is read behind the place that was read before, so that those that can't
/// be executed now don't stand in the way of those behind them.
template <class List>
class basic_due_worker {
 public:
  using rows = std::remove_cvref_t<decltype(rows_of(std::declval<List&>()))>;

  struct orders {
    /// Ask the store: `due(now, *list_after, batch)`.
    std::optional<due_place> list_after = {};
    /// Have each executed.
    rows execute = {};
    /// The round is over; the next begins then at the latest, sooner when something becomes due
    /// earlier.
    std::optional<wall_time> sleep_until = {};
  };

  /// `pause`: between two rounds, if something was left, or the store could not be asked.
  explicit basic_due_worker(std::chrono::milliseconds pause,
                            std::chrono::milliseconds longest_sleep)
      : pause_(pause), longest_sleep_(longest_sleep) {}

  /// Nothing while a round runs.
  orders begin(wall_time now);
  /// Nothing: the store could not be asked.
  orders listed(std::optional<List> found, wall_time now);
  /// One of `execute` has ended: `left`, if it stays for the next round; `again`: when it is due
  /// the next time, if it ever is.
  orders executed(bool left, wall_time now, std::optional<wall_time> again = {});

  bool running() const noexcept { return running_; }
  std::size_t under_way() const noexcept { return under_way_; }

 private:
  orders end_batch(wall_time now);
  orders end_round(wall_time now);

  std::chrono::milliseconds pause_;
  std::chrono::milliseconds longest_sleep_;
  bool running_ = false;
  bool left_something_ = false;
  std::size_t under_way_ = 0;
  due_place place_;
  wall_time round_began_{};
  std::optional<wall_time> next_;   ///< of what was not listed
  std::optional<wall_time> again_;  ///< of what was executed
};

using due_worker = basic_due_worker<due_list>;
using order_worker = basic_due_worker<order_list>;

extern template class basic_due_worker<due_list>;
extern template class basic_due_worker<order_list>;

}  // namespace lifeline::ledger
