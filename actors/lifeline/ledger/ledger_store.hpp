#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/account_change.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/id_deriver.hpp"
#include "lifeline/ledger/records.hpp"
#include "lifeline/ledger/standing_order.hpp"
#include "lifeline/ledger/transfer_steps.hpp"
#include "lifeline/observe/trace.hpp"

namespace lifeline::ledger {

/// A client's key for a request, kept with the effect that it had.
struct idempotency_key {
  std::string caller;
  std::string key;
  std::string digest;  ///< of what was asked; the same key with another digest is a mismatch

  friend bool operator==(const idempotency_key&, const idempotency_key&) = default;
};

/// An account is opened; expects that neither its id nor its (owner, ref) exists.
struct open_entry {
  account_record account;
  std::optional<idempotency_key> key;
};

/// A transfer becomes what its status says: posted, pending or scheduled; both accounts must exist.
/// Expects that no transfer has its id; or, with `expects`, that it is in that state (scheduled:
/// it is due now).
struct transfer_entry {
  transfer_record transfer;
  std::optional<idempotency_key> key;
  std::optional<transfer_status> expects = {};
};

/// An open transfer ends; expects that it is in the state that the resolution names.
struct resolve_entry {
  transfer_id transfer;
  resolution what;
  std::optional<idempotency_key> key;
  /// Its accounts, for who watches the books; the store looks for itself.
  std::optional<account_id> from = {};
  std::optional<account_id> to = {};
};

/// An account's state or limit is changed; expects both to be as named here. Only the account's own
/// actor changes it, one change at a time: an account that is otherwise is a violation.
struct change_entry {
  account_id account;
  account_status expected_status = account_status::open;
  std::int64_t expected_limit = 0;
  account_change change;
};

/// Stands before the transfers of a group: the next `size` entries, new transfers without keys of
/// their own. They share its key, and are never parted from it; an atomic group's are all committed
/// or none.
struct group_entry {
  uuid id;  ///< where the key leads
  std::uint32_t size = 0;
  bool atomic = false;
  std::optional<idempotency_key> key;
  std::string answer;  ///< kept with the key, to be given again
};

/// A standing order begins: noted, for it moves nothing. Expects that none has its id; both
/// accounts must exist.
struct open_order_entry {
  standing_order order;
  std::optional<idempotency_key> key;
};

/// A standing order is deleted: noted. Expects that it is active.
struct end_order_entry {
  standing_order_id order;
};

/// A standing order's next occurrence is made: the store writes it down as a scheduled transfer
/// (`next_occurrence` of the order as it is stored) and moves the order on. Its accounts are not
/// asked: they are when it is executed. Expects that the order is active and next due at `due`.
struct occur_entry {
  standing_order_id order;
  wall_time due{};
};

/// A caller's key is used for something that another store keeps, a job or a token: noted. Expects
/// that the key is free.
struct claim_entry {
  idempotency_key key;
  uuid object;  ///< where the key leads
};

/// One effect that the journal wants made durable.
using entry = std::variant<open_entry, transfer_entry, resolve_entry, change_entry, group_entry,
                           open_order_entry, end_order_entry, occur_entry, claim_entry>;
/// Of how many entries the first one is the head: what is never parted in batches.
inline std::size_t unit_size(const entry& first) noexcept {
  const auto* group = std::get_if<group_entry>(&first);
  return group == nullptr ? 1 : std::size_t{1} + group->size;
}

/// A batch's name, unique for all time: journals never share an epoch.
struct batch_id {
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;

