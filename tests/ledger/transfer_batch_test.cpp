#include "lifeline/ledger/core/transfer_batch.hpp"

#include <gtest/gtest.h>

#include <set>

#include "ledger/batch_bank.hpp"

namespace lifeline::ledger::testing {
namespace {

using namespace batches;

TEST(transfer_batch, asks_for_both_legs_of_all_its_items_at_once) {
  bank b;
  for (const char* name : {"a", "b", "c"}) b.add(name, 100);
  b.start({move("1", "a", "b", 10), move("2", "a", "c", 20), move("3", "b", "a", 5)});
  EXPECT_EQ(b.asked.size(), 6U);
  b.answer_all();
  ASSERT_TRUE(b.append);
  b.commit();
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.balance("a"), 75);
  EXPECT_EQ(b.core->items()[2].transfer.sequence, 3U);
}

TEST(transfer_batch, asks_the_payee_of_a_large_item_only_when_its_payer_can_pay) {
  bank b;
  constexpr std::int64_t large = most_asked_at_once + 1;
  b.add("rich", large);
  b.add("poor", 0);
  b.add("c", 0);
  b.start(
      {move("1", "rich", "c", large), move("2", "poor", "c", large), move("3", "c", "rich", 0)});
  EXPECT_EQ(b.asked.size(), 4U);
  b.answer_all();
  ASSERT_TRUE(b.append);
  EXPECT_EQ(b.state("c").incoming(), large) << "what can't be paid asks for no room";
  b.commit();
  EXPECT_EQ(b.refused(0), std::nullopt);
  EXPECT_EQ(b.refused(1), errc::insufficient_funds);
  EXPECT_EQ(b.balance("c"), large);
  b.expect_nothing_set_aside();
}

TEST(transfer_batch, refuses_one_and_moves_the_others) {
  bank b;
  b.add("a", 30);
  b.add("b", 0);
  b.start({move("1", "a", "b", 20), move("2", "a", "b", 20), move("3", "a", "b", 10),
           move("4", "b", "b", 1)});
  b.answer_all();
  b.commit();
  EXPECT_EQ(b.refused(0), std::nullopt);
  EXPECT_EQ(b.refused(1), errc::insufficient_funds);
  EXPECT_EQ(b.refused(2), std::nullopt);
  EXPECT_EQ(b.refused(3), errc::same_account);
  EXPECT_EQ(b.balance("b"), 30);
  b.expect_nothing_set_aside();
}

TEST(transfer_batch, lets_no_item_spend_what_another_of_it_brings) {
  bank b;
  b.add("a", 10);
  b.add("b", 0);
  b.add("c", 0);
  b.start({move("1", "a", "b", 10), move("2", "b", "c", 10)});
  b.play();
  EXPECT_EQ(b.refused(1), errc::insufficient_funds);
}

TEST(transfer_batch, tries_once_more_what_another_item_had_taken_and_gave_back) {
  for (const auto& [payee, why] :
       {std::pair("frozen", errc::account_frozen), std::pair("full", errc::balance_limit)}) {
    bank b;
    b.add("a", 100);
    b.add("b", 0);
    b.add("frozen", 0, account_status::frozen);
    b.add("full", max_minor - 99);
    b.start({move("1", "a", payee, 100), move("2", "a", "b", 100)});
    b.answer_all();
    b.commit();
    EXPECT_EQ(b.refused(0), why);
    EXPECT_EQ(b.refused(1), std::nullopt) << "as if they had come one after the other";
    EXPECT_EQ(b.balance("b"), 100);
    b.expect_nothing_set_aside();
  }
}

TEST(transfer_batch, that_is_atomic_moves_nothing_if_one_is_refused) {
  bank b;
  b.add("a", 30);
  b.add("b", 0);
  b.start({move("1", "a", "b", 20), move("2", "a", "b", 20)}, true);
  b.answer_all();
  EXPECT_FALSE(b.append);
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.refused(0), errc::insufficient_funds);
  EXPECT_NE(b.core->items()[0].refused->detail.find("transfers[1]"), std::string::npos);
  b.expect_nothing_set_aside();
}

