#include "bank/storage/sqlite/account_cache.hpp"

#include <algorithm>

#include "bank/storage/sqlite/rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

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
      write_(sqlite_bulk::insert(
          db, "REPLACE INTO balances",
          "account, currency, overdraft_limit, posted, pending_in, pending_out, version,"
          " last_transfer, made_by")) {}

cached_account* sqlite_account_cache::find(const account_id& id) {
  const auto it = accounts_.find(id);
  return it != accounts_.end() ? &it->second : load(id);
}

cached_account* sqlite_account_cache::load(const account_id& id) {
  auto row = load_.query(id);
  if (!row.next()) return nullptr;
  cached_account found;
  found.id = id;
  found.number = row.integer(0);
  found.face.type = account_type_of(row.text(1));
  found.face.unit = currency_of(row.text(2));
  found.face.overdraft_limit = row.integer(3);
  found.face.posted = row.integer(4);
  found.face.version = found.version_before = row.count(5);
  found.last_transfer = row.count(6);
  found.face.pending_in = row.integer(7);
  found.face.pending_out = row.integer(8);
  found.face.status = account_status_of(row.text(9));
  return &add(found);
}

cached_account& sqlite_account_cache::add(const cached_account& account) {
  return accounts_.emplace(account.id, account).first->second;
}

void sqlite_account_cache::make_room() {
  if (accounts_.size() > limit) clear();
}

void sqlite_account_cache::write(const std::vector<drafted_account*>& changed,
                                 std::uint64_t made_by) {
  in_order_.clear();
  for (drafted_account* a : changed) in_order_.push_back(static_cast<cached_account*>(a));
  std::ranges::sort(in_order_, {}, &cached_account::number);
  write_.run(in_order_, [made_by](sqlite_statement& s, const cached_account* a) {
    const account_face& face = a->face;
    s.append(a->number, face.unit, stored_limit(face), face.posted, face.pending_in,
             face.pending_out, face.version, a->last_transfer, made_by);
  });
}

}  // namespace bank::storage
