#pragma once

#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

inline standing_order_id order_number(std::uint32_t n) { return standing_order_id(numbered(3, n)); }

/// From account 1 to account 2, 5 each day from noon on.
inline standing_order daily(std::uint32_t n, std::optional<wall_time> last_at = {}) {
  standing_order o;
  o.id = order_number(n);
  o.seed = numbered(4, n);
  o.from = acct(1);
  o.to = acct(2);
  o.amount = {5, usd};
  o.memo = "rent";
  o.schedule = {interval::day, noon, last_at};
  o.created_at = noon;
  return o;
}
inline wall_time day_of(std::uint64_t place) { return noon + place * std::chrono::hours(24); }

inline entry begin(standing_order o) { return open_order_entry{std::move(o), {}}; }
inline entry occur(std::uint32_t n, std::uint64_t place) {
  return occur_entry{order_number(n), day_of(place)};
}
inline entry erase(std::uint32_t n) { return end_order_entry{order_number(n)}; }

}  // namespace bank::storage::tests
