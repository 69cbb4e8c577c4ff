#include "ledger/holds_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

using std::chrono::seconds;
using enum transfer_status;

/// A clock that is set back and forth, as by an administrator or NTP.
class clocks : public holds_fixture {
 protected:
  transfer_record pay(const std::string& name) {
    const auto a = submit(transfer_of(name, account("alice"), account("bob"), 1));
    EXPECT_FALSE(a.refused);
    return a.transfer;
  }
  std::int64_t bobs_balance_now() {
    const auto end =
        store_.close_past(rt_.background(), wall_time::max(), clock_.wall_now()).value();
    return store_.balance_at(rt_.background(), account("bob"), end - std::chrono::milliseconds(1))
        .value()
        ->posted;
  }
};

TEST_F(clocks, that_are_set_back_do_not_take_the_ledgers_time_along) {
  const wall_time begun = clock_.wall_now();
  clock_.jump_wall(seconds(12));
  EXPECT_EQ(pay("fast").posted_at, begun + seconds(12));
  clock_.jump_wall(seconds(-12));
  EXPECT_EQ(pay("right").posted_at, begun + seconds(12));
  EXPECT_EQ(bobs_balance_now(), 2);
  restart();
  const auto after = pay("after a restart");
  const wall_time behind_the_question = begun + seconds(12) + std::chrono::milliseconds(1);
  EXPECT_EQ(after.posted_at, behind_the_question);
  EXPECT_EQ(after.created_at, behind_the_question);
  EXPECT_EQ(found("after a restart"), after) << "what was answered is what is stored";
  EXPECT_EQ(bobs_balance_now(), 3);
  clock_.advance(seconds(13));
  EXPECT_EQ(pay("later").posted_at, begun + seconds(13));
}

TEST_F(clocks, date_accounts_as_they_are_stored) {
  clock_.jump_wall(seconds(12));
  pay("fast");
  clock_.jump_wall(seconds(-12));
  const auto opened = open(account_of("carol"));
  EXPECT_EQ(opened.account.created_at, clock_.wall_now() + seconds(12));
  const auto stored = store_.find_account(rt_.background(), account("carol"))->value();
  EXPECT_EQ(stored, opened.account) << "what was answered is what is stored";
}

TEST_F(clocks, let_a_hold_live_at_least_as_long_as_it_was_asked_for) {
  clock_.jump_wall(seconds(12));
  const auto h = submit(hold("h", 10, seconds(5))).transfer;
  EXPECT_EQ(h.expires_at, h.created_at + seconds(5));
  clock_.jump_wall(seconds(-12));
  const auto behind = submit(hold("behind", 10, seconds(5))).transfer;
  EXPECT_EQ(behind.expires_at, h.expires_at) << "by the ledger's time, which has not fallen";
  restart();
  clock_.advance(seconds(4));
  const auto posted_h = post("h");
  ASSERT_FALSE(posted_h.refused);
  EXPECT_EQ(posted_h.transfer.posted_at, h.created_at);
  EXPECT_FALSE(post("behind").refused);
}

TEST_F(clocks, do_not_bring_back_a_hold_that_was_refused_as_expired) {
  ASSERT_FALSE(submit(hold("h", 60, seconds(5))).refused);
  clock_.jump_wall(seconds(12));
  const idempotency_key key{"alice", "k", "digest"};
  EXPECT_EQ(code(post("h", {}, key).refused), errc::invalid_state);
  EXPECT_EQ(found("h").status, expired);
  EXPECT_FALSE(store_.find_key(rt_.background(), "alice", "k").value()) << "it was refused";
  clock_.jump_wall(seconds(-12));
  EXPECT_EQ(code(post("h").refused), errc::invalid_state);
  restart();
  EXPECT_EQ(code(post("h").refused), errc::invalid_state);
  expect_free("alice", 100);
}

/// Otherwise its row would say that it was posted after its expiry.
TEST_F(clocks, that_are_behind_the_last_commit_do_not_post_what_had_expired_by_then) {
  ASSERT_FALSE(submit(hold("h", 60, seconds(5))).refused);
  clock_.jump_wall(seconds(12));
  pay("fast");
  clock_.jump_wall(seconds(-12));
  EXPECT_EQ(code(post("h").refused), errc::invalid_state);
  ASSERT_FALSE(submit(hold("again", 60)).refused);
  restart();
  EXPECT_EQ(found("h").status, expired);
  EXPECT_FALSE(post("again").refused);
}

TEST_F(clocks, leave_a_commit_whose_end_was_unknown_its_stored_time) {
  clock_.jump_wall(seconds(12));
  pay("fast");
  clock_.jump_wall(seconds(-12));
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  const auto p = pay("unknown");
  EXPECT_EQ(p.posted_at, clock_.wall_now() + seconds(12));
  EXPECT_EQ(found("unknown"), p);
}

}  // namespace
}  // namespace lifeline::ledger::testing
