#include <SQLiteCpp/Database.h>

#include "bank/storage/sqlite/backup.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "storage/order_builders.hpp"

namespace bank::storage::tests {

/// Accounts 1 and 2 with 100 each (sequences 1 to 4), and account 3, which is closed (5, 10). Order
/// 1 made three occurrences (6, 7, 8): posted with 11, rejected with 12, scheduled; order 2 is
/// deleted; order 3 has ended with its one (9); order 4 pays to account 3, which is closed, and
/// made one since (13).
class sqlite_verify_orders : public any_ledger_store<in_sqlite> {
 protected:
  void SetUp() override {
    open_funded(2, 100);
    commit({open(account(3))});
    standing_order closed = daily(4);
    closed.to = acct(3);
    commit({keyed(begin(daily(1)), "alice", "k"), begin(daily(2)), begin(daily(3, noon)),
            begin(closed)});
    commit({occur(1, 0), occur(1, 1), occur(1, 2), occur(3, 0), erase(2)});
    commit({change(3, to_closed)});
    transfer_record now = found(1, 0);
    now.status = transfer_status::posted;
    commit({transfer_entry{now, {}, transfer_status::scheduled},
            resolve_entry{found(1, 1).id,
                          {transfer_status::rejected, transfer_status::scheduled, 0, "why"},
                          {}}});
    commit({occur(4, 0)});
  }
  transfer_record found(std::uint32_t n, std::uint64_t place) {
    return store()
        .find_transfer(background(), occurrence_id(daily(n), day_of(place)))
        ->value_or(transfer_record{});
  }
  static verification verify(const std::filesystem::path& file) {
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

TEST_F(sqlite_verify_orders, finds_whole_books_whole) {
  const auto found = verify(file());
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_EQ(found.sequence, 13U);
}

TEST_F(sqlite_verify_orders, finds_each_planted_break) {
  struct row {
    const char* sql;
    const char* found;
  };
  const std::vector<row> table{
      {"UPDATE standing_orders SET made = 4 WHERE number = 1",
       "made 3 occurrences, but is stored with 4"},
      {"UPDATE standing_orders SET next_at = next_at + 1 WHERE number = 1",
       "has a wrong next time"},
      {"UPDATE standing_orders SET next_at = NULL WHERE number = 1", "has a wrong next time"},
      {"UPDATE standing_orders SET deleted_at = NULL WHERE number = 2", "has a wrong next time"},
      {"UPDATE standing_orders SET next_at = first_at WHERE number = 2",
       "CHECK constraint failed in standing_orders"},
      {"UPDATE standing_orders SET next_at = first_at WHERE number = 3", "has a wrong next time"},
      {"UPDATE standing_orders SET last_at = NULL WHERE number = 3", "has a wrong next time"},
      {"UPDATE standing_orders SET last_at = first_at WHERE number = 1",
       "is after the end of its schedule"},
      {"UPDATE standing_orders SET every = 'week' WHERE number = 1",
       "has another content than its standing order"},
      {"UPDATE standing_orders SET every = 'year' WHERE number = 1",
       "CHECK constraint failed in standing_orders"},
      {"UPDATE standing_orders SET seed = id WHERE number = 1",
       "has another content than its standing order"},
      {"UPDATE standing_orders SET amount = 6 WHERE number = 1",
       "has another content than its standing order"},
      {"UPDATE standing_orders SET to_account = 1 WHERE number = 1",
       "has another content than its standing order"},
      {"UPDATE standing_orders SET memo = NULL WHERE number = 1",
       "has another content than its standing order"},
      {"UPDATE standing_orders SET currency = 'EUR' WHERE number = 2",
       "is in EUR, but its accounts are not"},
      {"UPDATE standing_orders SET to_account = 99 WHERE number = 2",
       "refers to a missing row of accounts"},
      {"DELETE FROM standing_orders WHERE number = 3",
       "refers to a missing row of standing_orders"},
      {"DELETE FROM occurrences WHERE sequence = 8", "made 2 occurrences, but is stored with 3"},
      {"DELETE FROM occurrences WHERE sequence = 7", "follows 1 others"},
      {"DELETE FROM occurrences WHERE sequence = 13", "which is closed"},
      {"UPDATE occurrences SET sequence = 99 WHERE sequence = 8",
       "refers to a missing row of transfer_entries"},
      {"UPDATE occurrences SET sequence = 98 WHERE sequence = 8;"
       "UPDATE occurrences SET sequence = 8 WHERE sequence = 7;"
       "UPDATE occurrences SET sequence = 7 WHERE sequence = 98",
       "has another content than its standing order"},
      {"UPDATE transfer_details SET execute_at = execute_at + 1 WHERE first_sequence = 7",
       "has another content than its standing order"},
      {"UPDATE open_transfers SET execute_at = execute_at + 1, due_at = due_at + 1"
       " WHERE first_sequence = 8",
       "has another content than its standing order"},
  };
  for (const row& r : table) {
    const auto found = verify_broken_by(r.sql);
    ASSERT_TRUE(found.broken) << "not found: " << r.sql;
    EXPECT_NE(found.broken->find(r.found), std::string::npos) << r.sql << "\n" << *found.broken;
  }
}

TEST_F(sqlite_verify_orders, go_into_a_backup) {
  const temporary_folder folder;
  const auto copy = folder / "copy.db";
  ASSERT_TRUE(back_up_sqlite(background(), file(), copy, [](std::uint64_t, std::uint64_t) {}));
  EXPECT_EQ(verify(copy).broken, std::nullopt);
  const auto restored = open_sqlite_ledger(copy);
  EXPECT_EQ(restored->find_order(background(), order_number(1)).value(),
            store().find_order(background(), order_number(1)).value());
}

TEST_F(sqlite_verify_orders, are_there_again_when_the_file_is_opened_again) {
  const auto before = store().list_orders(background(), {}).value().rows;
  backend.store.reset();
  backend.store = open_sqlite_ledger(file());
  EXPECT_EQ(store().list_orders(background(), {}).value().rows, before);
  raise();
  number = 0;
  EXPECT_EQ(outcome_of(occur(1, 3)), entry_outcome::committed);
}

}  // namespace bank::storage::tests
