#include "lifeline/actor/shed.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "actor/actor_fixture.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::outcome;
using testing::question;

class a_shed_handler : public testing::actor_fixture {
 protected:
  caf::actor spawn_target() {
    return spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {shed(self, losses, [this](const context&, const question& q) {
        ++ran;
        return answer{q.number};
      })};
    });
  }

  /// Tells `target` and records any answer; `teller_ended` says whether the teller has ended.
  caf::actor spawn_teller(const context& ctx, const caf::actor& target) {
    const auto teller = spawn_doing([this, ctx, target](caf::event_based_actor* self) {
      self->set_default_handler([this](caf::scheduled_actor*, auto&) {
        ++came_back;
        return caf::message();
      });
      tell(self, target, ctx, question{1});
    });
    teller->attach_functor([this] { teller_ended = true; });
    run();
    return teller;
  }

  /// A request within a context that ends while the request is in flight.
  void ask_and_end(const caf::actor& target, cancel_scope& scope, duration after) {
    const auto asker = system.spawn([&, target](caf::event_based_actor* self) -> caf::behavior {
      // Not `ask`, which observes the end itself.
      self->request(target, caf::infinite, scope.ctx(), question{1})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](caf::error& e) { out.errors.push_back(from_caf(e)); });
      time.advance(after);
      if (after == duration::zero()) scope.cancel();
      return {[](const answer_all&) {}};
    });
    run();
    end(asker);
  }

  outcome out;
  int ran = 0;
  int came_back = 0;
  bool teller_ended = false;
};

TEST_F(a_shed_handler, runs_for_a_living_context) {
  const auto target = spawn_target();
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.answers, std::vector{1});
  EXPECT_EQ(losses.read().offered, 1U);
  EXPECT_EQ(losses.read().handled, 1U);
}

TEST_F(a_shed_handler, never_runs_for_a_cancelled_request_but_answers_it) {
  const auto target = spawn_target();
  auto scope = with_cancel(root);
  ask_and_end(target, scope, duration::zero());
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  EXPECT_EQ(losses.read().cancelled, 1U);
}

TEST_F(a_shed_handler, never_runs_for_an_expired_request_but_answers_it) {
  const auto target = spawn_target();
  auto scope = with_timeout(root, seconds(1));
  ask_and_end(target, scope, seconds(1));
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded});
  EXPECT_EQ(losses.read().expired, 1U);
}

TEST_F(a_shed_handler, drops_a_done_tell_without_an_answer_and_without_harm_to_the_teller) {
  const auto target = spawn_target();
  auto scope = with_cancel(root);
  scope.cancel();
  const auto teller = spawn_teller(scope.ctx(), target);
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(came_back, 0);
  EXPECT_FALSE(teller_ended);
  EXPECT_EQ(losses.read().cancelled, 1U);
}

TEST_F(a_shed_handler, does_not_answer_a_living_tell_either) {
  const auto target = spawn_target();
  const auto teller = spawn_teller(root, target);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(came_back, 0);
  EXPECT_FALSE(teller_ended);
}

TEST_F(a_shed_handler, does_not_end_a_teller_by_its_own_error) {
  const auto target = spawn([this](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [](const context&, const question&) -> caf::result<answer> {
      return to_caf(errc::overloaded);
    })};
  });
  const auto teller = spawn_teller(root, target);
  EXPECT_FALSE(teller_ended);
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::overloaded});
}

/// The pitfall that `shed` avoids.
TEST_F(a_shed_handler, is_needed_since_an_error_given_to_a_tell_ends_the_teller) {
  const auto target = spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question&) -> caf::result<answer> {
      return to_caf(errc::canceled);
    }};
  });
  const auto teller = spawn_teller(root, target);
  EXPECT_TRUE(teller_ended);
}

TEST_F(a_shed_handler, may_give_nothing_and_still_tells_the_asker_that_it_is_done) {
  const auto target = spawn([this](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [this](const context&, const question&) { ++ran; })};
  });
  int done = 0;
  const auto asker = spawn_doing([&](caf::event_based_actor* self) {
    self->request(target, caf::infinite, root, question{1}).then([&] { ++done; });
  });
  const auto teller = spawn_teller(root, target);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(came_back, 0);
}

TEST_F(a_shed_handler, may_answer_later) {
  reply kept;
  const auto target = spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses,
                 [&, self](const context&, const question&) -> caf::result<answer> {
                   kept = reply(self);
                   return answers_later<answer>();
                 }),
            [&](const answer_all& m) { kept(answer{m.number}); }};
  });
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.count(), 0U);
  tell_from_outside(target, answer_all{3});
  run();
  EXPECT_EQ(out.answers, std::vector{3});
  kept = {};
}

TEST_F(a_shed_handler, that_throws_leaves_no_asker_without_an_answer) {
  caf::error why;
  const auto target = spawn([this](caf::event_based_actor* self) -> caf::behavior {
    keep_words_of_exceptions(self);
    return {shed(self, losses, [](const context&, const question&) -> caf::result<answer> {
      throw std::runtime_error("bad question");
    })};
  });
  target->attach_functor([&](const caf::error& e) { why = e; });
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
  EXPECT_EQ(text_of(why), "bad question");
}

TEST_F(a_shed_handler, that_throws_after_it_took_a_reply_answers_once) {
  const auto target = spawn([this](caf::event_based_actor* self) -> caf::behavior {
    keep_words_of_exceptions(self);
    return {shed(self, losses, [self](const context&, const question&) -> caf::result<answer> {
      const reply taken(self);
      throw std::runtime_error("bad question");
    })};
  });
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(a_shed_handler, balances_what_it_counts) {
  const auto target = spawn_target();
  auto cancelled = with_cancel(root);
  auto expired = with_timeout(root, seconds(1));
  ask_and_end(target, cancelled, duration::zero());
  ask_and_end(target, expired, seconds(1));
  const auto asker = spawn_asker(root, target, out);
  const auto n = losses.read();
  EXPECT_EQ(n.offered, 3U);
  EXPECT_EQ(n.offered, n.handled + n.expired + n.cancelled + n.dropped);
}

}  // namespace
}  // namespace lifeline
