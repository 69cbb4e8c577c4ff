#include <SQLiteCpp/Database.h>

#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A ledger of a version whose time followed the clock back: the second run of its node wrote
/// earlier times.
template <class Backend>
class old_books_time : public any_ledger_store<Backend> {
 protected:
  static constexpr bool in_file = std::is_same_v<Backend, in_sqlite>;

  /// In milliseconds, as in the database.
  static std::string kept(std::int64_t second) {
    const auto ms = std::to_string((noon + seconds(second)).time_since_epoch().count());
    return in_file ? ms : "at_ms(" + ms + ")";
  }
  void SetUp() override {
    this->open_funded(2, 0);
    for (const int second : {10, 12}) pay(second);
    this->raise();
    const std::uint64_t first = this->last() + 1;
    const std::vector<int> dates{0, 2, 20};
    std::string sql;
    for (std::size_t i = 0; i < dates.size(); ++i) {
      pay(30);
      const std::string sequence = std::to_string(first + i);
      sql += "UPDATE batches SET at = " + kept(dates[i]) + " WHERE first_sequence = " + sequence +
             "; UPDATE transfers SET posted_at = " + kept(dates[i]) +
             " WHERE sequence = " + sequence + ";";
    }
    sql +=
        "ALTER TABLE ledger DROP COLUMN last_at; ALTER TABLE ledger DROP COLUMN next_at;"
        "DROP TABLE time_floors; DROP INDEX account_entries_by_account;"
        "ALTER TABLE idempotency DROP COLUMN behind;";
    sql +=
        std::string("ALTER TABLE ") + (in_file ? "balances" : "accounts") + " DROP COLUMN made_by;";
    this->backend.store.reset();
    if constexpr (in_file) {
      const auto file = this->backend.folder / "ledger.db";
      SQLite::Database(file.string(), SQLite::OPEN_READWRITE).exec(sql + "PRAGMA user_version = 8");
      this->backend.store = open_sqlite_ledger(file);
    } else {
      postgres_session(this->backend.options.url)
          .run(sql + "DELETE FROM bank_schema WHERE number >= 7");
      this->backend.store = make_postgres_ledger(open_postgres(this->backend.options));
    }
    this->raise();
  }
  wall_time pay(int second) {
    this->at = noon + seconds(second);
    const auto done = this->try_commit({post(transfer(++paid_, world_account(usd), acct(1), 1))});
    return done.index() == 0 ? std::get<0>(done).at : wall_time{};
  }
  std::size_t listed(int from, int to) {
    transfer_filter f;
    f.from = noon + seconds(from);
    f.to = noon + seconds(to);
    return this->store().list_transfers(background(), f).value().rows.size();
  }
  std::int64_t received(int second) {
    return this->store()
        .balance_at(background(), acct(1), noon + seconds(second))
        .value()
        .value()
        .posted;
  }
  void expect_order() {
    EXPECT_EQ(listed(-60, 10), 0U);
    EXPECT_EQ(listed(10, 12), 1U);
    EXPECT_EQ(listed(12, 13), 3U) << "what was dated back counts as of the latest time before";
    EXPECT_EQ(listed(13, 20), 0U);
    EXPECT_EQ(received(2), 0);
    EXPECT_EQ(received(11), 1);
    EXPECT_EQ(received(12), 4);
    EXPECT_EQ(received(19), 4);
  }

  std::uint32_t paid_ = 0;
};
using every_database = testing::Types<in_sqlite, in_postgres>;
TYPED_TEST_SUITE(old_books_time, every_database, store_names);

TYPED_TEST(old_books_time, goes_on_behind_their_latest_date) {
  EXPECT_EQ(this->store().last_time(background()).value(), noon + seconds(20));
  EXPECT_EQ(this->pay(5), noon + seconds(20));
  EXPECT_EQ(this->pay(21), noon + seconds(21));
}

TYPED_TEST(old_books_time, is_in_the_ledgers_order_and_stays_so) {
  this->expect_order();
  EXPECT_EQ(this->listed(20, 21), 1U);
  for (int life = 0; life < 3; ++life) {
    for (int i = 0; i < 7; ++i) this->pay(30 + i);
    this->raise();
    this->expect_order();
  }
  EXPECT_EQ(this->listed(20, 21), 1U);
}

}  // namespace bank::storage::tests
