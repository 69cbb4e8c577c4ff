#include "ledger/holds_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;
using std::chrono::seconds;

class schedules : public holds_fixture {
 protected:
  transfer_answer execute(const transfer_record& listed) {
    return execute_later(rt_.background(), listed).get();
  }
  std::future<transfer_answer> execute_later(const context& ctx, const transfer_record& listed) {
    return ask_later<transfer_answer>(books_->processor_of(listed.id), ctx, execute_due{listed});
  }
};

TEST_F(schedules, move_nothing_until_they_are_due_and_then_once) {
  const auto s = submit(schedule("s", 60, seconds(30)));
  ASSERT_FALSE(s.refused) << s.refused->detail;
  EXPECT_EQ(s.transfer.status, scheduled);
  EXPECT_EQ(s.transfer, found("s"));
  expect_free("alice", 100);
  const auto listed = found("s");
  EXPECT_EQ(code(execute(listed).refused), errc::invalid_state) << "not due yet";
  clock_.advance(seconds(30));
  const auto done = execute_all_due();
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].transfer, found("s"));
  EXPECT_EQ(done[0].transfer.status, posted);
  EXPECT_TRUE(execute(listed).refused) << "listed before, executed since";
  EXPECT_EQ(stored("bob"), 60);
  expect_free("alice", 40);
}

TEST_F(schedules, become_holds_where_that_was_asked_and_these_expire_from_then_on) {
  auto t = schedule("s", 60, seconds(30));
  t.two_phase = true;
  t.expires_in = seconds(10);
  ASSERT_FALSE(submit(t).refused);
  clock_.advance(seconds(35));
  ASSERT_EQ(execute_all_due().size(), 1U);
  EXPECT_EQ(found("s").status, pending);
  EXPECT_EQ(found("s").expires_at, clock_.wall_now() + seconds(10));
  expect_free("alice", 40);
  clock_.advance(seconds(10));
  EXPECT_EQ(execute_all_due().at(0).transfer.status, expired);
  expect_free("alice", 100);
}

TEST_F(schedules, refused_when_due_are_rejected_with_their_reason) {
  ASSERT_FALSE(submit(schedule("s", 101, seconds(30))).refused);
  clock_.advance(seconds(30));
  const auto answers = execute_all_due();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers[0].refused);
  EXPECT_EQ(found("s").status, rejected);
  EXPECT_EQ(found("s").reason, "insufficient_funds");
  EXPECT_TRUE(execute_all_due().empty());
  EXPECT_EQ(code(make_void("s").refused), errc::invalid_state);
  expect_free("alice", 100);
}

TEST_F(schedules, that_meet_trouble_stay_for_the_next_round) {
  ASSERT_FALSE(submit(schedule("s", 60, seconds(30))).refused);
  clock_.advance(seconds(30));
  const auto listed = found("s");
  store_.fail_next_commit(commit_fault::unavailable);
  EXPECT_EQ(code(execute(listed).refused), errc::store_unavailable);
  EXPECT_EQ(found("s").status, scheduled);

  auto over = with_cancel(rt_.background());
  over.cancel();
  EXPECT_EQ(code(execute_later(over.ctx(), listed).get().refused), errc::canceled);

  restart();
  store_.fail_reads();  // the accounts can't be loaded
  EXPECT_EQ(code(execute(listed).refused), errc::store_unavailable);
  store_.fail_reads(0);
  EXPECT_EQ(found("s").status, scheduled);

  store_.fail_fences();
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  transfer_answer unknown;
  do {
    unknown = execute(listed);
  } while (unknown.refused && unknown.refused->known == outcome::none);
  EXPECT_EQ(unknown.refused->known, outcome::unknown);
  store_.fail_fences(0);
  while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
  EXPECT_TRUE(execute(listed).refused) << "it was stored: the same id, not twice";
  EXPECT_TRUE(execute_all_due().empty());
  EXPECT_EQ(stored("bob"), 60);
}

TEST_F(schedules, can_be_voided_before_they_are_due) {
  ASSERT_FALSE(submit(schedule("s", 60, seconds(30))).refused);
  EXPECT_EQ(code(post("s").refused), errc::invalid_state);
  EXPECT_EQ(make_void("s").transfer.status, voided);
  EXPECT_TRUE(make_void("s").replayed);
  clock_.advance(seconds(30));
  EXPECT_TRUE(execute_all_due().empty());
  EXPECT_EQ(stored("bob"), 0);
}

TEST_F(schedules, are_refused_when_they_could_never_be_executed) {
  auto t = schedule("s", 60, seconds(30));
  t.to = account("nobody");
  EXPECT_EQ(code(submit(t).refused), errc::not_found);
  t = schedule("s", 60, seconds(30));
  t.amount.unit = eur;
  EXPECT_EQ(code(submit(t).refused), errc::currency_mismatch);
  submit_transfer m = of(schedule("s", 60, seconds(30)));
  m.debits_only = "bob";
  EXPECT_EQ(code(submit(m).refused), errc::forbidden);
  t = schedule("s", 60, seconds(-61));
  EXPECT_EQ(code(submit(t).refused), errc::invalid_field);
}

TEST_F(schedules, repeated_by_id_are_answered_as_the_first_time_even_after_they_were_executed) {
  const auto t = schedule("s", 60, seconds(30));
  const auto first = submit(repeatable(t));
  ASSERT_FALSE(first.refused);
  clock_.advance(std::chrono::hours(1));
  ASSERT_EQ(execute_all_due().size(), 1U);
  const auto again = submit(repeatable(t));
  ASSERT_FALSE(again.refused) << again.refused->detail;
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.transfer, first.transfer);
  EXPECT_EQ(stored("bob"), 60);
}

}  // namespace
}  // namespace lifeline::ledger::testing
