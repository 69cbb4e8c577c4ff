#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "bank/storage/memory/ledger_store.hpp"
#include "ledger/builders.hpp"
#include "lifeline/ledger/actors/account.hpp"
#include "lifeline/ledger/actors/directory_shard.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/actors/transaction_processor.hpp"
#include "lifeline/ledger/messages/steps.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/time/manual_clock.hpp"

// Late answers to an ended request while another with the same id is running. The test plays the
// actors around the one under test.

namespace lifeline::ledger::detail {
namespace {

using namespace lifeline::ledger::testing;

std::optional<errc> code(const std::optional<failure>& f) {
  return f ? std::optional(f->code) : std::nullopt;
}

ledger_options with_one_shard(ledger_options o) {
  o.directory_shards = 1;
  return o;
}

/// Holds account reads until released.
class slow_reads final : public bank::storage::store_hook {
 public:
  std::optional<failure> around(const bank::storage::store_call& call,
                                const rest_of_call& go_on) override {
    if (call.what == bank::storage::operation::find_account) open_.wait(false);
    return go_on();
  }
  void hold() { open_ = false; }
  void let_go() {
    open_ = true;
    open_.notify_all();
  }

 private:
  std::atomic<bool> open_{true};
};

class late_answers : public ::testing::Test {
 protected:
  late_answers() { store_.around(reads_); }
  ~late_answers() override {
    reads_.let_go();
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(tested_), caf::exit_reason::kill);
    env_.actors.wait_until_idle(rt_.background());
    for (const auto& lane : env_.jobs) lane.wait_until_idle(rt_.background());
  }

  caf::strong_actor_ptr myself() { return caf::actor_cast<caf::strong_actor_ptr>(self_.ptr()); }
  void test(const caf::actor& a) {
    tested_ = a;
    keep_count(a, env_);
  }
  double late(const std::string& actor) const {
    return metrics_.sum_of("bank_ledger_late_answers_total", {{"actor", actor}});
  }
  template <class Message>
  Message next() {
    Message got;
    self_->receive([&](const Message& m) {
      got = m;
      sender_ = self_->current_sender();
    });
    return got;
  }
  template <class Message>
  void tell_it(Message m) {
    self_->send(tested_, std::move(m));
  }
  /// The answer to another actor, which asks before `meanwhile`.
  template <class Answer, class Message>
  Answer ask_and(const context& ctx, Message m, const std::function<void()>& meanwhile) {
    caf::scoped_actor asker(rt_.system());
    auto pending = asker->request(tested_, caf::infinite, ctx, std::move(m));
    meanwhile();
    Answer got;
    pending.receive([&](const Answer& answer) { got = answer; },
                    [](const caf::error& e) { ADD_FAILURE() << text_of(e); });
    return got;
  }
  /// Asks for Alice's leg of a payment.
  void ask_for_debit(const std::string& name, std::uint64_t attempt, std::int64_t minor) {
    const auto t = transfer_of(name, account("alice"), account("bob"), minor);
    tell_it(take_legs{{{rt_.background(), attempt, 0, legs_of_opening(t).from, {}}}});
  }
  std::optional<leg_refusal> next_refusal() { return next<legs_answered>().answers.at(0).refused; }
  std::uint64_t next_appended() { return next<append>().units.at(0).attempt; }
  void journal_says(std::uint64_t attempt, verdict what, std::uint64_t sequence = 1) {
    tell_it(units_ended{clock_.wall_now(), {{attempt, {{what, sequence}}}}});
  }
  void journal_stored(std::uint64_t attempt, const transfer_record& t, std::uint64_t sequence) {
    const wall_time now = clock_.wall_now();
    entry_verdict stored{verdict::committed, sequence, after_opening(t, sequence, now)};
    tell_it(units_ended{now, {{attempt, {std::move(stored)}}}});
  }
  /// The test, as the journal, has published the events of what it said.
  void publish_events() {
    self_->receive([](const context&, await_events) { return events_published{}; });
  }
  void commit(entry e) { store_.commit({{epoch_, ++batches_}, clock_.wall_now(), {std::move(e)}}); }
  void fund(const std::string& name, std::int64_t balance) {
    commit(open_entry{account_of(name), {}});
    commit(transfer_entry{transfer_of("fund", world_account(usd), account(name), balance), {}});
  }

