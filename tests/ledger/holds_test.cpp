#include "ledger/holds_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;
using std::chrono::seconds;

class holds : public holds_fixture {};

TEST_F(holds, set_funds_aside_until_they_are_posted) {
  const auto h = submit(hold("h", 60));
  ASSERT_FALSE(h.refused) << h.refused->detail;
  EXPECT_EQ(h.transfer.status, pending);
  EXPECT_EQ(h.transfer.held, 60);
  EXPECT_EQ(h.transfer, found("h"));
  EXPECT_EQ(stored("alice"), 100);
  expect_free("alice", 40);
  const auto p = post("h");
  ASSERT_FALSE(p.refused) << p.refused->detail;
  EXPECT_EQ(p.transfer, found("h"));
  EXPECT_EQ(p.transfer.posted_at, clock_.wall_now());
  EXPECT_EQ(stored("alice"), 40);
  expect_free("bob", 60);
  expect_sums_of_zero();
}

TEST_F(holds, are_posted_in_part_and_the_rest_can_be_spent) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  const auto p = post("h", 25);
  ASSERT_FALSE(p.refused);
  EXPECT_EQ(p.transfer.amount.minor, 25);
  EXPECT_EQ(p.transfer.held, 60);
  expect_free("alice", 75);
}

TEST_F(holds, are_voided_and_all_of_it_can_be_spent) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  EXPECT_EQ(make_void("h").transfer.status, voided);
  expect_free("alice", 100);
  EXPECT_EQ(stored("bob"), 0);
}

TEST_F(holds, outlive_a_restart) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  restart();
  expect_free("alice", 40);
  EXPECT_FALSE(post("h").refused);
  EXPECT_EQ(stored("bob"), 60);
}

TEST_F(holds, refuse_what_their_state_forbids_and_leave_all_balances_as_they_were) {
  ASSERT_FALSE(submit(hold("open", 10)).refused);
  ASSERT_FALSE(submit(hold("voided", 10)).refused);
  ASSERT_FALSE(make_void("voided").refused);
  ASSERT_FALSE(submit(hold("posted", 10)).refused);
  ASSERT_FALSE(post("posted", 4).refused);
  ASSERT_FALSE(submit(transfer_of("direct", account("alice"), account("bob"), 10)).refused);
  EXPECT_EQ(code(post("open", 11).refused), errc::amount_above_hold);
  EXPECT_EQ(code(post("nothing").refused), errc::not_found);
  EXPECT_EQ(code(make_void("nothing").refused), errc::not_found);
  EXPECT_EQ(code(post("voided").refused), errc::invalid_state);
  EXPECT_EQ(code(post("posted", 5).refused), errc::invalid_state);
  EXPECT_EQ(code(make_void("posted").refused), errc::invalid_state);
  EXPECT_EQ(code(post("direct").refused), errc::invalid_state);
  EXPECT_EQ(code(make_void("direct").refused), errc::invalid_state);
  EXPECT_EQ(stored("bob"), 14);
  expect_free("alice", 76);
}

TEST_F(holds, are_ended_once_however_often_it_is_asked) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  ASSERT_FALSE(submit(hold("v", 10)).refused);
  const auto p = post("h", 50);
  const auto v = make_void("v");
  for (int i = 0; i < 3; ++i) {
    const auto again = post("h", 50);
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.transfer, p.transfer);
    const auto void_again = make_void("v");
    EXPECT_TRUE(void_again.replayed);
    EXPECT_EQ(void_again.transfer, v.transfer);
    restart();
  }
  EXPECT_EQ(stored("bob"), 50);
  expect_free("alice", 50);
}

TEST_F(holds, repeated_by_id_are_answered_as_the_first_time) {
  const auto first = submit(repeatable(hold("h", 60, seconds(30))));
  ASSERT_FALSE(first.refused);
  EXPECT_EQ(submit(repeatable(hold("h", 60, seconds(30)))).transfer, first.transfer);
  ASSERT_FALSE(post("h", 10).refused);
  const auto again = submit(repeatable(hold("h", 60, seconds(30))));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.transfer, first.transfer);
  for (const auto& other : {hold("h", 10, seconds(30)), hold("h", 60),
                            transfer_of("h", account("alice"), account("bob"), 60)})
    EXPECT_EQ(code(submit(repeatable(other)).refused), errc::idempotency_mismatch);
}

