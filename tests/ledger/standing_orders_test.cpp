#include <algorithm>

#include "ledger/orders_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;
using std::chrono::hours;
using std::chrono::seconds;

class standing_orders : public orders_fixture {};

TEST_F(standing_orders, pay_each_day_once) {
  const auto opened = stand(daily("o"));
  ASSERT_FALSE(opened.refused) << opened.refused->detail;
  EXPECT_EQ(opened.order.next_at, clock_.wall_now());
  ASSERT_EQ(advance_all_due().size(), 1U);
  EXPECT_TRUE(advance_all_due().empty());
  ASSERT_EQ(execute_all_due().size(), 1U);
  EXPECT_EQ(stored("bob"), 5);
  clock_.advance(one_day);
  ASSERT_EQ(advance_all_due().size(), 1U);
  ASSERT_EQ(execute_all_due().size(), 1U);
  EXPECT_EQ(stored("bob"), 10);
  EXPECT_EQ(kept("o").made, 2U);
  expect_free("alice", 90);
}

TEST_F(standing_orders, catch_up_each_missed_time_once_and_in_order) {
  ASSERT_FALSE(stand(daily("o")).refused);
  const auto first = clock_.wall_now();
  clock_.advance(3 * one_day + hours(7));
  const auto answers = advance_all_due();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].order.made, 4U);
  EXPECT_EQ(answers[0].order.next_at, first + 4 * one_day);
  EXPECT_EQ(answers[0].order, kept("o"));
  const auto made = occurrences("o");
  ASSERT_EQ(made.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(made[i].status, scheduled);
    EXPECT_EQ(made[i].execute_at, first + i * one_day);
    if (i != 0) {
      EXPECT_GT(made[i].sequence, made[i - 1].sequence);
    }
  }
  EXPECT_EQ(execute_all_due().size(), 4U);
  EXPECT_EQ(stored("bob"), 20);
}

TEST_F(standing_orders, make_a_number_at_a_time_so_that_others_have_their_turn) {
  ASSERT_FALSE(stand(daily("o")).refused);
  clock_.advance(150 * one_day);
  EXPECT_EQ(advance_all_due().at(0).order.made, 64U);
  EXPECT_EQ(advance_all_due().at(0).order.made, 128U);
  EXPECT_EQ(advance_all_due().at(0).order.made, 151U);
  EXPECT_TRUE(advance_all_due().empty());
  EXPECT_EQ(transfers_of_orders(), 151U);
}

TEST_F(standing_orders, end_after_their_last_time) {
  auto o = daily("o");
  o.schedule.last_at = o.schedule.first_at + one_day;
  ASSERT_FALSE(stand(o).refused);
  clock_.advance(5 * one_day);
  EXPECT_EQ(status_of(advance_all_due().at(0).order), order_status::ended);
  EXPECT_EQ(occurrences("o").size(), 2U);
  EXPECT_TRUE(advance_all_due().empty());
  EXPECT_FALSE(erase("o").refused) << "there is nothing left to stop";
  EXPECT_EQ(status_of(kept("o")), order_status::ended);
}

TEST_F(standing_orders, that_are_refused_when_due_become_rejected_transfers_and_go_on) {
  auto o = daily("o");
  o.amount.minor = 60;
  ASSERT_FALSE(stand(o).refused);
  clock_.advance(one_day);
  advance_all_due();
  execute_all_due();
  auto made = occurrences("o");
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].status, posted);
  EXPECT_EQ(made[1].status, rejected);
  EXPECT_EQ(made[1].reason, "insufficient_funds");
  ASSERT_FALSE(submit(transfer_of("more", world_account(usd), account("alice"), 20)).refused);
  clock_.advance(one_day);
  advance_all_due();
  execute_all_due();
  EXPECT_EQ(occurrences("o").at(2).status, posted);
}

