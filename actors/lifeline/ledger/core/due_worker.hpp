#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "lifeline/ledger/ledger_reader.hpp"

namespace lifeline::ledger {

/// Uniform access to the rows and places of lists of due transfers and standing orders.
inline std::vector<transfer_record>& rows_of(due_list& l) noexcept { return l.transfers; }
inline std::vector<standing_order>& rows_of(order_list& l) noexcept { return l.orders; }
inline due_place place_of(const transfer_record& t) noexcept {
  return {due_at(t).value_or(wall_time()), t.id};
}
inline due_place place_of(const standing_order& o) noexcept {
  return {o.next_at.value_or(wall_time()), o.id};
}

/// The pure core of executing due transfers or standing orders. A round lists them in batches and
/// has each executed; failed ones stay for the next round. An event goes in, the next step comes
/// out; no actor, no clock, no store.
///
/// Within a round, each list starts after the last row read, so that rows that can't be executed
/// now don't block later ones.
template <class List>
class basic_due_worker {
 public:
  using rows = std::remove_cvref_t<decltype(rows_of(std::declval<List&>()))>;

  struct orders {
    /// Read the store: `due(now, *list_after, batch)`.
    std::optional<due_place> list_after = {};
    /// Execute each of these.
    rows execute = {};
    /// The round is over. The next begins then at the latest, or earlier when something becomes
    /// due.
    std::optional<wall_time> sleep_until = {};
  };

  /// `pause`: wait between two rounds if rows were left, or the store could not be read.
  explicit basic_due_worker(std::chrono::milliseconds pause,
                            std::chrono::milliseconds longest_sleep)
      : pause_(pause), longest_sleep_(longest_sleep) {}

  /// No effect while a round runs.
  orders begin(wall_time now);
  /// Empty: the store could not be read.
  orders listed(std::optional<List> found, wall_time now);
  /// One of `execute` has ended. `left`: it stays for the next round. `again`: when it is due next,
  /// if ever.
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
  std::optional<wall_time> next_;   ///< of rows not listed
  std::optional<wall_time> again_;  ///< of executed rows
};

using due_worker = basic_due_worker<due_list>;
using order_worker = basic_due_worker<order_list>;

extern template class basic_due_worker<due_list>;
extern template class basic_due_worker<order_list>;

}  // namespace lifeline::ledger
