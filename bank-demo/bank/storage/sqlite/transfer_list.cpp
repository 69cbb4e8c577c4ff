#include "bank/storage/sqlite/transfer_list.hpp"

#include <algorithm>
#include <queue>
#include <utility>

#include "bank/storage/rules/text_match.hpp"
#include "bank/storage/sqlite/entry_times.hpp"
#include "bank/storage/sqlite/rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

/// The conditions on text; parameters 3 and 4 are the pattern and the digits of an id.
std::string text_condition(const transfer_filter& f) {
  return f.text ? " AND (t.kind LIKE ?3 ESCAPE '\\' OR t.memo LIKE ?3 ESCAPE '\\'"
                  " OR (?4 IS NOT NULL AND hex(t.id) LIKE ?4))"
                : " AND ?3 IS NULL AND ?4 IS NULL";
}

std::optional<std::string> pattern_of(const transfer_filter& f) {
  return f.text ? std::optional(like_pattern(*f.text)) : std::nullopt;
}

std::optional<std::string> digits_of(const transfer_filter& f) {
  auto digits = f.text ? id_prefix(*f.text) : std::nullopt;
  if (digits) *digits += '%';
  return digits;
}

/// The condition that one side of `t` is the account (5) or belongs to the owner (6).
std::string side_condition(const transfer_filter& f) {
  const auto sides = [](const std::string& wanted) {
    return " AND (t.from_account IN (" + wanted + ") OR t.to_account IN (" + wanted + "))";
  };
  return (f.account ? sides("SELECT number FROM accounts WHERE id = ?5") : " AND ?5 IS NULL") +
         (f.owner ? sides("SELECT number FROM accounts WHERE owner = ?6") : " AND ?6 IS NULL");
}

std::string select_open_ones(const transfer_filter& f) {
  return select_open_transfer("t.first_sequence >= ?1 AND t.first_sequence < ?2" +
                              text_condition(f) + side_condition(f) +
                              " AND t.status = ?7 ORDER BY t.first_sequence DESC LIMIT ?8");
}

/// Forces the ledger's order, independent of SQLite's statistics.
std::string select_direct(const transfer_filter& f) {
  std::string sql = "SELECT ";
  sql += transfer_columns;
  sql +=
      " FROM transfers t CROSS JOIN accounts f ON f.number = t.from_account"
      " CROSS JOIN accounts g ON g.number = t.to_account"
      " LEFT JOIN transfer_details d ON d.sequence = t.sequence"
      " WHERE t.sequence >= ?1 AND t.sequence < ?2";
  return sql + text_condition(f) +
         " AND t.status = 'posted' AND coalesce(d.first_sequence, t.sequence) = t.sequence"
         " ORDER BY t.sequence DESC";
}

/// False if the page is full.
bool put(page<transfer_record>& page, std::size_t limit, transfer_record row) {
  page.more = page.rows.size() >= limit;
  if (!page.more) page.rows.push_back(std::move(row));
  return !page.more;
}

}  // namespace

sqlite_transfer_list::sqlite_transfer_list(sqlite_reader& reader, const transfer_filter& filter)
    : reader_(reader),
      filter_(filter),
      end_(reader.last_sequence() + 1),
      opening_below_(reader.connection().db(),
                     "SELECT max(sequence) FROM transfer_openings"
                     " WHERE account = ? AND sequence < ?"),
      opened_at_(reader.connection().db(),
                 "SELECT transfer FROM transfer_entries WHERE sequence = ?") {
  SQLite::Database& db = reader.connection().db();
  if (filter.before != 0) end_ = std::min(end_, filter.before);
  if (filter.to) end_ = std::min(end_, first_sequence_since(db, *filter.to));
  if (filter.from) first_ = first_sequence_since(db, *filter.from);
}

sqlite_transfer_list::page sqlite_transfer_list::read() {
  if (filter_.status && is_open(*filter_.status)) return open_ones();
  return filter_.account || filter_.owner ? merge() : scan();
}

sqlite_transfer_list::page sqlite_transfer_list::open_ones() {
  sqlite_statement select(reader_.connection().db(), select_open_ones(filter_));
  const auto pattern = pattern_of(filter_);
  const auto digits = digits_of(filter_);
  const std::string status(to_string(*filter_.status));
  auto row = select.query(first_, end_, pattern, digits, filter_.account, filter_.owner, status,
                          std::uint64_t{filter_.limit + 1});
  page found;
  while (row.next() && put(found, filter_.limit, transfer_of(row))) {
  }
  return found;
}

