#include "bank/storage/sqlite/reader.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "bank/storage/rules/text_match.hpp"
#include "bank/storage/sqlite/rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all.append(part);
  return all;
}

std::string select_accounts(std::string_view where) {
  return joined({"SELECT ", account_columns,
                 " FROM accounts a JOIN balances b ON b.account = a.number WHERE ", where});
}

/// Every variant has all six parameters, so that binding is the same. The status is a literal, as
/// in the partial index of accounts that are not open: only then is the index used.
std::string conditions(const account_filter& filter) {
  std::string where = filter.after.is_nil() ? "a.id >= ?1" : "a.id > ?1";
  where += filter.owner ? " AND a.owner = ?2" : " AND ?2 IS NULL";
  where += filter.ref ? " AND a.ref = ?3" : " AND ?3 IS NULL";
  if (filter.status)
    where.append(" AND a.status = '").append(to_string(*filter.status)).append("'");
  if (filter.status && *filter.status != account_status::open) where += " AND a.status <> 'open'";
  where += filter.text ? " AND (a.owner LIKE ?4 ESCAPE '\\' OR a.ref LIKE ?4 ESCAPE '\\'"
                         " OR (?5 IS NOT NULL AND hex(a.id) LIKE ?5))"
                       : " AND ?4 IS NULL AND ?5 IS NULL";
  return where + " ORDER BY a.id LIMIT ?6";
}

/// One query per table, so that SQLite merges them in order and reads only the page. The terms
/// after an account's entry are those of the last entries that set them.
constexpr const char* select_entries =
    "SELECT e.sequence, e.kind, a.id,"
    " (SELECT s.kind FROM account_entries s WHERE s.account = e.account"
    "  AND s.sequence <= e.sequence AND s.kind <> 'limit_changed'"
    "  ORDER BY s.sequence DESC LIMIT 1),"
    " (SELECT l.overdraft_limit FROM account_entries l WHERE l.account = e.account"
    "  AND l.sequence <= e.sequence AND l.overdraft_limit IS NOT NULL"
    "  ORDER BY l.sequence DESC LIMIT 1)"
    " FROM account_entries e JOIN accounts a ON a.number = e.account WHERE e.sequence > ?1"
    " UNION ALL SELECT sequence, status, id, NULL, NULL FROM transfers WHERE sequence > ?1"
    " UNION ALL SELECT sequence, kind, transfer, NULL, NULL FROM transfer_entries"
    " WHERE sequence > ?1 ORDER BY 1 LIMIT ?2";

std::uint64_t one_more(std::size_t limit) {
  constexpr std::size_t highest = 1'000'000'000;
  return std::min(limit, highest) + 1;
}

/// Is there room for another row? Sets `more` if not.
template <class T>
bool put(page<T>& page, std::size_t limit) {
  page.more = page.rows.size() >= limit;
  return !page.more;
}

[[noreturn]] std::uint64_t broken_chain(std::uint64_t sequence) {
  throw SQLite::Exception("the database is damaged: transfer " + std::to_string(sequence) +
                          " is missing from its account's history");
}

/// A sum whose upper and lower halves were added separately, because partial sums may exceed 64
/// bits. A total that exceeds 64 bits becomes the largest number of its sign.
std::int64_t whole_sum(std::int64_t upper, std::int64_t lower) {
  upper += lower >> 32;
  if (upper > std::numeric_limits<std::int32_t>::max())
    return std::numeric_limits<std::int64_t>::max();
  if (upper < std::numeric_limits<std::int32_t>::min())
    return std::numeric_limits<std::int64_t>::min();
  return upper * (std::int64_t{1} << 32) + (lower & 0xffffffff);
}

}  // namespace

sqlite_reader::sqlite_reader(const std::filesystem::path& file)
    : connection_(file, sqlite_connection::medium_cache),
      account_(connection_.db(), select_accounts("a.id = ?")),
      transfers_(connection_.db()),
      key_(connection_.db(),
           "SELECT digest, object, answer, behind FROM idempotency WHERE caller = ? AND key = ?"),
      head_(connection_.db(),
            "SELECT account, last_transfer FROM balances"
            " WHERE account = (SELECT number FROM accounts WHERE id = ?)"),
      mark_(connection_.db(),
            "SELECT min(sequence) FROM history_marks WHERE account = ? AND sequence >= ?"),
      step_(connection_.db(),
            select_transfer(", t.from_account, t.from_balance_after, t.from_previous,"
                            " t.to_balance_after, t.to_previous",
                            "t.sequence = ?")),
      previous_(connection_.db(),
                "SELECT iif(from_account = ?, from_previous, to_previous) FROM transfers"
                " WHERE sequence = ?"),
      totals_(connection_.db(),
              "SELECT currency, sum(posted >> 32), sum(posted & 0xffffffff),"
              " sum(pending_out >> 32), sum(pending_out & 0xffffffff) FROM balances"
              " GROUP BY currency ORDER BY currency"),
      oldest_hold_(connection_.db(),
                   "SELECT min(created_at) FROM open_transfers WHERE status = 'pending'"),
      ledger_(connection_.db(), "SELECT last_sequence, head FROM ledger"),
      time_(connection_.db(), "SELECT last_at, next_at FROM ledger"),
      due_(connection_.db(),
           select_open_transfer("t.due_at IS NOT NULL AND (t.due_at, t.id) > (?, ?)"
                                " ORDER BY t.due_at, t.id LIMIT ?")),
      entries_(connection_.db(), select_entries) {}

