#include "bank/storage/sqlite_verify.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "bank/storage/ledger_replay.hpp"
#include "bank/storage/sqlite_migrations.hpp"
#include "bank/storage/sqlite_opening.hpp"
#include "bank/storage/sqlite_rows.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using rows = sqlite_statement::rows;

namespace {

constexpr std::size_t cache_bytes = 64U << 20U;
constexpr std::uint64_t entries_between_words = 8'192;

stored_transfer transfer_in(const rows& row) {
  stored_transfer t;
  t.sequence = row.count(0);
  t.from = {row.integer(1), row.integer(7), row.count(9)};
  t.to = {row.integer(2), row.integer(8), row.count(10)};
  t.amount = row.integer(3);
  t.currency = row.text(4);
  t.status = row.text(5);
  t.has_time = !row.null(6);
  return t;
}

stored_account_entry entry_in(const rows& row) {
  const auto limit = row.null(3) ? std::nullopt : std::optional(row.integer(3));
  return {row.count(0), row.integer(1), row.text(2), limit};
}

/// One walk over one connection, inside one transaction: each step is a kind of check.
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
    return found;
  }

 private:
  struct step {
    const char* name;
    finding (ledger_walk::*check)();
  };

  finding first_break() {
    // The chain of hashes over the batches will be one more step.
    static constexpr std::array steps{
        step{"file", &ledger_walk::check_file},
        step{"references", &ledger_walk::check_references},
        step{"identifiers", &ledger_walk::check_identifiers},
        step{"entries", &ledger_walk::check_entries},
        step{"histories", &ledger_walk::check_marks},
        step{"batches", &ledger_walk::check_batches},
        step{"keys", &ledger_walk::check_keys},
    };
    for (const step& s : steps) {
      step_ = s.name;
      progress_({step_, 0, 0});
      if (auto wrong = (this->*s.check)()) return wrong;
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
    if (!row.next()) return std::nullopt;
    return "row " + std::to_string(row.integer(1)) + " of " + row.text(0) +
           " refers to an account that there is not";
  }

  /// What should be unique, were there no index to enforce it.
  finding check_identifiers() {
    for (const auto& [what, columns, from] :
         {std::array{"account", "lower(hex(id))", "accounts GROUP BY id"},
          std::array{"transfer", "lower(hex(id))", "transfers GROUP BY id"},
          std::array{"ref", "ref", "accounts WHERE ref IS NOT NULL GROUP BY ref, owner"},
          std::array{"key", "key", "idempotency GROUP BY caller, key"}}) {
      sqlite_statement twice(
          db_, std::string("SELECT ") + columns + " FROM " + from + " HAVING count(*) > 1 LIMIT 1");
      auto row = twice.query();
      if (row.next()) return std::string(what) + " " + row.text(0) + " is there twice";
    }
    return std::nullopt;
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

  /// Transfers and the accounts' own entries, merged in order of their sequences.
  finding check_entries() {
    if (number("SELECT count(*) FROM accounts") != number("SELECT count(*) FROM balances"))
      return "an account has no row of its balance, or a balance no account";
    load_accounts();
    sqlite_statement transfers(
        db_,
        "SELECT sequence, from_account, to_account, amount, currency, status, posted_at,"
        " from_balance_after, to_balance_after, from_previous, to_previous"
        " FROM transfers ORDER BY sequence");
    sqlite_statement account_entries(
        db_,
        "SELECT sequence, account, kind, overdraft_limit FROM account_entries ORDER BY sequence");
    auto t = transfers.query();
    auto e = account_entries.query();
    bool more_t = t.next();
    bool more_e = e.next();
    while (more_t || more_e) {
      const bool take_t = more_t && (!more_e || t.count(0) < e.count(0));
      if (auto wrong = take_t ? replay_.apply(transfer_in(t)) : replay_.apply(entry_in(e)))
        return wrong;
      (take_t ? more_t : more_e) = (take_t ? t : e).next();
      tell();
    }
    if (replay_.last_sequence() != last_sequence_)
      return "the ledger ends at " + std::to_string(replay_.last_sequence()) + ", but says " +
             std::to_string(last_sequence_);
    return replay_.end();
  }

  void tell() {
    if (replay_.last_sequence() % entries_between_words == 0)
      progress_({step_, replay_.last_sequence(), last_sequence_});
  }

  finding check_marks() {
    sqlite_statement stray(db_,
                           "SELECT m.sequence FROM history_marks m"
                           " LEFT JOIN transfers t ON t.sequence = m.sequence"
                           " WHERE t.sequence IS NULL"
                           " OR m.account NOT IN (t.from_account, t.to_account) LIMIT 1");
    auto row = stray.query();
    if (!row.next()) return std::nullopt;
    return "the history mark at " + std::to_string(row.count(0)) +
           " is not at a transfer of its account";
  }

  finding check_batches() {
    sqlite_statement select(db_,
                            "SELECT epoch, number, first_sequence, last_sequence, outcomes"
                            " FROM batches ORDER BY epoch, number");
    const std::uint64_t newest_epoch = number("SELECT epoch FROM ledger");
    std::uint64_t last = 0;
    for (auto row = select.query(); row.next(); last = row.count(3)) {
      const std::string named =
          "batch " + std::to_string(row.count(0)) + "/" + std::to_string(row.count(1));
      if (row.count(0) > newest_epoch) return named + " is of an epoch that has not begun";
      if (row.count(2) != last + 1)
        return named + " begins at " + std::to_string(row.count(2)) +
               ", but the one before ends at " + std::to_string(last);
      if (row.count(3) + 1 < row.count(2)) return named + " ends before it begins";
      const auto outcomes = row.text_or_null(4);
      const auto kept = outcomes ? std::ranges::count(*outcomes, '\0') : 0;
      if (outcomes && static_cast<std::uint64_t>(kept) != row.count(3) + 1 - row.count(2))
        return named + " has not as many entries as it says were committed";
    }
    if (last == last_sequence_) return std::nullopt;
    return "the batches end at " + std::to_string(last) + ", the ledger at " +
           std::to_string(last_sequence_);
  }

  finding check_keys() {
    sqlite_statement lost(db_,
                          "SELECT caller, key FROM idempotency i"
                          " WHERE NOT EXISTS (SELECT 1 FROM transfers WHERE id = i.object)"
                          " AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = i.object) LIMIT 1");
    auto row = lost.query();
    if (!row.next()) return std::nullopt;
    return "the idempotency key " + row.text(1) + " of " + row.text(0) + " leads nowhere";
  }

  SQLite::Database& db_;
  const on_verify_progress& progress_;
  std::string_view step_;
  std::uint64_t last_sequence_ = 0;
  ledger_replay replay_;
};

void require_schema(SQLite::Database& db, const std::filesystem::path& file) {
  const int found = db.execAndGet("PRAGMA user_version").getInt();
  const int known = sqlite_ledger_migrations().back().number;
  if (found == known) return;
  throw startup_error(file.string() + " has schema " + std::to_string(found) +
                      ", this program reads schema " + std::to_string(known) +
                      (found < known ? ": run bank-node migrate first"
                                     : ": run the newer bank-node that wrote it"));
}

std::unique_ptr<sqlite_connection> open_books(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw startup_error("there are no books at " + file.string() +
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
