#include "bank/storage/sqlite/verify.hpp"

#include <SQLiteCpp/Database.h>

#include <atomic>
#include <random>
#include <thread>

#include "bank/storage/startup_error.hpp"
#include "random_seed.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

/// Accounts 1 to 3 with 100 each (sequences 1 to 6), transfers 7 to 9 among them, a freeze as 10, a
/// limit as 11, account 4 opened and closed as 12 and 13.
class sqlite_verify : public any_ledger_store<in_sqlite> {
 protected:
  void SetUp() override {
    open_funded(3, 100);
    commit({keyed(post(transfer(1, acct(1), acct(2), 30)), "alice", "k"),
            post(transfer(2, acct(2), acct(3), 5)), post(transfer(3, acct(3), acct(1), 1))});
    commit({change(1, to_frozen), change(2, to_limit(50))});
    commit({open(account(4)), change(4, to_closed), post(transfer(1, acct(1), acct(2), 30))});
  }
  std::filesystem::path file() const { return backend.folder / "ledger.db"; }
  verification verify() {
    const auto found = verify_sqlite_ledger(background(), file(), [](const verify_progress&) {});
    EXPECT_TRUE(found);
    return found.value();
  }
};

TEST_F(sqlite_verify, finds_whole_books_whole) {
  const auto found = verify();
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_EQ(found.accounts, 5U);
  EXPECT_EQ(found.transfers, 6U);
  EXPECT_EQ(found.sequence, 13U);
}

/// The key refers to the group's answer, which may contain no refusal.
TEST_F(sqlite_verify, takes_the_key_of_a_group_for_whole) {
  lifeline::ledger::group_entry g;
  g.id = numbered(9, 1);
  g.key = lifeline::ledger::idempotency_key{"bob", "k", "digest"};
  commit({g});
  EXPECT_EQ(verify().broken, std::nullopt);
}

TEST_F(sqlite_verify, finds_new_books_whole) {
  const temporary_folder folder;
  open_sqlite_ledger(folder / "new.db");
  const auto found =
      verify_sqlite_ledger(background(), folder / "new.db", [](const verify_progress&) {});
  EXPECT_EQ(found->broken, std::nullopt);
}

/// Each violation is made by hand in a copy of the ledger, and found with its place.
TEST_F(sqlite_verify, finds_each_planted_break) {
  struct row {
    const char* sql;
    const char* found;
  };
  const std::string one = acct(1).str();
  const std::string two = acct(2).str();
  // The numbers in the file: the first world account is 1, account 1 is 2, and so on.
  const std::vector<row> table{
      // Balances and sums.
      {"UPDATE balances SET posted = posted + 1 WHERE account = 2", "has the balance 72"},
      {"UPDATE balances SET posted = posted + 1 WHERE account = 2;"
       "UPDATE balances SET posted = posted - 1 WHERE account = 3",
       "has the balance 72"},
      {"UPDATE transfers SET from_balance_after = from_balance_after + 1 WHERE sequence = 7",
       "transfer 7 says that account 01000000-0000-0000-0000-000000000001 then had 71"},
      {"UPDATE transfers SET to_balance_after = 0 WHERE sequence = 8", "transfer 8 says that"},
      {"UPDATE transfers SET amount = amount + 1 WHERE sequence = 8", "transfer 8 says that"},
      {"PRAGMA ignore_check_constraints = ON; UPDATE transfers SET amount = 0 WHERE sequence = 8",
       "CHECK constraint failed in transfers"},
      {"UPDATE balances SET pending_out = 5 WHERE account = 2", "has pending out 5"},
      {"UPDATE balances SET pending_in = 5 WHERE account = 2", "has pending in 5"},
      {"UPDATE balances SET version = version + 1 WHERE account = 2", "has the version 6"},
      {"DELETE FROM balances WHERE account = 5", "without a balance row"},
      // Limits and states.
      {"UPDATE balances SET overdraft_limit = 7 WHERE account = 2", "has the overdraft limit 7"},
      {"UPDATE balances SET overdraft_limit = 7 WHERE account = 1",
       "CHECK constraint failed in balances"},
      {"UPDATE balances SET overdraft_limit = NULL WHERE account = 2",
       "has the overdraft limit -1"},
      {"UPDATE accounts SET status = 'closed' WHERE number = 2", "has the state closed"},
      {"UPDATE account_entries SET kind = 'closed' WHERE sequence = 10", "with a balance of 71"},
      {"UPDATE account_entries SET kind = 'unfrozen' WHERE sequence = 10",
       "entry 10 (unfrozen) does not fit"},
      {"UPDATE account_entries SET account = 2, kind = 'opened', overdraft_limit = 0"
       " WHERE sequence = 10",
       "which is already open"},
      {"UPDATE transfers SET from_account = 5, from_previous = 0 WHERE sequence = 7",
       "transfer 7 is for an account that was not opened"},
      {"UPDATE account_entries SET overdraft_limit = 1 WHERE sequence = 11",
       "has the overdraft limit 50"},
      // Sequences, links, batches.
      {"DELETE FROM transfers WHERE sequence = 8", "sequence 8 is missing"},
      {"DELETE FROM account_entries WHERE sequence = 10", "sequence 10 is missing"},
      {"DELETE FROM account_entries WHERE sequence = 13; UPDATE ledger SET last_sequence = 12",
       "account 01000000-0000-0000-0000-000000000004 has the state closed"},
      {"INSERT INTO account_entries VALUES (7, 2, 'frozen', NULL, 0)",
       "sequence 7 is in the ledger twice"},
      {"UPDATE ledger SET last_sequence = 14", "the ledger ends at 13, but its row says 14"},
      {"UPDATE transfers SET from_previous = 1 WHERE sequence = 7", "transfer 7 names 1 as the"},
      {"UPDATE transfers SET to_previous = 0 WHERE sequence = 9", "transfer 9 names 0 as the"},
      {"UPDATE balances SET last_transfer = 2 WHERE account = 2", "has the last transfer 2"},
      {"DELETE FROM batches WHERE number = 3", "but the previous one ends at"},
      {"DELETE FROM batches WHERE last_sequence = 13", "the batches end at 11"},
      {"UPDATE batches SET last_sequence = 10 WHERE last_sequence = 9",
       "but the previous one ends"},
      {"UPDATE batches SET outcomes = x'0000' WHERE last_sequence = 9",
       "does not have as many entries"},
      {"UPDATE ledger SET epoch = 0", "has an epoch that has not started"},
      {"UPDATE batches SET at = at - 1 WHERE number = 3", "is older than the previous one"},
      {"UPDATE ledger SET last_at = last_at + 1, next_at = last_at + 1",
       "the ledger's time differs"},
      {"INSERT INTO history_marks VALUES (2, 8)", "the history mark at 8"},
      {"INSERT INTO history_marks VALUES (2, 99)", "the history mark at 99"},
      // Transfers and identifiers.
      {"UPDATE transfers SET currency = 'EUR' WHERE sequence = 8", "transfer 8 is in EUR"},
      {"UPDATE balances SET currency = 'EUR' WHERE account = 3", "is in USD, but account"},
      {"UPDATE transfers SET status = 'voided' WHERE sequence = 8", "transfer 8 is \"voided\""},
      {"UPDATE transfers SET posted_at = NULL WHERE sequence = 8", "without a time"},
      {"UPDATE transfers SET status = 'odd' WHERE sequence = 8", "transfer 8 is \"odd\""},
      {"UPDATE transfers SET to_account = 99 WHERE sequence = 8",
       "refers to a missing row of accounts"},
      {"UPDATE idempotency SET object = x'00000000000000000000000000000009'",
       "refers to no object"},
      {"UPDATE accounts SET id = x'0100000000000000000000000000000f' WHERE number = 1",
       "does not have the id of the world account of USD"},
      {"UPDATE accounts SET type = 'checking' WHERE number = 1", "is for an account that was not"},
      {"UPDATE accounts SET status = 'odd' WHERE number = 2", "CHECK constraint failed"},
      {"CREATE TABLE t AS SELECT * FROM transfers; DROP TABLE transfers;"
       "ALTER TABLE t RENAME TO transfers;"
       "UPDATE transfers SET id = (SELECT id FROM transfers WHERE sequence = 7) WHERE sequence = 8",
       "is stored twice"},
  };
  for (const row& r : table) {
    const temporary_folder folder;
    const auto copy = folder / "ledger.db";
    {
      SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
      db.exec("VACUUM INTO '" + copy.string() + "'");
    }
    {
      SQLite::Database db(copy.string(), SQLite::OPEN_READWRITE);
      db.exec(std::string("PRAGMA ignore_check_constraints = ON;") + r.sql);
    }
    const auto found =
        verify_sqlite_ledger(background(), copy, [](const verify_progress&) {}).value();
    ASSERT_TRUE(found.broken) << "not found: " << r.sql;
    EXPECT_NE(found.broken->find(r.found), std::string::npos) << r.sql << "\n" << *found.broken;
  }
}