std::optional<account_record> sqlite_reader::account(account_id id) {
  auto row = account_.query(id);
  return row.next() ? std::optional(account_of(row)) : std::nullopt;
}

std::optional<transfer_record> sqlite_reader::transfer(transfer_id id) {
  return transfers_.find(id);
}

std::optional<key_record> sqlite_reader::key(const std::string& caller, const std::string& key) {
  auto row = key_.query(caller, key);
  if (!row.next()) return std::nullopt;
  return key_record{row.text(0), row.id(1), row.text_or_null(2), row.count_or_null(3)};
}

page<account_record> sqlite_reader::accounts(const account_filter& filter) {
  sqlite_statement select(connection_.db(), select_accounts(conditions(filter)));
  const auto pattern = filter.text ? std::optional(like_pattern(*filter.text)) : std::nullopt;
  auto digits = filter.text ? id_prefix(*filter.text) : std::nullopt;
  if (digits) *digits += '%';
  auto row =
      select.query(filter.after, filter.owner, filter.ref, pattern, digits, one_more(filter.limit));
  page<account_record> found;
  while (row.next() && put(found, filter.limit)) found.rows.push_back(account_of(row));
  return found;
}

page<history_row> sqlite_reader::history(account_id id, std::uint64_t before, std::size_t limit) {
  const SQLite::Transaction snapshot(connection_.db());
  page<history_row> found;
  const auto head = find_head(id);
  if (!head) return found;
  std::uint64_t sequence = newest_below(*head, before);
  while (sequence != 0 && put(found, limit)) {
    history_step next = step(head->account, sequence);
    found.rows.push_back(std::move(next.row));
    sequence = next.previous;
  }
  return found;
}

std::optional<sqlite_reader::history_head> sqlite_reader::find_head(account_id id) {
  auto row = head_.query(id);
  if (!row.next()) return std::nullopt;
  return history_head{row.integer(0), row.count(1)};
}

std::uint64_t sqlite_reader::newest_below(const history_head& head, std::uint64_t before) {
  if (before == 0 || before > head.newest) return head.newest;
  std::uint64_t sequence = entry_point(head, before);
  while (sequence >= before) sequence = previous(head.account, sequence);
  return sequence;
}

std::uint64_t sqlite_reader::entry_point(const history_head& head, std::uint64_t before) {
  auto row = mark_.query(head.account, before);
  return row.next() && !row.null(0) ? row.count(0) : head.newest;
}

std::uint64_t sqlite_reader::previous(std::int64_t account, std::uint64_t sequence) {
  auto row = previous_.query(account, sequence);
  return row.next() ? row.count(0) : broken_chain(sequence);
}

sqlite_reader::history_step sqlite_reader::step(std::int64_t account, std::uint64_t sequence) {
  auto row = step_.query(sequence);
  if (!row.next()) broken_chain(sequence);
  constexpr int side = columns_after_transfer;
  const int mine = row.integer(side) == account ? side + 1 : side + 3;
  return {{transfer_of(row), row.integer(mine)}, row.count(mine + 1)};
}

due_list sqlite_reader::due(wall_time now, const due_place& after, std::size_t limit) {
  due_list found;
  auto row = due_.query(after.at, after.id, one_more(limit));
  while (row.next()) {
    transfer_record t = transfer_of(row);
    const wall_time at = due_at(t).value_or(now);
    if (at > now || found.transfers.size() >= limit) {
      found.next = at;
      break;
    }
    found.transfers.push_back(std::move(t));
  }
  return found;
}

std::vector<committed_entry> sqlite_reader::entries(std::uint64_t after, std::size_t limit) {
  std::vector<committed_entry> found;
  auto row = entries_.query(after, one_more(limit) - 1);
  while (row.next()) found.push_back(entry_of(row));
  return found;
}

money_totals sqlite_reader::totals() {
  const SQLite::Transaction snapshot(connection_.db());
  money_totals found = end_of_ledger();
  auto row = totals_.query();
  while (row.next())
    found.currencies.push_back({currency_of(row.text(0)), whole_sum(row.integer(1), row.integer(2)),
                                whole_sum(row.integer(3), row.integer(4))});
  auto oldest = oldest_hold_.query();
  if (oldest.next()) found.oldest_hold = oldest.time_or_null(0);
  return found;
}

std::uint64_t sqlite_reader::last_sequence() { return end_of_ledger().sequence; }

ledger_time sqlite_reader::time() {
  auto row = time_.query();
  row.next();
  return {row.time(0), row.time(1)};
}

money_totals sqlite_reader::end_of_ledger() {
  auto row = ledger_.query();
  row.next();
  return {row.count(0), {}, row.hash(1)};
}

}  // namespace bank::storage
