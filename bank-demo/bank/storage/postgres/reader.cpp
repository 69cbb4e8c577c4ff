#include "bank/storage/postgres/reader.hpp"

#include <algorithm>
#include <limits>

#include "bank/storage/postgres/columns.hpp"
#include "bank/storage/postgres/query.hpp"
#include "bank/storage/rules/batch_outcomes.hpp"
#include "bank/storage/rules/record_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

constexpr std::uint64_t past_the_end = std::numeric_limits<std::int64_t>::max();

std::string select(const char* columns, const char* from) {
  return std::string("SELECT ") + columns + from;
}
const std::string select_account =
    select(postgres_account_columns, " FROM accounts a WHERE a.id = $1");
const std::string select_transfer =
    select(postgres_transfer_columns, " FROM transfers t WHERE t.id = $1");
/// Each half with an index of its own.
const std::string select_batch_transfers =
    select(postgres_transfer_columns,
           " FROM transfers t WHERE t.status NOT IN ('scheduled', 'pending')"
           " AND t.sequence BETWEEN $1 AND $2 UNION ALL ") +
    select(postgres_transfer_columns,
           " FROM transfers t WHERE t.status IN ('scheduled', 'pending')"
           " AND t.sequence BETWEEN $1 AND $2");
const std::string select_order =
    select(postgres_order_columns, " FROM standing_orders o WHERE o.id = $1");
const std::string select_due =
    select(postgres_transfer_columns,
           " FROM transfers t WHERE t.due_at IS NOT NULL"
           " AND (t.due_at, t.id) > (at_ms($1::bigint), $2) ORDER BY t.due_at, t.id LIMIT $3");
const std::string select_due_orders =
    select(postgres_order_columns,
           " FROM standing_orders o WHERE o.next_at IS NOT NULL"
           " AND (o.next_at, o.id) > (at_ms($1::bigint), $2) ORDER BY o.next_at, o.id LIMIT $3");

/// One side of an account's history, newest first.
std::string side_of_history(const char* account, const char* balance) {
  return std::string("(SELECT ") + postgres_transfer_columns + ", t." + balance +
         " AS balance FROM transfers t WHERE t." + account +
         " = $1 AND t.status = 'posted' AND t.sequence >= $2 AND t.sequence < $3"
         " ORDER BY t.sequence DESC LIMIT $4)";
}
const std::string select_history =
    side_of_history("from_account", "from_balance_after") + " UNION ALL " +
    side_of_history("to_account", "to_balance_after") + " ORDER BY sequence DESC LIMIT $4";
const std::string select_entries =
    "SELECT * FROM ("
    "(SELECT sequence, kind, account,"
    " (SELECT s.kind FROM account_entries s WHERE s.account = e.account"
    "  AND s.sequence <= e.sequence AND s.kind <> 'limit_changed' ORDER BY s.sequence DESC LIMIT "
    "1),"
    " (SELECT l.overdraft_limit FROM account_entries l WHERE l.account = e.account"
    "  AND l.sequence <= e.sequence AND l.overdraft_limit IS NOT NULL"
    "  ORDER BY l.sequence DESC LIMIT 1)"
    " FROM account_entries e WHERE sequence > $1 ORDER BY sequence LIMIT $2) UNION ALL "
    "(SELECT sequence, status, id, NULL, NULL FROM transfers WHERE sequence > $1"
    " AND status NOT IN ('scheduled', 'pending') ORDER BY sequence LIMIT $2) UNION ALL "
    "(SELECT sequence, kind, transfer, NULL, NULL FROM transfer_entries WHERE sequence > $1"
    " ORDER BY sequence LIMIT $2)) e ORDER BY sequence LIMIT $2";

/// Batches are ordered by time, except in epochs with a time floor, where older versions have
/// written earlier times: each of these epochs is searched separately.
const std::string select_first_since =
    "SELECT coalesce(min(first_sequence), (SELECT last_sequence + 1 FROM ledger)) FROM ("
    "(SELECT first_sequence FROM batches b WHERE at >= at_ms($1::bigint)"
    " AND NOT EXISTS (SELECT 1 FROM time_floors f WHERE f.epoch = b.epoch)"
    " ORDER BY at, first_sequence LIMIT 1) UNION ALL "
    "(SELECT s.first_sequence FROM time_floors f CROSS JOIN LATERAL"
    " (SELECT first_sequence FROM batches b WHERE b.epoch = f.epoch"
    " AND greatest(b.at, f.floor) >= at_ms($1::bigint) ORDER BY b.number LIMIT 1) s)) found";

/// A sum that exceeds 64 bits becomes the largest number of its sign.
constexpr const char* select_totals =
    "SELECT currency,"
    " greatest(least(sum(posted), 9223372036854775807), -9223372036854775808)::bigint,"
    " least(sum(pending_out), 9223372036854775807)::bigint"
    " FROM accounts GROUP BY currency ORDER BY currency COLLATE \"C\"";

}  // namespace

std::optional<account_record> postgres_reader::account(account_id id) {
  auto row = s_.query(select_account, id);
  return row.next() ? std::optional(account_in(row)) : std::nullopt;
}

std::optional<transfer_record> postgres_reader::transfer(transfer_id id) {
  auto row = s_.query(select_transfer, id);
  return row.next() ? std::optional(record_in(row)) : std::nullopt;
}

std::optional<standing_order> postgres_reader::order(standing_order_id id) {
  auto row = s_.query(select_order, id);
  return row.next() ? std::optional(order_in(row)) : std::nullopt;
}