TEST_F(sqlite_verify, finds_a_closed_account_that_moved_money) {
  SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
  db.exec(
      "UPDATE account_entries SET sequence = 99 WHERE sequence = 12;"
      "UPDATE account_entries SET sequence = 12, account = 2, kind = 'closed' WHERE sequence = 10;"
      "UPDATE account_entries SET sequence = 10 WHERE sequence = 99");
  EXPECT_NE(verify().broken->find("with a balance of 71"), std::string::npos);
}

TEST_F(sqlite_verify, finds_a_balance_below_its_limit) {
  SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
  db.exec(
      "UPDATE transfers SET amount = 500, from_balance_after = -400, to_balance_after = 600"
      " WHERE sequence = 7");
  EXPECT_NE(verify().broken->find("to -400, below its overdraft limit of 0"), std::string::npos)
      << *verify().broken;
}

TEST_F(sqlite_verify, says_what_damage_the_file_has) {
  backend.store.reset();
  {
    SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    db.exec(
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'accounts_by_owner'");
  }
  EXPECT_TRUE(verify().broken);
}

TEST_F(sqlite_verify, ends_with_its_context) {
  auto scope = lifeline::with_cancel(background());
  const auto found = verify_sqlite_ledger(scope.ctx(), file(), [&](const verify_progress& p) {
    if (p.step == "entries") scope.cancel();
  });
  // A verification this short may end before it checks the context.
  if (!found) {
    EXPECT_EQ(found.error().code, lifeline::ledger::errc::canceled);
  }
}

TEST_F(sqlite_verify, refuses_a_place_without_books) {
  EXPECT_THROW(static_cast<void>(verify_sqlite_ledger(background(), backend.folder / "none.db",
                                                      [](const verify_progress&) {})),
               startup_error);
  EXPECT_FALSE(std::filesystem::exists(backend.folder / "none.db"));
}

TEST_F(sqlite_verify, sees_one_moment_while_money_moves) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint32_t n = 100; !stop; ++n)
      commit({post(transfer(n, acct(2), acct(3), 1)),
              post(transfer(50'000 + n, acct(3), acct(2), 1)), open(account(1'000 + n))});
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(verify().broken, std::nullopt);
  stop = true;
  writer.join();
}

}  // namespace bank::storage::tests
