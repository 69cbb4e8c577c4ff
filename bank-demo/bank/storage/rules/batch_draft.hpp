#pragma once

#include <map>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bank/storage/rules/posting.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::storage {

/// An account that a batch may change.
struct drafted_account {
  lifeline::ledger::account_id id;
  account_face face;                 ///< as the batch leaves it
  std::uint64_t version_before = 0;  ///< 0: the batch opens it
};

/// The ledger before a batch, as the draft reads it; its accounts are changed in place. Returned
/// pointers are valid until the next batch. Members may load what they are asked for, and throw the
/// store's exception.
class books_view {
 public:
  using text_pair = std::pair<std::string, std::string>;

  books_view() = default;
  books_view(const books_view&) = delete;
  books_view& operator=(const books_view&) = delete;
  virtual ~books_view() = default;

  virtual std::uint64_t last_sequence() const = 0;
  virtual std::uint64_t last_order() = 0;  ///< the highest number of a standing order
  /// For the draft to change; null if there is none. If the batch is not committed, a store forgets
  /// its accounts.
  virtual drafted_account* find_account(const lifeline::ledger::account_id& id) = 0;
  /// A new account, as the batch opens it.
  virtual drafted_account& add_account(drafted_account a) = 0;
  /// In any state; null if there is none.
  virtual const lifeline::ledger::transfer_record* find_transfer(
      const lifeline::ledger::transfer_id& id) = 0;
  /// The transfer that has the id of a new one. A store may leave it to the write to find one, and
  /// then have the batch drafted again.
  virtual const lifeline::ledger::transfer_record* find_namesake(
      const lifeline::ledger::transfer_id& id) {
    return find_transfer(id);
  }
  virtual const lifeline::ledger::standing_order* find_order(
      const lifeline::ledger::standing_order_id& id) = 0;
  virtual bool key_used(const lifeline::ledger::idempotency_key& k) = 0;
  /// The same for a key that will be kept. A store may leave it to the write, as for a namesake.
  virtual bool key_taken(const lifeline::ledger::idempotency_key& k) { return key_used(k); }
  virtual bool ref_used(const text_pair& owner_and_ref) = 0;
};

/// The row of a batch; `outcomes` only if not all of its entries were committed.
struct batch_seal {
  lifeline::ledger::batch_span span;
  std::optional<std::string> outcomes;
  lifeline::ledger::chain_hash head;
};

/// The changes of a batch, before they are written. It holds the rules of every kind of entry. A
/// pure core: a store gives it a view of the ledger and writes its result.
class batch_draft {
 public:
  using text_pair = books_view::text_pair;
  /// An account of a transfer after one of its steps.
  struct side {
    drafted_account* account = nullptr;  ///< null: the step asked no account
    std::int64_t posted = 0;
    std::uint64_t version = 0;  ///< 0: not changed by the step
  };
  /// A transfer after one of its steps.
  struct step {
    step(lifeline::ledger::transfer_record&& t, const side& f, const side& g)
        : transfer(std::move(t)), from(f), to(g) {}
    lifeline::ledger::transfer_record transfer;
    side from;
    side to;
  };
  /// An account was opened or changed: `what` is the entry's name.
  struct account_entry {
    std::uint64_t sequence = 0;
    lifeline::ledger::account_id account;
    std::string_view what;
    std::optional<std::int64_t> limit;
  };
  /// A key to be kept, in an entry of the batch.
  struct kept_key {
    const lifeline::ledger::idempotency_key& key;
    lifeline::ledger::uuid object;
    std::optional<std::string> answer;
    std::uint64_t behind = 0;
  };
  /// A standing order made an occurrence.
  struct occurrence {
    std::uint64_t order = 0;
    std::uint64_t place = 0;
    std::uint64_t sequence = 0;
  };

  batch_draft(books_view& books, lifeline::wall_time at)
      : sequence(books.last_sequence()), books_(books), begins_(sequence + 1), at_(at) {}

  /// False if an entry breaks a rule; the draft must not be used then. The entries must outlive the
  /// draft.
  bool add(std::span<const lifeline::ledger::entry> all);

