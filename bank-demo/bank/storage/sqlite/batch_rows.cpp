#include "bank/storage/sqlite/batch_rows.hpp"

#include <utility>

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
      insert_(sqlite_bulk::insert(
          db, "INSERT OR FAIL INTO transfers",
          "sequence, id, from_account, to_account, amount, currency, kind, memo, metadata,"
          " status, reason, created_at, posted_at, from_balance_after, to_balance_after,"
          " from_previous, to_previous",
          " ON CONFLICT (id) DO NOTHING")),
      insert_details_(sqlite_bulk::insert(
          db, "INSERT OR FAIL INTO transfer_details",
          "sequence, first_sequence, two_phase, expires_in, execute_at, reverses, held,"
          " expires_at")),
      insert_keys_(sqlite_bulk::insert(db, "INSERT OR FAIL INTO idempotency",
                                       "caller, key, digest, object, created_at, answer, behind",
                                       " ON CONFLICT DO NOTHING")),
      insert_mark_(db, "INSERT OR IGNORE INTO history_marks (account, sequence) VALUES (?, ?)"),
      insert_open_(sqlite_bulk::insert(
          db, "INSERT OR FAIL INTO open_transfers",
          "id, sequence, first_sequence, from_account, to_account, amount, currency, kind, memo,"
          " metadata, status, created_at, two_phase, expires_in, execute_at, reverses, expires_at,"
          " due_at")),
      delete_open_(sqlite_bulk::erase(db, "open_transfers", "id")),
      insert_entries_(sqlite_bulk::insert(db, "INSERT OR FAIL INTO transfer_entries",
                                          "sequence, transfer, kind")),
      insert_openings_(
          sqlite_bulk::insert(db, "INSERT OR FAIL INTO transfer_openings", "account, sequence")),
      find_open_(sqlite_bulk::find(db, "open_transfers", "id")),
      find_ended_(sqlite_bulk::find(db, "transfers", "id")),
      insert_order_(db,
                    "INSERT INTO standing_orders (number, id, seed, from_account, to_account,"
                    " amount, currency, memo, every, first_at, last_at, made, next_at, created_at,"
                    " deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_order_(
          db, "UPDATE standing_orders SET made = ?, next_at = ?, deleted_at = ? WHERE number = ?"),
      insert_occurrence_(
          db, "INSERT INTO occurrences (standing_order, place, sequence) VALUES (?, ?, ?)"),
      insert_batch_(db,
                    "INSERT INTO batches (epoch, number, first_sequence, last_sequence, outcomes,"
                    " at, hash) VALUES (?, ?, ?, ?, ?, ?, ?)"),
      write_ledger_(
          db, "UPDATE ledger SET last_sequence = ?1, head = ?2, last_at = ?3, next_at = ?3") {}

bool sqlite_batch_rows::write(const batch_draft& d, const batch_seal& seal, unsearched where) {
  put_new_accounts(d);
  if (!put_transfers(d, where)) return false;
  put_account_entries(d);
  accounts_.write(d.changed, mark_of(seal.head));
  put_orders(d);
  if (!put_keys(d)) return false;
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
    accounts_.find(a.id)->number = db_.getLastInsertRowid();
  }
}

bool sqlite_batch_rows::put_transfers(const batch_draft& d, unsearched where) {
  ended_.clear();
  open_.clear();
  no_longer_open_.clear();
  new_.clear();
  new_open_.clear();
  for (const batch_draft::step& s : d.steps) {
    const transfer_record& t = s.transfer;
    cached_account& from = account(s.from, t.from);
    cached_account& to = account(s.to, t.to);
    const bool is_new = t.first_sequence == t.sequence;
    if (is_new) new_.push_back(t.id);
    if (!is_new && d.was_stored(t)) no_longer_open_.push_back(t.id);
    if (is_open(t.status)) {
      open_.push_back({&s, from.number, to.number});
      if (is_new) new_open_.push_back(t.id);
    } else {
      put_ended(s, from, to);
    }
    mark_history(from, s.from.version);
    mark_history(to, s.to.version);
  }
  if (has_namesake(where)) return false;
  write_open(d);
  return write_ended();
}

/// The row of a transfer that is posted at once finds an ended one by itself.
bool sqlite_batch_rows::has_namesake(unsearched where) {
  const auto append = [](sqlite_statement& s, const transfer_id& id) { s.append(id); };
  return (where.open && find_open_.exists(new_, append)) ||
         (where.ended && find_ended_.exists(new_open_, append));
}

