#include "bank/storage/sqlite/orders.hpp"

#include <algorithm>
#include <limits>

#include "bank/storage/sqlite/order_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

std::uint64_t one_more(std::size_t limit) {
  return std::min<std::size_t>(limit, 1'000'000'000) + 1;
}

std::string condition_of(order_status s) {
  switch (s) {
    case order_status::active: return " AND o.next_at IS NOT NULL";
    case order_status::ended: return " AND o.next_at IS NULL AND o.deleted_at IS NULL";
    case order_status::deleted: break;
  }
  return " AND o.deleted_at IS NOT NULL";
}

/// Every variant has all four parameters, so that binding is the same. An owner's orders are found
/// by the owner's accounts, so that the cost does not grow with other owners' orders.
std::string conditions(const order_filter& f) {
  std::string where = "o.number < ?1";
  where += f.from ? " AND o.from_account = (SELECT number FROM accounts WHERE id = ?2)"
                  : " AND ?2 IS NULL";
  where += f.owner ? " AND o.from_account IN (SELECT number FROM accounts WHERE owner = ?3)"
                   : " AND ?3 IS NULL";
  if (f.status) where += condition_of(*f.status);
  return where + " ORDER BY o.number DESC LIMIT ?4";
}

}  // namespace

std::optional<standing_order> find_order(SQLite::Database& db, standing_order_id id) {
  sqlite_statement select(db, select_order("o.id = ?"));
  auto row = select.query(id);
  return row.next() ? std::optional(order_of(row)) : std::nullopt;
}

page<standing_order> list_orders(SQLite::Database& db, const order_filter& filter) {
  sqlite_statement select(db, select_order(conditions(filter)));
  constexpr std::uint64_t from_the_newest = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t before = filter.before == 0 ? from_the_newest : filter.before;
  auto row = select.query(before, filter.from, filter.owner, one_more(filter.limit));
  page<standing_order> found;
  while (row.next()) {
    found.more = found.rows.size() >= filter.limit;
    if (!found.more) found.rows.push_back(order_of(row));
  }
  return found;
}

order_list due_orders(SQLite::Database& db, wall_time now, const due_place& after,
                      std::size_t limit) {
  sqlite_statement select(db, select_order("o.next_at IS NOT NULL AND (o.next_at, o.id) > (?, ?)"
                                           " ORDER BY o.next_at, o.id LIMIT ?"));
  order_list found;
  auto row = select.query(after.at, after.id, one_more(limit));
  while (row.next()) {
    standing_order o = order_of(row);
    if (*o.next_at > now || found.orders.size() >= limit) {
      found.next = o.next_at;
      break;
    }
    found.orders.push_back(std::move(o));
  }
  return found;
}

}  // namespace bank::storage