TEST(transfer_batch, that_is_atomic_asks_nobody_if_an_item_is_wrong_in_itself) {
  bank b;
  b.add("a", 30);
  b.start({move("1", "a", "b", 20), move("2", "a", "a", 20)}, true);
  EXPECT_TRUE(b.asked.empty());
  EXPECT_TRUE(b.answered);
}

TEST(transfer_batch, gives_all_back_when_its_context_ends_before_the_commit_point) {
  bank b;
  for (const char* name : {"a", "b", "c"}) b.add(name, 100);
  b.start({move("1", "a", "b", 10), move("2", "b", "c", 20)});
  b.answer_one();
  b.obey(b.core->context_ended(lifeline_errc::canceled));
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.core->refused()->code, errc::canceled);
  EXPECT_EQ(b.core->refused()->known, outcome::none);
  b.expect_nothing_set_aside();
}

TEST(transfer_batch, asks_for_its_context_at_the_commit_point) {
  bank b;
  b.add("a", 100);
  b.add("b", 100);
  b.start({move("1", "a", "b", 10)});
  b.answer_one();
  b.answer_one(lifeline_errc::deadline_exceeded);
  EXPECT_FALSE(b.append);
  EXPECT_EQ(b.core->refused()->code, errc::deadline_exceeded);
  b.expect_nothing_set_aside();
}

TEST(transfer_batch, is_past_its_context_once_it_commits) {
  bank b;
  b.add("a", 100);
  b.add("b", 100);
  b.start({move("1", "a", "b", 10)});
  b.answer_all();
  b.obey(b.core->context_ended(lifeline_errc::canceled));
  EXPECT_FALSE(b.answered);
  b.commit();
  EXPECT_EQ(b.core->refused(), std::nullopt);
}

TEST(transfer_batch, asks_only_for_so_many_items_at_a_time) {
  bank b;
  b.add("a", 1'000'000);
  constexpr std::size_t legs = 2 * transfer_batch::window;
  std::vector<batch_item> items;
  for (std::size_t i = 0; i < 2 * transfer_batch::window; ++i) {
    b.add("to " + std::to_string(i), 0);
    items.push_back(move(std::to_string(i), "a", "to " + std::to_string(i), 1));
  }
  b.start(std::move(items));
  EXPECT_EQ(b.asked.size(), legs);
  b.answer(0);
  EXPECT_EQ(b.asked.size(), legs - 1) << "its other account has not answered";
  b.answer(transfer_batch::window - 1);
  EXPECT_EQ(b.asked.size(), legs);
  b.answer_all();
  EXPECT_EQ(b.core->members().size(), 2 * transfer_batch::window);
}

/// Of the legs of one item, the answers may come in any order; of two refusals, one counts.
TEST(transfer_batch, names_one_reason_where_both_accounts_refuse) {
  const auto reason = [](account_status payer, account_status payee, std::int64_t minor) {
    std::set<errc> reasons;
    for (int seed = 0; seed < 8; ++seed) {
      bank b;
      b.random.seed(static_cast<std::uint64_t>(seed));
      b.add("a", 10, payer);
      b.add("b", 10, payee);
      b.start({move("1", "a", "b", minor)});
      b.play();
      EXPECT_TRUE(b.answered);
      b.expect_nothing_set_aside();
      reasons.insert(*b.refused(0));
    }
    return reasons;
  };
  using enum account_status;
  EXPECT_EQ(reason(frozen, closed, 1), std::set{errc::account_frozen}) << "the payer's";
  EXPECT_EQ(reason(open, closed, 11), std::set{errc::account_closed}) << "the one that stays";
}

