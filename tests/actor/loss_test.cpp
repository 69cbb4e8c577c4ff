#include "lifeline/observe/loss.hpp"

#include <gtest/gtest.h>

#include "actor/actor_fixture.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::question;

/// Messages to one shed handler.
class the_loss_ledger : public testing::actor_fixture {
 protected:
  caf::behavior handling(caf::event_based_actor* self) {
    return {shed(self, losses, [this](const context&, const question& q) {
      ++ran;
      return answer{q.number};
    })};
  }
  /// Runs only when the test decides.
  caf::actor spawn_idle() {
    return system.spawn([this](caf::event_based_actor* self) { return handling(self); });
  }
  void send(const caf::actor& to, const context& ctx) {
    tell_from_outside(to, offered(losses, ctx), question{1});
  }

  int ran = 0;
};

TEST_F(the_loss_ledger, counts_a_message_from_its_sending) {
  const auto target = spawn_idle();
  send(target, root);
  send(target, root);
  EXPECT_EQ(losses.read().offered, 2U);
  EXPECT_EQ(losses.read().in_flight, 2U);
  run();
  EXPECT_EQ(losses.read().handled, 2U);
  EXPECT_EQ(losses.read().in_flight, 0U);
  EXPECT_EQ(losses.read().offered, 2U) << "once, not again when it is taken";
  end(target);
}

TEST_F(the_loss_ledger, counts_a_message_that_was_not_offered_when_it_is_taken) {
  const auto target = spawn_idle();
  tell_from_outside(target, root, question{1});
  EXPECT_EQ(losses.read().offered, 0U);
  run();
  EXPECT_EQ(losses.read().offered, 1U);
  EXPECT_EQ(losses.read().handled, 1U);
  end(target);
}

TEST_F(the_loss_ledger, distinguishes_cancelled_from_expired) {
  auto cancelled = with_cancel(root);
  const auto expired = with_timeout(root, seconds(1));
  const auto target = spawn_idle();
  send(target, cancelled.ctx());
  send(target, expired.ctx());
  send(target, root);
  cancelled.cancel();
  time.advance(seconds(1));
  run();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(losses.read().cancelled, 1U);
  EXPECT_EQ(losses.read().expired, 1U);
  EXPECT_EQ(losses.read().handled, 1U);
  end(target);
}

TEST_F(the_loss_ledger, counts_what_dies_in_a_mailbox_as_dead_letters) {
  const auto target = spawn_idle();
  send(target, root);
  send(target, root);
  end(target);
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(losses.read().dead_lettered, 2U);
}

TEST_F(the_loss_ledger, counts_messages_to_dead_or_null_targets_as_dead_letters) {
  const auto target = spawn_idle();
  end(target);
  send(target, root);
  send(caf::actor(), root);
  testing::outcome out;
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
  EXPECT_EQ(losses.read().dead_lettered, 3U);
}

TEST_F(the_loss_ledger, counts_a_dead_letter_while_another_ask_in_the_same_context_is_open) {
  auto scope = with_cancel(root);
  testing::outcome out;
  const auto dies = system.spawn(testing::keeper, &losses);
  const auto lives = spawn_keeper();
  const auto asker = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    for (const auto* to : {&dies, &lives})
      ask(self, offered(losses, scope.ctx()), *to, question{1})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(dies), caf::exit_reason::kill);
    return {[](const testing::answer_all&) {}};
  });
  run();
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
  EXPECT_EQ(losses.read().dead_lettered, 1U);
  tell_from_outside(lives, testing::answer_all{2});
  run();
  EXPECT_EQ(out.answers, std::vector{2});
  end(asker);
}

TEST_F(the_loss_ledger, counts_an_ask_that_was_refused_by_its_done_context_as_ended) {
  auto scope = with_cancel(root);
  scope.cancel();
  const auto target = spawn_keeper();
  testing::outcome out;
  const auto asker = spawn_asker(scope.ctx(), target, out);
  EXPECT_EQ(losses.read().cancelled, 1U);
  EXPECT_EQ(losses.read().dead_lettered, 0U);
}

TEST_F(the_loss_ledger, counts_a_message_made_from_another_as_another) {
  loss first;
  const auto target = spawn_idle();
  const auto between = spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, first, [&, self](const context& ctx, const question& q) {
      tell(self, target, ctx, q);
      tell(self, target, offered(losses, ctx), q);
    })};
  });
  tell_from_outside(between, offered(first, root), question{1});
  run();
  EXPECT_EQ(first.read().handled, 1U);
  EXPECT_EQ(losses.read().handled, 2U);
  EXPECT_TRUE(first.read().balances());
  end(between);
  end(target);
  EXPECT_EQ(first.read().in_flight, 0U);
}

TEST_F(the_loss_ledger, counts_the_same_kind_of_actor_anew_when_one_passes_a_message_on) {
  const auto last = spawn_idle();
  const auto first = spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses,
                 [&, self](const context& ctx, const question& q) { tell(self, last, ctx, q); })};
  });
  send(first, root);
  run();
  EXPECT_EQ(losses.read().offered, 2U);
  EXPECT_EQ(losses.read().handled, 2U);
  end(last);
}

TEST_F(the_loss_ledger, does_not_balance_if_an_end_is_forgotten) {
  loss careless;
  careless.offer();
  EXPECT_FALSE(careless.read().balances());
  careless.drop();
  EXPECT_TRUE(careless.read().balances());
}

}  // namespace
}  // namespace lifeline