  lifeline::wall_time at() const noexcept { return at_; }
  /// The batch as committed. Takes its steps' transfers: call it last.
  lifeline::ledger::committed_batch take_committed();
  /// Of the batch `id` after one with the hash `head`.
  batch_seal seal(lifeline::ledger::batch_hasher& hasher, const lifeline::ledger::chain_hash& head,
                  lifeline::ledger::batch_id id) const;
  /// Is the step its transfer's last one in this batch?
  bool is_last(const step& s) const;
  /// Was the transfer stored before this batch?
  bool was_stored(const lifeline::ledger::transfer_record& t) const noexcept {
    return t.first_sequence < begins_;
  }

  std::uint64_t sequence;
  std::vector<drafted_account*> changed;  ///< accounts, each once
  /// As opened; the view has them as after the batch.
  std::vector<lifeline::ledger::account_record> opened;
  std::vector<step> steps;  ///< in order
  std::vector<kept_key> keys;
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
  using account_id = lifeline::ledger::account_id;
  using account_record = lifeline::ledger::account_record;
  using transfer_record = lifeline::ledger::transfer_record;
  using standing_order = lifeline::ledger::standing_order;
  using optional_key = std::optional<lifeline::ledger::idempotency_key>;
  using named_key = std::pair<std::string_view, std::string_view>;  // caller, key
  struct hash_of_key {
    std::size_t operator()(const named_key& k) const noexcept {
      const std::hash<std::string_view> hash;
      return hash(k.first) * 31 + hash(k.second);
    }
  };
  struct sides {
    side from, to;
  };

  bool add_unit(std::span<const entry> unit);
  bool add_group(const lifeline::ledger::group_entry& g, std::span<const entry> members);
  template <class Known>
  void leave_out(entry_outcome why, std::span<const entry> members, Known known);
  /// Never alone.
  static bool add(const lifeline::ledger::group_entry& /*e*/) { return false; }
  bool add(const lifeline::ledger::open_entry& e);
  bool add(const lifeline::ledger::transfer_entry& e);
  /// Executes the stored transfer; the entry says only its new state.
  bool execute(const lifeline::ledger::transfer_entry& e);
  bool begin(transfer_record&& t);
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
  const standing_order* order(lifeline::ledger::standing_order_id id);
  entry_outcome judge(const lifeline::ledger::open_entry& e);
  const transfer_record* transfer(const lifeline::ledger::transfer_id& id);
  const transfer_record* namesake(const transfer_record& t);
  bool key_used(const optional_key& k);
  bool key_used(const lifeline::ledger::idempotency_key& k);
  /// Like `key_used`, if the entry then keeps the key.
  bool key_taken(const optional_key& k);
  bool ref_used(const text_pair& ref);
  bool refuse(entry_outcome why);
  bool commit(lifeline::ledger::entry_kind kind, const lifeline::ledger::uuid& object);
  bool commit(lifeline::ledger::entry_kind kind, const account_id& id, const account_face& face);
  void keep_key(const optional_key& k, const lifeline::ledger::uuid& object,
                const std::optional<std::string>& answer = {});
  void keep_key(const lifeline::ledger::idempotency_key& k, const lifeline::ledger::uuid& object,
                const std::optional<std::string>& answer = {});
  bool open(const account_record& a);
  bool open_world(lifeline::ledger::currency unit);
  void insert(const account_record& a);
  void note_change(drafted_account& a);
  side after(drafted_account& a, const lifeline::ledger::balance_change& by);
  /// Changes both accounts of the transfer; empty if a rule forbids it.
  std::optional<sides> apply(const transfer_record& t,
                             const lifeline::ledger::transfer_changes& by);
  bool write(transfer_record&& t, const sides& s);

  books_view& books_;
  std::uint64_t begins_;
  std::optional<std::uint64_t> order_count_;  // none: not asked yet
  lifeline::wall_time at_;
  std::pmr::monotonic_buffer_resource memory_;  // of the two below
  std::pmr::unordered_map<lifeline::ledger::transfer_id, std::size_t> last_steps_{&memory_};
  std::pmr::unordered_set<named_key, hash_of_key> used_keys_{&memory_};
  std::map<lifeline::ledger::currency, account_id> worlds_;  // derived once
};

}  // namespace bank::storage