TEST_F(standing_orders, to_an_account_that_was_closed_since_are_rejected_and_not_stuck) {
  ASSERT_FALSE(open(account_of("shop")).refused);
  auto o = daily("o");
  o.to = account("shop");
  ASSERT_FALSE(stand(o).refused);
  const auto closed =
      ask_later<account_answer>(books_->shard_of(account("shop")), rt_.background(),
                                change_account{account("shop"), {account_status::closed, {}}})
          .get();
  ASSERT_FALSE(closed.refused) << closed.refused->detail;
  clock_.advance(one_day);
  EXPECT_FALSE(advance_all_due().at(0).refused);
  execute_all_due();
  const auto made = occurrences("o");
  ASSERT_EQ(made.size(), 2U);
  for (const auto& t : made) {
    EXPECT_EQ(t.status, rejected);
    EXPECT_EQ(t.reason, "account_closed");
  }
  auto again = daily("again");
  again.to = account("shop");
  EXPECT_EQ(code(stand(again).refused), errc::account_closed);
}

// -- requests that repeat, race and meet trouble --------------------------------------------------

TEST_F(standing_orders, answer_a_repetition_under_their_key_as_the_first_time) {
  const idempotency_key key{"alice", "k", "digest"};
  const auto asked = daily("o");
  const auto first = stand(asked, key);
  ASSERT_FALSE(first.refused);
  clock_.advance(one_day);
  advance_all_due();
  ASSERT_FALSE(erase("o").refused);
  restart();
  auto repeated = asked;
  repeated.seed = uuid::derive({"another seed"});
  const auto again = stand(repeated, key);
  ASSERT_FALSE(again.refused) << again.refused->detail;
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.order.id, first.order.id);
  EXPECT_EQ(again.order.next_at, first.order.next_at);
  EXPECT_EQ(again.order.made, 0U);
  EXPECT_EQ(again.order.created_at, first.order.created_at);
  EXPECT_EQ(kept("o").seed, asked.seed) << "the first one counts";
  EXPECT_EQ(code(stand(asked, idempotency_key{"alice", "k", "other"}).refused),
            errc::idempotency_mismatch);
}

TEST_F(standing_orders, that_are_being_opened_are_in_progress) {
  const idempotency_key key{"alice", "k", "digest"};
  held_commits hold(store_);
  auto first = stand_later(daily("o"), key);
  hold.wait_until_one_began();
  EXPECT_EQ(code(stand(daily("o"), key).refused), errc::in_progress);
  hold.let_go();
  EXPECT_FALSE(first.get().refused);
  EXPECT_TRUE(stand(daily("o"), key).replayed);
}

TEST_F(standing_orders, that_are_deleted_before_an_occurrence_make_none) {
  ASSERT_FALSE(stand(daily("o")).refused);
  const auto listed = kept("o");
  held_commits hold(store_);
  auto deleted = erase_later("o");
  hold.wait_until_one_began();
  auto advanced = advance_later(listed);
  hold.let_go();
  EXPECT_FALSE(deleted.get().refused);
  EXPECT_EQ(code(advanced.get().refused), errc::invalid_state);
  EXPECT_EQ(status_of(kept("o")), order_status::deleted);
  EXPECT_EQ(transfers_of_orders(), 0U);
}

TEST_F(standing_orders, that_are_deleted_after_an_occurrence_keep_it) {
  ASSERT_FALSE(stand(daily("o")).refused);
  held_commits hold(store_);
  auto advanced = advance_later(kept("o"));
  hold.wait_until_one_began();
  auto deleted = erase_later("o");
  hold.let_go();
  EXPECT_FALSE(advanced.get().refused);
  EXPECT_FALSE(deleted.get().refused);
  clock_.advance(one_day);
  EXPECT_TRUE(advance_all_due().empty());
  EXPECT_EQ(execute_all_due().size(), 1U);
  EXPECT_EQ(stored("bob"), 5);
  EXPECT_EQ(kept("o").made, 1U);
}

TEST_F(standing_orders, that_two_rounds_advance_at_once_make_each_occurrence_once) {
  ASSERT_FALSE(stand(daily("o")).refused);
  clock_.advance(2 * one_day);
  const auto listed = kept("o");
  held_commits hold(store_);
  auto one = advance_later(listed);
  hold.wait_until_one_began();
  auto other = advance_later(listed);
  hold.let_go();
  EXPECT_FALSE(one.get().refused);
  EXPECT_EQ(code(other.get().refused), errc::invalid_state);
  EXPECT_EQ(transfers_of_orders(), 3U);
}

