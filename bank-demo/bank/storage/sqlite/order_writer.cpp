#include "bank/storage/sqlite/order_writer.hpp"

#include "bank/storage/rules/posting.hpp"
#include "bank/storage/sqlite/order_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr const char* next_number = "(SELECT coalesce(max(number), 0) + 1 FROM standing_orders)";

}  // namespace

sqlite_order_writer::sqlite_order_writer(SQLite::Database& db, sqlite_account_cache& accounts)
    : accounts_(accounts),
      find_(db, select_order("o.id = ?")),
      insert_(db, std::string("INSERT INTO standing_orders (number, id, seed, from_account,"
                              " to_account, amount, currency, memo, every, first_at, last_at, made,"
                              " next_at, created_at) VALUES (") +
                      next_number + ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_(db,
              "UPDATE standing_orders SET made = ?, next_at = ?, deleted_at = ? WHERE number = ?"),
      insert_occurrence_(
          db, "INSERT INTO occurrences (standing_order, place, sequence) VALUES (?, ?, ?)") {}

std::optional<standing_order> sqlite_order_writer::find(const standing_order_id& id) {
  auto row = find_.query(id);
  return row.next() ? std::optional(order_of(row)) : std::nullopt;
}

bool sqlite_order_writer::add(const standing_order& asked, lifeline::wall_time at) {
  const cached_account* from = accounts_.find(asked.from);
  const cached_account* to = accounts_.find(asked.to);
  if (from == nullptr || to == nullptr) return false;
  const standing_order o = as_opened(asked, 0, at);
  if (!may_stand(o, from->face.unit, to->face.unit)) return false;
  insert_.run(o.id, o.seed, from->number, to->number, o.amount.minor, o.amount.unit, o.memo,
              std::string(to_string(o.schedule.every)), o.schedule.first_at, o.schedule.last_at,
              o.made, o.next_at, o.created_at);
  return true;
}

void sqlite_order_writer::change(const standing_order& after, std::uint64_t sequence) {
  update_.run(after.made, after.next_at, after.deleted_at, after.number);
  if (sequence != 0) insert_occurrence_.run(after.number, after.made - 1, sequence);
}

}  // namespace bank::storage
