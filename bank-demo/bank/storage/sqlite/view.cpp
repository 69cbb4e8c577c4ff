#include "bank/storage/sqlite/view.hpp"

#include "bank/storage/sqlite/order_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr std::size_t most_lately_open = 8'192;
/// Longer ones are read again, so that the memory is bounded.
constexpr std::size_t longest_text = 512;

bool is_short(const transfer_record& t) noexcept {
  return t.metadata.size() + (t.memo ? t.memo->size() : 0) <= longest_text;
}

}  // namespace

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
  read_.clear();
  orders_.clear();
  if (others_wrote) lately_open_.clear();
  others_wrote ? accounts_.clear() : accounts_.make_room();
  if (others_wrote || any_open_) any_open_ = any_open_ones_.exists();
}

void sqlite_view::keep(const batch_draft& d) {
  for (const batch_draft::step& s : d.steps) {
    const transfer_record& t = s.transfer;
    if (t.first_sequence != t.sequence) lately_open_.erase(t.id);
    if (!is_open(t.status)) continue;
    any_open_ = true;
    if (!is_short(t)) continue;
    if (lately_open_.size() >= most_lately_open) lately_open_.erase(lately_open_.begin());
    lately_open_.insert_or_assign(t.id, t);
  }
  for (drafted_account* a : d.changed) a->version_before = a->face.version;
}

std::uint64_t sqlite_view::last_order() {
  auto row = last_order_.query();
  return row.next() ? row.count(0) : 0;
}

drafted_account* sqlite_view::find_account(const account_id& id) { return accounts_.find(id); }
drafted_account& sqlite_view::add_account(drafted_account a) { return accounts_.add({a}); }

const transfer_record* sqlite_view::find_transfer(const transfer_id& id) {
  if (const auto known = read_.find(id); known != read_.end()) return &known->second;
  if (const auto known = lately_open_.find(id); known != lately_open_.end()) return &known->second;
  auto found = any_open_ ? finder_.find_open(id) : std::nullopt;
  if (!found && has_ended_.exists(id)) found = finder_.find(id);
  return found ? &read_.emplace(id, std::move(*found)).first->second : nullptr;
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
