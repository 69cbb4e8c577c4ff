#include "bank/storage/sqlite/account_cache.hpp"

#include <algorithm>

#include "bank/storage/sqlite/rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

/// Rows per statement: one statement for many rows is cheaper than one per row.
constexpr std::size_t rows_at_once = 16;

std::string write_balances(std::size_t rows) {
  std::string sql =
      "REPLACE INTO balances (account, currency, overdraft_limit, posted, pending_in, pending_out,"
      " version, last_transfer, made_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
  while (--rows > 0) sql += ", (?, ?, ?, ?, ?, ?, ?, ?, ?)";
  return sql;
}

std::optional<std::int64_t> stored_limit(const account_face& face) {
  if (face.type == account_type::world) return std::nullopt;
  return face.overdraft_limit;
}

}  // namespace

sqlite_account_cache::sqlite_account_cache(SQLite::Database& db)
    : load_(db,
            "SELECT a.number, a.type, b.currency, b.overdraft_limit, b.posted, b.version,"
            " b.last_transfer, b.pending_in, b.pending_out, a.status"
            " FROM accounts a JOIN balances b ON b.account = a.number WHERE a.id = ?"),
      write_many_(db, write_balances(rows_at_once)),
      write_one_(db, write_balances(1)) {}

cached_account* sqlite_account_cache::find(const account_id& id) {
  const auto it = accounts_.find(id);
  return it != accounts_.end() ? &it->second : load(id);
}

cached_account* sqlite_account_cache::load(const account_id& id) {
  auto row = load_.query(id);
  if (!row.next()) return nullptr;
  cached_account found;
  found.number = row.integer(0);
  found.face.type = account_type_of(row.text(1));
  found.face.unit = currency_of(row.text(2));
  found.face.overdraft_limit = row.integer(3);
  found.face.posted = row.integer(4);
  found.face.version = row.count(5);
  found.last_transfer = row.count(6);
  found.face.pending_in = row.integer(7);
  found.face.pending_out = row.integer(8);
  found.face.status = account_status_of(row.text(9));
  return &accounts_.emplace(id, found).first->second;
}

cached_account* sqlite_account_cache::add(const account_id& id, cached_account account) {
  return &accounts_.insert_or_assign(id, account).first->second;
}

void sqlite_account_cache::make_room() {
  if (accounts_.size() > limit) clear();
}

void sqlite_account_cache::write(std::vector<cached_account*>& changed, std::uint64_t made_by) {
  std::ranges::sort(changed, {}, &cached_account::number);
  std::span<cached_account*> rest(changed);
  for (; rest.size() >= rows_at_once; rest = rest.subspan(rows_at_once))
    write(rest.first(rows_at_once), made_by, write_many_);
  for (; !rest.empty(); rest = rest.subspan(1)) write(rest.first(1), made_by, write_one_);
}

void sqlite_account_cache::write(std::span<cached_account*> some, std::uint64_t made_by,
                                 sqlite_statement& statement) {
  statement.start();
  for (const cached_account* a : some) {
    const account_face& face = a->face;
    statement.append(a->number, face.unit, stored_limit(face), face.posted, face.pending_in,
                     face.pending_out, face.version, a->last_transfer, made_by);
  }
  statement.finish();
}

}  // namespace bank::storage
