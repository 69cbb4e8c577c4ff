#include "bank/storage/sqlite_commit_writer.hpp"

#include <sqlite3.h>

#include <new>
#include <utility>

#include "bank/storage/sqlite_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr std::size_t cache_bytes = 64U << 20U;
/// Every so many changes of an account, its history gets a mark.
constexpr std::uint64_t changes_per_mark = 64;

bool broke_a_rule(const SQLite::Exception& e) noexcept {
  return primary_code(e) == SQLITE_CONSTRAINT;
}

}  // namespace

sqlite_commit_writer::sqlite_commit_writer(const std::filesystem::path& file)
    : connection_(file, cache_bytes),
      accounts_(connection_.db()),
      begin_(connection_.db(), "BEGIN IMMEDIATE"),
      commit_(connection_.db(), "COMMIT"),
      rollback_(connection_.db(), "ROLLBACK"),
      read_ledger_(connection_.db(), "SELECT epoch, last_sequence FROM ledger"),
      write_ledger_(connection_.db(), "UPDATE ledger SET last_sequence = ?"),
      find_key_(connection_.db(), "SELECT 1 FROM idempotency WHERE caller = ? AND key = ?"),
      find_ref_(connection_.db(), "SELECT 1 FROM accounts WHERE ref = ? AND owner = ?"),
      find_transfer_(connection_.db(), "SELECT 1 FROM transfers WHERE id = ?"),
      insert_account_(connection_.db(),
                      "INSERT INTO accounts (id, owner, type, ref, status, created_at)"
                      " VALUES (?, ?, ?, ?, ?, ?)"),
      insert_balance_(connection_.db(),
                      "INSERT INTO balances (account, currency, overdraft_limit, posted,"
                      " pending_in, pending_out, version, last_transfer)"
                      " VALUES (?, ?, ?, 0, 0, 0, 1, 0)"),
      insert_account_entry_(connection_.db(),
                            "INSERT INTO account_entries (sequence, account, kind,"
                            " overdraft_limit, at) VALUES (?, ?, ?, ?, ?)"),
      update_status_(connection_.db(), "UPDATE accounts SET status = ? WHERE number = ?"),
      insert_transfer_(connection_.db(),
                       "INSERT INTO transfers (sequence, id, from_account, to_account, amount,"
                       " currency, kind, memo, metadata, status, created_at, posted_at,"
                       " from_balance_after, to_balance_after, from_previous, to_previous)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'posted', ?, ?, ?, ?, ?, ?)"
                       " ON CONFLICT (id) DO NOTHING"),
      insert_mark_(connection_.db(), "INSERT INTO history_marks (account, sequence) VALUES (?, ?)"),
      insert_key_(connection_.db(),
                  "INSERT INTO idempotency (caller, key, digest, object, created_at)"
                  " VALUES (?, ?, ?, ?, ?)"),
      insert_batch_(connection_.db(),
                    "INSERT INTO batches (epoch, number, first_sequence, last_sequence, outcomes,"
                    " at) VALUES (?, ?, ?, ?, ?, ?)") {}

commit_result sqlite_commit_writer::commit(const batch& b) {
  try {
    if (const auto error = apply(b)) return *error;
  } catch (const SQLite::Exception& e) {
    return spend(broke_a_rule(e) ? commit_error::violated : commit_error::unavailable);
  } catch (const std::bad_alloc&) {
    return spend(commit_error::unavailable);
  }
  try {
    commit_.run();
  } catch (const SQLite::Exception&) {
    return spend(commit_error::unknown);
  }
  last_sequence_ = sequence_;
  last_written_ = b.id;
  return std::move(results_);
}

commit_result sqlite_commit_writer::spend(commit_error why) noexcept {
  spent_ = true;
  return why;
}

std::optional<commit_error> sqlite_commit_writer::apply(const batch& b) {
  begin_.run();
  at_ = b.at;
  results_.clear();
  results_.reserve(b.entries.size());
  if (!begin(b.id)) return roll_back(commit_error::fenced);
  for (const entry& e : b.entries)
    if (!std::visit([this](const auto& x) { return add(x); }, e))
      return roll_back(commit_error::violated);
  end(b);
  return std::nullopt;
}

commit_error sqlite_commit_writer::roll_back(commit_error why) {
  accounts_.clear();
  rollback_.run();
  return why;
}

bool sqlite_commit_writer::begin(batch_id id) {
  auto row = read_ledger_.query();
  if (!row.next() || row.count(0) != id.epoch) return false;
  sequence_ = row.count(1);
  const bool others_wrote = last_written_.epoch != id.epoch || last_sequence_ != sequence_;
  others_wrote ? accounts_.clear() : accounts_.make_room();
  return true;
}

void sqlite_commit_writer::end(const batch& b) {
  accounts_.write();
  std::uint64_t committed = 0;
  for (const entry_result& r : results_) committed += r.sequence != 0 ? 1 : 0;
  const auto outcomes = outcomes_of(results_);
  insert_batch_.run(b.id.epoch, b.id.number, sequence_ + 1 - committed, sequence_,
                    outcomes ? std::optional(blob{*outcomes}) : std::nullopt, at_);
  if (committed != 0) write_ledger_.run(sequence_);
}