TEST_F(standing_orders, that_meet_trouble_go_on_in_the_next_round) {
  ASSERT_FALSE(stand(daily("o")).refused);
  clock_.advance(one_day);
  const auto listed = kept("o");
  store_.fail_next_commit(commit_fault::unavailable);
  const auto failed = advance(listed);
  EXPECT_EQ(code(failed.refused), errc::store_unavailable);
  EXPECT_EQ(failed.refused->known, outcome::none);
  EXPECT_EQ(kept("o"), listed) << "one that failed takes those behind it along";
  EXPECT_EQ(advance_all_due().at(0).order.made, 2U);

  clock_.advance(one_day);
  const auto before = kept("o");
  store_.fail_fences();
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  const auto unknown = advance(before);
  ASSERT_TRUE(unknown.refused);
  EXPECT_EQ(unknown.refused->known, outcome::unknown);
  store_.fail_fences(0);
  while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
  EXPECT_EQ(code(advance(before).refused), errc::invalid_state) << "it was stored: not twice";
  EXPECT_EQ(transfers_of_orders(), 3U);
}

TEST_F(standing_orders, whose_desk_crashes_lose_and_double_nothing) {
  ASSERT_FALSE(stand(daily("o")).refused);
  clock_.advance(2 * one_day);
  held_commits hold(store_);
  auto advanced = advance_later(kept("o"));
  hold.wait_until_one_began();
  crash(books_->order_processor());
  const auto answer = advanced.get();
  ASSERT_TRUE(answer.refused);
  EXPECT_EQ(answer.refused->known, outcome::unknown);
  EXPECT_EQ(books_->order_processor(), nullptr);
  store_what_is_held(hold);
  recover();
  while (!advance_all_due().empty()) {
  }
  EXPECT_EQ(occurrences("o").size(), 3U);
  EXPECT_EQ(transfers_of_orders(), 3U);
}

TEST_F(standing_orders, that_were_made_and_not_executed_are_executed_after_a_restart) {
  ASSERT_FALSE(stand(daily("o")).refused);
  clock_.advance(one_day);
  advance_all_due();
  restart();
  EXPECT_TRUE(advance_all_due().empty()) << "made before";
  EXPECT_EQ(execute_all_due().size(), 2U);
  restart();
  EXPECT_TRUE(execute_all_due().empty());
  EXPECT_EQ(stored("bob"), 10);
  expect_sums_of_zero();
}

TEST_F(standing_orders, whose_accounts_can_not_be_read_are_not_opened) {
  store_.fail_reads();
  const auto answer = stand(daily("o"));
  EXPECT_EQ(code(answer.refused), errc::store_unavailable);
  EXPECT_EQ(answer.refused->known, outcome::none);
  EXPECT_EQ(stand(daily("o"), idempotency_key{"alice", "k", "d"}).refused->known, outcome::unknown);
  EXPECT_EQ(code(erase("o").refused), errc::store_unavailable);
  store_.fail_reads(0);
  EXPECT_EQ(code(erase("o").refused), errc::not_found);
}

TEST_F(standing_orders, are_refused_while_the_ledger_stops) {
  ASSERT_FALSE(stand(daily("o")).refused);
  ASSERT_TRUE(books_->stop(rt_.background()));
  EXPECT_EQ(code(stand(daily("late")).refused), errc::shutting_down);
  EXPECT_EQ(code(erase("o").refused), errc::shutting_down);
  EXPECT_EQ(code(advance(kept("o")).refused), errc::shutting_down);
}

TEST_F(standing_orders, of_a_request_that_has_ended_are_not_begun) {
  auto over = with_cancel(rt_.background());
  over.cancel();
  const auto answer =
      ask_later<order_answer>(books_->order_processor(), over.ctx(), open_order{daily("o"), {}, {}})
          .get();
  EXPECT_EQ(code(answer.refused), errc::canceled);
  EXPECT_EQ(kept("o").id, standing_order_id());
}

}  // namespace
}  // namespace lifeline::ledger::testing
