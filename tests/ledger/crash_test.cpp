#include "ledger/books_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

/// Actors die at the worst moment. Waiting requests get "unknown", not silence; a repetition gets
/// the final answer; and no money is lost, invented or moved twice.
class crash_of : public books_fixture {
 protected:
  crash_of() {
    open_with("alice", 100);
    open_with("bob", 0);
  }
  ~crash_of() override {
    expect_sums_of_zero();
    EXPECT_EQ(stored("alice") + stored("bob"), 100);
  }

  static submit_transfer payment(const std::string& name, std::int64_t minor) {
    return repeatable(transfer_of(name, account("alice"), account("bob"), minor));
  }
  transfer_answer pay(const std::string& name, std::int64_t minor) {
    return submit(payment(name, minor));
  }
  caf::actor processor() { return books_->processor_of(transfer("t")); }
  caf::actor journal() { return books_->journal().current(); }

  /// All within the supervisor's half minute, however slowly the actors return.
  void recover_slowly() {
    while (!books_->healthy() && !lost_) {
      clock_.advance(std::chrono::milliseconds(1));
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }

  /// All actors with work have run many times: the scheduler's queue is first come, first served.
  void give_turns() {
    caf::scoped_actor self(rt_.system());
    const caf::actor last =
        rt_.system().spawn([]() -> caf::behavior { return {[](int n) { return n; }}; });
    for (int i = 0; i < 20; ++i)
      self->request(last, caf::infinite, i).receive([](int) {}, [](const caf::error&) {});
  }
  /// Many times a supervisor's pause, but far below a commit's time limit.
  void expect_not_back(const char* why) {
    for (int i = 0; i < 100; ++i) {
      clock_.advance(std::chrono::milliseconds(1));
      give_turns();
      ASSERT_FALSE(books_->healthy()) << why;
    }
  }

  static void expect_unknown(const transfer_answer& a) {
    ASSERT_TRUE(a.refused);
    EXPECT_EQ(a.refused->code, errc::store_unavailable);
    EXPECT_EQ(a.refused->known, outcome::unknown);
  }
  /// 60 of 100 were paid once; the rest can be spent, and no more.
  void expect_paid_once(bool replayed) {
    const auto again = pay("t", 60);
    EXPECT_FALSE(again.refused) << again.refused->detail;
    EXPECT_EQ(again.replayed, replayed);
    EXPECT_EQ(stored("bob"), 60);
    EXPECT_EQ(code(pay("too much", 41).refused), errc::insufficient_funds);
    EXPECT_FALSE(pay("the rest", 40).refused) << "nothing stayed reserved";
  }
};

TEST_F(crash_of, the_processor_leaves_its_transfer_to_the_journal) {
  held_commits hold(store_);
  auto t = submit_later(payment("t", 60));
  hold.wait_until_one_began();
  crash(processor());
  expect_unknown(t.get());
  store_what_is_held(hold);
  recover();
  expect_paid_once(true);
}

TEST_F(crash_of, the_processor_refuses_what_comes_before_it_is_back) {
  crash(processor());
  EXPECT_EQ(processor(), nullptr);
  EXPECT_EQ(books_->state(), ledger_state::starting);
  recover();
  EXPECT_FALSE(pay("t", 60).refused);
}

TEST_F(crash_of, the_group_loads_nothing_before_the_journal_is_through) {
  held_commits hold(store_);
  auto t = submit_later(payment("t", 60));
  hold.wait_until_one_began();
  crash(processor());
  expect_not_back("an account that loads itself now would miss 60");
  store_what_is_held(hold);
  recover();
  expect_unknown(t.get());
  expect_paid_once(true);
}

/// An account of the old group could still append; its successor would then load old data.
TEST_F(crash_of, the_group_loads_nothing_before_the_last_of_its_predecessors_is_gone) {
  std::atomic<bool> gone{false};
  account_actor("alice")->attach_functor([&gone] { gone.wait(false); });
  crash(processor());
  expect_not_back("an account of the group before is still there");
  gone = true;
  gone.notify_all();
  recover();
  EXPECT_FALSE(pay("t", 60).refused);
  expect_paid_once(true);
}

TEST_F(crash_of, an_account_takes_the_group_with_it_and_no_money) {
  held_commits hold(store_);
  auto t = submit_later(payment("t", 60));
  hold.wait_until_one_began();
  crash(account_actor("alice"));
  expect_unknown(t.get());
  store_what_is_held(hold);
  recover();
  expect_paid_once(true);
}

TEST_F(crash_of, a_directory_shard_answers_the_opening_that_it_holds) {
  held_commits hold(store_);
  auto opened = open_later(account_of("carol"));
  hold.wait_until_one_began();
  crash(books_->shard_of(account("carol")));
  const auto answer = opened.get();
  ASSERT_TRUE(answer.refused);
  EXPECT_EQ(answer.refused->known, outcome::unknown);
  store_what_is_held(hold);
  recover();
  EXPECT_EQ(code(open(account_of("carol")).refused), errc::already_exists);
}

TEST_F(crash_of, the_journal_with_a_commit_that_went_well) {
  held_commits hold(store_);
  auto t = submit_later(payment("t", 60));
  hold.wait_until_one_began();
  crash(journal());
  expect_unknown(t.get());
  store_what_is_held(hold);
  recover();
  expect_paid_once(true);
}

TEST_F(crash_of, the_journal_with_a_commit_that_comes_too_late) {
  held_commits hold(store_);
  auto t = submit_later(payment("t", 60));
  hold.wait_until_one_began();
  crash(journal());
  expect_unknown(t.get());
  recover();  // under a new epoch
  auto again = submit_later(payment("t", 60));
  hold.let_go();
  const auto answer = again.get();
  EXPECT_FALSE(answer.refused);
  EXPECT_FALSE(answer.replayed) << "the first commit was fenced off";
  EXPECT_FALSE(lost_) << "by this ledger itself, and not by another";
  expect_paid_once(true);
}

TEST_F(crash_of, the_journal_waits_for_a_store_that_is_away) {
  store_.fail_fences();
  crash(journal());
  for (int i = 0; i < 100; ++i) clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(books_->healthy());
  EXPECT_FALSE(lost_) << "a store that is away is no failure of the journal";
  store_.fail_fences(0);
  recover();
  EXPECT_FALSE(pay("t", 60).refused);
}

TEST_F(crash_of, the_journal_while_it_finds_out_about_a_commit) {
  store_.fail_fences();
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  expect_unknown(pay("t", 60));
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(journal()),
             caf::make_error(caf::sec::runtime_error, std::string("crashed on purpose")));
  while (journal()) std::this_thread::yield();
  store_.fail_fences(0);
  recover();
  expect_paid_once(true);
}