TEST_F(holds, past_their_expiry_are_refused_after_the_ticker_came) {
  ASSERT_FALSE(submit(hold("h", 60, seconds(30))).refused);
  EXPECT_EQ(found("h").expires_at, clock_.wall_now() + seconds(30));
  clock_.advance(seconds(29));
  EXPECT_TRUE(execute_all_due().empty());
  clock_.advance(seconds(1));
  const auto expiries = execute_all_due();
  ASSERT_EQ(expiries.size(), 1U);
  EXPECT_EQ(expiries[0].transfer.status, expired);
  EXPECT_EQ(code(post("h").refused), errc::invalid_state);
  EXPECT_EQ(code(make_void("h").refused), errc::invalid_state);
  expect_free("alice", 100);
  EXPECT_TRUE(execute_all_due().empty());
}

TEST_F(holds, meet_in_one_processor_and_the_second_end_waits_its_turn) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  held_commits gate(store_);
  auto p = post_later("h");
  gate.wait_until_one_began();
  EXPECT_EQ(code(make_void("h").refused), errc::in_progress);
  EXPECT_EQ(code(post("h").refused), errc::in_progress);
  EXPECT_EQ(code(submit(repeatable(hold("h", 60))).refused), errc::in_progress);
  gate.let_go();
  EXPECT_FALSE(p.get().refused);
  EXPECT_EQ(code(make_void("h").refused), errc::invalid_state);
  EXPECT_EQ(stored("bob"), 60);
}

TEST_F(holds, keep_funds_held_when_the_end_could_not_be_stored) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  for (const auto fault : {commit_fault::unavailable, commit_fault::unknown_and_lost}) {
    store_.fail_next_commit(fault);
    const auto failed = post("h");
    EXPECT_EQ(code(failed.refused), errc::store_unavailable);
    EXPECT_EQ(failed.refused->known, outcome::none);
    expect_free("alice", 40);
  }
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  EXPECT_FALSE(post("h").refused);
  EXPECT_TRUE(post("h").replayed);
  expect_free("bob", 60);
}

TEST_F(holds, whose_store_can_not_be_asked_are_not_ended) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  restart();  // and nobody remembers it
  store_.fail_reads();
  const auto p = post("h");
  store_.fail_reads(0);
  EXPECT_EQ(code(p.refused), errc::store_unavailable);
  EXPECT_EQ(p.refused->known, outcome::unknown) << "an earlier request may have done it";
  EXPECT_EQ(found("h").status, pending);
}

TEST_F(holds, are_ended_by_the_payer_only) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  const auto as = [&](const char* owner) {
    return send_later("h", post_transfer{transfer("h"), {}, {}, owner}).get();
  };
  EXPECT_EQ(code(as("bob").refused), errc::forbidden);
  expect_free("alice", 40);
  EXPECT_FALSE(as("alice").refused);
}

TEST_F(holds, cancelled_while_they_end_are_either_ended_or_as_they_were) {
  for (int i = 0; i < 150; ++i) {
    const auto name = "h" + std::to_string(i);
    ASSERT_FALSE(submit(hold(name, 100)).refused) << i;
    auto scope = with_cancel(rt_.background());
    auto v = ask_later<transfer_answer>(books_->processor_of(transfer(name)), scope.ctx(),
                                        void_transfer{transfer(name), {}, {}});
    for (int spin = 0; spin < i * 40; ++spin) std::atomic_thread_fence(std::memory_order_seq_cst);
    scope.cancel();
    const auto answer = v.get();
    if (answer.refused) {
      ASSERT_EQ(code(answer.refused), errc::canceled);
    }
    if (answer.refused && answer.refused->known == outcome::none) {
      ASSERT_EQ(found(name).status, pending);
    }
    if (found(name).status == pending) {
      ASSERT_FALSE(make_void(name).refused);
    }
  }
  expect_free("alice", 100);
}

