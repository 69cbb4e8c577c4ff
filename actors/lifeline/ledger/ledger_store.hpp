#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/core/account_change.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/id_deriver.hpp"
#include "lifeline/ledger/records.hpp"
#include "lifeline/ledger/standing_order.hpp"
#include "lifeline/ledger/transfer_steps.hpp"
#include "lifeline/observe/trace.hpp"

namespace lifeline::ledger {

/// A client's key of a request, stored with the request's effect.
struct idempotency_key {
  std::string caller;
  std::string key;
  std::string digest;  ///< of the request's content; the same key with another digest is a mismatch

  friend bool operator==(const idempotency_key&, const idempotency_key&) = default;
};

/// Opens an account; expects that neither its id nor its (owner, ref) exists.
struct open_entry {
  account_record account;
  std::optional<idempotency_key> key;
};

/// A transfer takes its status: posted, pending or scheduled. Both accounts must exist. Expects
/// that no transfer has its id; or, with `expects`, that it is in that state (scheduled: it is due
/// now).
struct transfer_entry {
  transfer_record transfer;
  std::optional<idempotency_key> key;
  std::optional<transfer_status> expects = {};
};

/// Ends an open transfer; expects it in the state that the resolution names.
struct resolve_entry {
  transfer_id transfer;
  resolution what;
  std::optional<idempotency_key> key;
  /// Its accounts, for observers of the ledger; the store looks them up itself.
  std::optional<account_id> from = {};
  std::optional<account_id> to = {};
};

/// Changes an account's state or limit; expects both as named here. Only the account's own actor
/// changes it, one change at a time, so a different state is a violation.
struct change_entry {
  account_id account;
  account_status expected_status = account_status::open;
  std::int64_t expected_limit = 0;
  account_change change;
};

/// Precedes the transfers of a group: the next `size` entries, new transfers without keys of their
/// own. They share its key and are never separated from it. An atomic group is committed as a whole
/// or not at all.
struct group_entry {
  uuid id;  ///< the object of the key
  std::uint32_t size = 0;
  bool atomic = false;
  std::optional<idempotency_key> key;
  std::string answer;  ///< stored with the key, to be returned again
};

/// Opens a standing order; outcome `noted`, because it moves nothing. Expects that its id is new;
/// both accounts must exist.
struct open_order_entry {
  standing_order order;
  std::optional<idempotency_key> key;
};

/// Deletes a standing order; outcome `noted`. Expects it active.
struct end_order_entry {
  standing_order_id order;
};

/// Makes a standing order's next occurrence: the store adds it as a scheduled transfer
/// (`next_occurrence` of the stored order) and advances the order. Its accounts are not checked
/// until it is executed. Expects the order active and next due at `due`.
struct occur_entry {
  standing_order_id order;
  wall_time due{};
};

/// Uses a caller's key for an object in another store, a job or a token; outcome `noted`. Expects
/// the key free.
struct claim_entry {
  idempotency_key key;
  uuid object;  ///< the object of the key
};

/// One effect to make durable.
using entry = std::variant<open_entry, transfer_entry, resolve_entry, change_entry, group_entry,
                           open_order_entry, end_order_entry, occur_entry, claim_entry>;
/// Number of entries that must stay in one batch, starting with `first`.
inline std::size_t unit_size(const entry& first) noexcept {
  const auto* group = std::get_if<group_entry>(&first);
  return group == nullptr ? 1 : std::size_t{1} + group->size;
}

/// The id of a batch, never reused: journals never share an epoch.
struct batch_id {
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;

