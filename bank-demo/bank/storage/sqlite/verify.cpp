#include "bank/storage/sqlite/verify.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <limits>

#include "bank/storage/rules/replay.hpp"
#include "bank/storage/sqlite/chain_check.hpp"
#include "bank/storage/sqlite/migrate.hpp"
#include "bank/storage/sqlite/opening.hpp"
#include "bank/storage/sqlite/order_checks.hpp"
#include "bank/storage/sqlite/row_checks.hpp"
#include "bank/storage/sqlite/rows.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using rows = sqlite_statement::rows;

namespace {

constexpr std::size_t cache_bytes = 64U << 20U;
constexpr std::uint64_t entries_between_words = 8'192;
constexpr std::uint64_t past_the_end = std::numeric_limits<std::uint64_t>::max();

/// Ends, openings and account entries: the three tables of the ledger.
constexpr const char* select_ends =
    "SELECT t.sequence, t.id, t.from_account, t.to_account, t.currency,"
    " coalesce(d.first_sequence, t.sequence), t.amount, t.status, t.posted_at IS NOT NULL, d.held,"
    " t.from_balance_after, t.from_previous, t.to_balance_after, t.to_previous"
    " FROM transfers t LEFT JOIN transfer_details d ON d.sequence = t.sequence"
    " ORDER BY t.sequence";
/// Each with the requested amount: a transfer that was posted in part no longer has it.
constexpr const char* select_openings =
    "SELECT e.sequence, e.transfer, coalesce(o.from_account, t.from_account),"
    " coalesce(o.to_account, t.to_account), coalesce(o.currency, t.currency),"
    " coalesce(o.first_sequence, d.first_sequence, t.sequence),"
    " coalesce(o.amount, d.held, t.amount), e.kind,"
    " EXISTS (SELECT 1 FROM occurrences p WHERE p.sequence = e.sequence)"
    " FROM transfer_entries e LEFT JOIN open_transfers o ON o.id = e.transfer"
    " LEFT JOIN transfers t ON t.id = e.transfer"
    " LEFT JOIN transfer_details d ON d.sequence = t.sequence ORDER BY e.sequence";
constexpr const char* select_account_entries =
    "SELECT sequence, account, kind, overdraft_limit FROM account_entries ORDER BY sequence";
constexpr const char* select_open_ones =
    "SELECT sequence, id, from_account, to_account, currency, first_sequence, amount, status"
    " FROM open_transfers ORDER BY id";

stored_terms terms_in(const rows& row) {
  return {transfer_id(row.id(1)), row.integer(2), row.integer(3), row.text(4), row.count(5)};
}

stored_transfer transfer_in(const rows& row) {
  stored_transfer t;
  t.sequence = row.count(0);
  t.terms = terms_in(row);
  t.amount = row.integer(6);
  t.status = row.text(7);
  t.has_time = row.integer(8) != 0;
  if (!row.null(9)) t.held = row.integer(9);
  t.from = {row.integer(10), row.count(11)};
  t.to = {row.integer(12), row.count(13)};
  return t;
}

stored_opening opening_in(const rows& row) {
  return {row.count(0), terms_in(row), row.text(7), row.integer(6)};
}

stored_account_entry entry_in(const rows& row) {
  const auto limit = row.null(3) ? std::nullopt : std::optional(row.integer(3));
  return {row.count(0), row.integer(1), row.text(2), limit};
}

/// One verification over one connection, inside one transaction; each step is one kind of check.
class ledger_walk {
 public:
  ledger_walk(SQLite::Database& db, const on_verify_progress& progress)
      : db_(db), progress_(progress) {}

  verification walk() {
    const SQLite::Transaction snapshot(db_);
    last_sequence_ = number("SELECT last_sequence FROM ledger");
    verification found;
    found.broken = first_break();
    found.accounts = replay_.accounts();
    found.transfers = replay_.transfers();
    found.sequence = replay_.last_sequence();
    found.chain = chain_;
    return found;
  }