  friend auto operator<=>(const batch_id&, const batch_id&) = default;
};

struct batch {
  batch_id id;
  wall_time at{};  ///< by the clock; the store may give it a later one (`committed_batch::at`)
  std::vector<entry> entries;
  std::optional<trace_state> place{};  ///< of its commit, if a trace of it is kept; never stored
};

/// What became of one entry.
enum class entry_outcome : std::uint8_t {
  committed,
  duplicate_id,   ///< an account, transfer or standing order with this id exists (or stands earlier
                  ///< in the batch); if it is no account and of the same content, the entry's key
                  ///< was kept
  duplicate_key,  ///< the caller's idempotency key was used before
  duplicate_ref,  ///< the owner has an account with this ref
  wrong_state,    ///< there is no transfer or standing order in the state that the entry expects;
                  ///< if the same resolution was applied before, the entry's key was kept
  noted,          ///< committed, but with no place in the ledger: nothing moved
  left_out,       ///< its group came to nothing: another of it, or the key, was used before
};

/// Per entry, in the batch's order. `sequence` is 0 where nothing was committed; committed entries
/// are numbered without gaps, in order.
struct entry_result {
  entry_outcome outcome = entry_outcome::committed;
  std::uint64_t sequence = 0;
};

/// Why a commit gave no results.
enum class commit_error : std::uint8_t {
  /// Nothing of the batch is stored, and the store can't be used now. Nothing will come of it.
  unavailable,
  /// Another journal raised the epoch: this one must stop.
  fenced,
  /// A rule of the books would have been broken (balance below its limit, an account that does not
  /// exist): rolled back. A bug above the store.
  violated,
  /// The store can't say whether the batch is stored: resolve it with `fence`.
  unknown,
};

/// A batch as it is stored.
struct committed_batch {
  /// The ledger's time, which never falls: becomes `created_at` of what it opens and `posted_at` of
  /// what it posts.
  wall_time at{};
  std::vector<entry_result> results;  ///< per entry
};
using commit_result = std::variant<committed_batch, commit_error>;

/// Whether the store itself failed: it could not be used, or broke off in the middle.
inline bool store_failed(const commit_result& r) noexcept {
  const auto* why = std::get_if<commit_error>(&r);
  return why != nullptr && (*why == commit_error::unavailable || *why == commit_error::unknown);
}

/// Where a used idempotency key leads.
struct key_record {
  std::string digest;
  uuid object;  ///< the account, transfer, standing order, group, job or token of the first request
  std::optional<std::string> answer = {};  ///< of a group
  /// The last sequence before what was done under the key; none if that was not noted yet.
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
  account_id after;  ///< rows with a greater id; nil for the first page
  std::size_t limit = 50;
  /// In owner or ref, or at the start of the id; letters of ASCII in either case.
  std::optional<std::string> text = {};
};

/// Which transfers a list shows, open ones too. A transfer's place and time are those of its first
/// entry in the ledger: both stay as they are when it resolves. For one that was posted at once the
/// time is `posted_at`.
struct transfer_filter {
  std::optional<account_id> account;  ///< on either side
  std::optional<std::string> owner;   ///< of the account on either side
  std::optional<transfer_status> status;
  std::optional<wall_time> from;    ///< at or after
  std::optional<wall_time> to;      ///< before
  std::optional<std::string> text;  ///< in kind or memo, or at the start of the id; as above
  std::uint64_t before = 0;         ///< rows with a lower first sequence; 0 for the first page
  std::size_t limit = 50;
};

/// A balance as it was at some time, and the account's last transfer until then (0: none).
struct dated_balance {
  std::int64_t posted = 0;
  std::uint64_t sequence = 0;
};

/// An account's transfers in a span of time, oldest first, between the balances around them. With
/// `more`, the rows are the newest of the span and the opening balance is that before them.
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

/// Which standing orders a list shows.
struct order_filter {
  std::optional<account_id> from;    ///< that pay from this account
  std::optional<std::string> owner;  ///< that pay from an account of this owner
  std::optional<order_status> status;
  std::uint64_t before = 0;  ///< rows with a lower number; 0 for the first page
  std::size_t limit = 50;
};

/// A place in the list of open transfers, or of standing orders, by the time at which they are due.
struct due_place {
  wall_time at{};
  uuid id;  ///< of two at one time, the greater id is later

  friend auto operator<=>(const due_place&, const due_place&) = default;
};
/// Open transfers whose time has come, in that order.
struct due_list {
  std::vector<transfer_record> transfers;
  std::optional<wall_time> next;  ///< when the first one after them is due; it may have passed
};

/// The same of standing orders.
struct order_list {
  std::vector<standing_order> orders;
  std::optional<wall_time> next;
};

/// What a committed entry did, for whoever tells others of it.
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
  /// Of an account: as this entry left it, whatever later entries made of it.
  std::optional<account_terms> terms = {};

  friend bool operator==(const committed_entry&, const committed_entry&) = default;
};

/// Why the books can be read, but nothing can be written to them.
struct write_obstacle {
  std::string cause;  ///< "the disk is full"
  std::string where;  ///< the file or server

  friend bool operator==(const write_obstacle&, const write_obstacle&) = default;
};

/// The durable books. Calls block: they are made behind the blocking door, never by an actor's
/// handler. Safe from several threads; one commit at a time. Reads and look-ups end early with
/// `canceled` or `deadline_exceeded` when their context does; a commit never does. A read sees
/// every batch whose commit had returned before the read began.
class ledger_store {
 public:
  ledger_store() = default;
  ledger_store(const ledger_store&) = delete;
  ledger_store& operator=(const ledger_store&) = delete;
  virtual ~ledger_store() = default;

  /// Raises the epoch on a connection of its own, behind every commit under an older one: waits
  /// for it or fences it off. Gives the new epoch. Afterwards `find_batch` tells the truth for
  /// good. Called at each start of the journal and to resolve an unknown commit.
  virtual result<std::uint64_t> fence(const context& ctx) = 0;

