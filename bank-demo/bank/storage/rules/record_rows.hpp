#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

// Conversion of rows to records, shared by all databases: a row has columns by number (`text`,
// `integer`, `id`, `time` and others), and `damaged`, which throws the store's exception.
namespace bank::storage {

/// The column's value, which must be one of these.
template <class Row, class T>
T known(const std::optional<T>& parsed, std::string_view what, std::string_view text) {
  if (parsed) return *parsed;
  Row::damaged('"' + std::string(text) + "\" is no " + std::string(what));
}

template <class Row>
lifeline::ledger::account_type account_type_in(std::string_view text) {
  using namespace lifeline::ledger;
  if (text == to_string(account_type::world)) return account_type::world;
  return known<Row>(parse_account_type(text), "account type", text);
}
template <class Row>
lifeline::ledger::account_status account_status_in(std::string_view text) {
  return known<Row>(lifeline::ledger::parse_account_status(text), "account status", text);
}
template <class Row>
lifeline::ledger::transfer_status transfer_status_in(std::string_view text) {
  return known<Row>(lifeline::ledger::parse_transfer_status(text), "transfer status", text);
}
template <class Row>
lifeline::ledger::currency currency_in(std::string_view text) {
  return known<Row>(lifeline::ledger::currency::parse(text), "currency", text);
}

/// The names of the ledger's entries in every store.
template <class Row>
lifeline::ledger::entry_kind entry_kind_in(std::string_view text) {
  using namespace lifeline::ledger;
  if (text == "opened") return entry_kind::account_opened;
  if (text == "frozen" || text == "unfrozen" || text == "closed" || text == "limit_changed")
    return entry_kind::account_changed;
  switch (transfer_status_in<Row>(text)) {
    case transfer_status::scheduled: return entry_kind::scheduled;
    case transfer_status::pending: return entry_kind::pending;
    case transfer_status::posted: return entry_kind::posted;
    case transfer_status::voided: return entry_kind::voided;
    case transfer_status::expired: return entry_kind::expired;
    case transfer_status::rejected: return entry_kind::rejected;
  }
  return entry_kind::posted;
}

/// The account's state after an entry that sets it.
template <class Row>
lifeline::ledger::account_status status_behind(std::string_view entry) {
  using lifeline::ledger::account_status;
  if (entry == "opened" || entry == "unfrozen") return account_status::open;
  return account_status_in<Row>(entry);
}

/// Columns: sequence, kind, account or transfer; for an account's entry also the kind of the last
/// entry that set its state, and its overdraft limit.
template <class Row>
lifeline::ledger::committed_entry entry_in(const Row& row) {
  using namespace lifeline::ledger;
  committed_entry e{row.count(0), entry_kind_in<Row>(row.text(1)), row.id(2)};
  if (!row.null(3))
    e.terms = account_terms{account_id(e.object), status_behind<Row>(row.text(3)), row.integer(4)};
  return e;
}

inline constexpr int columns_of_account = 13;
/// Columns: id, owner, type, currency, ref, status, overdraft limit, posted, pending in, pending
/// out, version, time of creation, mark of the batch that made the version.
template <class Row>
lifeline::ledger::account_record account_in(const Row& row) {
  lifeline::ledger::account_record a;
  a.id = lifeline::ledger::account_id(row.id(0));
  a.owner = row.text(1);
  a.type = account_type_in<Row>(row.text(2));
  a.unit = currency_in<Row>(row.text(3));
  a.ref = row.text_or_null(4);
  a.status = account_status_in<Row>(row.text(5));
  a.overdraft_limit = row.integer(6);
  a.posted = row.integer(7);
  a.pending_in = row.integer(8);
  a.pending_out = row.integer(9);
  a.version = row.count(10);
  a.created_at = row.time(11);
  if (!row.null(12)) a.made_by = row.count(12);
  return a;
}

inline constexpr int columns_of_transfer = 20;
/// Columns: sequence, id, from, to, amount, currency, kind, memo, metadata, status, reason, times
/// of creation and posting, two phases, expires in (seconds), execute at, reverses, held, expires
/// at, first sequence.
template <class Row>
lifeline::ledger::transfer_record record_in(const Row& row) {
  using namespace lifeline::ledger;
  transfer_record t;
  t.sequence = row.count(0);
  t.id = transfer_id(row.id(1));
  t.from = account_id(row.id(2));
  t.to = account_id(row.id(3));
  t.amount = {row.integer(4), currency_in<Row>(row.text(5))};
  t.kind = row.text(6);
  t.memo = row.text_or_null(7);
  t.metadata = row.text(8);
  t.status = transfer_status_in<Row>(row.text(9));
  t.reason = row.text_or_null(10);
  t.created_at = row.time(11);
  t.posted_at = row.time_or_null(12);
  t.two_phase = row.integer(13) != 0;
  if (!row.null(14)) t.expires_in = std::chrono::seconds(row.integer(14));
  t.execute_at = row.time_or_null(15);
  if (!row.null(16)) t.reverses = transfer_id(row.id(16));
  if (!row.null(17)) t.held = row.integer(17);
  t.expires_at = row.time_or_null(18);
  t.first_sequence = row.count(19);
  return t;
}

inline constexpr int columns_of_order = 15;
/// Columns: number, id, seed, from, to, amount, currency, memo, interval, first and last time,
/// made, next time, times of creation and deletion.
template <class Row>
lifeline::ledger::standing_order order_in(const Row& row) {
  using namespace lifeline::ledger;
  standing_order o;
  o.number = row.count(0);
  o.id = standing_order_id(row.id(1));
  o.seed = row.id(2);
  o.from = account_id(row.id(3));
  o.to = account_id(row.id(4));
  o.amount = {row.integer(5), currency_in<Row>(row.text(6))};
  o.memo = row.text_or_null(7);
  const std::string every = row.text(8);
  o.schedule = {known<Row>(parse_interval(every), "interval", every), row.time(9),
                row.time_or_null(10)};
  o.made = row.count(11);
  o.next_at = row.time_or_null(12);
  o.created_at = row.time(13);
  o.deleted_at = row.time_or_null(14);
  return o;
}

}  // namespace bank::storage