 private:
  struct step {
    const char* name;
    finding (*check)(ledger_walk&);
  };

  finding first_break() {
    static constexpr std::array steps{
        step{"file", [](ledger_walk& w) { return w.check_file(); }},
        step{"identifiers", [](ledger_walk& w) { return check_identifiers(w.db_); }},
        step{"references", [](ledger_walk& w) { return w.check_references(); }},
        step{"entries", [](ledger_walk& w) { return w.check_entries(); }},
        step{"transfers", [](ledger_walk& w) { return check_transfer_rows(w.db_); }},
        step{"standing orders", [](ledger_walk& w) { return check_orders(w.db_); }},
        step{"histories", [](ledger_walk& w) { return check_marks(w.db_); }},
        step{"batches", [](ledger_walk& w) { return w.check_batches(); }},
        step{"keys", [](ledger_walk& w) { return check_keys(w.db_); }},
        step{"hashes", [](ledger_walk& w) { return w.check_hashes(); }},
    };
    for (const step& s : steps) {
      step_ = s.name;
      progress_({step_, 0, 0});
      if (auto wrong = s.check(*this)) return wrong;
    }
    return std::nullopt;
  }

  std::uint64_t number(const char* query) {
    return static_cast<std::uint64_t>(db_.execAndGet(query).getInt64());
  }

  finding check_file() {
    const auto said = db_.execAndGet("PRAGMA integrity_check(1)").getString();
    return said == "ok" ? std::nullopt : finding("the file is damaged: " + said);
  }

  finding check_references() {
    sqlite_statement check(db_, "PRAGMA foreign_key_check");
    auto row = check.query();
    if (!row.next()) return check_entries_of_transfers(db_);
    return "row " + std::to_string(row.integer(1)) + " of " + row.text(0) +
           " refers to a missing row of " + row.text(2);
  }

  void load_accounts() {
    sqlite_statement select(db_, std::string("SELECT ") + account_columns +
                                     ", b.last_transfer, a.number FROM accounts a"
                                     " JOIN balances b ON b.account = a.number");
    for (auto row = select.query(); row.next();) {
      replayed_account a;
      a.stored = account_of(row);
      a.stored_limit = row.null(6) ? std::nullopt : std::optional(row.integer(6));
      a.stored_last = row.count(12);
      replay_.add(row.integer(13), std::move(a));
    }
  }

  /// Transfers and account entries, merged in order of their sequences.
  finding check_entries() {
    if (number("SELECT count(*) FROM accounts") != number("SELECT count(*) FROM balances"))
      return "an account without a balance row, or a balance row without an account";
    load_accounts();
    if (auto wrong = replay_entries()) return wrong;
    if (replay_.last_sequence() != last_sequence_)
      return "the ledger ends at " + std::to_string(replay_.last_sequence()) +
             ", but its row says " + std::to_string(last_sequence_);
    return check_open_ones();
  }

  /// The three tables' rows in the order of their sequences.
  finding replay_entries() {
    sqlite_statement ends(db_, select_ends);
    sqlite_statement openings(db_, select_openings);
    sqlite_statement changes(db_, select_account_entries);
    auto t = ends.query();
    auto o = openings.query();
    auto e = changes.query();
    const std::array<rows*, 3> tables{&t, &o, &e};
    const auto advance = [](rows& r) { return r.next() ? r.count(0) : past_the_end; };
    std::array<std::uint64_t, 3> next{advance(t), advance(o), advance(e)};
    while (true) {
      const auto first = static_cast<std::size_t>(std::ranges::min_element(next) - next.begin());
      if (next[first] == past_the_end) return std::nullopt;
      if (auto wrong = first == 0   ? replay_.apply(transfer_in(t))
                       : first == 1 ? open(o)
                                    : replay_.apply(entry_in(e)))
        return wrong;
      next[first] = advance(*tables[first]);
      tell();
    }
  }

  finding open(const rows& row) {
    const bool of_an_order = row.integer(8) != 0;
    return of_an_order ? replay_.apply_occurrence(opening_in(row)) : replay_.apply(opening_in(row));
  }

