#include <algorithm>

#include "ledger/books_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

class store_in_trouble : public books_fixture {
 protected:
  store_in_trouble() {
    open_with("alice", 100);
    open_with("bob", 0);
  }
  transfer_answer move(const std::string& name, std::int64_t minor) {
    return submit(repeatable(transfer_of(name, account("alice"), account("bob"), minor)));
  }
};

TEST_F(store_in_trouble, known_to_have_failed_releases_exactly_that_batch) {
  store_.fail_next_commit(commit_fault::unavailable);
  const auto failed = move("t", 100);
  EXPECT_EQ(code(failed.refused), errc::store_unavailable);
  EXPECT_EQ(failed.refused->known, outcome::none);
  EXPECT_EQ(stored("alice"), 100);
  EXPECT_FALSE(move("t", 100).refused) << "nothing stayed reserved, the id is free";
}

TEST_F(store_in_trouble, unknown_but_stored_is_found_out_and_answered_as_done) {
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  const auto t = move("t", 60);
  EXPECT_FALSE(t.refused);
  EXPECT_EQ(stored("bob"), 60);
  EXPECT_EQ(code(move("u", 60).refused), errc::insufficient_funds);
  EXPECT_TRUE(books_->healthy());
}

TEST_F(store_in_trouble, unknown_and_lost_is_found_out_and_answered_as_not_done) {
  store_.fail_next_commit(commit_fault::unknown_and_lost);
  const auto t = move("t", 60);
  EXPECT_EQ(code(t.refused), errc::store_unavailable);
  EXPECT_EQ(t.refused->known, outcome::none);
  EXPECT_FALSE(is_stored("t"));
  EXPECT_FALSE(move("t", 100).refused);
}

TEST_F(store_in_trouble, unknown_and_late_is_waited_for_and_not_done_twice) {
  store_.fail_next_commit(commit_fault::unknown_then_late);
  EXPECT_FALSE(move("t", 60).refused);
  EXPECT_TRUE(move("t", 60).replayed);
  EXPECT_EQ(stored("bob"), 60);
}

TEST_F(store_in_trouble, that_cannot_say_what_became_of_a_commit_keeps_its_reservations) {
  store_.fail_fences();
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  const auto t = move("t", 60);
  EXPECT_EQ(code(t.refused), errc::store_unavailable);
  EXPECT_EQ(t.refused->known, outcome::unknown);
  EXPECT_FALSE(books_->healthy());

  const auto more = submit(transfer_of("more", account("alice"), account("bob"), 41));
  EXPECT_EQ(code(more.refused), errc::insufficient_funds) << "60 of 100 stay reserved";
  const auto small = submit(transfer_of("small", account("alice"), account("bob"), 40));
  EXPECT_EQ(code(small.refused), errc::store_unavailable);
  EXPECT_EQ(small.refused->known, outcome::none) << "it never reached the store";

  store_.fail_fences(0);
  while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
  EXPECT_TRUE(move("t", 60).replayed) << "a retry with the same id is answered";
  EXPECT_FALSE(submit(transfer_of("small", account("alice"), account("bob"), 40)).refused);
  EXPECT_EQ(stored("bob"), 100);
  expect_sums_of_zero();
}

/// A reader of the store sees the credit. So a debit that only this credit can pay is not refused
/// before the accounts know of it.
TEST_F(store_in_trouble, makes_debits_wait_for_the_verdict_on_credits_that_would_pay_them) {
  for (const auto fault : {commit_fault::unknown_but_stored, commit_fault::unknown_and_lost}) {
    const bool is_stored = fault == commit_fault::unknown_but_stored;
    SCOPED_TRACE(is_stored);
    const std::int64_t before = stored("bob");
    store_.fail_fences();
    store_.fail_next_commit(fault);
    EXPECT_EQ(code(move(is_stored ? "in" : "lost", 40).refused), errc::store_unavailable);
    EXPECT_EQ(stored("bob"), before + (is_stored ? 40 : 0));

    auto scope = with_cancel(rt_.background());
    const auto back = [&](const char* name) {
      return of(transfer_of(std::string(name) + (is_stored ? "" : " too"), account("bob"),
                            account("alice"), before + 40));
    };
    auto given_up = submit_later(scope.ctx(), back("given up"));
    auto paid = submit_later(back("paid"));
    EXPECT_EQ(
        code(submit(transfer_of("beyond", account("bob"), account("alice"), before + 41)).refused),
        errc::insufficient_funds)
        << "no running transfer would pay this";
    scope.cancel();
    EXPECT_EQ(code(given_up.get().refused), errc::canceled);

    store_.fail_fences(0);
    while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
    const auto answer = paid.get();
    EXPECT_EQ(code(answer.refused),
              is_stored ? std::nullopt : std::optional(errc::insufficient_funds));
    EXPECT_EQ(stored("bob"), is_stored ? 0 : before);
    expect_sums_of_zero();
  }
}

