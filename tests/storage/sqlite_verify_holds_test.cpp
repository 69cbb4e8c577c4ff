#include <SQLiteCpp/Database.h>

#include "bank/storage/sqlite/verify.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

using std::chrono::seconds;
using enum transfer_status;

/// Accounts 1 to 3 with 100 each (sequences 1 to 6), then transfers in every state, by sequence:
///
/// - 1: pending with 7 (40, keyed)
/// - 2: pending with 8 (20), 5 of it posted with 12
/// - 3: pending with 9, voided with 13
/// - 4: scheduled with 10
/// - 5: scheduled with 11, pending with 14, expired with 15
/// - 6: scheduled with 16, posted with 17
/// - 7: scheduled with 18, rejected with 19
/// - 8: posted with 20, reversed by 21
class sqlite_verify_holds : public any_ledger_store<in_sqlite> {
 protected:
  static transfer_record hold(transfer_record t) {
    t.two_phase = true;
    t.status = pending;
    return t;
  }
  static transfer_record schedule(transfer_record t) {
    t.execute_at = noon;
    t.status = scheduled;
    return t;
  }
  static entry execute(transfer_record t, transfer_status becomes) {
    t.status = becomes;
    return transfer_entry{std::move(t), {}, scheduled};
  }
  static entry end(std::uint32_t n, transfer_status becomes, std::int64_t minor = 0,
                   transfer_status expects = pending) {
    return resolve_entry{tran(n), {becomes, expects, minor, {}}, {}};
  }
  void SetUp() override {
    open_funded(3, 100);
    transfer_record both = schedule(transfer(5, acct(3), acct(1), 15));
    both.two_phase = true;
    commit({keyed(post(hold(transfer(1, acct(1), acct(2), 40))), "alice", "h"),
            post(hold(transfer(2, acct(1), acct(2), 20))),
            post(hold(transfer(3, acct(2), acct(3), 10))),
            post(schedule(transfer(4, acct(1), acct(3), 10))), post(both)});
    commit({end(2, posted, 5), end(3, voided), execute(both, pending), end(5, expired)});
    const transfer_record later = schedule(transfer(6, acct(2), acct(1), 7));
    commit({post(later), execute(later, posted)});
    commit({post(schedule(transfer(7, acct(2), acct(1), 7))), end(7, rejected, 0, scheduled)});
    const transfer_record taken = transfer(8, acct(1), acct(2), 3);
    transfer_record back = transfer(9, acct(2), acct(1), 3);
    back.reverses = taken.id;
    commit({post(taken), post(back)});
  }
  verification verify(const std::filesystem::path& file) {
    return verify_sqlite_ledger(background(), file, [](const verify_progress&) {}).value();
  }
  verification verify_broken_by(const std::string& sql) {
    const temporary_folder folder;
    const auto copy = folder / "ledger.db";
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
        .exec("VACUUM INTO '" + copy.string() + "'");
    SQLite::Database(copy.string(), SQLite::OPEN_READWRITE)
        .exec("PRAGMA ignore_check_constraints = ON;" + sql);
    return verify(copy);
  }
  std::filesystem::path file() const { return backend.folder / "ledger.db"; }
};

TEST_F(sqlite_verify_holds, finds_whole_books_whole) {
  const auto found = verify(file());
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_EQ(found.sequence, 21U);
  EXPECT_EQ(found.transfers, 12U) << "three from outside, nine among the accounts, open ones too";
}

