#include "ledger/books_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

class transfers : public books_fixture {};

TEST_F(transfers, move_money_durably_and_are_numbered) {
  open_with("alice", 100);
  open_with("bob", 0);
  const auto t = submit(transfer_of("t", account("alice"), account("bob"), 30));
  ASSERT_FALSE(t.refused);
  EXPECT_EQ(t.transfer.status, transfer_status::posted);
  EXPECT_EQ(t.transfer.sequence, *store_.last_sequence(rt_.background()));
  EXPECT_EQ(t.transfer.posted_at, clock_.wall_now());
  EXPECT_EQ(stored("alice"), 70);
  EXPECT_EQ(stored("bob"), 30);
  EXPECT_EQ(stored(world_account(usd)), -100);
  expect_sums_of_zero();
}

TEST_F(transfers, refused_leave_all_balances_as_they_were) {
  open_with("alice", 100);
  open_with("bob", 0);
  account_record in_euros = account_of("eve");
  in_euros.unit = eur;
  ASSERT_FALSE(open(in_euros).refused);
  struct row {
    transfer_record transfer;
    errc refused;
  };
  for (const row& r :
       {row{transfer_of("1", account("alice"), account("bob"), 101), errc::insufficient_funds},
        row{transfer_of("2", account("alice"), account("alice"), 1), errc::same_account},
        row{transfer_of("3", account("alice"), account("nobody"), 1), errc::not_found},
        row{transfer_of("4", account("nobody"), account("bob"), 1), errc::not_found},
        row{transfer_of("5", account("alice"), account("eve"), 1), errc::currency_mismatch},
        row{transfer_of("6", account("alice"), account("bob"), 1, eur), errc::currency_mismatch},
        row{transfer_of("7", world_account(usd), account("alice"), max_minor),
            errc::balance_limit}}) {
    const auto answer = submit(r.transfer);
    EXPECT_EQ(code(answer.refused), r.refused) << answer.refused->detail;
    EXPECT_EQ(answer.refused->known, outcome::none);
  }
  EXPECT_FALSE(submit(transfer_of("8", account("alice"), account("bob"), 100)).refused)
      << "no refusal left a reservation behind";
  expect_sums_of_zero();
}

TEST_F(transfers, debit_only_the_accounts_of_their_caller) {
  open_with("alice", 100);
  open_with("bob", 0);
  submit_transfer m = of(transfer_of("t", account("alice"), account("bob"), 1));
  m.debits_only = "bob";
  EXPECT_EQ(code(submit(m).refused), errc::forbidden);
  m.debits_only = "alice";
  EXPECT_FALSE(submit(m).refused);
}

TEST_F(transfers, of_one_id_have_one_effect_however_often_they_are_sent) {
  open_with("alice", 100);
  open_with("bob", 0);
  const auto t = transfer_of("t", account("alice"), account("bob"), 100);
  const auto first = submit(repeatable(t));
  ASSERT_FALSE(first.refused);
  for (int i = 0; i < 3; ++i) {
    const auto again =
        submit(repeatable(t));  // the funds are gone: a refusal, were it not the same
    ASSERT_FALSE(again.refused) << again.refused->detail;
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.transfer, first.transfer);
    restart();
  }
  EXPECT_EQ(stored("bob"), 100);
}

TEST_F(transfers, of_one_id_and_other_content_are_refused) {
  open_with("alice", 100);
  open_with("bob", 0);
  ASSERT_FALSE(submit(repeatable(transfer_of("t", account("alice"), account("bob"), 10))).refused);
  for (std::int64_t amount : {11, 1'000})
    EXPECT_EQ(
        code(
            submit(repeatable(transfer_of("t", account("alice"), account("bob"), amount))).refused),
        errc::idempotency_mismatch);
  EXPECT_EQ(stored("bob"), 10);
}

TEST_F(transfers, meet_a_running_one_of_the_same_id) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  const auto t = transfer_of("t", account("alice"), account("bob"), 10);
  auto first = submit_later(repeatable(t));
  hold.wait_until_one_began();
  EXPECT_EQ(code(submit(repeatable(t)).refused), errc::in_progress);
  auto other = t;
  other.amount.minor = 11;
  EXPECT_EQ(code(submit(repeatable(other)).refused), errc::idempotency_mismatch);
  hold.let_go();
  EXPECT_FALSE(first.get().refused);
  EXPECT_EQ(stored("bob"), 10);
}

TEST_F(transfers, of_one_key_have_one_effect_and_a_key_belongs_to_its_caller) {
  open_with("alice", 100);
  open_with("bob", 0);
  const auto t = transfer_of("t", account("alice"), account("bob"), 10);
  ASSERT_FALSE(submit(repeatable(t, idempotency_key{"alice", "k", "d"})).refused);
  auto another = t;
  another.id = transfer("another id under the same key");
  const auto again = submit(repeatable(another, idempotency_key{"alice", "k", "d"}));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.transfer.id, t.id);
  EXPECT_EQ(code(submit(repeatable(another, idempotency_key{"alice", "k", "e"})).refused),
            errc::idempotency_mismatch);
  EXPECT_FALSE(submit(repeatable(another, idempotency_key{"bob", "k", "e"})).refused);
  EXPECT_EQ(stored("bob"), 20);
}