sqlite_transfer_list::page sqlite_transfer_list::scan() {
  SQLite::Database& db = reader_.connection().db();
  sqlite_statement select_posted(db, select_direct(filter_));
  sqlite_statement select_openings(db,
                                   "SELECT sequence FROM transfer_entries"
                                   " WHERE sequence >= ? AND sequence < ? ORDER BY sequence DESC");
  const auto pattern = pattern_of(filter_);
  const auto digits = digits_of(filter_);
  auto posted = select_posted.query(first_, end_, pattern, digits);
  auto openings = select_openings.query(first_, end_);
  auto direct = next_direct(posted);
  auto opened = next_opened(openings);
  page found;
  while (direct || opened) {
    const bool take_direct = direct && (!opened || direct->first_sequence > opened->first_sequence);
    if (!put(found, filter_.limit, std::move(*(take_direct ? direct : opened)))) break;
    take_direct ? direct = next_direct(posted) : opened = next_opened(openings);
  }
  return found;
}

/// A transfer that was posted at once never changes.
std::optional<transfer_record> sqlite_transfer_list::next_direct(sqlite_statement::rows& rows) {
  if (filter_.status && *filter_.status != transfer_status::posted) return std::nullopt;
  return rows.next() ? std::optional(transfer_of(rows)) : std::nullopt;
}

std::optional<transfer_record> sqlite_transfer_list::next_opened(sqlite_statement::rows& rows) {
  while (rows.next()) {
    const std::uint64_t sequence = rows.count(0);
    record t = opened_at(sequence);
    if (t.first_sequence == sequence && passes(t)) return t;
  }
  return std::nullopt;
}

std::vector<sqlite_transfer_list::source> sqlite_transfer_list::sources() {
  sqlite_statement select(reader_.connection().db(),
                          std::string("SELECT b.account, b.last_transfer FROM accounts a"
                                      " JOIN balances b ON b.account = a.number WHERE ") +
                              (filter_.account ? "a.id = ?" : "a.owner = ?"));
  const bool posted = filter_.status.value_or(transfer_status::posted) == transfer_status::posted;
  std::vector<source> all;
  auto row = filter_.account ? select.query(*filter_.account) : select.query(*filter_.owner);
  while (row.next()) {
    const sqlite_reader::history_head head{row.integer(0), row.count(1)};
    all.push_back({opening_below(head.account, end_), head.account, false});
    if (posted) all.push_back({reader_.newest_below(head, end_), head.account, true});
  }
  return all;
}

sqlite_transfer_list::page sqlite_transfer_list::merge() {
  const auto by_place = [](const source& a, const source& b) { return a.next < b.next; };
  std::priority_queue<source, std::vector<source>, decltype(by_place)> next(by_place, sources());
  page found;
  std::uint64_t last = 0;
  while (!next.empty() && next.top().next >= first_) {
    source s = next.top();
    next.pop();
    const std::uint64_t place = s.next;
    auto t = take(s);
    if (s.next != 0) next.push(s);
    // A transfer between two of the accounts is found twice; the second is skipped.
    if (!t || std::exchange(last, place) == place || !passes(*t)) continue;
    if (!put(found, filter_.limit, std::move(*t))) break;
  }
  return found;
}

std::optional<transfer_record> sqlite_transfer_list::take(source& s) {
  const std::uint64_t place = s.next;
  if (!s.history) {
    s.next = opening_below(s.account, place);
    return opened_at(place);
  }
  auto step = reader_.step(s.account, place);
  s.next = step.previous;
  if (step.row.transfer.first_sequence != place) return std::nullopt;
  return std::move(step.row.transfer);
}

transfer_record sqlite_transfer_list::opened_at(std::uint64_t sequence) {
  auto row = opened_at_.query(sequence);
  auto found = row.next() ? reader_.transfer(transfer_id(row.id(0))) : std::nullopt;
  if (found) return std::move(*found);
  throw SQLite::Exception("the database is damaged: entry " + std::to_string(sequence) +
                          " belongs to a missing transfer");
}

std::uint64_t sqlite_transfer_list::opening_below(std::int64_t account, std::uint64_t end) {
  auto row = opening_below_.query(account, end);
  return row.next() && !row.null(0) ? row.count(0) : 0;
}

bool sqlite_transfer_list::passes(const record& t) {
  return (!filter_.status || t.status == *filter_.status) &&
         (!filter_.text || matches(t, *filter_.text)) && touches_owner(t);
}

/// With an account filter, the owner may be that of the other side.
bool sqlite_transfer_list::touches_owner(const record& t) {
  if (!filter_.account || !filter_.owner) return true;
  const auto owns = [&](account_id id) {
    const auto a = reader_.account(id);
    return a && a->owner == *filter_.owner;
  };
  return owns(t.from) || owns(t.to);
}

}  // namespace bank::storage