  manual_clock clock_;
  runtime rt_{{.workers = 2}, clock_};
  metrics metrics_;
  bank::storage::memory_ledger_store store_;
  slow_reads reads_;
  caf::strong_actor_ptr sender_;  ///< of the last message
  environment env_{rt_, store_, with_one_shard(measured(metrics_)), [](const std::string&) {}};
  caf::scoped_actor self_{rt_.system()};
  caf::actor tested_;
  std::uint64_t epoch_ = store_.fence(rt_.background()).value();
  std::uint64_t batches_ = 0;

 private:
  static ledger_options measured(metrics& to) {
    ledger_options o;
    o.measures = &to;
    return o;
  }
};

// -- an account: the test is its journal and its shard --------------------------------------------

class late_answers_to_an_account : public late_answers {
 protected:
  void wake(const std::string& name) {
    test(rt_.system().spawn(run_account, &env_, account(name), myself(), myself()));
    next<awake>();
  }
};

/// The first opening's outcome was unknown; the second is in progress when the final verdict
/// arrives.
TEST_F(late_answers_to_an_account, about_its_first_opening_do_not_end_its_second) {
  const account_record first = account_of("carol");
  account_record second = first;
  second.owner = "mallory";
  for (const verdict truth : {verdict::unavailable, verdict::committed}) {
    SCOPED_TRACE(static_cast<int>(truth));
    wake("carol");
    std::uint64_t attempt = 0;
    const auto unknown =
        ask_and<account_answer>(rt_.background(), open_account{first, {}, true}, [&] {
          attempt = next_appended();
          journal_says(attempt, verdict::unknown);
        });
    EXPECT_EQ(unknown.refused->known, outcome::unknown);
    const auto answer =
        ask_and<account_answer>(rt_.background(), open_account{second, {}, true}, [&] {
          const std::uint64_t again = next_appended();
          EXPECT_NE(again, attempt);
          const bool is_there = truth == verdict::committed;
          if (is_there) commit(open_entry{first, {}});
          journal_says(attempt, truth);
          journal_says(again, is_there ? verdict::duplicate : verdict::committed);
          if (!is_there) publish_events();
        });
    if (truth == verdict::committed) {
      EXPECT_EQ(code(answer.refused), errc::already_exists) << "the first one's is there";
    } else {
      ASSERT_FALSE(answer.refused) << answer.refused->detail;
      EXPECT_EQ(answer.account.owner, "mallory");
    }
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(tested_), caf::exit_reason::kill);
  }
}

TEST_F(late_answers_to_an_account, about_an_earlier_attempt_settle_nothing) {
  fund("alice", 100);
  wake("alice");
  ask_for_debit("t", 2, 60);
  EXPECT_FALSE(next_refusal());
  const auto end = [](std::uint64_t attempt, bool durable) {
    return leg_end{account("alice"), transfer("t"), attempt, durable};
  };
  tell_it(settle_legs{{end(1, true)}});
  tell_it(settle_legs{{end(1, false), end(3, true)}});
  ask_for_debit("u", 3, 41);
  EXPECT_EQ(next_refusal()->why.code, errc::insufficient_funds) << "60 stay set aside";
  EXPECT_EQ(late("account"), 3);
  tell_it(settle_legs{{end(2, true)}});
  ask_for_debit("u", 3, 40);
  EXPECT_FALSE(next_refusal());
  EXPECT_EQ(late("account"), 3);
}

/// Its request is over, and has released the leg or will.
TEST_F(late_answers_to_an_account, are_not_given_for_legs_whose_context_is_done) {
  fund("alice", 100);
  wake("alice");
  auto scope = with_cancel(rt_.background());
  scope.cancel();
  const auto payment = [](const char* name, std::int64_t minor) {
    return legs_of_opening(transfer_of(name, account("alice"), account("bob"), minor)).from;
  };
  tell_it(take_legs{{{scope.ctx(), 1, 0, payment("over", 60), {}},
                     {rt_.background(), 2, 0, payment("t", 100), {}}}});
  const auto m = next<legs_answered>();
  ASSERT_EQ(m.answers.size(), 1U);
  EXPECT_EQ(m.answers[0].attempt, 2U);
  EXPECT_FALSE(m.answers[0].refused) << "nothing was set aside for the other";
}

TEST_F(late_answers_to_an_account, about_nothing_that_it_asked_are_counted) {
  fund("alice", 100);
  wake("alice");
  journal_says(1, verdict::committed);
  const auto frozen = ask_and<account_answer>(
      rt_.background(), change_account{account("alice"), {account_status::frozen, {}}}, [&] {
        const std::uint64_t change = next_appended();
        journal_says(change + 1, verdict::unavailable);
        journal_says(change, verdict::committed);
        publish_events();
      });
  EXPECT_FALSE(frozen.refused);
  EXPECT_EQ(late("account"), 2);
}