TEST_F(sqlite_verify_holds, finds_each_planted_break) {
  struct row {
    const char* sql;
    const char* found;
  };
  // The numbers in the file: the world account is 1, account 1 is 2, and so on.
  const std::vector<row> table{
      // Held amounts.
      {"UPDATE balances SET pending_out = 41 WHERE account = 2",
       "has pending out 41, but by its entries it should be 40"},
      {"UPDATE balances SET pending_in = 0 WHERE account = 3",
       "has pending in 0, but by its entries it should be 40"},
      {"UPDATE open_transfers SET amount = 39 WHERE status = 'pending'",
       "has pending out 40, but by its entries it should be 39"},
      {"UPDATE open_transfers SET amount = 99 WHERE status = 'pending'",
       "to -19, below its overdraft limit of 0"},
      {"UPDATE open_transfers SET to_account = 4 WHERE status = 'pending'",
       "has pending in 40, but by its entries it should be 0"},
      {"UPDATE open_transfers SET currency = 'EUR' WHERE status = 'pending'", "entry 7 is in EUR"},
      {"UPDATE balances SET version = version - 1 WHERE account = 2", "has the version"},
      // Ends: once, from the right state, not above the held amount.
      {"UPDATE transfers SET amount = 21 WHERE sequence = 12",
       "transfer 12 has the amount 21, but held 20"},
      {"UPDATE transfers SET amount = 6 WHERE sequence = 12", "transfer 12 says that"},
      {"UPDATE transfers SET amount = 9 WHERE sequence = 13",
       "transfer 13 has the amount 9, but was opened with 10"},
      {"UPDATE transfers SET status = 'rejected' WHERE sequence = 13",
       "is \"rejected\", which can't follow pending"},
      {"UPDATE transfers SET status = 'expired' WHERE sequence = 19",
       "is \"expired\", which can't follow scheduled"},
      {"UPDATE transfers SET status = 'posted', posted_at = 1 WHERE sequence = 13",
       "transfer 13 names 0 as the previous transfer"},
      {"UPDATE transfers SET status = 'voided', posted_at = NULL WHERE sequence = 20",
       "transfer 20 is \"voided\", but was never open"},
      {"UPDATE transfers SET posted_at = 1 WHERE sequence = 13", "with a time of posting"},
      {"UPDATE transfers SET posted_at = NULL WHERE sequence = 12", "without a time of posting"},
      {"UPDATE transfers SET from_previous = 2 WHERE sequence = 13", "but was never posted"},
      {"UPDATE transfers SET from_balance_after = 1 WHERE sequence = 13", "transfer 13 says that"},
      {"UPDATE transfer_details SET held = NULL WHERE sequence = 12", "but it was pending"},
      {"UPDATE transfer_details SET held = 7 WHERE sequence = 17", "but it was scheduled"},
      // Entries and openings.
      {"DELETE FROM transfer_openings WHERE sequence = 7;"
       "DELETE FROM transfer_entries WHERE sequence = 7",
       "sequence 7 is missing"},
      {"DELETE FROM transfer_details WHERE sequence = 13; DELETE FROM transfers WHERE sequence = "
       "13",
       "entry 9 belongs to a missing transfer"},
      {"DELETE FROM open_transfers WHERE status = 'pending'",
       "entry 7 belongs to a missing transfer"},
      {"UPDATE transfer_entries SET sequence = 13 WHERE sequence = 14",
       "sequence 13 is in the ledger twice"},
      {"UPDATE transfer_entries SET kind = 'scheduled' WHERE sequence = 7",
       "is stored as pending with entry 7, but by its entries it should be scheduled"},
      {"UPDATE transfer_entries SET kind = 'pending' WHERE sequence = 10",
       "is stored as scheduled with entry 10, but by its entries it should be pending"},
      {"UPDATE transfer_entries SET transfer = (SELECT transfer FROM transfer_entries"
       " WHERE sequence = 7) WHERE sequence = 8",
       "entry 8 makes transfer 02000000-0000-0000-0000-000000000001 pending, which is pending"},
      {"UPDATE open_transfers SET sequence = 8 WHERE status = 'pending'",
       "with entry 8, but by its entries it should be pending with entry 7"},
      {"CREATE TEMP TABLE c AS SELECT * FROM open_transfers WHERE status = 'pending';"
       "UPDATE c SET id = x'02000000000000000000000000000063';"
       "INSERT INTO open_transfers SELECT * FROM c",
       "is stored as open, but by its entries it is not"},
      {"UPDATE transfer_details SET first_sequence = 9 WHERE sequence = 12",
       "entry 8 names entry 9 as the first of its transfer"},
      {"DELETE FROM transfer_details WHERE sequence = 12",
       "names entry 12 as the first of its transfer"},
      {"DELETE FROM transfer_openings WHERE sequence = 8 AND account = 2",
       "entry 8 is not linked from both its accounts"},
      {"INSERT INTO transfer_openings VALUES (4, 8)", "openings, but 7 transfers were opened"},
      {"UPDATE open_transfers SET due_at = NULL WHERE status = 'scheduled'",
       "has a wrong due time"},
      {"INSERT INTO history_marks VALUES (3, 13)", "the history mark at 13"},
      // Identifiers, keys, reversals.
      {"UPDATE open_transfers SET id = (SELECT id FROM transfers WHERE sequence = 13)"
       " WHERE status = 'pending'",
       "is stored twice, open and ended"},
      {"UPDATE idempotency SET object = x'02000000000000000000000000000063'",
       "refers to no object"},
      {"UPDATE transfer_details SET reverses = (SELECT id FROM transfers WHERE sequence = 13)"
       " WHERE reverses IS NOT NULL",
       "transfer 21 reverses a transfer that is not posted"},
      {"UPDATE transfer_details SET reverses = x'09' WHERE reverses IS NOT NULL",
       "transfer 21 reverses a transfer that is not posted"},
      {"UPDATE transfer_details SET reverses = (SELECT id FROM transfers WHERE sequence = 20)"
       " WHERE sequence = 12",
       "transfer 12 reverses a transfer that is not posted"},
      {"UPDATE transfer_details SET reverses = (SELECT id FROM transfers WHERE sequence = 17)"
       " WHERE reverses IS NOT NULL",
       "does not reverse the whole transfer"},
      {"UPDATE open_transfers SET reverses = (SELECT id FROM transfers WHERE sequence = 20)"
       " WHERE status = 'pending'",
       "is reversed twice"},
  };
  for (const row& r : table) {
    const auto found = verify_broken_by(r.sql);
    ASSERT_TRUE(found.broken) << "not found: " << r.sql;
    EXPECT_NE(found.broken->find(r.found), std::string::npos) << r.sql << "\n" << *found.broken;
  }
}

TEST_F(sqlite_verify_holds, finds_an_account_that_was_closed_under_a_hold) {
  commit({open(account(4)), open(account(5))});  // 22, 23: in the file they are 5 and 6
  commit({post(hold(transfer(10, acct(3), acct(4), 1))), change(5, to_frozen), end(10, voided)});
  const auto found = verify_broken_by(
      "UPDATE account_entries SET account = 5, kind = 'closed' WHERE sequence = 25");
  EXPECT_NE(found.broken.value_or("").find("with an open hold"), std::string::npos)
      << found.broken.value_or("nothing");
}

}  // namespace bank::storage::tests
