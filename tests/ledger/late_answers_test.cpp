#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "bank/storage/memory/ledger_store.hpp"
#include "ledger/builders.hpp"
#include "lifeline/ledger/account.hpp"
#include "lifeline/ledger/directory_shard.hpp"
#include "lifeline/ledger/internal_messages.hpp"
#include "lifeline/ledger/parts.hpp"
#include "lifeline/ledger/transaction_processor.hpp"
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
    self_->receive([&](const Message& m) { got = m; });
    return got;
  }
  /// The next message that was sent with a context, as all messages of a request are.
  template <class Message>
  Message next_of_a_request() {
    Message got;
    self_->receive([&](const context&, const Message& m) { got = m; });
    return got;
  }
  template <class Message>
  void tell_it(Message m) {
    self_->send(tested_, std::move(m));
  }
  template <class Message>
  void ask_it(Message m) {
    self_->send(tested_, rt_.background(), std::move(m));
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
  static reserve_funds debit(const std::string& name, std::uint64_t attempt, std::int64_t minor) {
    return {account("alice"), transfer(name), attempt, {minor, usd}, transfer_status::posted, {}};
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
  environment env_{rt_, store_, measured(metrics_), [](const std::string&) {}};
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
  void journal_says(std::uint64_t attempt, const std::string& name, verdict what) {
    tell_it(entries_ended{clock_.wall_now(), {{account(name), attempt, what, 1}}});
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
          attempt = next<append_account>().attempt;
          journal_says(attempt, "carol", verdict::unknown);
        });
    EXPECT_EQ(unknown.refused->known, outcome::unknown);
    const auto answer =
        ask_and<account_answer>(rt_.background(), open_account{second, {}, true}, [&] {
          const auto again = next<append_account>();
          EXPECT_NE(again.attempt, attempt);
          const bool is_there = truth == verdict::committed;
          if (is_there) commit(open_entry{first, {}});
          journal_says(attempt, "carol", truth);
          journal_says(again.attempt, "carol", is_there ? verdict::duplicate : verdict::committed);
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
  ask_it(debit("t", 2, 60));
  EXPECT_FALSE(next<funds_reserved>().refused);
  for (const bool durable : {true, false}) {
    tell_it(settle_funds{transfer("t"), 1, durable});
    tell_it(settle_group{{{transfer("t"), 1, durable}}});
  }
  ask_it(debit("u", 3, 41));
  EXPECT_EQ(code(next<funds_reserved>().refused), errc::insufficient_funds) << "60 stay set aside";
  EXPECT_EQ(late("account"), 4);
  tell_it(settle_funds{transfer("t"), 2, true});
  ask_it(debit("u", 3, 40));
  EXPECT_FALSE(next<funds_reserved>().refused);
  EXPECT_EQ(late("account"), 4);
}

TEST_F(late_answers_to_an_account, about_nothing_that_it_asked_are_counted) {
  fund("alice", 100);
  wake("alice");
  journal_says(1, "alice", verdict::committed);
  const auto frozen = ask_and<account_answer>(
      rt_.background(), change_account{account("alice"), {account_status::frozen, {}}}, [&] {
        const auto change = next<append_change>();
        journal_says(change.attempt + 1, "alice", verdict::unavailable);
        journal_says(change.attempt, "alice", verdict::committed);
      });
  EXPECT_FALSE(frozen.refused);
  EXPECT_EQ(late("account"), 2);
}

// -- a directory shard ----------------------------------------------------------------------------

TEST_F(late_answers, of_an_earlier_account_do_not_wake_the_one_that_loads_itself) {
  fund("alice", 100);
  test(rt_.system().spawn(run_directory_shard, &env_, myself(), generation()));
  reads_.hold();
  ask_it(debit("t", 1, 60));
  tell_it(awake{account("alice")});
  tell_it(wants_rest{account("alice")});
  reads_.let_go();
  const auto reserved = next<funds_reserved>();
  EXPECT_FALSE(reserved.refused) << reserved.refused->detail;
  EXPECT_EQ(late("directory_shard"), 2);
}

// -- a processor: the test is its journal and its shard -------------------------------------------

TEST_F(late_answers, to_a_processor_about_an_earlier_attempt_are_dropped_and_counted) {
  test(rt_.system().spawn(run_transaction_processor, &env_, myself(), std::vector{myself()}));
  submit_transfer m;
  m.transfer = transfer_of("t", account("alice"), account("bob"), 10);
  auto scope = with_cancel(rt_.background());
  std::uint64_t attempt = 0;
  const auto cancelled = ask_and<transfer_answer>(scope.ctx(), m, [&] {
    attempt = next_of_a_request<reserve_funds>().attempt;
    scope.cancel();
  });
  EXPECT_EQ(code(cancelled.refused), errc::canceled);
  const failure refused{errc::insufficient_funds, outcome::none, "of the first attempt"};
  const auto answer = ask_and<transfer_answer>(rt_.background(), m, [&] {
    const auto again = next_of_a_request<reserve_funds>();
    tell_it(funds_reserved{again.transfer, attempt, refused});
    tell_it(entries_ended{clock_.wall_now(), {{again.transfer, attempt, verdict::committed, 9}}});
    tell_it(funds_reserved{again.transfer, again.attempt, {}});
    tell_it(funds_accepted{again.transfer, next_of_a_request<accept_funds>().attempt, {}});
    const auto entry = next<append_transfer>();
    tell_it(
        entries_ended{clock_.wall_now(), {{again.transfer, entry.attempt, verdict::committed, 5}}});
  });
  ASSERT_FALSE(answer.refused) << answer.refused->detail;
  EXPECT_EQ(answer.transfer.sequence, 5U);
  EXPECT_EQ(late("transaction_processor"), 2);
}

}  // namespace
}  // namespace lifeline::ledger::detail
