#include "bank/storage/sqlite/commit_writer.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <new>
#include <utility>

#include "bank/storage/rules/ledger_time.hpp"
#include "bank/storage/sqlite/rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr std::size_t cache_bytes = 64U << 20U;

bool broke_a_rule(const SQLite::Exception& e) noexcept {
  return primary_code(e) == SQLITE_CONSTRAINT;
}

}  // namespace

sqlite_commit_writer::sqlite_commit_writer(const std::filesystem::path& file)
    : connection_(file, cache_bytes),
      accounts_(connection_.db()),
      transfers_(connection_.db(), accounts_, facts_),
      orders_(connection_.db(), accounts_),
      begin_(connection_.db(), "BEGIN IMMEDIATE"),
      commit_(connection_.db(), "COMMIT"),
      rollback_(connection_.db(), "ROLLBACK"),
      read_ledger_(connection_.db(), "SELECT epoch, last_sequence, head, next_at FROM ledger"),
      write_ledger_(connection_.db(),
                    "UPDATE ledger SET last_sequence = ?1, head = ?2, last_at = ?3, next_at = ?3"),
      close_past_(connection_.db(), "UPDATE ledger SET next_at = max(next_at, ?)"),
      find_key_(connection_.db(), "SELECT 1 FROM idempotency WHERE caller = ? AND key = ?"),
      find_ref_(connection_.db(), "SELECT 1 FROM accounts WHERE ref = ? AND owner = ?"),
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
      insert_key_(
          connection_.db(),
          "INSERT INTO idempotency (caller, key, digest, object, created_at, answer, behind)"
          " VALUES (?, ?, ?, ?, ?, ?, ?)"),
      insert_batch_(connection_.db(),
                    "INSERT INTO batches (epoch, number, first_sequence, last_sequence, outcomes,"
                    " at, hash) VALUES (?, ?, ?, ?, ?, ?, ?)") {}

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
  return committed_batch{at_, std::move(results_)};
}