TEST_F(transfers, free_their_id_and_key_when_they_are_refused) {
  open_with("alice", 0);
  open_with("bob", 0);
  const auto t = transfer_of("t", account("alice"), account("bob"), 10);
  const idempotency_key key{"alice", "k", "d"};
  EXPECT_EQ(code(submit(repeatable(t, key)).refused), errc::insufficient_funds);
  ASSERT_FALSE(submit(transfer_of("fund", world_account(usd), account("alice"), 10)).refused);
  EXPECT_FALSE(submit(repeatable(t, key)).refused);
}

TEST_F(transfers, whose_context_is_done_are_not_begun) {
  open_with("alice", 100);
  open_with("bob", 0);
  auto scope = with_cancel(rt_.background());
  scope.cancel();
  EXPECT_EQ(
      code(submit_later(scope.ctx(), of(transfer_of("t", account("alice"), account("bob"), 1)))
               .get()
               .refused),
      errc::canceled);
  EXPECT_FALSE(is_stored("t"));
}

TEST_F(transfers, past_the_commit_point_are_not_undone_by_a_cancel) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto scope = with_timeout(rt_.background(), std::chrono::seconds(1));
  auto t = submit_later(scope.ctx(), of(transfer_of("t", account("alice"), account("bob"), 1)));
  hold.wait_until_one_began();
  scope.cancel();
  hold.let_go();
  EXPECT_FALSE(t.get().refused);
  EXPECT_TRUE(is_stored("t"));
  EXPECT_FALSE(submit(transfer_of("rest", account("alice"), account("bob"), 99)).refused);
}

TEST_F(transfers, cancelled_before_the_commit_point_leave_no_reservation) {
  open_with("alice", 100);
  open_with("bob", 0);
  // Cancelled at random moments, chosen by the scheduler.
  for (int i = 0; i < 300; ++i) {
    const auto name = "t" + std::to_string(i);
    auto scope = with_cancel(rt_.background());
    auto t =
        submit_later(scope.ctx(), of(transfer_of(name, account("alice"), account("bob"), 100)));
    for (int spin = 0; spin < i * 20; ++spin) std::atomic_thread_fence(std::memory_order_seq_cst);
    scope.cancel();
    const auto answer = t.get();
    EXPECT_EQ(is_stored(name), !answer.refused);
    if (!answer.refused)
      ASSERT_FALSE(
          submit(transfer_of("back" + name, account("bob"), account("alice"), 100)).refused);
    else
      ASSERT_EQ(code(answer.refused), errc::canceled);
  }
  EXPECT_FALSE(submit(transfer_of("all", account("alice"), account("bob"), 100)).refused);
  expect_sums_of_zero();
}

TEST_F(transfers, are_refused_once_the_ledger_stops_and_those_in_flight_end_first) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto t = submit_later(of(transfer_of("t", account("alice"), account("bob"), 1)));
  hold.wait_until_one_began();
  auto no_time = with_cancel(rt_.background());
  no_time.cancel();
  EXPECT_FALSE(books_->stop(no_time.ctx()));
  EXPECT_EQ(code(submit(transfer_of("late", account("alice"), account("bob"), 1)).refused),
            errc::shutting_down);
  EXPECT_EQ(books_->in_flight(), 2U) << "a request and its entry";
  auto stopped = std::async(std::launch::async, [&] { return books_->stop(rt_.background()); });
  hold.let_go();
  EXPECT_TRUE(stopped.get());
  EXPECT_FALSE(t.get().refused);
}

TEST_F(transfers, still_in_flight_when_the_time_to_stop_is_over_are_told) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto t = submit_later(of(transfer_of("t", account("alice"), account("bob"), 1)));
  hold.wait_until_one_began();
  auto limit = with_cancel(rt_.background());
  auto stopped = std::async(std::launch::async, [&] { return books_->stop(limit.ctx()); });
  limit.cancel();
  while (stopped.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready)
    clock_.run_posted();
  EXPECT_FALSE(stopped.get());
  hold.let_go();
  EXPECT_FALSE(t.get().refused);
}

}  // namespace
}  // namespace lifeline::ledger::testing
