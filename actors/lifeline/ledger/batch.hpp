#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lifeline/ledger/core/account_change.hpp"
#include "lifeline/ledger/core/transfer_steps.hpp"
#include "lifeline/ledger/values/records.hpp"
#include "lifeline/ledger/values/standing_order.hpp"
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
  /// By the journal's clock; the store may set a later one (`committed_batch::at`).
  wall_time at{};
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
  /// The transfers that its committed entries made or changed, as each entry left it, in order.
  /// From a database's `find_batch`: as they are now, each once.
  std::vector<transfer_record> transfers = {};
};
using commit_result = std::variant<committed_batch, commit_error>;

/// Whether the store itself failed: it could not be used, or failed during the call.
inline bool store_failed(const commit_result& r) noexcept {
  const auto* why = std::get_if<commit_error>(&r);
  return why != nullptr && (*why == commit_error::unavailable || *why == commit_error::unknown);
}

}  // namespace lifeline::ledger
