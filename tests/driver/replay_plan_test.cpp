#include "driver/replay_plan.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "driver/sample_plan.hpp"

namespace bank::driver {
namespace {

TEST(replay_plan, keeps_each_accounts_order) {
  const replay_plan plan = sample_plan();
  ASSERT_EQ(plan.lanes.size(), 2U);
  ASSERT_EQ(plan.lanes[0].transfers.size(), 3U);
  EXPECT_EQ(plan.lanes[0].transfers[0].booking, 0U);
  EXPECT_EQ(plan.lanes[0].transfers[1].booking, 2U);
  EXPECT_EQ(plan.lanes[0].transfers[2].booking, 3U);
  EXPECT_EQ(plan.lanes[1].transfers.size(), 1U);
}

TEST(replay_plan, credits_come_from_world_and_debits_go_there) {
  const replay_plan plan = sample_plan();
  const boost::json::value credit = boost::json::parse(transfer_body(plan, 0, 0));
  EXPECT_EQ(credit.at("from"), "world");
  EXPECT_EQ(credit.at("to"), boost::json::value(plan.lanes[0].id.str()));
  EXPECT_EQ(credit.at("amount"), 500);
  EXPECT_EQ(credit.at("currency"), "CZK");
  EXPECT_EQ(credit.at("kind"), "cash_deposit");
  EXPECT_EQ(credit.at("id"), boost::json::value(plan.lanes[0].transfers[0].id.str()));
  const boost::json::value debit = boost::json::parse(transfer_body(plan, 0, 1));
  EXPECT_EQ(debit.at("from"), boost::json::value(plan.lanes[0].id.str()));
  EXPECT_EQ(debit.at("to"), "world");
  EXPECT_EQ(debit.at("amount"), 700);
}

TEST(replay_plan, leaves_out_a_kind_that_the_books_do_not_know) {
  EXPECT_FALSE(boost::json::parse(transfer_body(sample_plan(), 1, 0)).as_object().contains("kind"));
}

TEST(replay_plan, opens_accounts_under_the_books_number) {
  const boost::json::value body = boost::json::parse(account_body(sample_plan(), 1));
  EXPECT_EQ(body.at("ref"), "8");
  EXPECT_EQ(body.at("currency"), "CZK");
  EXPECT_EQ(body.at("overdraft_limit"), 200);
}

TEST(replay_plan, made_twice_makes_the_same_requests) {
  EXPECT_EQ(transfer_body(sample_plan(), 0, 2), transfer_body(sample_plan(), 0, 2));
  EXPECT_EQ(account_body(sample_plan(), 0), account_body(sample_plan(), 0));
}

TEST(replay_plan, of_other_terms_shares_nothing_with_the_first) {
  const replay_plan one = sample_plan(200);
  const replay_plan other = sample_plan(300);
  EXPECT_NE(one.owner, other.owner);
  EXPECT_NE(one.lanes[0].id, other.lanes[0].id);
  EXPECT_NE(one.lanes[0].transfers[0].id, other.lanes[0].transfers[0].id);
}

TEST(replay_plan, refuses_books_that_go_below_the_overdraft_limit) {
  const book_folder folder;
  replay_settings settings;
  settings.unit = *lifeline::ledger::currency::parse("CZK");
  settings.overdraft_limit = 199;
  const auto plan = make_replay_plan(*books::read_books(folder.path()), settings);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().text,
            "account 7 goes 200 below zero with transaction 3, but \"replay.overdraft_limit\" is "
            "199");
}

TEST(replay_plan, knows_its_own_account_among_answers) {
  const replay_plan plan = sample_plan();
  boost::json::object body = boost::json::parse(account_body(plan, 0)).as_object();
  body["state"] = "open";
  EXPECT_TRUE(is_planned_account(plan, 0, boost::json::serialize(body)));
  body["overdraft_limit"] = 0;
  EXPECT_FALSE(is_planned_account(plan, 0, boost::json::serialize(body)));
  EXPECT_FALSE(is_planned_account(plan, 0, "not json"));
}

TEST(replay_plan, describes_rows_as_the_books_name_them) {
  const replay_plan plan = sample_plan();
  EXPECT_EQ(describe_account(plan, 1), "account 8");
  EXPECT_EQ(describe_transfer(plan, 0, 1), "transaction 3 of account 7 (debit 700)");
}

}  // namespace
}  // namespace bank::driver
