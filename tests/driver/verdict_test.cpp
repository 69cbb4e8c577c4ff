#include "driver/verdict.hpp"

#include <gtest/gtest.h>

#include "driver/sample_plan.hpp"
#include "driver/text.hpp"

namespace bank::driver {
namespace {

evidence all_right() {
  evidence found;
  found.accounts = {{"8", "CZK", 100}, {"7", "CZK", 50}};
  found.money = {{"CZK", 0, 0}, {"USD", 0, 0}};
  found.history_lengths = {3, 1};
  return found;
}

const finding& named(const std::vector<finding>& all, std::string_view name) {
  for (const finding& f : all)
    if (f.name == name) return f;
  throw std::runtime_error("no finding " + std::string(name));
}

TEST(verdict, holds_when_the_node_has_what_the_books_say) {
  for (const finding& f : judge(sample_plan(), all_right())) EXPECT_TRUE(f.held) << f.text;
}

TEST(verdict, shows_a_wrong_balance_with_what_was_expected) {
  evidence found = all_right();
  found.accounts[0].posted_minor = 2100;
  const auto all = judge(sample_plan(), found);
  EXPECT_FALSE(named(all, "closing_balances").held);
  EXPECT_EQ(named(all, "closing_balances").text, "1 of 2 balances are wrong");
  EXPECT_EQ(named(all, "closing_balances").examples.at(0), "account 8: expected 100, found 2,100");
  EXPECT_FALSE(named(all, "books_sum").held);
  EXPECT_TRUE(named(all, "conserved").held);
}

TEST(verdict, sees_two_errors_that_cancel_each_other) {
  evidence found = all_right();
  found.accounts[0].posted_minor = 90;
  found.accounts[1].posted_minor = 60;
  const auto all = judge(sample_plan(), found);
  EXPECT_TRUE(named(all, "books_sum").held);
  EXPECT_FALSE(named(all, "closing_balances").held);
}

TEST(verdict, misses_an_account_and_finds_one_too_many) {
  evidence found = all_right();
  found.accounts.pop_back();
  EXPECT_EQ(named(judge(sample_plan(), found), "closing_balances").examples.at(0),
            "account 7: missing on the node");
  found = all_right();
  found.accounts.push_back({"9", "CZK", 0});
  EXPECT_FALSE(named(judge(sample_plan(), found), "closing_balances").held);
}

TEST(verdict, sees_an_account_in_another_currency) {
  evidence found = all_right();
  found.accounts[0].currency = "USD";
  EXPECT_EQ(named(judge(sample_plan(), found), "closing_balances").examples.at(0),
            "account 8: expected CZK, found USD");
}

TEST(verdict, sees_money_that_came_from_nowhere) {
  evidence found = all_right();
  found.money[1].sum_minor = -3;
  const auto all = judge(sample_plan(), found);
  EXPECT_FALSE(named(all, "conserved").held);
  EXPECT_EQ(named(all, "conserved").examples.at(0), "sum of all USD: expected 0, found -3");
  found.money.clear();
  EXPECT_FALSE(named(judge(sample_plan(), found), "conserved").held);
}

TEST(verdict, sees_a_transaction_that_was_done_twice) {
  evidence found = all_right();
  found.history_lengths[0] = 4;
  EXPECT_EQ(named(judge(sample_plan(), found), "exactly_once").examples.at(0),
            "rows of account 7: expected 3, found 4");
}

TEST(verdict, groups_the_digits_of_numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(-100), "-100");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(2543043030), "2,543,043,030");
}

}  // namespace
}  // namespace bank::driver
