#include <array>
#include <vector>

#include "bank/storage/postgres/job_store.hpp"
#include "bank/storage/postgres/token_store.hpp"
#include "bank/storage/postgres/verify.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

constexpr int first_with_secret = 6;

/// Columns that this version's store writes and an older schema lacks.
struct column {
  int since;
  const char* table;
  const char* what;
};
constexpr std::array columns{column{7, "ledger", "last_at timestamptz"},
                             column{7, "ledger", "next_at timestamptz NOT NULL DEFAULT at_ms(0)"},
                             column{8, "idempotency", "behind bigint"},
                             column{9, "accounts", "made_by bigint"}};

/// Migration from each earlier schema. This version's store writes the data, so missing columns are
/// added before and removed again.
class postgres_migration : public testing::TestWithParam<int> {
 protected:
  postgres_migration() {
    const auto steps = postgres_migrations();
    migrate_postgres(options_.url, steps.first(static_cast<std::size_t>(GetParam())));
    for (const column& c : younger())
      postgres_session(options_.url).run(std::string("ALTER TABLE ") + c.table + " ADD " + c.what);
    reopen();
  }
  static std::vector<column> younger() {
    std::vector<column> all;
    for (const column& c : columns)
      if (GetParam() < c.since) all.push_back(c);
    return all;
  }
  void reopen() {
    store_ = make_postgres_ledger(std::make_shared<postgres_database>(options_));
    epoch_ = store_->fence(background()).value();
  }
  bool commit(std::vector<entry> entries) {
    return store_->commit({{epoch_, ++number_}, noon, std::move(entries)}).index() == 0;
  }

  postgres_options options_{postgres_server::instance().new_url()};
  std::unique_ptr<ledger_store> store_;
  std::uint64_t epoch_ = 0, number_ = 0;
};

TEST_P(postgres_migration, keeps_the_books_and_goes_on_with_them) {
  ASSERT_TRUE(commit({open(account(1, 100)), open(account(2))}));
  transfer_record hold = transfer(2, acct(1), acct(2), 20);
  hold.two_phase = true;
  hold.status = transfer_status::pending;
  ASSERT_TRUE(commit({keyed(post(transfer(1, acct(1), acct(2), 30)), "alice", "k"), post(hold)}));

  for (const column& c : younger()) {
    const std::string name = std::string(c.what).substr(0, std::string(c.what).find(' '));
    postgres_session(options_.url).run(std::string("ALTER TABLE ") + c.table + " DROP " + name);
  }
  const auto done = migrate_postgres(options_.url);
  EXPECT_EQ(done.from, GetParam());
  EXPECT_EQ(done.to, postgres_migrations().back().number);
  open_postgres(options_);
  reopen();
  const auto secret = store_->secret(background()).value();
  EXPECT_EQ(secret.had_none, GetParam() < first_with_secret);
  EXPECT_NE(secret.bytes, ledger_secret{}.bytes);
  EXPECT_EQ(store_->find_account(background(), acct(1)).value()->posted, -30);
  EXPECT_EQ(store_->find_account(background(), acct(1)).value()->pending_out, 20);
  EXPECT_TRUE(store_->find_key(background(), "alice", "k").value());

  const resolution all{transfer_status::posted, transfer_status::pending, 20, {}};
  ASSERT_TRUE(commit({resolve_entry{tran(2), all, {}}}));
  EXPECT_EQ(store_->find_account(background(), acct(2)).value()->posted, 50);
  const auto found =
      verify_postgres_ledger(background(), options_.url, [](const verify_progress&) {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->broken, std::nullopt);
  EXPECT_EQ(found->sequence, 5U);
}

INSTANTIATE_TEST_SUITE_P(from_schema, postgres_migration,
                         testing::Range(1, static_cast<int>(postgres_migrations().size())),
                         testing::PrintToStringParamName());

}  // namespace bank::storage::tests
