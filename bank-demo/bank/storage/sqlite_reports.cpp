#include "bank/storage/sqlite_reports.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <queue>
#include <utility>

#include "bank/storage/sqlite_rows.hpp"
#include "bank/storage/text_match.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

bool owner_is(sqlite_reader& reader, account_id id, const std::string& owner) {
  const auto a = reader.account(id);
  return a && a->owner == owner;
}

std::optional<std::string> pattern_of(const std::optional<std::string>& text) {
  return text ? std::optional(like_pattern(*text)) : std::nullopt;
}

std::optional<std::string> digits_of(const std::optional<std::string>& text) {
  auto digits = text ? id_prefix(*text) : std::nullopt;
  if (digits) *digits += '%';
  return digits;
}

bool passes(const transfer_record& t, const transfer_filter& f) {
  return (!f.status || t.status == *f.status) && (!f.text || matches(t, *f.text));
}

/// False if the page was full already.
bool put(page<transfer_record>& page, std::size_t limit, transfer_record row) {
  page.more = page.rows.size() >= limit;
  if (!page.more) page.rows.push_back(std::move(row));
  return !page.more;
}

}  // namespace

std::uint64_t sqlite_reports::first_since(wall_time t) {
  sqlite_statement next(reader_.connection().db(),
                        "SELECT sequence, posted_at FROM transfers"
                        " WHERE sequence >= ? AND posted_at IS NOT NULL ORDER BY sequence LIMIT 1");
  std::uint64_t low = 1;
  std::uint64_t high = reader_.last_sequence() + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    auto row = next.query(middle);
    const bool before = row.next() && row.time(1) < t;
    if (before) {
      low = row.count(0) + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

sqlite_reports::span sqlite_reports::span_of(const transfer_filter& f) {
  span s{1, reader_.last_sequence() + 1};
  if (f.before != 0) s.end = std::min(s.end, f.before);
  if (f.to) s.end = std::min(s.end, first_since(*f.to));
  if (f.from) s.first = first_since(*f.from);
  return s;
}

page<transfer_record> sqlite_reports::transfers(const transfer_filter& filter) {
  const SQLite::Transaction snapshot(reader_.connection().db());
  const span within = span_of(filter);
  return filter.account || filter.owner ? merge(filter, within) : scan(filter, within);
}

page<transfer_record> sqlite_reports::scan(const transfer_filter& filter, const span& within) {
  std::string sql = "SELECT ";
  sql += transfer_columns;
  sql +=
      " FROM transfers t CROSS JOIN accounts f ON f.number = t.from_account"
      " CROSS JOIN accounts g ON g.number = t.to_account"
      " WHERE t.sequence >= ?1 AND t.sequence < ?2 AND (?3 IS NULL OR t.status = ?3)";
  sql += filter.text ? " AND (t.kind LIKE ?4 ESCAPE '\\' OR t.memo LIKE ?4 ESCAPE '\\'"
                       " OR (?5 IS NOT NULL AND hex(t.id) LIKE ?5))"
                     : " AND ?4 IS NULL AND ?5 IS NULL";
  sqlite_statement select(reader_.connection().db(), sql + " ORDER BY t.sequence DESC");
  const auto status =
      filter.status ? std::optional(std::string(to_string(*filter.status))) : std::nullopt;
  const auto pattern = pattern_of(filter.text);
  const auto digits = digits_of(filter.text);
  auto row = select.query(within.first, within.end, status, pattern, digits);
  page found;
  while (row.next() && put(found, filter.limit, transfer_of(row))) {
  }
  return found;
}

std::vector<sqlite_reader::history_head> sqlite_reports::heads_of(const transfer_filter& f) {
  std::vector<sqlite_reader::history_head> heads;
  if (f.account) {
    if (const auto head = reader_.find_head(*f.account)) heads.push_back(*head);
    return heads;
  }
  sqlite_statement select(reader_.connection().db(),
                          "SELECT b.account, b.last_transfer FROM accounts a"
                          " JOIN balances b ON b.account = a.number WHERE a.owner = ?");
  auto row = select.query(*f.owner);
  while (row.next()) heads.push_back({row.integer(0), row.count(1)});
  return heads;
}

page<transfer_record> sqlite_reports::merge(const transfer_filter& filter, const span& within) {
  using place = std::pair<std::uint64_t, std::int64_t>;  // sequence, account
  std::priority_queue<place> next;
  for (const auto& head : heads_of(filter))
    if (const auto newest = reader_.newest_below(head, within.end))
      next.push({newest, head.account});
  page found;
  std::uint64_t last = 0;
  while (!next.empty() && next.top().first >= within.first) {
    const auto [sequence, account] = next.top();
    next.pop();
    auto step = reader_.step(account, sequence);
    if (step.previous != 0) next.push({step.previous, account});
    if (std::exchange(last, sequence) == sequence) continue;  // both sides are among them
    transfer_record& t = step.row.transfer;
    const bool others = filter.account && filter.owner &&
                        !owner_is(reader_, t.from, *filter.owner) &&
                        !owner_is(reader_, t.to, *filter.owner);
    if (!others && passes(t, filter) && !put(found, filter.limit, std::move(t))) break;
  }
  return found;
}

std::optional<dated_balance> sqlite_reports::balance_at(account_id id, wall_time at) {
  const SQLite::Transaction snapshot(reader_.connection().db());
  const auto account = reader_.account(id);
  if (!account || account->created_at > at) return std::nullopt;
  const auto head = reader_.find_head(id);
  const auto end = first_since(at + std::chrono::milliseconds(1));
  const std::uint64_t sequence = reader_.newest_below(*head, end);
  if (sequence == 0) return dated_balance{};
  return dated_balance{reader_.step(head->account, sequence).row.balance_after, sequence};
}

statement sqlite_reports::account_statement(account_id id, wall_time from, wall_time to,
                                            std::size_t limit) {
  const SQLite::Transaction snapshot(reader_.connection().db());
  statement found;
  const auto head = reader_.find_head(id);
  if (!head) return found;
  const std::uint64_t first = first_since(from);
  std::uint64_t sequence = reader_.newest_below(*head, first_since(to));
  while (sequence >= first && found.rows.size() < limit) {
    auto step = reader_.step(head->account, sequence);
    found.rows.push_back(std::move(step.row));
    sequence = step.previous;
  }
  found.more = sequence >= first;
  if (sequence != 0) found.opening = reader_.step(head->account, sequence).row.balance_after;
  std::ranges::reverse(found.rows);
  found.closing = found.rows.empty() ? found.opening : found.rows.back().balance_after;
  return found;
}

std::vector<owner_summary> sqlite_reports::owners(const std::string& text,
                                                  const std::optional<std::string>& only,
                                                  std::size_t limit) {
  sqlite_statement select(reader_.connection().db(),
                          std::string("SELECT owner, count(*) FROM accounts WHERE type <> 'world'"
                                      " AND owner LIKE ?1 ESCAPE '\\'") +
                              (only ? " AND owner = ?2" : " AND ?2 IS NULL") +
                              " GROUP BY owner ORDER BY owner LIMIT ?3");
  const std::string pattern = like_pattern(text);
  auto row = select.query(pattern, only, static_cast<std::uint64_t>(limit));
  std::vector<owner_summary> found;
  while (row.next()) found.push_back({row.text(0), row.count(1)});
  return found;
}

}  // namespace bank::storage
