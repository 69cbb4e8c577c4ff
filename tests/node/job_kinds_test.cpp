#include "bank/node/jobs/job_kinds.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bank/node/jobs/reconciliation.hpp"
#include "bank/storage/memory/ledger_store.hpp"

namespace bank::node {
namespace {

using namespace lifeline::ledger;

/// A store that returns wrong figures for one account.
class lying_books final : public storage::memory_ledger_store {
 public:
  account_id about;
  std::int64_t posted_off = 0;
  std::int64_t held_off = 0;
  bool always_moving = false;

  result<std::optional<account_record>> find_account(const lifeline::context& ctx,
                                                     account_id id) override {
    auto found = memory_ledger_store::find_account(ctx, id);
    if (found && *found) lie(**found);
    return found;
  }
  result<page<account_record>> list_accounts(const lifeline::context& ctx,
                                             const account_filter& f) override {
    auto found = memory_ledger_store::list_accounts(ctx, f);
    if (found)
      for (auto& a : found->rows) lie(a);
    return found;
  }

 private:
  void lie(account_record& a) {
    if (a.id != about) return;
    a.posted += posted_off;
    a.pending_out += held_off;
    if (always_moving) a.version = ++version_;
  }
  std::uint64_t version_ = 100;
};

class the_reconciliation : public ::testing::Test {
 protected:
  the_reconciliation() {
    const auto epoch = books.fence(ctx).value();
    std::vector<entry> entries;
    for (int i = 0; i < 450; ++i) entries.emplace_back(open_entry{account(i), {}});
    for (int i = 0; i < 450; ++i) entries.emplace_back(transfer_entry{given(i), {}, {}});
    EXPECT_EQ(books.commit({{epoch, 1}, {}, std::move(entries)}).index(), 0U);
    transfer_record hold = given(1'000);
    std::swap(hold.from, hold.to);
    hold.from = account(7).id;
    hold.amount.minor = 4;
    hold.two_phase = true;
    hold.status = transfer_status::pending;
    hold.held = 4;
    EXPECT_EQ(books.commit({{epoch, 2}, {}, {transfer_entry{hold, {}, {}}}}).index(), 0U);
    books.about = account(7).id;
  }

  static account_record account(int n) {
    account_record a;
    a.id = account_id(uuid::derive({"account", std::to_string(n)}));
    a.owner = "alice";
    a.unit = *currency::parse("USD");
    return a;
  }
  static transfer_record given(int n) {
    transfer_record t;
    t.id = transfer_id(uuid::derive({"transfer", std::to_string(n)}));
    t.from = world_account(*currency::parse("USD"));
    t.to = account(n).id;
    t.amount = {10, *currency::parse("USD")};
    return t;
  }
  reconciled run() {
    return reconcile(ctx, books, [&](double d) { told.push_back(d); }).value();
  }

  lifeline::context ctx = lifeline::background();
  lying_books books;
  std::vector<double> told;
};

TEST_F(the_reconciliation, finds_that_good_books_agree) {
  const auto r = run();
  EXPECT_EQ(r.disagreements, 0U);
  EXPECT_EQ(r.accounts, 451U);
  EXPECT_EQ(r.moving, 0U);
  ASSERT_EQ(r.currencies.size(), 1U);
  EXPECT_EQ(r.currencies[0].sum, 0);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_LE(told.back(), 1);
}

TEST_F(the_reconciliation, finds_a_balance_that_its_history_does_not_give) {
  books.posted_off = 3;
  const auto r = run();
  ASSERT_EQ(r.disagreements, 1U);
  EXPECT_EQ(r.first[0].what, "balance");
  EXPECT_EQ(r.first[0].where, account(7).id.str());
  EXPECT_EQ(r.first[0].stands, 13);
  EXPECT_EQ(r.first[0].follows, 10);
}

TEST_F(the_reconciliation, finds_a_hold_that_no_transfer_has) {
  books.held_off = 1;
  const auto r = run();
  ASSERT_EQ(r.disagreements, 1U);
  EXPECT_EQ(r.first[0].what, "held out");
  EXPECT_EQ(r.first[0].stands, 5);
  EXPECT_EQ(r.first[0].follows, 4);
}

TEST_F(the_reconciliation, does_not_judge_an_account_that_does_not_hold_still) {
  books.posted_off = 3;
  books.always_moving = true;
  const auto r = run();
  EXPECT_EQ(r.disagreements, 0U);
  EXPECT_EQ(r.moving, 1U);
}

TEST_F(the_reconciliation, ends_with_its_context) {
  auto over = with_cancel(ctx);
  over.cancel();
  EXPECT_FALSE(reconcile(over.ctx(), books, [](double) {}));
}

TEST(a_verify_job, tells_the_first_break_and_its_progress) {
  std::vector<double> told;
  lifeline::job_record record;
  const lifeline::job me(record, [&](double d) { told.push_back(d); });
  const auto verify =
      verify_job([](const lifeline::context&,
                    const storage::on_verify_progress& progress) -> result<storage::verification> {
        progress({"entries", 5, 10});
        return storage::verification{2, 10, 12, "an entry is missing"};
      });
  const auto r = verify(lifeline::background(), me);
  EXPECT_FALSE(r.failed());
  EXPECT_EQ(r.text(), R"({"whole":false,"break":"an entry is missing","accounts":2,"transfers":10,)"
                      R"("sequence":12,"chain":{"first":1,"last":0,"head":")" +
                          std::string(64, '0') + "\"}}");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_DOUBLE_EQ(told[0], 0.45);
}

TEST(job_kinds_of_a_node, have_no_verify_where_books_cant_be_walked) {
  storage::memory_ledger_store books;
  EXPECT_FALSE(job_kinds(books, nullptr).contains("verify"));
  EXPECT_TRUE(job_kinds(books, nullptr).contains("reconcile"));
}

}  // namespace
}  // namespace bank::node
