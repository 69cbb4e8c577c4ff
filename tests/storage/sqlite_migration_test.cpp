#include <SQLiteCpp/Database.h>

#include "bank/storage/sqlite/migrate.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

constexpr std::int32_t mark = 0x4c4c6467;

/// A ledger with the first schema and data, migrated to the newest.
TEST(sqlite_migration, of_books_with_data_keeps_all_of_them) {
  const temporary_folder folder;
  const auto file = folder / "ledger.db";
  {
    sqlite_connection old(file, 1U << 20U);
    migrate(old, sqlite_ledger_migrations().first(1), mark);
    const std::string world = world_account(usd).str();
    std::string hex;
    for (const char c : world)
      if (c != '-') hex += c;
    old.db().exec(
        "INSERT INTO accounts VALUES (1, x'" + hex +
        "', '', 'world', NULL, 'open', 0),"
        " (2, x'01000000000000000000000000000001', 'alice', 'checking', 'pot', 'open', 5);"
        "INSERT INTO balances VALUES (1, 'USD', NULL, -30, 0, 0, 2, 2),"
        " (2, 'USD', 70, 30, 0, 0, 2, 2);"
        "INSERT INTO transfers VALUES (2, x'02000000000000000000000000000001', 1, 2, 30, 'USD',"
        " 'transfer', NULL, '{}', 'posted', NULL, 6, 7, -30, 30, 0, 0);"
        "INSERT INTO account_entries VALUES (1, 2, 'opened', 5);"
        "INSERT INTO batches VALUES (1, 1, 1, 2, NULL, 7);"
        "UPDATE ledger SET epoch = 1, last_sequence = 2");
  }
  const auto store = open_sqlite_ledger(file);
  const auto secret = store->secret(background()).value();
  EXPECT_TRUE(secret.had_none) << "what it derived before had no secret";
  EXPECT_NE(secret.bytes, ledger_secret{}.bytes);
  EXPECT_EQ(open_sqlite_ledger(file)->secret(background()).value().bytes, secret.bytes);
  const auto alice = store->find_account(background(), acct(1)).value().value();
  EXPECT_EQ(alice.posted, 30);
  EXPECT_EQ(alice.overdraft_limit, 70);
  const auto epoch = store->fence(background()).value();
  const change_entry freeze{acct(1), account_status::open, 70, to_frozen};
  EXPECT_EQ(store->commit({{epoch, 1}, noon, {freeze}}).index(), 0U);
  const auto found = verify_sqlite_ledger(background(), file, [](const verify_progress&) {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->broken, std::nullopt);
  EXPECT_EQ(found->sequence, 3U);
}

TEST(sqlite_migration, is_asked_for_by_what_reads_the_newest_schema_only) {
  const temporary_folder folder;
  const auto file = folder / "ledger.db";
  {
    sqlite_connection old(file, 1U << 20U);
    migrate(old, sqlite_ledger_migrations().first(1), mark);
  }
  try {
    static_cast<void>(verify_sqlite_ledger(background(), file, [](const verify_progress&) {}));
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("run bank-node migrate first"), std::string::npos)
        << e.what();
  }
}

}  // namespace bank::storage::tests
