#include "ledger/holds_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;
using std::chrono::seconds;

/// Accounts whose state changes while they have open transfers.
class frozen_holds : public holds_fixture {
 protected:
  account_answer change(const std::string& name, account_status status) {
    return ask_later<account_answer>(books_->shard_of(account(name)), rt_.background(),
                                     change_account{account(name), {status, {}}})
        .get();
  }
  account_status status_of(const std::string& name) {
    return store_.find_account(rt_.background(), account(name))->value().status;
  }
};

TEST_F(frozen_holds, can_be_posted_voided_and_expire) {
  for (const std::string frozen : {"alice", "bob"}) {
    ASSERT_FALSE(submit(hold("p " + frozen, 10)).refused);
    ASSERT_FALSE(submit(hold("part " + frozen, 10)).refused);
    ASSERT_FALSE(submit(hold("v " + frozen, 10)).refused);
    ASSERT_FALSE(submit(hold("e " + frozen, 10, seconds(30))).refused);
    ASSERT_FALSE(change(frozen, account_status::frozen).refused);
    if (frozen == "bob") restart();  // the rule is the store's as well as the actors'
    EXPECT_EQ(code(submit(hold("new " + frozen, 1)).refused), errc::account_frozen);
    EXPECT_EQ(post("p " + frozen).transfer.status, posted);
    EXPECT_EQ(post("part " + frozen, 4).transfer.amount.minor, 4);
    EXPECT_EQ(make_void("v " + frozen).transfer.status, voided);
    clock_.advance(seconds(30));
    const auto expiries = execute_all_due();
    ASSERT_EQ(expiries.size(), 1U);
    EXPECT_EQ(expiries[0].transfer.status, expired);
    EXPECT_EQ(status_of(frozen), account_status::frozen);
    ASSERT_FALSE(change(frozen, account_status::open).refused);
  }
  EXPECT_EQ(stored("alice"), 72);
  EXPECT_EQ(stored("bob"), 28);
  expect_free("alice", 72);
  expect_free("bob", 28);
  expect_sums_of_zero();
}

TEST_F(frozen_holds, keep_their_accounts_from_closing) {
  ASSERT_FALSE(submit(hold("h", 10)).refused);
  EXPECT_EQ(code(change("bob", account_status::closed).refused), errc::invalid_state)
      << "it has no balance, but something is on its way to it";
  restart();
  EXPECT_EQ(code(change("bob", account_status::closed).refused), errc::invalid_state);
  ASSERT_FALSE(make_void("h").refused);
  EXPECT_FALSE(change("bob", account_status::closed).refused);
}

TEST_F(frozen_holds, are_not_schedules_which_are_rejected_once_their_account_is_closed) {
  ASSERT_FALSE(submit(schedule("due", 10, seconds(30))).refused);
  ASSERT_FALSE(submit(schedule("voided", 10, seconds(60))).refused);
  ASSERT_FALSE(change("bob", account_status::closed).refused);
  EXPECT_EQ(make_void("voided").transfer.status, voided);
  clock_.advance(seconds(30));
  const auto answers = execute_all_due();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(found("due").status, rejected);
  EXPECT_EQ(found("due").reason, "account_closed");
  EXPECT_TRUE(execute_all_due().empty());
  expect_sums_of_zero();
}

}  // namespace
}  // namespace lifeline::ledger::testing
