#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>

#include "bank/storage/sqlite/migrate.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "bank/storage/sqlite/verify_source.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"
#include "storage/faulty_disk.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

using std::chrono::seconds;
using enum transfer_status;

namespace {

transfer_record hold(transfer_record t) {
  t.two_phase = true;
  t.status = pending;
  return t;
}

verification verify(const std::filesystem::path& file) {
  return verify_sqlite_ledger(background(), file, [](const verify_progress&) {}).value();
}

/// Checks the hash chain only, whatever else is broken.
finding chain_break(const std::filesystem::path& file) {
  SQLite::Database db(file.string(), SQLite::OPEN_READONLY);
  const SQLite::Transaction snapshot(db);
  chain_cover covered;
  return check_chain(sqlite_verify_source(db), covered, [](std::uint64_t) {});
}

void meddle(const std::filesystem::path& file, const std::string& sql) {
  SQLite::Database(file.string(), SQLite::OPEN_READWRITE)
      .exec("PRAGMA ignore_check_constraints = ON;" + sql);
}

}  // namespace

/// Batches of epoch 1, with sequences in parentheses. In the file the world account has number 1,
/// account 1 has number 2, and so on.
///
/// - 1/1, 1/2: account 1, opened and funded (1, 2)
/// - 1/3, 1/4: account 2, opened and funded (3, 4)
/// - 1/5: transfer 1 (5), a hold (6), a scheduled transfer (7), transfer 4 (8), a freeze (9)
/// - 1/6: the hold posted in part (10), a limit (11)
/// - 1/7: nothing, because its transfer is a repetition
/// - 1/8: transfer 5 (12)
class sqlite_chain : public any_ledger_store<in_sqlite> {
 protected:
  void SetUp() override {
    open_funded(2, 100);
    transfer_record later = transfer(3, acct(1), acct(2), 4);
    later.status = scheduled;
    later.execute_at = noon + seconds(60);
    transfer_record held = hold(transfer(2, acct(1), acct(2), 20));
    held.expires_in = seconds(600);
    held.expires_at = noon + seconds(600);
    held.memo = "deposit";
    commit({post(transfer(1, acct(1), acct(2), 30)), post(held), post(later),
            post(transfer(4, acct(2), acct(1), 5)), change(2, to_frozen)});
    commit({resolve_entry{tran(2), {posted, pending, 15, {}}, {}}, change(1, to_limit(50))});
    commit({post(transfer(1, acct(1), acct(2), 30))});
    commit({post(transfer(5, acct(1), acct(2), 7))});
  }
  std::filesystem::path file() const { return backend.folder / "ledger.db"; }
  chain_hash head() { return store().totals(background()).value().head; }

  /// A changed copy of the ledger.
  struct meddled {
    temporary_folder folder;
    std::filesystem::path file = folder / "ledger.db";
  };
  void copy_with(const meddled& to, const std::string& sql) {
    meddle(file(), "VACUUM INTO '" + to.file.string() + "'");
    meddle(to.file, sql);
  }
};

TEST_F(sqlite_chain, covers_every_batch_and_ends_with_the_head_that_the_books_tell) {
  const auto found = verify(file());
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_EQ(found.chain.first, 1U);
  EXPECT_EQ(found.chain.last, 12U);
  EXPECT_EQ(found.chain.head, head());
  EXPECT_NE(head(), chain_genesis);
}

TEST_F(sqlite_chain, is_the_same_in_every_store) {
  memory_ledger_store other;
  const auto other_epoch = other.fence(background()).value();
  EXPECT_EQ(other.totals(background()).value().head, chain_genesis);
  in_sqlite again;
  ASSERT_EQ(again.store->fence(background()).value(), other_epoch);
  for (ledger_store* s : {static_cast<ledger_store*>(&other), again.store.get()}) {
    ASSERT_EQ(s->commit({{other_epoch, 1}, noon, {open(account(1)), open(account(2))}}).index(),
              0U);
    ASSERT_EQ(
        s->commit({{other_epoch, 2}, noon, {post(transfer(1, world_account(usd), acct(1), 9))}})
            .index(),
        0U);
    ASSERT_EQ(
        s->commit(
             {{other_epoch, 4}, noon, {keyed(post(transfer(2, acct(1), acct(2), 9)), "a", "k")}})
            .index(),
        0U);
  }
  EXPECT_EQ(again.store->totals(background())->head, other.totals(background())->head);
}

