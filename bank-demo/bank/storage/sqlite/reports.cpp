#include "bank/storage/sqlite/reports.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <utility>

#include "bank/storage/rules/text_match.hpp"
#include "bank/storage/sqlite/entry_times.hpp"
#include "bank/storage/sqlite/transfer_list.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

page<transfer_record> sqlite_reports::transfers(const transfer_filter& filter) {
  const SQLite::Transaction snapshot(reader_.connection().db());
  return sqlite_transfer_list(reader_, filter).read();
}

std::uint64_t sqlite_reports::first_since(wall_time t) {
  return first_sequence_since(reader_.connection().db(), t);
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