std::optional<key_record> postgres_reader::key(const std::string& caller, const std::string& key) {
  auto row = s_.query(
      "SELECT digest, object, answer, behind FROM idempotency WHERE caller = $1 AND key = $2",
      caller, key);
  if (!row.next()) return std::nullopt;
  return key_record{row.bytes(0), row.id(1), row.text_or_null(2), row.count_or_null(3)};
}

std::optional<committed_batch> postgres_reader::batch(batch_id id) {
  auto row = s_.query(
      "SELECT first_sequence, last_sequence, outcomes, ms_of(at) FROM batches"
      " WHERE epoch = $1 AND number = $2",
      id.epoch, id.number);
  if (!row.next()) return std::nullopt;
  committed_batch found{row.time(3), results_of(row.count(0), row.count(1), row.bytes_or_null(2))};
  for (auto left = s_.query(select_batch_transfers, row.count(0), row.count(1)); left.next();)
    found.transfers.push_back(record_in(left));
  std::ranges::sort(found.transfers, {}, &transfer_record::sequence);
  return found;
}

ledger_time postgres_reader::time() {
  auto row = s_.query("SELECT ms_of(last_at), ms_of(next_at) FROM ledger");
  row.next();
  return {row.time(0), row.time(1)};
}

std::vector<history_row> postgres_reader::history(account_id id, std::uint64_t first,
                                                  std::uint64_t end, std::int64_t limit) {
  std::vector<history_row> found;
  for (auto row = s_.query(select_history, id, first, end, limit); row.next();)
    found.push_back({record_in(row), row.integer(columns_of_transfer)});
  return found;
}

page<history_row> postgres_reader::history(account_id id, std::uint64_t before, std::size_t limit) {
  page<history_row> found;
  const std::uint64_t end = before == 0 || before > past_the_end ? past_the_end : before;
  found.rows = history(id, 0, end, one_more(limit));
  found.more = found.rows.size() > limit;
  if (found.more) found.rows.pop_back();
  return found;
}

std::uint64_t postgres_reader::first_since(wall_time t) {
  auto row = s_.query(select_first_since, t);
  row.next();
  return row.count(0);
}

std::optional<dated_balance> postgres_reader::balance_at(account_id id, wall_time at) {
  const auto found = account(id);
  if (!found || found->created_at > at) return std::nullopt;
  const auto last = history(id, 0, first_since(at + std::chrono::milliseconds(1)), 1);
  if (last.empty()) return dated_balance{};
  return dated_balance{last[0].balance_after, last[0].transfer.sequence};
}

statement postgres_reader::account_statement(account_id id, wall_time from, wall_time to,
                                             std::size_t limit) {
  statement found;
  const std::uint64_t first = first_since(from);
  // The row before the first one gives the opening balance.
  auto newest = history(id, 0, first_since(to), one_more(limit));
  const auto before = std::ranges::find_if(newest, [&](const history_row& r) {
    return r.transfer.sequence < first || &r - newest.data() >= static_cast<std::ptrdiff_t>(limit);
  });
  if (before != newest.end()) {
    found.opening = before->balance_after;
    found.more = before->transfer.sequence >= first;
    newest.erase(before, newest.end());
  }
  std::ranges::reverse(newest);
  found.rows = std::move(newest);
  found.closing = found.rows.empty() ? found.opening : found.rows.back().balance_after;
  return found;
}

due_list postgres_reader::due(wall_time now, const due_place& after, std::size_t limit) {
  due_list found;
  for (auto row = s_.query(select_due, after.at, after.id, one_more(limit)); row.next();) {
    transfer_record t = record_in(row);
    const wall_time at = due_at(t).value_or(now);
    if (at > now || found.transfers.size() >= limit) {
      found.next = at;
      break;
    }
    found.transfers.push_back(std::move(t));
  }
  return found;
}

order_list postgres_reader::due_orders(wall_time now, const due_place& after, std::size_t limit) {
  order_list found;
  for (auto row = s_.query(select_due_orders, after.at, after.id, one_more(limit)); row.next();) {
    standing_order o = order_in(row);
    if (*o.next_at > now || found.orders.size() >= limit) {
      found.next = o.next_at;
      break;
    }
    found.orders.push_back(std::move(o));
  }
  return found;
}

std::vector<committed_entry> postgres_reader::entries(std::uint64_t after, std::size_t limit) {
  std::vector<committed_entry> found;
  const std::uint64_t from = std::min(after, past_the_end);
  for (auto row = s_.query(select_entries, from, one_more(limit) - 1); row.next();)
    found.push_back(entry_in(row));
  return found;
}

money_totals postgres_reader::totals() {
  money_totals found;
  auto end = s_.query("SELECT last_sequence, head FROM ledger");
  end.next();
  found.sequence = end.count(0);
  found.head = end.hash(1);
  for (auto row = s_.query(select_totals); row.next();)
    found.currencies.push_back(
        {currency_in<postgres_rows>(row.text(0)), row.integer(1), row.integer(2)});
  auto oldest = s_.query("SELECT ms_of(min(created_at)) FROM transfers WHERE status = 'pending'");
  if (oldest.next()) found.oldest_hold = oldest.time_or_null(0);
  return found;
}

ledger_secret postgres_reader::secret() {
  auto row = s_.query("SELECT secret, had_no_secret FROM ledger");
  row.next();
  return {row.hash(0), row.integer(1) != 0};
}

std::uint64_t postgres_reader::last_sequence() {
  auto row = s_.query("SELECT last_sequence FROM ledger");
  row.next();
  return row.count(0);
}

}  // namespace bank::storage