  friend auto operator<=>(const batch_id&, const batch_id&) = default;
};

struct batch {
  batch_id id;
  wall_time
      at{};  ///< by the journal's clock; the store may set a later one (`committed_batch::at`)
  std::vector<entry> entries;
  std::optional<trace_state> place{};  ///< place of its commit in a recorded trace; never stored
};

/// The outcome of one entry.
enum class entry_outcome : std::uint8_t {
  committed,
  duplicate_id,   ///< an account, transfer or standing order has this id (or stands earlier
                  ///< in the batch); if it is not an account and has the same content, the entry's
                  ///< key was kept
  duplicate_key,  ///< the caller used the idempotency key before
  duplicate_ref,  ///< the owner has another account with this ref
  wrong_state,    ///< no transfer or standing order is in the state that the entry expects;
                  ///< if the same resolution was applied before, the entry's key was kept
  noted,          ///< committed, but without a place in the ledger: nothing moved
  left_out,       ///< its group was not committed: another entry of it, or the key, was used before
};

/// One per entry, in the batch's order. `sequence` is 0 if nothing was committed; committed entries
/// are numbered without gaps, in order.
struct entry_result {
  entry_outcome outcome = entry_outcome::committed;
  std::uint64_t sequence = 0;
};

/// Why a commit has no results.
enum class commit_error : std::uint8_t {
  /// Nothing of the batch is stored, and nothing will be. The store can't be used now.
  unavailable,
  /// Another journal raised the epoch: this one must stop.
  fenced,
  /// The batch would break the ledger's invariants (a balance below its limit, an account that does
  /// not exist): rolled back. A bug above the store.
  violated,
  /// The store can't tell whether the batch is stored: resolve it with `fence`.
  unknown,
};

/// A batch as it is stored.
struct committed_batch {
  /// The ledger's time, which never goes back: `created_at` of opened objects and `posted_at` of
  /// posted transfers.
  wall_time at{};
  std::vector<entry_result> results;  ///< one per entry
};
using commit_result = std::variant<committed_batch, commit_error>;

/// Whether the store itself failed: it could not be used, or failed during the call.
inline bool store_failed(const commit_result& r) noexcept {
  const auto* why = std::get_if<commit_error>(&r);
  return why != nullptr && (*why == commit_error::unavailable || *why == commit_error::unknown);
}

/// The record of a used idempotency key.
struct key_record {
  std::string digest;
  uuid object;  ///< the first request's account, transfer, standing order, group, job or token
  std::optional<std::string> answer = {};  ///< for a group
  /// The last sequence before the key's effect; empty if the effect is not stored yet.
  std::optional<std::uint64_t> behind = {};
};

template <class T>
struct page {
  std::vector<T> rows;
  bool more = false;
};

struct account_filter {
  std::optional<std::string> owner;
  std::optional<std::string> ref;
  std::optional<account_status> status;
  account_id after;  ///< rows with a greater id; nil: first page
  std::size_t limit = 50;
  /// Text in owner or ref, or at the start of the id; ASCII letters in either case.
  std::optional<std::string> text = {};
};

/// Filter of transfers, open ones included. A transfer's place and time are those of its first
/// entry in the ledger; both stay when it resolves. For one that was posted at once the time is
/// `posted_at`.
struct transfer_filter {
  std::optional<account_id> account;  ///< on either side
  std::optional<std::string> owner;   ///< of the account on either side
  std::optional<transfer_status> status;
  std::optional<wall_time> from;    ///< at or after
  std::optional<wall_time> to;      ///< before
  std::optional<std::string> text;  ///< in kind or memo, or at the start of the id; as above
  std::uint64_t before = 0;         ///< rows with a lower first sequence; 0: first page
  std::size_t limit = 50;
};

/// A balance at a time, and the account's last transfer until then (0: none).
struct dated_balance {
  std::int64_t posted = 0;
  std::uint64_t sequence = 0;
};

/// An account's transfers in a span of time, oldest first, with the balances before and after. With
/// `more`, only the newest rows of the span are present, and the opening balance is that before
/// them.
struct statement {
  std::int64_t opening = 0;
  std::int64_t closing = 0;
  std::vector<history_row> rows;
  bool more = false;
};

struct owner_summary {
  std::string owner;
  std::uint64_t accounts = 0;

  friend bool operator==(const owner_summary&, const owner_summary&) = default;
};

/// Filter of standing orders.
struct order_filter {
  std::optional<account_id> from;    ///< paying from this account
  std::optional<std::string> owner;  ///< paying from an account of this owner
  std::optional<order_status> status;
  std::uint64_t before = 0;  ///< rows with a lower number; 0: first page
  std::size_t limit = 50;
};

/// A place in a list of due transfers or standing orders, ordered by due time.
struct due_place {
  wall_time at{};
  uuid id;  ///< at equal times, by id

  friend auto operator<=>(const due_place&, const due_place&) = default;
};
/// Due open transfers, in that order.
struct due_list {
  std::vector<transfer_record> transfers;
  std::optional<wall_time> next;  ///< due time of the first one after them; it may have passed
};

/// The same for standing orders.
struct order_list {
  std::vector<standing_order> orders;
  std::optional<wall_time> next;
};

/// The kind of a committed entry, for events.
enum class entry_kind : std::uint8_t {
  account_opened,
  account_changed,
  scheduled,
  pending,
  posted,
  voided,
  expired,
  rejected,
};
struct committed_entry {
  std::uint64_t sequence = 0;
  entry_kind kind = entry_kind::posted;
  uuid object;  ///< the account or transfer
  /// For an account: the terms as this entry left them, whatever later entries changed.
  std::optional<account_terms> terms = {};

  friend bool operator==(const committed_entry&, const committed_entry&) = default;
};

/// Why the store can be read but not written.
struct write_obstacle {
  std::string cause;  ///< "the disk is full"
  std::string where;  ///< the file or server

  friend bool operator==(const write_obstacle&, const write_obstacle&) = default;
};

/// The durable ledger. Calls block: make them behind the blocking door, never in an actor's
/// handler. Safe from several threads; one commit at a time. Reads and look-ups end early with
/// `canceled` or `deadline_exceeded` when their context does; a commit never does. A read sees
/// every batch whose commit had returned before the read began.
class ledger_store {
 public:
  ledger_store() = default;
  ledger_store(const ledger_store&) = delete;
  ledger_store& operator=(const ledger_store&) = delete;
  virtual ~ledger_store() = default;