TEST_F(crash_of, a_journal_that_is_told_to_exit_finishes_first) {
  {
    held_commits hold(store_);
    auto t = submit_later(payment("t", 60));
    hold.wait_until_one_began();
    auto u = submit_later(payment("u", 10));
    while (books_->in_flight() < 4) std::this_thread::yield();  // two requests and their entries
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(journal()), caf::exit_reason::user_shutdown);
    hold.let_go();
    t.wait();
    u.wait();
  }
  while (books_->healthy()) std::this_thread::yield();
  recover();
  EXPECT_TRUE(is_stored("t"));
  EXPECT_TRUE(is_stored("u"));
  EXPECT_TRUE(pay("u", 10).replayed);
}

TEST_F(crash_of, anything_too_often_loses_the_ledger) {
  int crashes = 0;
  for (; !lost_ && crashes < 100; ++crashes) {
    if (const auto p = processor())
      exit_first(caf::actor_cast<caf::strong_actor_ptr>(p),
                 caf::make_error(caf::sec::runtime_error, std::string("crashed on purpose")));
    while (books_->healthy() && !lost_) std::this_thread::yield();
    recover_slowly();
  }
  EXPECT_EQ(crashes, 36) << "five restarts in the group, which is restarted five times itself";
}

}  // namespace
}  // namespace lifeline::ledger::testing
