#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/ledger/values/money.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace lifeline::ledger {

/// `world` is the other side of every deposit and withdrawal: one account per currency, without
/// limits, so that all balances of a currency sum to zero.
enum class account_type : std::uint8_t { checking, savings, merchant, world };
enum class account_status : std::uint8_t { open, frozen, closed };
enum class transfer_status : std::uint8_t { scheduled, pending, posted, voided, expired, rejected };

std::string_view to_string(account_type t) noexcept;
std::string_view to_string(account_status s) noexcept;
std::string_view to_string(transfer_status s) noexcept;
/// A type that a client may open: never `world`.
std::optional<account_type> parse_account_type(std::string_view text) noexcept;
std::optional<account_status> parse_account_status(std::string_view text) noexcept;
std::optional<transfer_status> parse_transfer_status(std::string_view text) noexcept;

/// The id of a currency's world account; the same on every node.
account_id world_account(currency unit);

/// An account as stored.
struct account_record {
  account_id id;
  std::string owner;
  account_type type = account_type::checking;
  currency unit;
  std::optional<std::string> ref;  ///< the client's own name for it, unique per owner
  account_status status = account_status::open;
  std::int64_t overdraft_limit = 0;  ///< how far below zero it may go, in minor units
  std::int64_t posted = 0;
  std::int64_t pending_in = 0;   ///< held for it by pending transfers
  std::int64_t pending_out = 0;  ///< held from it by pending transfers
  std::uint64_t version = 1;     ///< grows with every committed change
  wall_time created_at{};        ///< when its opening was committed
  /// As a store has read it: the mark of the batch that made this version (`mark_of`); 0: unknown.
  std::uint64_t made_by = 0;
};
/// Whether they are the same but for the mark.
bool operator==(const account_record& a, const account_record& b);

/// The record as it is stored by the entry that opens it.
account_record opened_at(account_record a, wall_time at);

/// Spendable funds without overdraft (as the API shows them).
inline std::int64_t available(const account_record& a) noexcept { return a.posted - a.pending_out; }

/// A transfer as stored: first the request, then its result.
struct transfer_record {
  transfer_id id;
  account_id from;
  account_id to;
  money amount;  ///< if only a part of a hold was posted: that part
  std::string kind = "transfer";
  std::optional<std::string> memo;
  std::string metadata = "{}";                     ///< a JSON object as text
  bool two_phase = false;                          ///< a hold first, to be posted or voided later
  std::optional<std::chrono::seconds> expires_in;  ///< how long it is held; none: until resolved
  std::optional<wall_time> execute_at;             ///< when it is due; none: at once
  std::optional<transfer_id> reverses;             ///< the transfer that this one reverses

  transfer_status status = transfer_status::posted;
  std::optional<std::string> reason;  ///< why it was rejected
  std::optional<std::int64_t> held;   ///< the amount held, also after the hold ended
  std::optional<wall_time> expires_at;
  std::uint64_t sequence = 0;        ///< of its last committed entry; from 1
  std::uint64_t first_sequence = 0;  ///< of its first entry
  wall_time created_at{};            ///< when its first entry was committed
  std::optional<wall_time> posted_at;

  friend bool operator==(const transfer_record&, const transfer_record&) = default;
};

/// True if its state may still change.
constexpr bool is_open(transfer_status s) noexcept {
  return s == transfer_status::scheduled || s == transfer_status::pending;
}
/// When time alone ends its present state: a schedule is due, a hold expires.
std::optional<wall_time> due_at(const transfer_record& t) noexcept;
/// The record when its first entry was committed, as first answered to its creator.
transfer_record as_first_answered(transfer_record t);

/// The account when it was opened, with that limit, as first answered to its creator.
account_record as_opened(account_record a, std::int64_t overdraft_limit);

/// True if two requests with one id have the same content.
bool same_content(const transfer_record& a, const transfer_record& b);
bool same_content(const account_record& a, const account_record& b);

/// An account's terms after an entry of the ledger.
struct account_terms {
  account_id account;
  account_status status = account_status::open;
  std::int64_t overdraft_limit = 0;

  friend bool operator==(const account_terms&, const account_terms&) = default;
};

/// One row of an account's history: the transfer and the balance after it.
struct history_row {
  transfer_record transfer;
  std::int64_t balance_after = 0;
};

/// SHA-256 over a committed batch and the previous batch's hash; see `batch_hash.hpp`.
using chain_hash = std::array<std::uint8_t, 32>;

/// The sums of balances and of holds of a currency, from one snapshot.
struct currency_total {
  currency unit;
  std::int64_t sum = 0;
  std::int64_t pending = 0;
};
struct money_totals {
  std::uint64_t sequence = 0;
  std::vector<currency_total> currencies;
  chain_hash head{};                          ///< of the last committed batch
  std::optional<wall_time> oldest_hold = {};  ///< creation time of the oldest open hold
};

}  // namespace lifeline::ledger