bool sqlite_commit_writer::add(const open_entry& e) {
  if (!may_open(e.account)) return false;
  const auto found = judge(e);
  if (found != entry_outcome::committed) return refuse(found);
  open_world(e.account.unit);
  const std::int64_t number = insert(e.account);
  keep_key(e.key, e.account.id);
  take_sequence();
  insert_account_entry_.run(sequence_, number, std::string("opened"),
                            std::optional(e.account.overdraft_limit), at_);
  return true;
}

bool sqlite_commit_writer::add(const change_entry& e) {
  cached_account* const a = accounts_.find(e.account);
  if (a == nullptr) return false;
  const bool pending = a->pending_in != 0 || a->pending_out != 0;
  if (!may_change(a->face, e, pending, a->pending_out)) return false;
  account_face face = a->face;
  storage::change(face, e.change);
  accounts_.change(*a, face);
  if (e.change.status) update_status_.run(std::string(to_string(face.status)), a->number);
  take_sequence();
  insert_account_entry_.run(sequence_, a->number, std::string(entry_kind(e.change)),
                            e.change.overdraft_limit, at_);
  return true;
}

entry_outcome sqlite_commit_writer::judge(const open_entry& e) {
  if (accounts_.find(e.account.id) != nullptr) return entry_outcome::duplicate_id;
  if (key_used(e.key)) return entry_outcome::duplicate_key;
  if (e.account.ref && find_ref_.exists(*e.account.ref, e.account.owner))
    return entry_outcome::duplicate_ref;
  return entry_outcome::committed;
}

bool sqlite_commit_writer::add(const post_entry& e) {
  if (!may_post(e.transfer)) return false;
  if (key_used(e.key))
    return refuse(stored(e.transfer) ? entry_outcome::duplicate_id : entry_outcome::duplicate_key);
  if (!move(e.transfer)) return stored(e.transfer) && refuse(entry_outcome::duplicate_id);
  keep_key(e.key, e.transfer.id);
  take_sequence();
  return true;
}

bool sqlite_commit_writer::stored(const transfer_record& t) { return find_transfer_.exists(t.id); }

bool sqlite_commit_writer::move(const transfer_record& t) {
  cached_account* const from = accounts_.find(t.from);
  cached_account* const to = accounts_.find(t.to);
  if (from == nullptr || to == nullptr) return false;
  account_face from_face = from->face;
  account_face to_face = to->face;
  if (!post(from_face, to_face, t.amount)) return false;
  if (!insert(t, {*from, from_face.posted}, {*to, to_face.posted})) return false;
  change(*from, from_face);
  change(*to, to_face);
  return true;
}

bool sqlite_commit_writer::insert(const transfer_record& t, const side& from, const side& to) {
  return insert_transfer_.run(sequence_ + 1, t.id, from.account.number, to.account.number,
                              t.amount.minor, t.amount.unit, t.kind, t.memo, t.metadata,
                              t.created_at, at_, from.balance_after, to.balance_after,
                              from.account.last_transfer, to.account.last_transfer) == 1;
}

void sqlite_commit_writer::change(cached_account& a, const account_face& face) {
  accounts_.change(a, face, sequence_ + 1);
  if (face.version % changes_per_mark == 0) insert_mark_.run(a.number, sequence_ + 1);
}

bool sqlite_commit_writer::key_used(const std::optional<idempotency_key>& k) {
  return k && find_key_.exists(k->caller, k->key);
}

void sqlite_commit_writer::keep_key(const std::optional<idempotency_key>& k, const uuid& object) {
  if (k) insert_key_.run(k->caller, k->key, blob{k->digest}, object, at_);
}

bool sqlite_commit_writer::refuse(entry_outcome why) {
  results_.push_back({why, 0});
  return true;
}

void sqlite_commit_writer::take_sequence() {
  results_.push_back({entry_outcome::committed, ++sequence_});
}

void sqlite_commit_writer::open_world(const currency& unit) {
  if (accounts_.find(world_of(unit)) == nullptr) insert(new_world(unit, at_));
}

std::int64_t sqlite_commit_writer::insert(const account_record& a) {
  insert_account_.run(a.id, a.owner, std::string(to_string(a.type)), a.ref,
                      std::string(to_string(a.status)), a.created_at);
  const std::int64_t number = connection_.db().getLastInsertRowid();
  const bool limited = a.type != account_type::world;
  insert_balance_.run(number, a.unit, limited ? std::optional(a.overdraft_limit) : std::nullopt);
  accounts_.add(a.id, {number, {a.type, a.unit, a.overdraft_limit, 0, 1, a.status}});
  return number;
}

const account_id& sqlite_commit_writer::world_of(const currency& unit) {
  const auto it = worlds_.find(unit);
  return it != worlds_.end() ? it->second
                             : worlds_.emplace(unit, world_account(unit)).first->second;
}

}  // namespace bank::storage
