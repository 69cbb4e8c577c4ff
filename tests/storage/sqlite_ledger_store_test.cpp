#include <SQLiteCpp/Database.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "bank/storage/sqlite/migrate.hpp"
#include "bank/storage/sqlite/token_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

namespace fs = std::filesystem;

class sqlite_ledger_store : public any_ledger_store<in_sqlite> {
 protected:
  fs::path file() const { return backend.folder / "ledger.db"; }
  void close() { backend.store.reset(); }
  void reopen() {
    close();
    backend.store = open_sqlite_ledger(file());
  }
  /// Changes the file by hand.
  void meddle(const std::string& sql) {
    SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
    db.exec(sql);
  }
  /// The error of opening the file; empty if it can be opened.
  std::string refusal() {
    try {
      open_sqlite_ledger(file());
      return "";
    } catch (const startup_error& e) {
      return e.what();
    }
  }
  void expect_refusal(const std::string& part) {
    const std::string said = refusal();
    EXPECT_NE(said.find(file().string()), std::string::npos) << said;
    EXPECT_NE(said.find(part), std::string::npos) << said;
    EXPECT_NE(said.find("--data-dir"), std::string::npos) << said;
  }
};

TEST_F(sqlite_ledger_store, keeps_everything_when_opened_again) {
  open_funded(2, 100);
  const batch b = make({keyed(post(transfer(1, acct(1), acct(2), 30)), "alice", "k")});
  ASSERT_EQ(store().commit(b).index(), 0U);
  const std::uint64_t sequence = last(), old_epoch = epoch;
  reopen();
  EXPECT_EQ(last(), sequence);
  EXPECT_EQ(raise(), old_epoch + 1);
  EXPECT_TRUE(store().find_batch(background(), b).value());
  EXPECT_TRUE(store().find_key(background(), "alice", "k").value());
  EXPECT_EQ(balance(acct(1)), 70);
  EXPECT_EQ(store().history(background(), acct(1), 0, 10).value().rows.size(), 2U);
  EXPECT_EQ(outcome_of(post(transfer(1, acct(1), acct(2), 30))), entry_outcome::duplicate_id);
}

TEST_F(sqlite_ledger_store, sees_what_a_store_beside_it_wrote) {
  open_funded(2, 100);
  const auto beside = open_sqlite_ledger(file());
  const std::uint64_t theirs = beside->fence(background()).value();
  ASSERT_EQ(beside->commit({{theirs, 1}, noon, {post(transfer(1, acct(1), acct(2), 60))}}).index(),
            0U);
  expect_error(try_commit({post(transfer(2, acct(1), acct(2), 60))}), commit_error::fenced);
  raise();
  expect_error(try_commit({post(transfer(2, acct(1), acct(2), 60))}), commit_error::violated);
  EXPECT_EQ(balance(acct(1)), 40);
}

TEST_F(sqlite_ledger_store, lets_a_fence_end_with_its_context_while_another_holds_the_lock) {
  SQLite::Database holder(file().string(), SQLite::OPEN_READWRITE);
  holder.exec("BEGIN IMMEDIATE");
  auto scope = lifeline::with_cancel(background());
  std::thread canceller([&] { scope.cancel(); });
  const auto fenced = store().fence(scope.ctx());
  canceller.join();
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().code, lifeline::ledger::errc::canceled);
  holder.exec("ROLLBACK");
  raise();
}

TEST_F(sqlite_ledger_store, reads_one_snapshot_while_it_commits) {
  open_funded(4, 10'000);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!stop) {
        const auto totals = store().totals(background());
        for (const auto& t : totals->currencies) EXPECT_EQ(t.sum, 0);
        EXPECT_FALSE(store().history(background(), acct(1), 0, 5).value().rows.empty());
      }
    });
  for (std::uint32_t n = 1; n <= 200; ++n)
    commit({post(transfer(n, acct(1 + n % 4), acct(1 + (n + 1) % 4), 1))});
  stop = true;
  for (auto& reader : readers) reader.join();
}

TEST_F(sqlite_ledger_store, refuses_a_file_of_a_newer_program) {
  close();
  const int known = sqlite_ledger_migrations().back().number;
  meddle("PRAGMA user_version = 999");
  EXPECT_EQ(refusal(),
            file().string() +
                " was written by a newer bank-node (schema 999, this program supports up to " +
                std::to_string(known) + "): run that version, or use another --data-dir");
}

TEST_F(sqlite_ledger_store, refuses_a_database_of_another_kind) {
  close();
  meddle("PRAGMA application_id = 1");
  expect_refusal("another kind");
  meddle("PRAGMA application_id = 0");
  expect_refusal("another kind");
  EXPECT_THROW(open_sqlite_tokens(file()), startup_error);
}

TEST_F(sqlite_ledger_store, refuses_a_file_that_is_no_database) {
  close();
  std::ofstream(file(), std::ios::trunc) << std::string(8192, 'x');
  expect_refusal("restore the file from a backup");
}

TEST_F(sqlite_ledger_store, refuses_a_damaged_file) {
  open_funded(2, 100);
  close();
  std::fstream raw(file(), std::ios::in | std::ios::out | std::ios::binary);
  raw.seekp(100);
  raw << std::string(3'000, '\xff');
  raw.close();
  expect_refusal("restore the file from a backup");
}

TEST_F(sqlite_ledger_store, refuses_books_whose_end_is_missing) {
  open_funded(2, 100);
  close();
  meddle("DELETE FROM transfers WHERE sequence = (SELECT max(sequence) FROM transfers)");
  expect_refusal("its last entries are missing");
}

TEST_F(sqlite_ledger_store, refuses_a_place_where_it_can_not_be) {
  try {
    open_sqlite_ledger(backend.folder / "none" / "ledger.db");
    FAIL();
  } catch (const startup_error& e) {
    EXPECT_NE(std::string(e.what()).find("make it and its folder writable"), std::string::npos)
        << e.what();
  }
}

TEST_F(sqlite_ledger_store, declares_its_references_truly) {
  open_funded(3, 100);
  commit({post(transfer(1, acct(1), acct(2), 30))});
  SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
  EXPECT_FALSE(SQLite::Statement(db, "PRAGMA foreign_key_check").executeStep());
  EXPECT_EQ(db.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

}  // namespace bank::storage::tests