/// The view gives the draft only accounts of this cache.
cached_account& sqlite_batch_rows::account(const batch_draft::side& s, const account_id& id) {
  return s.account == nullptr ? *accounts_.find(id) : static_cast<cached_account&>(*s.account);
}

/// Each entry and each opening; the transfer itself as the batch leaves it.
void sqlite_batch_rows::write_open(const batch_draft& d) {
  delete_open_.run(no_longer_open_,
                   [](sqlite_statement& s, const transfer_id& id) { s.append(id); });
  insert_entries_.run(open_, [](sqlite_statement& s, const open_row& row) {
    const transfer_record& t = row.step->transfer;
    s.append(t.sequence, t.id, to_string(t.status).data());
  });
  openings_.clear();
  for (const open_row& row : open_) {
    const transfer_record& t = row.step->transfer;
    if (t.first_sequence != t.sequence) continue;
    openings_.push_back({row.from, t.sequence});
    openings_.push_back({row.to, t.sequence});
  }
  insert_openings_.run(openings_, [](sqlite_statement& s, const opening_row& row) {
    s.append(row.account, row.sequence);
  });
  std::erase_if(open_, [&d](const open_row& row) { return !d.is_last(*row.step); });
  insert_open_.run(open_, [](sqlite_statement& s, const open_row& row) {
    const transfer_record& t = row.step->transfer;
    s.append(t.id, t.sequence, t.first_sequence, row.from, row.to, t.amount.minor, t.amount.unit,
             t.kind, t.memo, t.metadata, to_string(t.status).data(), t.created_at,
             std::int64_t{t.two_phase}, seconds_of(t.expires_in), t.execute_at, t.reverses,
             t.expires_at, due_at(t));
  });
}

/// A posted transfer becomes the newest of its accounts' histories.
void sqlite_batch_rows::put_ended(const batch_draft::step& s, cached_account& from,
                                  cached_account& to) {
  const transfer_record& t = s.transfer;
  ended_row row{s, from.number, to.number, 0, 0};
  if (t.status == transfer_status::posted) {
    row.from_previous = std::exchange(from.last_transfer, t.sequence);
    row.to_previous = std::exchange(to.last_transfer, t.sequence);
  }
  ended_.push_back(row);
}

bool sqlite_batch_rows::write_ended() {
  const auto append = [](sqlite_statement& s, const ended_row& row) {
    const transfer_record& t = row.step.transfer;
    s.append(t.sequence, t.id, row.from, row.to, t.amount.minor, t.amount.unit, t.kind, t.memo,
             t.metadata, to_string(t.status).data(), t.reason, t.created_at, t.posted_at,
             row.step.from.posted, row.step.to.posted, row.from_previous, row.to_previous);
  };
  if (insert_.run(ended_, append) != ended_.size()) return false;
  detailed_.clear();
  for (const ended_row& row : ended_)
    if (has_details(row.step.transfer)) detailed_.push_back(&row.step.transfer);
  insert_details_.run(detailed_, [](sqlite_statement& s, const transfer_record* t) {
    s.append(t->sequence, t->first_sequence, std::int64_t{t->two_phase}, seconds_of(t->expires_in),
             t->execute_at, t->reverses, t->held, t->expires_at);
  });
  return true;
}

void sqlite_batch_rows::mark_history(const cached_account& a, std::uint64_t version) {
  if (version != 0 && version % changes_per_mark == 0 && a.last_transfer != 0)
    insert_mark_.run(a.number, a.last_transfer);
}

void sqlite_batch_rows::put_account_entries(const batch_draft& d) {
  for (const auto& e : d.account_entries) {
    const cached_account& a = *accounts_.find(e.account);
    insert_account_entry_.run(e.sequence, a.number, e.what.data(), e.limit, d.at());
    if (!e.limit) update_status_.run(to_string(a.face.status).data(), a.number);
  }
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

bool sqlite_batch_rows::put_keys(const batch_draft& d) {
  const auto append = [&d](sqlite_statement& s, const batch_draft::kept_key& k) {
    s.append(k.key.caller, k.key.key, blob{k.key.digest}, k.object, d.at(), k.answer, k.behind);
  };
  return insert_keys_.run(d.keys, append) == d.keys.size();
}

}  // namespace bank::storage
