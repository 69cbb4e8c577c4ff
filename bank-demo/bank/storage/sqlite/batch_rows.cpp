#include "bank/storage/sqlite/batch_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

/// An account's history gets a mark after this many changes.
constexpr std::uint64_t changes_per_mark = 64;

std::optional<std::int64_t> seconds_of(const std::optional<std::chrono::seconds>& s) {
  return s ? std::optional<std::int64_t>(s->count()) : std::nullopt;
}

/// Does it need a row of details, because it was not simply posted at once?
bool has_details(const transfer_record& t) {
  return t.two_phase || t.execute_at || t.reverses || t.expires_in ||
         t.first_sequence != t.sequence;
}

}  // namespace

sqlite_batch_rows::sqlite_batch_rows(SQLite::Database& db, sqlite_account_cache& accounts)
    : db_(db),
      accounts_(accounts),
      insert_account_(db,
                      "INSERT INTO accounts (id, owner, type, ref, status, created_at)"
                      " VALUES (?, ?, ?, ?, ?, ?)"),
      insert_account_entry_(db,
                            "INSERT INTO account_entries (sequence, account, kind,"
                            " overdraft_limit, at) VALUES (?, ?, ?, ?, ?)"),
      update_status_(db, "UPDATE accounts SET status = ? WHERE number = ?"),
      insert_(db,
              "INSERT INTO transfers (sequence, id, from_account, to_account, amount, currency,"
              " kind, memo, metadata, status, reason, created_at, posted_at, from_balance_after,"
              " to_balance_after, from_previous, to_previous)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
              " ON CONFLICT (id) DO NOTHING"),
      insert_details_(db,
                      "INSERT INTO transfer_details (sequence, first_sequence, two_phase,"
                      " expires_in, execute_at, reverses, held, expires_at)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_mark_(db, "INSERT OR IGNORE INTO history_marks (account, sequence) VALUES (?, ?)"),
      insert_open_(db,
                   "INSERT INTO open_transfers (id, sequence, first_sequence, from_account,"
                   " to_account, amount, currency, kind, memo, metadata, status, created_at,"
                   " two_phase, expires_in, execute_at, reverses, expires_at, due_at)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      delete_open_(db, "DELETE FROM open_transfers WHERE id = ?"),
      insert_entry_(db, "INSERT INTO transfer_entries (sequence, transfer, kind) VALUES (?, ?, ?)"),
      insert_openings_(db,
                       "INSERT INTO transfer_openings (account, sequence)"
                       " VALUES (?1, ?3), (?2, ?3)"),
      insert_order_(db,
                    "INSERT INTO standing_orders (number, id, seed, from_account, to_account,"
                    " amount, currency, memo, every, first_at, last_at, made, next_at, created_at,"
                    " deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_order_(
          db, "UPDATE standing_orders SET made = ?, next_at = ?, deleted_at = ? WHERE number = ?"),
      insert_occurrence_(
          db, "INSERT INTO occurrences (standing_order, place, sequence) VALUES (?, ?, ?)"),
      insert_key_(db,
                  "INSERT INTO idempotency (caller, key, digest, object, created_at, answer,"
                  " behind) VALUES (?, ?, ?, ?, ?, ?, ?)"),
      insert_batch_(db,
                    "INSERT INTO batches (epoch, number, first_sequence, last_sequence, outcomes,"
                    " at, hash) VALUES (?, ?, ?, ?, ?, ?, ?)"),
      write_ledger_(
          db, "UPDATE ledger SET last_sequence = ?1, head = ?2, last_at = ?3, next_at = ?3") {}

bool sqlite_batch_rows::write(const batch_draft& d, const batch_seal& seal) {
  put_new_accounts(d);
  if (!put_transfers(d)) return false;
  put_account_entries(d);
  put_balances(d, seal);
  put_orders(d);
  put_keys(d);
  const batch_span& b = seal.span;
  insert_batch_.run(b.id.epoch, b.id.number, b.first_sequence, b.last_sequence,
                    seal.outcomes ? std::optional(blob{*seal.outcomes}) : std::nullopt, b.at,
                    seal.head);
  write_ledger_.run(b.last_sequence, seal.head, b.at);
  return true;
}

void sqlite_batch_rows::put_new_accounts(const batch_draft& d) {
  for (const account_record& a : d.opened) {
    insert_account_.run(a.id, a.owner, to_string(a.type).data(), a.ref, to_string(a.status).data(),
                        a.created_at);
    accounts_.add(a.id, {db_.getLastInsertRowid(), face_of(a), 0});
  }
}

bool sqlite_batch_rows::put_transfers(const batch_draft& d) {
  for (const batch_draft::step& s : d.steps) {
    const transfer_record& t = s.transfer;
    cached_account& from = *accounts_.find(t.from);
    cached_account& to = *accounts_.find(t.to);
    if (t.first_sequence != t.sequence && d.was_stored(t)) delete_open_.run(t.id);
    if (is_open(t.status))
      put_open(d, s, from, to);
    else if (!put_ended(s, from, to))
      return false;
    mark_history(from, s.from);
    mark_history(to, s.to);
  }
  return true;
}

void sqlite_batch_rows::put_open(const batch_draft& d, const batch_draft::step& s,
                                 const cached_account& from, const cached_account& to) {
  const transfer_record& t = s.transfer;
  insert_entry_.run(t.sequence, t.id, to_string(t.status).data());
  if (t.first_sequence == t.sequence) insert_openings_.run(from.number, to.number, t.sequence);
  if (!d.is_last(s)) return;
  insert_open_.run(t.id, t.sequence, t.first_sequence, from.number, to.number, t.amount.minor,
                   t.amount.unit, t.kind, t.memo, t.metadata, to_string(t.status).data(),
                   t.created_at, std::int64_t{t.two_phase}, seconds_of(t.expires_in), t.execute_at,
                   t.reverses, t.expires_at, due_at(t));
}

/// A posted transfer becomes the newest of its accounts' histories.
bool sqlite_batch_rows::put_ended(const batch_draft::step& s, cached_account& from,
                                  cached_account& to) {
  const transfer_record& t = s.transfer;
  const bool posted = t.status == transfer_status::posted;
  const bool inserted =
      insert_.run(t.sequence, t.id, from.number, to.number, t.amount.minor, t.amount.unit, t.kind,
                  t.memo, t.metadata, to_string(t.status).data(), t.reason, t.created_at,
                  t.posted_at, s.from.posted, s.to.posted,
                  posted ? from.last_transfer : std::uint64_t{0},
                  posted ? to.last_transfer : std::uint64_t{0}) == 1;
  if (!inserted) return false;
  if (has_details(t))
    insert_details_.run(t.sequence, t.first_sequence, std::int64_t{t.two_phase},
                        seconds_of(t.expires_in), t.execute_at, t.reverses, t.held, t.expires_at);
  if (posted) from.last_transfer = to.last_transfer = t.sequence;
  return true;
}

void sqlite_batch_rows::mark_history(cached_account& a, const batch_draft::side_after& after) {
  if (after.version <= a.face.version) return;
  a.face.version = after.version;
  if (after.version % changes_per_mark == 0 && a.last_transfer != 0)
    insert_mark_.run(a.number, a.last_transfer);
}

void sqlite_batch_rows::put_account_entries(const batch_draft& d) {
  for (const auto& e : d.account_entries) {
    const cached_account& a = *accounts_.find(e.account);
    const account_status status = d.accounts.at(e.account).face.status;
    insert_account_entry_.run(e.sequence, a.number, e.what.data(), e.limit, d.at());
    if (status != a.face.status) update_status_.run(to_string(status).data(), a.number);
  }
}

void sqlite_batch_rows::put_balances(const batch_draft& d, const batch_seal& seal) {
  std::vector<cached_account*> changed;
  for (const auto& [id, a] : d.accounts) {
    if (a.version_before == a.face.version) continue;
    cached_account* const kept = accounts_.find(id);
    kept->face = a.face;
    changed.push_back(kept);
  }
  accounts_.write(changed, mark_of(seal.head));
}

void sqlite_batch_rows::put_orders(const batch_draft& d) {
  for (const auto& [number, o] : d.orders) {
    if (update_order_.run(o.made, o.next_at, o.deleted_at, number) == 1) continue;
    insert_order_.run(number, o.id, o.seed, accounts_.find(o.from)->number,
                      accounts_.find(o.to)->number, o.amount.minor, o.amount.unit, o.memo,
                      to_string(o.schedule.every).data(), o.schedule.first_at, o.schedule.last_at,
                      o.made, o.next_at, o.created_at, o.deleted_at);
  }
  for (const auto& o : d.occurrences) insert_occurrence_.run(o.order, o.place, o.sequence);
}

void sqlite_batch_rows::put_keys(const batch_draft& d) {
  for (const auto& [name, k] : d.keys)
    insert_key_.run(name.first, name.second, blob{k.digest}, k.object, d.at(), k.answer, k.behind);
}

}  // namespace bank::storage