std::optional<failure> sqlite_commit_writer::close_past(const context& ctx, wall_time before) {
  const auto closed = connection_.run(ctx, [&] {
    SQLite::Transaction whole(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
    close_past_.run(before);
    whole.commit();
    return true;
  });
  if (closed) return std::nullopt;
  spent_ = true;
  return closed.error();
}

commit_result sqlite_commit_writer::spend(commit_error why) noexcept {
  spent_ = true;
  return why;
}

std::optional<commit_error> sqlite_commit_writer::apply(const batch& b) {
  begin_.run();
  results_.clear();
  results_.reserve(b.entries.size());
  if (!begin(b)) return roll_back(commit_error::fenced);
  for (std::span<const entry> left = b.entries; !left.empty();) {
    const std::size_t n = unit_size(left.front());
    if (n > left.size() || !add_unit(left.first(n))) return roll_back(commit_error::violated);
    left = left.subspan(n);
  }
  end(b);
  return std::nullopt;
}

commit_error sqlite_commit_writer::roll_back(commit_error why) {
  accounts_.clear();
  transfers_.forget();
  rollback_.run();
  return why;
}

bool sqlite_commit_writer::begin(const batch& b) {
  auto row = read_ledger_.query();
  if (!row.next() || row.count(0) != b.id.epoch) return false;
  sequence_ = row.count(1);
  head_ = row.hash(2);
  at_ = ledger_time{.next = row.time(3)}.of_next(b.at);
  facts_.clear();
  const bool others_wrote = last_written_.epoch != b.id.epoch || last_sequence_ != sequence_;
  others_wrote ? accounts_.clear() : accounts_.make_room();
  transfers_.begin(at_, others_wrote);
  return true;
}

void sqlite_commit_writer::end(const batch& b) {
  accounts_.write();
  std::uint64_t committed = 0;
  for (const entry_result& r : results_) committed += r.sequence != 0 ? 1 : 0;
  const auto outcomes = outcomes_of(results_);
  const batch_span span{b.id, sequence_ + 1 - committed, sequence_, at_};
  head_ = hasher_.next(head_, span, results_, facts_);
  insert_batch_.run(b.id.epoch, b.id.number, span.first_sequence, sequence_,
                    outcomes ? std::optional(blob{*outcomes}) : std::nullopt, at_, head_);
  write_ledger_.run(sequence_, head_, at_);
}

bool sqlite_commit_writer::add_unit(std::span<const entry> unit) {
  if (const auto* group = std::get_if<group_entry>(&unit.front()))
    return add_group(*group, unit.subspan(1));
  return std::visit([this](const auto& x) { return add(x); }, unit.front());
}

bool sqlite_commit_writer::add_group(const group_entry& g, std::span<const entry> members) {
  if (!is_group(g, members)) return false;
  const auto exists = [this](const entry& e) {
    return transfers_.exists(std::get<transfer_entry>(e).transfer.id);
  };
  if (key_used(g.key)) {
    refuse(entry_outcome::duplicate_key);
    results_.insert(results_.end(), members.size(), {entry_outcome::left_out, 0});
    return true;
  }
  if (g.atomic && std::ranges::any_of(members, exists)) {
    refuse(entry_outcome::duplicate_id);
    for (const entry& e : members)
      refuse(exists(e) ? entry_outcome::duplicate_id : entry_outcome::left_out);
    return true;
  }
  results_.push_back({entry_outcome::noted, 0});
  keep_key(g.key, g.id, g.answer);
  const std::size_t first = results_.size();
  for (const entry& e : members)
    if (!add(std::get<transfer_entry>(e))) return false;
  return !g.atomic || all_committed(results_, first);
}

bool sqlite_commit_writer::add(const open_entry& e) {
  if (!may_open(e.account)) return false;
  const auto found = judge(e);
  if (found != entry_outcome::committed) return refuse(found);
  if (!open_world(e.account.unit)) return false;
  const account_record opened = opened_at(e.account, at_);
  const std::int64_t number = insert(opened);
  keep_key(e.key, e.account.id);
  take_sequence();
  insert_account_entry_.run(sequence_, number, std::string("opened"),
                            std::optional(e.account.overdraft_limit), at_);
  facts_.add_opening(sequence_, at_, opened);
  return true;
}

bool sqlite_commit_writer::add(const change_entry& e) {
  cached_account* const a = accounts_.find(e.account);
  if (a == nullptr) return false;
  if (!may_change(a->face, e)) return false;
  account_face face = a->face;
  storage::change(face, e.change);
  accounts_.change(*a, face);
  if (e.change.status) update_status_.run(std::string(to_string(face.status)), a->number);
  take_sequence();
  const std::string what(name_of(e.change));
  insert_account_entry_.run(sequence_, a->number, what, e.change.overdraft_limit, at_);
  facts_.add_change(sequence_, at_, e.account, what, e.change.overdraft_limit);
  return true;
}

entry_outcome sqlite_commit_writer::judge(const open_entry& e) {
  if (accounts_.find(e.account.id) != nullptr) return entry_outcome::duplicate_id;
  if (key_used(e.key)) return entry_outcome::duplicate_key;
  if (e.account.ref && find_ref_.exists(*e.account.ref, e.account.owner))
    return entry_outcome::duplicate_ref;
  return entry_outcome::committed;
}

bool sqlite_commit_writer::add(const transfer_entry& e) {
  const transfer_record& t = e.transfer;
  if (!may_begin(t)) return false;
  if (e.expects) return execute(e);
  if (key_used(e.key))
    return refuse(transfers_.exists(t.id) ? entry_outcome::duplicate_id
                                          : entry_outcome::duplicate_key);
  if (!transfers_.add(t, sequence_ + 1)) return repeated(e);
  keep_key(e.key, t.id);
  take_sequence();
  return true;
}

/// Executes the stored transfer; the entry says only its new state.
bool sqlite_commit_writer::execute(const transfer_entry& e) {
  auto t = transfers_.find_open(e.transfer.id);
  if (!t || *e.expects != transfer_status::scheduled || t->status != *e.expects)
    return refuse(entry_outcome::wrong_state);
  t->status = e.transfer.status;
  if (!transfers_.execute(*t, sequence_ + 1)) return false;
  take_sequence();
  return true;
}

/// A transfer could not be added: is its id taken by the same request? Then its new key is
/// recorded.
bool sqlite_commit_writer::repeated(const transfer_entry& e) {
  const auto first = transfers_.find(e.transfer.id);
  if (!first) return false;
  if (e.key && same_content(*first, e.transfer)) keep_key(e.key, first->id);
  return refuse(entry_outcome::duplicate_id);
}

bool sqlite_commit_writer::add(const resolve_entry& e) {
  const auto open = transfers_.find_open(e.transfer);
  if (!open || open->status != e.what.expects) {
    const auto ended = e.key && !open ? transfers_.find(e.transfer) : std::nullopt;
    if (ended && is_result_of(e.what, *ended) && !key_used(e.key)) keep_key(e.key, e.transfer);
    return refuse(entry_outcome::wrong_state);
  }
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  if (!transfers_.end(*open, e.what, sequence_ + 1)) return false;
  keep_key(e.key, e.transfer);
  take_sequence();
  return true;
}

bool sqlite_commit_writer::add(const open_order_entry& e) {
  if (const auto first = orders_.find(e.order.id)) {
    if (same_content(*first, e.order) && !key_used(e.key)) keep_key(e.key, first->id);
    return refuse(entry_outcome::duplicate_id);
  }
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  if (!orders_.add(e.order, at_)) return false;
  keep_key(e.key, e.order.id);
  return note();
}

bool sqlite_commit_writer::add(const end_order_entry& e) {
  const auto order = orders_.find(e.order);
  if (!order || status_of(*order) != order_status::active)
    return refuse(entry_outcome::wrong_state);
  orders_.change(after_deletion(*order, at_), 0);
  return note();
}

bool sqlite_commit_writer::add(const occur_entry& e) {
  const auto order = orders_.find(e.order);
  if (!order || order->next_at != e.due) return refuse(entry_outcome::wrong_state);
  if (!transfers_.write_down(next_occurrence(*order), sequence_ + 1)) return false;
  take_sequence();
  orders_.change(after_occurrence(*order), sequence_);
  return true;
}

bool sqlite_commit_writer::add(const claim_entry& e) {
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  keep_key(e.key, e.object, "");
  return note();
}

bool sqlite_commit_writer::key_used(const std::optional<idempotency_key>& k) {
  return k && find_key_.exists(k->caller, k->key);
}

void sqlite_commit_writer::keep_key(const std::optional<idempotency_key>& k, const uuid& object,
                                    const std::optional<std::string>& answer) {
  if (k) insert_key_.run(k->caller, k->key, blob{k->digest}, object, at_, answer, sequence_);
}

bool sqlite_commit_writer::refuse(entry_outcome why) {
  results_.push_back({why, 0});
  return true;
}

bool sqlite_commit_writer::note() {
  results_.push_back({entry_outcome::noted, 0});
  return true;
}

void sqlite_commit_writer::take_sequence() {
  results_.push_back({entry_outcome::committed, ++sequence_});
}

bool sqlite_commit_writer::open_world(const currency& unit) {
  const cached_account* found = accounts_.find(world_of(unit));
  if (found == nullptr) insert(new_world(unit, at_));
  return found == nullptr || found->face.type == account_type::world;
}

std::int64_t sqlite_commit_writer::insert(const account_record& a) {
  insert_account_.run(a.id, a.owner, std::string(to_string(a.type)), a.ref,
                      std::string(to_string(a.status)), a.created_at);
  const std::int64_t number = connection_.db().getLastInsertRowid();
  const bool limited = a.type != account_type::world;
  insert_balance_.run(number, a.unit, limited ? std::optional(a.overdraft_limit) : std::nullopt);
  account_face face{a.type, a.unit, a.overdraft_limit};
  face.status = a.status;
  accounts_.add(a.id, {number, face});
  return number;
}

const account_id& sqlite_commit_writer::world_of(const currency& unit) {
  const auto it = worlds_.find(unit);
  return it != worlds_.end() ? it->second
                             : worlds_.emplace(unit, world_account(unit)).first->second;
}

}  // namespace bank::storage
