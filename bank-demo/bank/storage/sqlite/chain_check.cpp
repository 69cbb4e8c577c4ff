#include "bank/storage/sqlite/chain_check.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "bank/storage/sqlite/rows.hpp"
#include "bank/storage/sqlite/transfer_finder.hpp"
#include "lifeline/ledger/batch_hash.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using rows = sqlite_statement::rows;

namespace {

constexpr std::uint64_t past_the_end = std::numeric_limits<std::uint64_t>::max();

/// A transfer as of its opening (scheduled or pending), with the columns of `transfer_columns`.
/// Values that its end has changed are still in its details.
constexpr const char* select_openings =
    "SELECT e.sequence, e.transfer, f.id, g.id, coalesce(o.amount, d.held, t.amount),"
    " coalesce(o.currency, t.currency), coalesce(o.kind, t.kind), iif(o.id IS NULL, t.memo, "
    "o.memo),"
    " coalesce(o.metadata, t.metadata), e.kind, NULL, coalesce(o.created_at, t.created_at), NULL,"
    " coalesce(o.two_phase, d.two_phase), iif(o.id IS NULL, d.expires_in, o.expires_in),"
    " iif(o.id IS NULL, d.execute_at, o.execute_at), iif(o.id IS NULL, d.reverses, o.reverses),"
    " NULL, iif(o.id IS NULL, d.expires_at, o.expires_at),"
    " coalesce(o.first_sequence, d.first_sequence)"
    " FROM transfer_entries e LEFT JOIN open_transfers o ON o.id = e.transfer"
    " LEFT JOIN transfers t ON t.id = e.transfer"
    " LEFT JOIN transfer_details d ON d.sequence = t.sequence"
    " JOIN accounts f ON f.number = coalesce(o.from_account, t.from_account)"
    " JOIN accounts g ON g.number = coalesce(o.to_account, t.to_account)"
    " WHERE e.sequence >= ? ORDER BY e.sequence";
constexpr const char* select_account_entries =
    "SELECT e.sequence, e.at, e.kind, e.overdraft_limit, a.id, a.owner, a.type, b.currency, a.ref,"
    " a.created_at FROM account_entries e JOIN accounts a ON a.number = e.account"
    " JOIN balances b ON b.account = a.number WHERE e.sequence >= ? ORDER BY e.sequence";
constexpr const char* select_batches =
    "SELECT epoch, number, first_sequence, last_sequence, outcomes, at, hash FROM batches"
    " ORDER BY epoch, number";

void add_account_entry(batch_facts& facts, const rows& row) {
  const account_id id(row.id(4));
  const auto limit = row.null(3) ? std::nullopt : std::optional(row.integer(3));
  if (row.text(2) != "opened")
    return facts.add_change(row.count(0), row.time(1), id, row.text(2), limit);
  account_record a;
  a.id = id;
  a.owner = row.text(5);
  a.type = account_type_of(row.text(6));
  a.unit = currency_of(row.text(7));
  a.ref = row.text_or_null(8);
  a.overdraft_limit = limit.value_or(0);
  a.created_at = row.time(9);
  facts.add_opening(row.count(0), row.time(1), a);
}

/// The ledger's entries in order of their sequences, merged from three tables.
class entry_rows {
 public:
  entry_rows(SQLite::Database& db, std::uint64_t first)
      : ends_(db, select_transfer("", "t.sequence >= ? ORDER BY t.sequence")),
        openings_(db, select_openings),
        changes_(db, select_account_entries),
        first_(first) {}

  /// Adds all entries up to `last`.
  void add_to(batch_facts& facts, std::uint64_t last) {
    while (true) {
      const auto i = static_cast<std::size_t>(std::ranges::min_element(next_) - next_.begin());
      if (next_[i] > last || next_[i] == past_the_end) return;
      i == 2 ? add_account_entry(facts, *rows_[i]) : facts.add(transfer_of(*rows_[i]));
      next_[i] = advance(*rows_[i]);
    }
  }

 private:
  static std::uint64_t advance(rows& r) { return r.next() ? r.count(0) : past_the_end; }

  sqlite_statement ends_, openings_, changes_;
  std::uint64_t first_;
  rows end_ = ends_.query(first_);
  rows opening_ = openings_.query(first_);
  rows change_ = changes_.query(first_);
  std::array<rows*, 3> rows_{&end_, &opening_, &change_};
  std::array<std::uint64_t, 3> next_{advance(end_), advance(opening_), advance(change_)};
};

stored_batch batch_in(const rows& row) {
  stored_batch b;
  b.span = {{row.count(0), row.count(1)}, row.count(2), row.count(3), row.time(5)};
  b.results = results_of(row.count(2), row.count(3), row.text_or_null(4));
  if (!row.null(6)) b.hash = row.hash(6);
  return b;
}

}  // namespace

finding check_chain(SQLite::Database& db, chain_cover& covered,
                    const std::function<void(std::uint64_t done)>& tell) {
  sqlite_statement ledger(db, "SELECT chain_begins, head FROM ledger");
  auto said = ledger.query();
  if (!said.next()) return "the ledger's own row is missing";
  chain_audit audit(said.count(0));
  entry_rows entries(db, said.count(0));
  sqlite_statement batches(db, select_batches);
  batch_facts facts;
  for (auto row = batches.query(); row.next(); tell(row.count(3))) {
    const stored_batch b = batch_in(row);
    facts.clear();
    if (b.hash) entries.add_to(facts, b.span.last_sequence);
    if (auto wrong = audit.add(b, facts)) return wrong;
    covered = {audit.first_sequence(), audit.last_sequence(), audit.head()};
  }
  return audit.end(said.hash(1));
}

}  // namespace bank::storage
