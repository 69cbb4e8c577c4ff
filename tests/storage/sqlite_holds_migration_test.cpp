#include <SQLiteCpp/Database.h>

#include "bank/storage/sqlite/migrate.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

constexpr std::int32_t mark = 0x4c4c6467;

/// A ledger with the first schema, with an account that has 30 of its overdraft of 100 unused.
void write_first_schema(const std::filesystem::path& file) {
  sqlite_connection old(file, 1U << 20U);
  migrate(old, sqlite_ledger_migrations().first(1), mark);
  std::string world;
  for (const char c : world_account(usd).str())
    if (c != '-') world += c;
  old.db().exec(
      "INSERT INTO accounts VALUES (1, x'" + world +
      "', '', 'world', NULL, 'open', 0),"
      " (2, x'01000000000000000000000000000001', 'alice', 'checking', NULL, 'open', 5),"
      " (3, x'01000000000000000000000000000002', 'bob', 'checking', NULL, 'open', 5);"
      "INSERT INTO balances VALUES (1, 'USD', NULL, -30, 0, 0, 2, 3),"
      " (2, 'USD', 0, 30, 0, 0, 2, 3), (3, 'USD', 0, 0, 0, 0, 1, 0);"
      "INSERT INTO transfers VALUES (3, x'02000000000000000000000000000001', 1, 2, 30, 'USD',"
      " 'transfer', 'tea', '{}', 'posted', NULL, 6, 7, -30, 30, 0, 0);"
      "INSERT INTO account_entries VALUES (1, 2, 'opened', 5), (2, 3, 'opened', 5);"
      "INSERT INTO batches VALUES (1, 1, 1, 3, NULL, 7);"
      "UPDATE ledger SET epoch = 1, last_sequence = 3");
}

TEST(sqlite_holds_migration, keeps_the_books_of_the_first_schema_and_goes_on_with_holds) {
  const temporary_folder folder;
  write_first_schema(folder / "ledger.db");
  const auto store = open_sqlite_ledger(folder / "ledger.db");

  const auto old = store->find_transfer(background(), tran(1)).value().value();
  EXPECT_EQ(old.status, transfer_status::posted);
  EXPECT_EQ(old.memo, "tea");
  EXPECT_EQ(old.sequence, 3U);
  EXPECT_EQ(old.first_sequence, 3U);
  EXPECT_FALSE(old.two_phase);

  const auto epoch = store->fence(background()).value();
  transfer_record hold = transfer(2, acct(1), acct(2), 20);
  hold.two_phase = true;
  hold.status = transfer_status::pending;
  const resolution all{transfer_status::posted, transfer_status::pending, 20, {}};
  ASSERT_EQ(store->commit({{epoch, 1}, noon, {post(hold)}}).index(), 0U);
  ASSERT_EQ(store->commit({{epoch, 2}, noon, {resolve_entry{tran(2), all, {}}}}).index(), 0U);
  const auto alice = store->find_account(background(), acct(1)).value().value();
  EXPECT_EQ(alice.posted, 10);
  EXPECT_EQ(alice.pending_out, 0);
  const auto rows = store->history(background(), acct(1), 0, 10).value().rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].transfer.id, tran(2));
  EXPECT_EQ(rows[1].transfer, old);
  const auto entries = store->entries(background(), 0, 10).value();
  ASSERT_EQ(entries.size(), 5U);
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].sequence, i + 1);
}

TEST(sqlite_holds_migration, finds_again_what_was_opened_before_there_were_openings) {
  const temporary_folder folder;
  const auto file = folder / "ledger.db";
  const auto list = [&](std::optional<transfer_status> status) {
    const auto store = open_sqlite_ledger(file);
    transfer_filter f;
    f.account = acct(2);
    f.status = status;
    return store->list_transfers(background(), f).value().rows;
  };
  {
    const auto store = open_sqlite_ledger(file);
    const auto epoch = store->fence(background()).value();
    std::vector<entry> all{open(account(1, 100)), open(account(2))};
    for (std::uint32_t n = 1; n <= 3; ++n) {
      transfer_record hold = transfer(n, acct(1), acct(2), 20);
      hold.two_phase = true;
      hold.status = transfer_status::pending;
      all.push_back(post(hold));
    }
    using enum transfer_status;
    all.push_back(resolve_entry{tran(1), {posted, pending, 5, {}}, {}});
    all.push_back(resolve_entry{tran(2), {voided, pending, 0, {}}, {}});
    ASSERT_EQ(store->commit({{epoch, 1}, noon, all}).index(), 0U);
  }
  const auto before = list({});
  ASSERT_EQ(before.size(), 3U);
  SQLite::Database(file.string(), SQLite::OPEN_READWRITE)
      .exec(
          "ALTER TABLE idempotency DROP COLUMN answer;"
          "DROP TABLE occurrences; DROP TABLE standing_orders;"
          "DROP TABLE transfer_openings; DROP INDEX open_transfers_by_sender;"
          "DROP INDEX open_transfers_by_receiver; ALTER TABLE batches DROP COLUMN hash;"
          "ALTER TABLE ledger DROP COLUMN head; ALTER TABLE ledger DROP COLUMN chain_begins;"
          "ALTER TABLE ledger DROP COLUMN last_at; ALTER TABLE ledger DROP COLUMN next_at;"
          "DROP TABLE time_floors; DROP INDEX account_entries_by_account;"
          "ALTER TABLE idempotency DROP COLUMN behind;"
          "ALTER TABLE balances DROP COLUMN made_by;"
          "ALTER TABLE ledger DROP COLUMN secret; ALTER TABLE ledger DROP COLUMN had_no_secret;"
          "PRAGMA user_version = 3");
  EXPECT_EQ(list({}), before);
  EXPECT_EQ(list(transfer_status::pending).size(), 1U);
}

}  // namespace bank::storage::tests