TEST_F(holds, keep_a_key_that_came_with_a_repetition) {
  const idempotency_key first{"alice", "first", "create"};
  const idempotency_key second{"alice", "second", "create"};
  const auto t = transfer_of("t", account("alice"), account("bob"), 100);
  ASSERT_FALSE(submit(repeatable(t, first)).refused);
  EXPECT_TRUE(submit(repeatable(t, second)).replayed) << "refused by the account, were it new";
  const auto other = transfer_of("u", account("bob"), account("alice"), 1);
  EXPECT_EQ(code(submit(repeatable(other, idempotency_key{"alice", "second", "other"})).refused),
            errc::idempotency_mismatch);
  EXPECT_FALSE(is_stored("u"));
}

TEST_F(holds, end_once_under_a_key_and_refuse_it_for_anything_else) {
  ASSERT_FALSE(submit(hold("one", 10)).refused);
  ASSERT_FALSE(submit(hold("two", 10)).refused);
  const idempotency_key key{"alice", "k", "post one"};
  ASSERT_FALSE(post("one", {}, key).refused);
  EXPECT_TRUE(post("one", {}, key).replayed);
  EXPECT_EQ(code(make_void("two", idempotency_key{"alice", "k", "void two"}).refused),
            errc::idempotency_mismatch);
  EXPECT_EQ(found("two").status, pending);
  EXPECT_TRUE(post("one", {}, idempotency_key{"alice", "new", "post one"}).replayed);
  EXPECT_EQ(code(make_void("two", idempotency_key{"alice", "new", "void two"}).refused),
            errc::idempotency_mismatch)
      << "the repetition used it up";
  EXPECT_FALSE(make_void("two", idempotency_key{"bob", "k", "void two"}).refused);
}

TEST_F(holds, are_reversed_once_and_a_repeated_reversal_moves_nothing) {
  ASSERT_FALSE(submit(hold("h", 60)).refused);
  EXPECT_FALSE(reversal_of(found("h"))) << "it is not posted";
  ASSERT_FALSE(post("h", 50).refused);
  const auto back = reversal_of(found("h")).value();
  const auto first = submit(repeatable(back));
  ASSERT_FALSE(first.refused);
  EXPECT_EQ(first.transfer.reverses, transfer("h"));
  for (int i = 0; i < 3; ++i) {
    const auto again = submit(repeatable(back, idempotency_key{"alice", std::to_string(i), "r"}));
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.transfer, first.transfer);
    restart();
  }
  EXPECT_EQ(stored("alice"), 100);
  EXPECT_EQ(stored("bob"), 0);
}

TEST_F(holds, whose_reversal_is_refused_can_be_reversed_later) {
  ASSERT_FALSE(submit(transfer_of("t", account("alice"), account("bob"), 50)).refused);
  ASSERT_FALSE(submit(transfer_of("spent", account("bob"), account("alice"), 1)).refused);
  const auto back = reversal_of(found("t")).value();
  EXPECT_EQ(code(submit(repeatable(back)).refused), errc::insufficient_funds);
  EXPECT_EQ(stored("alice"), 51);
  ASSERT_FALSE(submit(transfer_of("more", account("alice"), account("bob"), 1)).refused);
  EXPECT_FALSE(submit(repeatable(back)).refused);
}

class resting_holds : public holds_fixture {
 protected:
  resting_holds() : holds_fixture(restless()) {}
  static ledger_options restless() {
    ledger_options o = small();
    o.rest_after = seconds(2);
    return o;
  }
};

TEST_F(resting_holds, let_their_accounts_rest_and_wake_with_what_is_held) {
  for (int i = 0; i < 10; ++i) {
    const auto name = "h" + std::to_string(i);
    ASSERT_FALSE(submit(hold(name, 60)).refused);
    for (int s = 0; s < 4; ++s) clock_.advance(seconds(1));
    auto p = i % 2 == 0 ? post_later(name, 5) : void_later(name);
    clock_.advance(seconds(3));
    ASSERT_FALSE(p.get().refused);
  }
  EXPECT_EQ(stored("bob"), 25);
  expect_free("alice", 75);
}

}  // namespace
}  // namespace lifeline::ledger::testing