  /// Raises the epoch on a separate connection, after every commit under an older one: waits for it
  /// or fences it off. Returns the new epoch. Afterwards the answer of `find_batch` is final.
  /// Called at each start of the journal and to resolve an unknown commit.
  virtual result<std::uint64_t> fence(const context& ctx) = 0;

  /// Applies the batch in one transaction. Computes balances from what was applied, and opens a
  /// currency's world account with the first account in it. The batch's time is its clock's, but
  /// not before the last committed time or the end of the closed past.
  virtual commit_result commit(const batch& b) = 0;

  /// A batch as committed; empty if it was not.
  virtual result<std::optional<committed_batch>> find_batch(const context& ctx, const batch& b) = 0;

  /// Closes the past: from then on, nothing is committed before the returned time, whatever happens
  /// to the clock, the process or the node. That time is `before`, or the moment after now if
  /// `before` lies in the future. Now is the later of `clock` and the last committed time. Durable
  /// before it returns, and ordered after a commit in progress: a read that begins afterwards gives
  /// the final answer for that past.
  virtual result<wall_time> close_past(const context& ctx, wall_time before, wall_time clock) = 0;
  /// The time of the last batch.
  virtual result<wall_time> last_time(const context& ctx) = 0;

  virtual result<std::optional<account_record>> find_account(const context& ctx, account_id id) = 0;
  virtual result<std::optional<transfer_record>> find_transfer(const context& ctx,
                                                               transfer_id id) = 0;
  virtual result<std::optional<key_record>> find_key(const context& ctx, const std::string& caller,
                                                     const std::string& key) = 0;

  /// Deletes keys stored before a time, a few at once, so that commits continue meanwhile; returns
  /// their number. Keys deleted before the context ended stay deleted.
  virtual result<std::uint64_t> forget_keys(const context& ctx, wall_time before) = 0;
  /// Deletes a key if it belongs to `object`; false if it does not.
  virtual result<bool> forget_key(const context& ctx, const std::string& caller,
                                  const std::string& key, const uuid& object) = 0;
  /// The secret of the ledger's derived identifiers; never changes.
  virtual result<ledger_secret> secret(const context& ctx) = 0;

  /// In order of id.
  virtual result<page<account_record>> list_accounts(const context& ctx,
                                                     const account_filter& filter) = 0;
  /// Newest first: entries with a sequence below `before` (0: from the newest).
  virtual result<page<history_row>> history(const context& ctx, account_id id, std::uint64_t before,
                                            std::size_t limit) = 0;
  /// Scheduled transfers due and holds past their expiry at `now`; only those after `after`.
  virtual result<due_list> due(const context& ctx, wall_time now, const due_place& after,
                               std::size_t limit) = 0;
  /// The entries after a sequence, in order and without gaps.
  virtual result<std::vector<committed_entry>> entries(const context& ctx, std::uint64_t after,
                                                       std::size_t limit) = 0;
  /// Transfers in any state, in the order of their first entries, newest first. A page's place is a
  /// first sequence, so that pages neither repeat nor miss a row, whatever is added or resolved
  /// meanwhile.
  virtual result<page<transfer_record>> list_transfers(const context& ctx,
                                                       const transfer_filter& filter) = 0;
  /// The balance after the last transfer at or before `at`; empty if the account did not exist. The
  /// answer is final only if the past is closed until `at`; the same holds for `account_statement`.
  virtual result<std::optional<dated_balance>> balance_at(const context& ctx, account_id id,
                                                          wall_time at) = 0;
  /// At or after `from` and before `to`; of more than `limit` rows, the newest.
  virtual result<statement> account_statement(const context& ctx, account_id id, wall_time from,
                                              wall_time to, std::size_t limit) = 0;
  /// In order of name: owners whose name contains `text`, or the one named `only`.
  virtual result<std::vector<owner_summary>> list_owners(const context& ctx,
                                                         const std::string& text,
                                                         const std::optional<std::string>& only,
                                                         std::size_t limit) = 0;
  virtual result<std::optional<standing_order>> find_order(const context& ctx,
                                                           standing_order_id id) = 0;
  /// Newest first. A page's place is an order's number, which never changes.
  virtual result<page<standing_order>> list_orders(const context& ctx,
                                                   const order_filter& filter) = 0;
  /// Standing orders whose next occurrence is due at `now`; only those after `after`.
  virtual result<order_list> due_orders(const context& ctx, wall_time now, const due_place& after,
                                        std::size_t limit) = 0;
  /// From one snapshot.
  virtual result<money_totals> totals(const context& ctx) = 0;
  virtual result<std::uint64_t> last_sequence(const context& ctx) = 0;

  /// Whether the store can be used now: a failure if it can't be read, an obstacle if it can't be
  /// written. Cheap; only after a failed commit does it perform a write, which changes nothing.
  virtual result<std::optional<write_obstacle>> find_obstacle(const context& ctx) = 0;
};

}  // namespace lifeline::ledger