TEST_F(store_in_trouble, that_does_not_answer_in_time_is_unknown) {
  held_commits hold(store_);
  auto t = submit_later(of(transfer_of("t", account("alice"), account("bob"), 60)));
  hold.wait_until_one_began();
  store_.fail_fences();
  // The limit's timer is armed before the commit begins.
  clock_.advance(std::chrono::seconds(6));
  EXPECT_EQ(t.get().refused->known, outcome::unknown);
  EXPECT_FALSE(books_->healthy());
  store_.fail_fences(0);
  hold.let_go();
  while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
  // Fenced off or stored: the store tells, and the spendable funds agree with it.
  const std::int64_t left = stored("alice");
  EXPECT_EQ(left, is_stored("t") ? 40 : 100);
  EXPECT_EQ(code(move("too much", left + 1).refused), errc::insufficient_funds);
  EXPECT_FALSE(move("all", left).refused);
}

TEST_F(store_in_trouble, that_finds_a_broken_rule_refuses_the_culprit_and_keeps_the_rest) {
  open_with("carol", 0);
  std::vector<std::future<transfer_answer>> answers;
  {
    // A batch gathers behind a held commit; then the store reports a violation.
    held_commits hold(store_);
    answers.push_back(submit_later(of(transfer_of("first", account("alice"), account("bob"), 1))));
    hold.wait_until_one_began();
    for (int i = 0; i < 8; ++i)
      answers.push_back(submit_later(
          of(transfer_of("t" + std::to_string(i), account("alice"), account("carol"), 1))));
    while (books_->in_flight() < 18) std::this_thread::yield();  // requests and their entries
    for (int i = 0; i < 4; ++i) store_.fail_next_commit(commit_fault::violated);
  }
  int refused = 0;
  int broken = 0;
  for (auto& a : answers) {
    const auto answer = a.get();
    if (!answer.refused) continue;
    ++refused;
    broken += answer.refused->code == errc::internal ? 1 : 0;
  }
  // 8, 4, 2, 1: the first of the eight was the culprit, or the held one, if its fault came first.
  EXPECT_GE(broken, 1);
  EXPECT_EQ(refused, broken);
  EXPECT_EQ(stored("alice") + stored("bob") + stored("carol"), 100);
  EXPECT_FALSE(move("rest", stored("alice")).refused) << "nothing stayed reserved";
  expect_sums_of_zero();
}

TEST_F(store_in_trouble, taken_over_by_another_journal_loses_the_ledger) {
  ASSERT_TRUE(store_.fence(rt_.background()));  // as another node would
  const auto t = move("t", 1);
  EXPECT_EQ(code(t.refused), errc::store_unavailable);
  EXPECT_EQ(t.refused->known, outcome::none);
  lost_.wait(false);
  EXPECT_FALSE(is_stored("t"));
}

TEST_F(store_in_trouble, makes_an_opening_unknown_and_then_known) {
  store_.fail_fences();
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  const auto opened = open(account_of("carol"));
  EXPECT_EQ(code(opened.refused), errc::store_unavailable);
  EXPECT_EQ(opened.refused->known, outcome::unknown);
  store_.fail_fences(0);
  while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
  EXPECT_EQ(code(open(account_of("carol")).refused), errc::already_exists);
  EXPECT_FALSE(submit(transfer_of("t", account("alice"), account("carol"), 1)).refused);
}

class small_journal : public books_fixture {
 protected:
  small_journal() : books_fixture(narrow()) {}
  static ledger_options narrow() {
    ledger_options o = small();
    o.journal_queue = 2;
    return o;
  }
};

TEST_F(small_journal, refuses_what_its_queue_cannot_take_and_releases_it) {
  open_with("alice", 100);
  open_with("bob", 0);
  std::vector<std::future<transfer_answer>> answers;
  {
    held_commits hold(store_);
    answers.push_back(submit_later(of(transfer_of("first", account("alice"), account("bob"), 1))));
    hold.wait_until_one_began();
    for (int i = 0; i < 9; ++i)
      answers.push_back(submit_later(
          of(transfer_of("t" + std::to_string(i), account("alice"), account("bob"), 10))));
    // One runs, two wait, the others are answered at once.
    const auto ready = [](const auto& a) {
      return a.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    while (std::count_if(answers.begin(), answers.end(), ready) < 7) std::this_thread::yield();
  }
  int overloaded = 0;
  for (auto& a : answers)
    if (const auto answer = a.get(); answer.refused) {
      EXPECT_EQ(answer.refused->code, errc::overloaded);
      EXPECT_EQ(answer.refused->known, outcome::none);
      ++overloaded;
    }
  EXPECT_EQ(overloaded, 7);
  EXPECT_FALSE(
      submit(transfer_of("rest", account("alice"), account("bob"), stored("alice"))).refused);
}

}  // namespace
}  // namespace lifeline::ledger::testing