  finding check_open_ones() {
    sqlite_statement select(db_, select_open_ones);
    for (auto row = select.query(); row.next();)
      if (auto wrong = replay_.check_open(opening_in(row))) return wrong;
    return replay_.end();
  }

  void tell() {
    if (replay_.last_sequence() % entries_between_words == 0)
      progress_({step_, replay_.last_sequence(), last_sequence_});
  }

  finding check_batches() {
    sqlite_statement select(db_,
                            "SELECT b.epoch, b.number, b.first_sequence, b.last_sequence,"
                            " b.outcomes, max(b.at, coalesce(f.floor, b.at)) FROM batches b"
                            " LEFT JOIN time_floors f ON f.epoch = b.epoch"
                            " ORDER BY b.epoch, b.number");
    const std::uint64_t newest_epoch = number("SELECT epoch FROM ledger");
    std::uint64_t last = 0;
    lifeline::wall_time last_at{};
    for (auto row = select.query(); row.next(); last = row.count(3), last_at = row.time(5)) {
      const std::string named =
          "batch " + std::to_string(row.count(0)) + "/" + std::to_string(row.count(1));
      if (row.count(0) > newest_epoch) return named + " has an epoch that has not started";
      if (row.count(2) != last + 1)
        return named + " begins at " + std::to_string(row.count(2)) +
               ", but the previous one ends at " + std::to_string(last);
      if (row.time(5) < last_at) return named + " is older than the previous one";
      if (row.count(3) + 1 < row.count(2)) return named + " ends before it begins";
      const auto outcomes = row.text_or_null(4);
      const auto kept = outcomes ? std::ranges::count(*outcomes, '\0') : 0;
      if (outcomes && static_cast<std::uint64_t>(kept) != row.count(3) + 1 - row.count(2))
        return named + " does not have as many entries as its row says";
    }
    if (number("SELECT last_at FROM ledger") !=
        static_cast<std::uint64_t>(last_at.time_since_epoch().count()))
      return "the ledger's time differs from the time of its last batch";
    if (last == last_sequence_) return std::nullopt;
    return "the batches end at " + std::to_string(last) + ", the ledger at " +
           std::to_string(last_sequence_);
  }

  finding check_hashes() {
    std::uint64_t told = 0;
    return check_chain(db_, chain_, [&](std::uint64_t done) {
      if (done < told + entries_between_words) return;
      told = done;
      progress_({step_, done, last_sequence_});
    });
  }

  SQLite::Database& db_;
  const on_verify_progress& progress_;
  chain_cover chain_;
  std::string_view step_;
  std::uint64_t last_sequence_ = 0;
  ledger_replay replay_;
};

void require_schema(SQLite::Database& db, const std::filesystem::path& file) {
  const int found = db.execAndGet("PRAGMA user_version").getInt();
  const int known = sqlite_ledger_migrations().back().number;
  if (found == known) return;
  throw startup_error(file.string() + " has schema " + std::to_string(found) +
                      ", but this program needs schema " + std::to_string(known) +
                      (found < known ? ": run bank-node migrate first"
                                     : ": run the newer bank-node that wrote it"));
}

std::unique_ptr<sqlite_connection> open_books(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw startup_error("there is no ledger at " + file.string() +
                        ": use the --data-dir of the node");
  try {
    auto connection = std::make_unique<sqlite_connection>(file, cache_bytes);
    require_schema(connection->db(), file);
    return connection;
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace

result<verification> verify_sqlite_ledger(const lifeline::context& ctx,
                                          const std::filesystem::path& file,
                                          const on_verify_progress& progress) {
  const auto connection = open_books(file);
  return connection->run(ctx, [&] {
    try {
      return ledger_walk(connection->db(), progress).walk();
    } catch (const SQLite::Exception& e) {
      if (primary_code(e) == SQLITE_INTERRUPT) throw;
      verification found;
      found.broken = e.what();
      return found;
    }
  });
}

}  // namespace bank::storage
