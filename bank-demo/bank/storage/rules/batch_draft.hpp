#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lifeline/ledger/batch_hash.hpp"
#include "lifeline/ledger/ledger_store.hpp"

namespace bank::storage {

/// The ledger before a batch, as the draft reads it. Returned values live as long as the view.
class books_view {
 public:
  using text_pair = std::pair<std::string, std::string>;

  books_view() = default;
  books_view(const books_view&) = delete;
  books_view& operator=(const books_view&) = delete;
  virtual ~books_view() = default;

  virtual std::uint64_t last_sequence() const = 0;
  virtual std::uint64_t last_order() const = 0;  ///< the highest number of a standing order
  /// Null if there is none.
  virtual const lifeline::ledger::account_record* find_account(
      const lifeline::ledger::account_id& id) const = 0;
  /// In any state.
  virtual const lifeline::ledger::transfer_record* find_transfer(
      const lifeline::ledger::transfer_id& id) const = 0;
  virtual const lifeline::ledger::standing_order* find_order(
      const lifeline::ledger::standing_order_id& id) const = 0;
  virtual bool key_used(const text_pair& caller_and_key) const = 0;
  virtual bool ref_used(const text_pair& owner_and_ref) const = 0;
};

/// The changes of a batch, kept apart from the ledger so that a violation changes nothing. It holds
/// the rules of every kind of entry. A pure core: a store gives it a view of the ledger and writes
/// its result.
class batch_draft {
 public:
  using text_pair = books_view::text_pair;
  /// A transfer that has ended; it is in its accounts' histories only if posted.
  struct ended_transfer {
    lifeline::ledger::transfer_record transfer;
    std::int64_t from_after = 0;
    std::int64_t to_after = 0;
  };
  /// An account was opened or changed: `what` is the entry's name.
  struct account_entry {
    std::uint64_t sequence = 0;
    lifeline::ledger::account_id account;
    std::string_view what;
    std::optional<std::int64_t> limit;
  };
  /// A standing order made an occurrence.
  struct occurrence {
    std::uint64_t order = 0;
    std::uint64_t place = 0;
    std::uint64_t sequence = 0;
  };

  batch_draft(const books_view& books, lifeline::wall_time at)
      : sequence(books.last_sequence()), books_(books), order_count_(books.last_order()), at_(at) {}

  /// False if an entry breaks a rule; the draft must not be used then.
  bool add(std::span<const lifeline::ledger::entry> all);

  lifeline::wall_time at() const noexcept { return at_; }

  std::uint64_t sequence;
  /// Accounts that the batch may change, as after the batch.
  std::map<lifeline::ledger::account_id, lifeline::ledger::account_record> accounts;
  /// The same for transfers.
  std::map<lifeline::ledger::transfer_id, lifeline::ledger::transfer_record> transfers;
  std::vector<ended_transfer> ended;
  std::map<text_pair, lifeline::ledger::key_record> keys;
  std::map<text_pair, lifeline::ledger::account_id> refs;
  /// By number, as after the batch.
  std::map<std::uint64_t, lifeline::ledger::standing_order> orders;
  std::vector<occurrence> occurrences;
  std::vector<account_entry> account_entries;
  std::vector<lifeline::ledger::entry_result> results;
  std::vector<lifeline::ledger::committed_entry> entries;
  lifeline::ledger::batch_facts facts;

 private:
  using entry = lifeline::ledger::entry;
  using entry_outcome = lifeline::ledger::entry_outcome;
  using account_record = lifeline::ledger::account_record;
  using transfer_record = lifeline::ledger::transfer_record;
  using standing_order = lifeline::ledger::standing_order;
  using optional_key = std::optional<lifeline::ledger::idempotency_key>;

  bool add_unit(std::span<const entry> unit);
  bool add_group(const lifeline::ledger::group_entry& g, std::span<const entry> members);
  template <class Known>
  void leave_out(entry_outcome why, std::span<const entry> members, Known known);
  /// Never alone.
  static bool add(const lifeline::ledger::group_entry& /*e*/) { return false; }
  bool add(const lifeline::ledger::open_entry& e);
  bool add(const lifeline::ledger::transfer_entry& e);
  /// Executes the stored transfer; the entry says only its new state.
  bool execute(const lifeline::ledger::transfer_entry& e, const transfer_record* found);
  bool begin(transfer_record t);
  bool add(const lifeline::ledger::resolve_entry& e);
  /// The transfer exists already: records a new key of a request with the same content.
  bool repeated(entry_outcome why, const optional_key& k, const transfer_record& found, bool same);
  bool add(const lifeline::ledger::change_entry& e);
  bool add(const lifeline::ledger::open_order_entry& e);
  bool add(const lifeline::ledger::end_order_entry& e);
  /// Accounts are not checked here, but at the execution.
  bool add(const lifeline::ledger::occur_entry& e);
  bool add(const lifeline::ledger::claim_entry& e);
  bool note(standing_order o);
  bool note();
  /// As changed by this batch, else as stored.
  const standing_order* order(lifeline::ledger::standing_order_id id) const;
  const account_record* account(lifeline::ledger::account_id id) const;
  entry_outcome judge(const lifeline::ledger::open_entry& e) const;
  const transfer_record* transfer(lifeline::ledger::transfer_id id) const;
  bool key_used(const optional_key& k) const;
  bool ref_used(const text_pair& ref) const;
  bool refuse(entry_outcome why);
  bool commit(lifeline::ledger::entry_kind kind, const lifeline::ledger::uuid& object);
  bool commit(lifeline::ledger::entry_kind kind, const account_record& a);
  void keep_key(const optional_key& k, const lifeline::ledger::uuid& object,
                const std::optional<std::string>& answer = {});
  bool open(const account_record& a);
  /// Changes both accounts of the transfer.
  bool apply(const transfer_record& t, const lifeline::ledger::transfer_changes& changes);
  bool write(transfer_record t);
  account_record* touch(lifeline::ledger::account_id id);

  const books_view& books_;
  std::uint64_t order_count_;
  lifeline::wall_time at_;
};

}  // namespace bank::storage
