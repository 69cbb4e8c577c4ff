#include "lifeline/ledger/core/due_worker.hpp"

#include <gtest/gtest.h>

#include "ledger/builders.hpp"

namespace lifeline::ledger::testing {
namespace {

using std::chrono::seconds;

const wall_time noon{std::chrono::hours(490'000)};

transfer_record due_since(const std::string& name, seconds ago) {
  transfer_record t = transfer_of(name, account("a"), account("b"), 1);
  t.status = transfer_status::scheduled;
  t.execute_at = noon - ago;
  return t;
}

due_worker fresh() { return due_worker(seconds(1), seconds(60)); }

TEST(due_worker, sleeps_until_the_next_transfer_is_due) {
  due_worker w = fresh();
  EXPECT_EQ(w.begin(noon).list_after, due_place{});
  EXPECT_EQ(w.listed(due_list{{}, noon + seconds(7)}, noon).sleep_until, noon + seconds(7));
  w.begin(noon);
  EXPECT_EQ(w.listed(due_list{}, noon).sleep_until, noon + seconds(60));
}

TEST(due_worker, executes_a_batch_and_then_asks_behind_it) {
  due_worker w = fresh();
  w.begin(noon);
  const auto first = due_since("one", seconds(9));
  const auto second = due_since("two", seconds(8));
  EXPECT_EQ(w.listed(due_list{{first, second}, noon}, noon).execute, (std::vector{first, second}));
  EXPECT_FALSE(w.executed(false, noon).list_after);
  EXPECT_EQ(w.under_way(), 1U);
  EXPECT_EQ(w.executed(false, noon).list_after, (due_place{noon - seconds(8), second.id}));
  EXPECT_EQ(w.listed(due_list{}, noon).sleep_until, noon + seconds(60));
}

TEST(due_worker, goes_on_past_what_it_must_leave_and_comes_back_soon) {
  due_worker w = fresh();
  w.begin(noon);
  w.listed(due_list{{due_since("stuck", seconds(9))}, noon - seconds(7)}, noon);
  EXPECT_TRUE(w.executed(true, noon).list_after) << "the rest goes on";
  w.listed(due_list{{due_since("fine", seconds(7))}, {}}, noon);
  EXPECT_EQ(w.executed(false, noon).sleep_until, noon + seconds(1));
  EXPECT_EQ(w.begin(noon).list_after, due_place{}) << "and the next round begins at the front";
  EXPECT_EQ(w.listed(due_list{}, noon).sleep_until, noon + seconds(60)) << "nothing is left of it";
}

TEST(due_worker, leaves_what_comes_due_during_a_round_to_the_next) {
  due_worker w = fresh();
  w.begin(noon);
  w.listed(due_list{{due_since("one", seconds(1))}, noon + seconds(2)}, noon);
  EXPECT_EQ(w.executed(false, noon + seconds(5)).sleep_until, noon + seconds(5));
}

TEST(order_worker, wakes_for_what_an_order_has_left_to_make) {
  standing_order o;
  o.next_at = noon;
  order_worker w(seconds(1), seconds(60));
  w.begin(noon);
  EXPECT_EQ(w.listed(order_list{{o, o}, noon + seconds(9)}, noon).execute.size(), 2U);
  w.executed(false, noon, noon + seconds(4));
  EXPECT_EQ(w.executed(false, noon, noon + seconds(7)).sleep_until, noon + seconds(4));
  w.begin(noon);
  w.listed(order_list{{o}, {}}, noon);
  EXPECT_EQ(w.executed(false, noon, noon - seconds(7)).sleep_until, noon) << "more was due";
  w.begin(noon);
  EXPECT_EQ(w.listed(order_list{}, noon).sleep_until, noon + seconds(60)) << "of its round only";
}

TEST(due_worker, tries_again_when_the_store_could_not_be_asked) {
  due_worker w = fresh();
  w.begin(noon);
  EXPECT_EQ(w.listed(std::nullopt, noon).sleep_until, noon + seconds(1));
  EXPECT_FALSE(w.running());
  w.begin(noon);
  w.listed(due_list{{due_since("one", seconds(9))}, noon - seconds(7)}, noon);
  w.executed(false, noon);
  EXPECT_EQ(w.listed(std::nullopt, noon).sleep_until, noon + seconds(1)) << "not at once";
}

TEST(due_worker, runs_one_round_at_a_time_and_ignores_late_answers) {
  due_worker w = fresh();
  w.begin(noon);
  EXPECT_FALSE(w.begin(noon).list_after);
  w.listed(due_list{{due_since("one", seconds(1))}, {}}, noon);
  EXPECT_TRUE(w.listed(due_list{{due_since("two", seconds(1))}, {}}, noon).execute.empty());
  w.executed(false, noon);
  EXPECT_FALSE(w.executed(false, noon).sleep_until);
  EXPECT_EQ(w.under_way(), 0U);
  EXPECT_TRUE(w.listed(due_list{{due_since("two", seconds(1))}, {}}, noon).execute.empty());
}

}  // namespace
}  // namespace lifeline::ledger::testing
