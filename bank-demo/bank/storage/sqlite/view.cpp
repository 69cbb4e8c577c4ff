#include "bank/storage/sqlite/view.hpp"

#include <algorithm>

#include "bank/storage/sqlite/order_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

sqlite_view::sqlite_view(SQLite::Database& db, sqlite_account_cache& accounts)
    : accounts_(accounts),
      finder_(db),
      has_ended_(db, "SELECT 1 FROM transfers WHERE id = ?"),
      any_open_ones_(db, "SELECT 1 FROM open_transfers LIMIT 1"),
      find_order_(db, select_order("o.id = ?")),
      last_order_(db, "SELECT coalesce(max(number), 0) FROM standing_orders"),
      find_key_(db, "SELECT 1 FROM idempotency WHERE caller = ? AND key = ?"),
      find_ref_(db, "SELECT 1 FROM accounts WHERE ref = ? AND owner = ?") {}

void sqlite_view::begin(std::uint64_t last_sequence, bool others_wrote, bool careful) {
  careful_ = careful;
  last_sequence_ = last_sequence;
  transfers_.clear();
  orders_.clear();
  others_wrote ? accounts_.clear() : accounts_.make_room();
  if (others_wrote || any_open_) any_open_ = any_open_ones_.exists();
}

void sqlite_view::keep(const batch_draft& d) {
  const auto opens = [](const batch_draft::step& s) { return is_open(s.transfer.status); };
  any_open_ = any_open_ || std::ranges::any_of(d.steps, opens);
  for (drafted_account* a : d.changed) a->version_before = a->face.version;
}

std::uint64_t sqlite_view::last_order() {
  auto row = last_order_.query();
  return row.next() ? row.count(0) : 0;
}

drafted_account* sqlite_view::find_account(const account_id& id) { return accounts_.find(id); }
drafted_account& sqlite_view::add_account(drafted_account a) { return accounts_.add({a}); }

const transfer_record* sqlite_view::find_transfer(const transfer_id& id) {
  if (const auto known = transfers_.find(id); known != transfers_.end()) return &known->second;
  auto found = any_open_ ? finder_.find_open(id) : std::nullopt;
  if (!found && has_ended_.exists(id)) found = finder_.find(id);
  return found ? &transfers_.emplace(id, std::move(*found)).first->second : nullptr;
}

const transfer_record* sqlite_view::find_namesake(const transfer_id& id, transfer_status of_new) {
  const bool written_finds_it = of_new == transfer_status::posted && !careful_ && !any_open_;
  return written_finds_it ? nullptr : find_transfer(id);
}

const standing_order* sqlite_view::find_order(const standing_order_id& id) {
  if (const auto known = orders_.find(id); known != orders_.end()) return &known->second;
  auto row = find_order_.query(id);
  return row.next() ? &orders_.emplace(id, order_of(row)).first->second : nullptr;
}

bool sqlite_view::key_used(const idempotency_key& k) { return find_key_.exists(k.caller, k.key); }

bool sqlite_view::ref_used(const text_pair& owner_and_ref) {
  return find_ref_.exists(owner_and_ref.second, owner_and_ref.first);
}

}  // namespace bank::storage