  /// Applies the batch in one transaction. Computes balances from what was applied, and opens a
  /// currency's world account with the first account in it. Its time is that of its clock, or if
  /// that lies earlier, the last committed time, or the end of the closed past.
  virtual commit_result commit(const batch& b) = 0;

  /// A batch as it was committed, else nothing.
  virtual result<std::optional<committed_batch>> find_batch(const context& ctx, const batch& b) = 0;

  /// Closes the past: from then on nothing is committed before the time that it gives, whatever
  /// becomes of the clock, the process or the node. That time is `before`, or if that lies ahead,
  /// the moment after now; now is the later of `clock` and the last committed time. Durable before
  /// it returns, and behind a commit under way: a read that begins afterwards answers for that past
  /// once and for all.
  virtual result<wall_time> close_past(const context& ctx, wall_time before, wall_time clock) = 0;
  /// The time of the last batch.
  virtual result<wall_time> last_time(const context& ctx) = 0;

  virtual result<std::optional<account_record>> find_account(const context& ctx, account_id id) = 0;
  virtual result<std::optional<transfer_record>> find_transfer(const context& ctx,
                                                               transfer_id id) = 0;
  virtual result<std::optional<key_record>> find_key(const context& ctx, const std::string& caller,
                                                     const std::string& key) = 0;

  /// Deletes the keys that were kept before a time, a few at once, so that commits go on meanwhile;
  /// gives how many. What was deleted when the context ended stays so.
  virtual result<std::uint64_t> forget_keys(const context& ctx, wall_time before) = 0;
  /// Deletes a key if it leads to `object`; false if it does not.
  virtual result<bool> forget_key(const context& ctx, const std::string& caller,
                                  const std::string& key, const uuid& object) = 0;
  /// What the ledger's derived identifiers are made from: the same for all its life.
  virtual result<ledger_secret> secret(const context& ctx) = 0;

  /// In order of id.
  virtual result<page<account_record>> list_accounts(const context& ctx,
                                                     const account_filter& filter) = 0;
  /// Newest first: entries with a sequence below `before` (0: from the newest).
  virtual result<page<history_row>> history(const context& ctx, account_id id, std::uint64_t before,
                                            std::size_t limit) = 0;
  /// Scheduled transfers due and holds past their expiry at `now`, those behind `after` only.
  virtual result<due_list> due(const context& ctx, wall_time now, const due_place& after,
                               std::size_t limit) = 0;
  /// The entries behind a sequence, in order and without gaps.
  virtual result<std::vector<committed_entry>> entries(const context& ctx, std::uint64_t after,
                                                       std::size_t limit) = 0;
  /// In whatever state, in the order of their first entries, newest first. A page's place is such a
  /// first sequence, so that pages neither repeat nor miss a row however much is added or resolved
  /// meanwhile.
  virtual result<page<transfer_record>> list_transfers(const context& ctx,
                                                       const transfer_filter& filter) = 0;
  /// The balance after the last transfer at or before `at`; nothing if there was no such account.
  /// The answer stays the same only if the past is closed until then; so with the next one.
  virtual result<std::optional<dated_balance>> balance_at(const context& ctx, account_id id,
                                                          wall_time at) = 0;
  /// From `from` on and before `to`; of more than `limit` rows, the newest.
  virtual result<statement> account_statement(const context& ctx, account_id id, wall_time from,
                                              wall_time to, std::size_t limit) = 0;
  /// In order of name: the owners whose name holds `text`, or the one that is `only`.
  virtual result<std::vector<owner_summary>> list_owners(const context& ctx,
                                                         const std::string& text,
                                                         const std::optional<std::string>& only,
                                                         std::size_t limit) = 0;
  virtual result<std::optional<standing_order>> find_order(const context& ctx,
                                                           standing_order_id id) = 0;
  /// Newest first. A page's place is an order's number, which never changes.
  virtual result<page<standing_order>> list_orders(const context& ctx,
                                                   const order_filter& filter) = 0;
  /// Standing orders whose next occurrence is due at `now`, those behind `after` only.
  virtual result<order_list> due_orders(const context& ctx, wall_time now, const due_place& after,
                                        std::size_t limit) = 0;
  /// From one snapshot.
  virtual result<money_totals> totals(const context& ctx) = 0;
  virtual result<std::uint64_t> last_sequence(const context& ctx) = 0;

  /// Can the store be used now? A failure if it can't be read; an obstacle if it can't be written
  /// to. Cheap; only after a commit that failed does it write, and change nothing.
  virtual result<std::optional<write_obstacle>> find_obstacle(const context& ctx) = 0;
};

}  // namespace lifeline::ledger