/// Its effect comes first, then its event, then its answer.
TEST_F(late_answers_to_an_account, about_its_own_entry_are_passed_on_behind_the_event) {
  fund("alice", 100);
  wake("alice");
  caf::scoped_actor asker(rt_.system());
  auto frozen = asker->request(tested_, caf::infinite, rt_.background(),
                               change_account{account("alice"), {account_status::frozen, {}}});
  journal_says(next_appended(), verdict::committed);
  ask_for_debit("t", 1, 60);
  EXPECT_EQ(next_refusal()->why.code, errc::account_frozen);
  EXPECT_TRUE(asker->mailbox().empty()) << "no answer before the event";
  tell_it(release_legs{{{account("alice"), transfer("t"), 1}}});
  tell_it(rest{});
  next<awake>();  // it does not rest while it owes an answer
  publish_events();
  frozen.receive(
      [](const account_answer& a) { EXPECT_EQ(a.account.status, account_status::frozen); },
      [](const caf::error& e) { ADD_FAILURE() << text_of(e); });
}

// -- a directory shard ----------------------------------------------------------------------------

TEST_F(late_answers, of_an_earlier_account_do_not_wake_the_one_that_loads_itself) {
  fund("alice", 100);
  test(rt_.system().spawn(run_directory_shard, &env_, myself(), generation()));
  reads_.hold();
  ask_for_debit("t", 1, 60);
  tell_it(awake{account("alice")});
  tell_it(wants_rest{account("alice")});
  reads_.let_go();
  const auto refused = next_refusal();
  EXPECT_FALSE(refused) << refused->why.detail;
  EXPECT_EQ(late("directory_shard"), 2);
}

TEST_F(late_answers, about_ends_reach_an_account_before_what_is_said_next) {
  fund("alice", 100);
  test(rt_.system().spawn(run_directory_shard, &env_, myself(), generation()));
  ask_for_debit("t", 1, 60);
  EXPECT_FALSE(next_refusal());
  tell_it(settle_legs{{{account("alice"), transfer("t"), 1, false},
                       {account("never asked"), transfer("t"), 1, false}}});
  ask_for_debit("u", 2, 100);
  EXPECT_FALSE(next_refusal()) << "what the first had set aside came back";
  EXPECT_EQ(late("directory_shard"), 1);
  EXPECT_EQ(late("account"), 0);
}

TEST_F(late_answers, about_an_accounts_own_entry_come_behind_the_ends_before_it) {
  fund("alice", 100);
  test(rt_.system().spawn(run_directory_shard, &env_, myself(), generation()));
  ask_for_debit("t", 1, 60);
  EXPECT_FALSE(next_refusal());
  const auto frozen = ask_and<account_answer>(
      rt_.background(), change_account{account("alice"), {account_status::frozen, {}}}, [&] {
        const std::uint64_t change = next_appended();
        tell_it(settle_legs{{{account("alice"), transfer("t"), 1, true}}});
        tell_it(account_entry_ended{
            account("alice"), sender_, {clock_.wall_now(), {{change, {{verdict::committed, 7}}}}}});
        publish_events();
      });
  ASSERT_FALSE(frozen.refused);
  EXPECT_EQ(frozen.account.posted, 40);
  EXPECT_EQ(frozen.account.status, account_status::frozen);
}

// -- a processor: the test is its journal and its shard -------------------------------------------

TEST_F(late_answers, to_a_processor_about_an_earlier_attempt_are_dropped_and_counted) {
  test(rt_.system().spawn(run_transaction_processor, &env_, myself(), std::vector{myself()}, 0U));
  submit_transfer m;
  m.transfer = transfer_of("t", account("alice"), account("bob"), 10);
  auto scope = with_cancel(rt_.background());
  std::uint64_t first = 0;
  const auto cancelled = ask_and<transfer_answer>(scope.ctx(), m, [&] {
    first = next<take_legs>().legs.at(0).attempt;
    scope.cancel();
  });
  EXPECT_EQ(code(cancelled.refused), errc::canceled);
  EXPECT_EQ(next<release_legs>().legs.size(), 2U);
  const leg_refusal refused{{errc::insufficient_funds, outcome::none, "of the first attempt"}};
  const auto answer = ask_and<transfer_answer>(rt_.background(), m, [&] {
    const std::uint64_t again = next<take_legs>().legs.at(0).attempt;
    EXPECT_NE(again, first);
    tell_it(legs_answered{account("alice"), {{first, 0, refused}}});
    journal_stored(first, m.transfer, 9);
    tell_it(legs_answered{account("alice"), {{again, 0, {}}}});
    tell_it(legs_answered{account("bob"), {{again, 0, {}}}});
    EXPECT_EQ(next_appended(), again);
    journal_stored(again, m.transfer, 5);
  });
  ASSERT_FALSE(answer.refused) << answer.refused->detail;
  EXPECT_EQ(answer.transfer.sequence, 5U);
  EXPECT_EQ(late("transaction_processor"), 2);
}