TEST_F(sqlite_chain, stays_whole_whatever_becomes_of_what_it_holds) {
  commit({resolve_entry{tran(3), {voided, scheduled, 0, {}}, {}},
          change_entry{acct(2), account_status::frozen, 0, to_open}});
  EXPECT_EQ(verify(file()).broken, std::nullopt);
}

TEST_F(sqlite_chain, goes_on_across_an_empty_batch_a_restart_and_a_new_epoch) {
  const chain_hash before = head();
  commit({});
  EXPECT_NE(head(), before) << "a batch that committed nothing is in the chain as well";
  backend.store = open_sqlite_ledger(file());
  raise();
  number = 0;
  commit({post(transfer(6, acct(1), acct(2), 1))});
  const auto found = verify(file());
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_EQ(found.chain.last, 13U);
}

TEST_F(sqlite_chain, has_no_place_for_a_batch_that_was_refused_whole) {
  const chain_hash before = head();
  expect_error(try_commit({post(transfer(6, acct(1), acct(2), 1)),
                           post(transfer(7, acct(1), acct(2), 9'999))}),
               commit_error::violated);
  EXPECT_EQ(head(), before);
  commit({post(transfer(6, acct(1), acct(2), 1))});
  EXPECT_EQ(verify(file()).broken, std::nullopt);
}

/// Changes that pass every other check: the hash chain finds each of them in its batch.
TEST_F(sqlite_chain, names_the_batch_of_a_change_that_fits_all_else) {
  struct row {
    const char* what;
    const char* sql;
    const char* found;
  };
  const std::vector<row> table{
      {"an amount, with all balances after it",
       "UPDATE transfers SET amount = 8, from_balance_after = from_balance_after - 1,"
       " to_balance_after = to_balance_after + 1 WHERE sequence = 12;"
       "UPDATE balances SET posted = posted - 1 WHERE account = 2;"
       "UPDATE balances SET posted = posted + 1 WHERE account = 3",
       "batch 1/8 (sequences 12 to 12)"},
      {"when it was posted", "UPDATE transfers SET posted_at = posted_at + 1 WHERE sequence = 5",
       "batch 1/5 (sequences 5 to 9)"},
      {"when it was asked", "UPDATE transfers SET created_at = created_at - 1 WHERE sequence = 5",
       "batch 1/5"},
      {"a memo", "UPDATE transfers SET memo = 'tea' WHERE sequence = 8", "batch 1/5"},
      {"a kind", "UPDATE transfers SET kind = 'fee' WHERE sequence = 8", "batch 1/5"},
      {"metadata", "UPDATE transfers SET metadata = '{\"a\":1}' WHERE sequence = 8", "batch 1/5"},
      {"an identifier",
       "UPDATE transfers SET id = x'000000000000000000000000000000ff'"
       " WHERE sequence = 8",
       "batch 1/5"},
      {"what a hold was for", "UPDATE transfers SET memo = 'fine' WHERE sequence = 10",
       "batch 1/5 (sequences 5 to 9)"},
      {"how much was held", "UPDATE transfer_details SET held = 21 WHERE held = 20", "batch 1/5"},
      {"how long it was held", "UPDATE transfer_details SET expires_at = expires_at + 1",
       "batch 1/5"},
      {"what is still open", "UPDATE open_transfers SET memo = 'x'", "batch 1/5"},
      {"when it will be due",
       "UPDATE open_transfers SET execute_at = execute_at + 1, due_at = due_at + 1", "batch 1/5"},
      {"an account's owner", "UPDATE accounts SET owner = 'mallory' WHERE number = 3",
       "batch 1/3 (sequences 3 to 3)"},
      {"an account's ref", "UPDATE accounts SET ref = 'r' WHERE number = 3", "batch 1/3"},
      {"when an account was opened", "UPDATE account_entries SET at = at + 1 WHERE sequence = 3",
       "batch 1/3"},
      {"a limit, now and when it was set",
       "UPDATE account_entries SET overdraft_limit = 60 WHERE sequence = 11;"
       "UPDATE balances SET overdraft_limit = 60 WHERE account = 2",
       "batch 1/6 (sequences 10 to 11)"},
      {"a batch's time",
       "UPDATE batches SET at = at + 1 WHERE number = 8;"
       "UPDATE ledger SET last_at = last_at + 1, next_at = next_at + 1",
       "batch 1/8 (sequences 12 to 12)"},
      {"what was answered to a repetition", "UPDATE batches SET outcomes = x'02' WHERE number = 7",
       "batch 1/7 (nothing committed)"},
      {"two times, swapped",
       "UPDATE transfers SET created_at = created_at + sequence WHERE sequence IN (5, 8)",
       "batch 1/5"},
      {"two transfers, swapped",
       "UPDATE transfers SET id = iif(sequence = 5, x'00', x'01') WHERE sequence IN (5, 8);"
       "UPDATE transfers SET id = iif(sequence = 5, x'02000000000000000000000000000004',"
       " x'02000000000000000000000000000001') WHERE sequence IN (5, 8)",
       "batch 1/5"},
      {"a batch that committed nothing, dropped", "DELETE FROM batches WHERE number = 7",
       "batch 1/8 (sequences 12 to 12) does not match its hash"},
      {"an end of which nothing is left",
       "DELETE FROM transfers WHERE sequence = 12; DELETE FROM batches WHERE number = 8;"
       "UPDATE ledger SET last_sequence = 11;"
       "UPDATE balances SET posted = posted + 7, version = version - 1, last_transfer = 10"
       " WHERE account = 2;"
       "UPDATE balances SET posted = posted - 7, version = version - 1, last_transfer = 10"
       " WHERE account = 3",
       "the chain of hashes ends with batch 1/7 (nothing committed), but the stored head differs"},
      {"a hash", "UPDATE batches SET hash = zeroblob(32) WHERE number = 6", "batch 1/6"},
      {"no hash", "UPDATE batches SET hash = NULL WHERE number = 6",
       "batch 1/6 (sequences 10 to 11) has no hash"},
      {"the head", "UPDATE ledger SET head = zeroblob(32)", "the stored head differs"},
      {"where the chain begins", "UPDATE ledger SET chain_begins = 5",
       "batch 1/1 (sequences 1 to 1) has a hash"},
  };
  for (const row& r : table) {
    const meddled copy;
    copy_with(copy, r.sql);
    const auto found = verify(copy.file);
    ASSERT_TRUE(found.broken) << "not found: " << r.what;
    EXPECT_NE(found.broken->find(r.found), std::string::npos) << r.what << "\n" << *found.broken;
  }
}

/// Changes that other checks find first are found in the hash chain, too.
TEST_F(sqlite_chain, names_the_batch_of_a_change_that_breaks_more) {
  struct row {
    const char* sql;
    const char* found;
  };
  const std::vector<row> table{
      {"UPDATE transfers SET amount = amount + 1 WHERE sequence = 8",
       "batch 1/5 (sequences 5 to 9)"},
      {"UPDATE transfers SET from_account = 1 WHERE sequence = 8", "batch 1/5"},
      {"DELETE FROM transfers WHERE sequence = 8", "batch 1/5"},
      {"DELETE FROM account_entries WHERE sequence = 9", "batch 1/5"},
      {"DELETE FROM transfer_entries WHERE sequence = 6", "batch 1/5"},
      {"DELETE FROM open_transfers", "batch 1/5"},
      {"DELETE FROM transfer_details", "batch 1/5"},
      {"UPDATE transfers SET sequence = 99 WHERE sequence = 5;"
       "UPDATE transfers SET sequence = 5 WHERE sequence = 8;"
       "UPDATE transfers SET sequence = 8 WHERE sequence = 99",
       "batch 1/5"},
      {"UPDATE account_entries SET kind = 'closed' WHERE sequence = 9", "batch 1/5"},
      {"DELETE FROM batches WHERE number = 5", "batch 1/6 (sequences 10 to 11)"},
      {"UPDATE batches SET number = 99 WHERE number = 5", "batch 1/6"},
      {"UPDATE batches SET number = 99 WHERE number = 3; UPDATE batches SET number = 3"
       " WHERE number = 4; UPDATE batches SET number = 4 WHERE number = 99",
       "batch 1/3 (sequences 4 to 4)"},
      {"UPDATE batches SET last_sequence = 8 WHERE number = 5", "batch 1/5 (sequences 5 to 8)"},
      {"DELETE FROM batches WHERE number = 8", "ends with batch 1/7"},
      {"INSERT INTO transfers SELECT 13, x'0f', from_account, to_account, amount, currency, kind,"
       " memo, metadata, status, reason, created_at, posted_at, 0, 0, 0, 0 FROM transfers"
       " WHERE sequence = 12; INSERT INTO batches SELECT 1, 9, 13, 13, NULL, at, hash FROM batches"
       " WHERE number = 8",
       "batch 1/9 (sequences 13 to 13)"},
      {"DELETE FROM ledger", "the ledger's own row is missing"},
  };
  for (const row& r : table) {
    const meddled copy;
    copy_with(copy, r.sql);
    const auto found = chain_break(copy.file);
    ASSERT_TRUE(found) << "not found: " << r.sql;
    EXPECT_NE(found->find(r.found), std::string::npos) << r.sql << "\n" << *found;
    EXPECT_TRUE(verify(copy.file).broken) << r.sql;
  }
}

TEST_F(sqlite_chain, refuses_to_go_on_from_an_end_that_was_cut_off) {
  backend.store.reset();
  meddle(file(), "DELETE FROM batches WHERE number = 8");
  EXPECT_THROW(open_sqlite_ledger(file()), std::runtime_error);
}

TEST(sqlite_chain_on_disk, goes_on_behind_a_commit_of_unknown_end) {
  faulty_disk disk;
  const temporary_folder folder;
  const auto file = folder / "ledger.db";
  {
    const auto store = open_sqlite_ledger(file);
    const auto first = store->fence(background()).value();
    ASSERT_EQ(store->commit({{first, 1}, noon, {open(account(1)), open(account(2))}}).index(), 0U);
    disk.fail_syncs(true);
    const batch lost{{first, 2}, noon, {open(account(3))}};
    expect_error(store->commit(lost), commit_error::unknown);
    disk.fail_syncs(false);
    const auto second = store->fence(background()).value();
    const bool there = store->find_batch(background(), lost).value().has_value();
    EXPECT_EQ(store->find_account(background(), acct(3)).value().has_value(), there);
    ASSERT_EQ(store->commit({{second, 1}, noon, {open(account(4))}}).index(), 0U);
  }
  EXPECT_EQ(verify(file).broken, std::nullopt);
}

/// A ledger with the schema before the hash chain, with a batch that committed one entry and one
/// that committed none.
TEST(sqlite_chain_migration, begins_behind_what_was_committed_before) {
  const temporary_folder folder;
  const auto file = folder / "ledger.db";
  const auto all = sqlite_ledger_migrations();
  const auto old = std::ranges::count_if(all, [](const migration& m) { return m.number < 6; });
  {
    sqlite_connection books(file, 1U << 20U);
    migrate(books, all.first(static_cast<std::size_t>(old)), 0x4c4c6467);
    std::string world;
    for (const char c : world_account(usd).str())
      if (c != '-') world += c;
    books.db().exec("INSERT INTO accounts VALUES (1, x'" + world +
                    "', '', 'world', NULL, 'open', 0),"
                    " (2, x'01000000000000000000000000000001', 'a', 'checking', NULL, 'open', 5);"
                    "INSERT INTO balances VALUES (1, 'USD', NULL, 0, 0, 0, 1, 0),"
                    " (2, 'USD', 0, 0, 0, 0, 1, 0);"
                    "INSERT INTO account_entries VALUES (1, 2, 'opened', 0, 5);"
                    "INSERT INTO batches VALUES (1, 1, 1, 1, NULL, 7), (1, 2, 2, 1, x'01', 7);"
                    "UPDATE ledger SET epoch = 1, last_sequence = 1");
  }
  const auto store = open_sqlite_ledger(file);
  auto found = verify(file);
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_EQ(found.chain.first, 2U);
  EXPECT_LT(found.chain.last, found.chain.first) << "nothing yet";
  EXPECT_EQ(store->totals(background())->head, chain_genesis);

  const auto epoch = store->fence(background()).value();
  ASSERT_EQ(store->commit({{epoch, 1}, noon, {open(account(2))}}).index(), 0U);
  found = verify(file);
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_EQ(found.chain.first, 2U);
  EXPECT_EQ(found.chain.last, 2U);
  meddle(file, "UPDATE accounts SET owner = 'b' WHERE number = 2");
  EXPECT_EQ(verify(file).broken, std::nullopt) << "what was there before is not in the chain";
  meddle(file, "UPDATE accounts SET owner = 'b' WHERE number = 3");
  EXPECT_TRUE(verify(file).broken);
}

}  // namespace bank::storage::tests