TEST(transfer_batch, waits_for_the_commit_that_may_make_some_items_possible) {
  for (const bool durable : {true, false}) {
    bank b;
    b.add("a", 10);
    b.add("b", 0);
    b.begin_credit("a", 20);
    b.start({move("1", "a", "b", 5), move("2", "a", "b", 20), move("3", "a", "b", 40)});
    b.answer_all();
    ASSERT_TRUE(std::exchange(b.await_commit, false));
    EXPECT_FALSE(b.append);
    EXPECT_EQ(b.state("a").reserved(), 5) << "what may be lifted holds nothing meanwhile";
    EXPECT_EQ(b.state("b").incoming(), 5);
    b.end_credit("a", durable);
    b.obey(b.core->commit_ended());
    EXPECT_EQ(b.asked.size(), 2U) << "only this item is asked for again";
    b.play();
    b.commit();
    EXPECT_EQ(b.refused(0), std::nullopt);
    EXPECT_EQ(b.refused(1), durable ? std::nullopt : std::optional(errc::insufficient_funds));
    EXPECT_EQ(b.refused(2), errc::insufficient_funds);
    EXPECT_EQ(b.balance("b"), durable ? 25 : 5);
    b.expect_nothing_set_aside();
  }
}

TEST(transfer_batch, that_is_atomic_waits_only_if_the_commit_may_make_all_of_it_possible) {
  for (const bool all : {true, false}) {
    bank b;
    b.add("a", 10);
    b.add("b", 0);
    b.begin_credit("a", 20);
    b.start({move("1", "a", "b", 5), move("2", "a", "b", all ? 25 : 26)}, true);
    b.answer_all();
    EXPECT_EQ(std::exchange(b.await_commit, false), all);
    EXPECT_EQ(b.answered, !all);
    b.end_credit("a", true);
    if (all) {
      b.obey(b.core->commit_ended());
      b.play();
      b.commit();
    }
    EXPECT_EQ(b.balance("b"), all ? 30 : 0);
    b.expect_nothing_set_aside();
  }
}

TEST(transfer_batch, waits_only_for_so_many_commits) {
  for (const bool atomic : {false, true}) {
    bank b;
    b.add("a", 0);
    b.add("b", 0);
    b.begin_credit("a", 20);
    b.start({move("1", "a", "b", 20)}, atomic);
    std::size_t commits = 0;
    for (b.answer_all(); std::exchange(b.await_commit, false); b.answer_all()) {
      ++commits;
      b.obey(b.core->commit_ended());
    }
    EXPECT_EQ(commits, most_tries);
    EXPECT_EQ(b.refused(0), errc::insufficient_funds);
  }
}

TEST(transfer_batch, gives_all_back_when_its_context_ends_while_it_waits_for_a_commit) {
  bank b;
  b.add("a", 10);
  b.add("b", 0);
  b.begin_credit("a", 20);
  b.start({move("1", "a", "b", 5), move("2", "a", "b", 20)});
  b.answer_all();
  ASSERT_TRUE(b.await_commit);
  b.obey(b.core->context_ended(lifeline_errc::canceled));
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.core->refused()->code, errc::canceled);
  b.end_credit("a", true);
  b.obey(b.core->commit_ended());
  EXPECT_TRUE(b.asked.empty());
  b.expect_nothing_set_aside();
}

TEST(transfer_batch, says_unknown_where_the_store_does) {
  bank b;
  b.add("a", 500);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10)});
  b.answer_all();
  bank looking = b;
  b.obey(b.core->journaled({{verdict::unknown}, {verdict::unknown}}));
  EXPECT_EQ(b.core->refused()->known, outcome::unknown);
  looking.obey(looking.core->journaled({{verdict::duplicate}, {verdict::duplicate}}));
  looking.obey(looking.core->context_ended(lifeline_errc::canceled));
  EXPECT_EQ(looking.core->refused()->known, outcome::unknown) << "of the earlier request";
}

}  // namespace
}  // namespace lifeline::ledger::testing