TEST_F(late_answers, about_legs_that_a_request_released_to_wait_for_a_commit_are_dropped) {
  test(rt_.system().spawn(run_transaction_processor, &env_, myself(), std::vector{myself()}, 0U));
  submit_transfer m;
  m.transfer = transfer_of("t", account("alice"), account("bob"), 10);
  const leg_refusal for_now{{errc::insufficient_funds, outcome::none, "poor"}, true};
  const auto answer = ask_and<transfer_answer>(rt_.background(), m, [&] {
    const std::uint64_t attempt = next<take_legs>().legs.at(0).attempt;
    tell_it(legs_answered{account("alice"), {{attempt, 0, for_now}}});
    tell_it(legs_answered{account("bob"), {{attempt, 0, {}}}});
    const auto back = next<release_legs>();
    ASSERT_EQ(back.legs.size(), 1U);
    EXPECT_EQ(back.legs[0].account, account("bob"));
    tell_it(legs_answered{account("bob"), {{attempt, 0, {}}}});
    self_->receive([](const context&, await_commit) { return commit_passed{}; });
    EXPECT_EQ(next<take_legs>().legs.size(), 2U);
    tell_it(legs_answered{account("bob"), {{attempt, 0, {}}}});
    tell_it(legs_answered{account("alice"), {{attempt, 0, {}}}});
    const auto appended = next<append>();
    EXPECT_TRUE(appended.units.at(0).holds_legs);
    journal_stored(attempt, m.transfer, 5);
  });
  EXPECT_FALSE(answer.refused) << answer.refused->detail;
}

TEST_F(late_answers, keep_the_id_of_a_request_in_doubt_until_they_come) {
  test(rt_.system().spawn(run_transaction_processor, &env_, myself(), std::vector{myself()}, 0U));
  submit_transfer m;
  m.transfer = transfer_of("t", account("alice"), account("bob"), 10);
  m.may_be_repeated = true;
  std::uint64_t attempt = 0;
  const auto in_doubt = ask_and<transfer_answer>(rt_.background(), m, [&] {
    attempt = next<take_legs>().legs.at(0).attempt;
    tell_it(legs_answered{account("alice"), {{attempt, 0, {}}}});
    tell_it(legs_answered{account("bob"), {{attempt, 0, {}}}});
    EXPECT_EQ(next_appended(), attempt);
    journal_says(attempt, verdict::unknown, 0);
  });
  ASSERT_TRUE(in_doubt.refused);
  EXPECT_EQ(in_doubt.refused->known, outcome::unknown);
  const auto too_early = ask_and<transfer_answer>(rt_.background(), m, [] {});
  EXPECT_EQ(code(too_early.refused), errc::in_progress);
  journal_stored(attempt, m.transfer, 5);
  auto scope = with_cancel(rt_.background());
  ask_and<transfer_answer>(scope.ctx(), m, [&] {
    EXPECT_NE(next<take_legs>().legs.at(0).attempt, attempt);
    scope.cancel();
  });
  EXPECT_EQ(late("transaction_processor"), 0);
}

/// The caller may spend at once what its refused request held.
TEST_F(late_answers, of_a_processor_leave_after_its_releases) {
  test(rt_.system().spawn(run_transaction_processor, &env_, myself(), std::vector{myself()}, 0U));
  submit_transfer m;
  m.transfer = transfer_of("t", account("alice"), account("bob"), 10);
  const auto answer = ask_and<transfer_answer>(rt_.background(), m, [&] {
    const std::uint64_t attempt = next<take_legs>().legs.at(0).attempt;
    tell_it(legs_answered{account("bob"), {{attempt, 0, {}}}});
    // The many answers behind it keep the processor busy.
    legs_answered refusal{account("alice"), {{attempt, 0, leg_refusal{}}}};
    refusal.answers.resize(300'000);
    tell_it(std::move(refusal));
  });
  EXPECT_TRUE(answer.refused);
  bool released = false;
  self_->receive([&](const release_legs&) { released = true; },
                 caf::after(std::chrono::seconds(0)) >> [] {});
  EXPECT_TRUE(released);
}

}  // namespace
}  // namespace lifeline::ledger::detail
