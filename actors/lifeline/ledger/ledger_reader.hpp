#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/values/error.hpp"
#include "lifeline/ledger/values/records.hpp"
#include "lifeline/ledger/values/standing_order.hpp"

namespace lifeline::ledger {

/// The record of a used idempotency key.
struct key_record {
  std::string digest;
  uuid object;  ///< the first request's account, transfer, standing order, batch, job or token
  std::optional<std::string> answer = {};  ///< for a batch
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

/// Reads the durable ledger. Calls block: make them behind the blocking door, never in an actor's
/// handler. Safe from several threads. Calls end early with `canceled` or `deadline_exceeded` when
/// their context does. A read sees every batch whose commit had returned before the read began.
class ledger_reader {
 public:
  ledger_reader() = default;
  ledger_reader(const ledger_reader&) = delete;
  ledger_reader& operator=(const ledger_reader&) = delete;
  virtual ~ledger_reader() = default;

  virtual result<std::optional<account_record>> find_account(const context& ctx, account_id id) = 0;
  virtual result<std::optional<transfer_record>> find_transfer(const context& ctx,
                                                               transfer_id id) = 0;
  virtual result<std::optional<key_record>> find_key(const context& ctx, const std::string& caller,
                                                     const std::string& key) = 0;

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

  /// Closes the past: from then on, nothing is committed before the returned time, whatever happens
  /// to the clock, the process or the node. That time is `before`, or the moment after now if
  /// `before` lies in the future. Now is the later of `clock` and the last committed time. Durable
  /// before it returns, and ordered after a commit in progress: a read that begins afterwards gives
  /// the final answer for that past.
  virtual result<wall_time> close_past(const context& ctx, wall_time before, wall_time clock) = 0;
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
};

}  // namespace lifeline::ledger
