#include "lifeline/actor/ask.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "actor/actor_fixture.hpp"
#include "lifeline/actor/runtime.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::forget_all;
using testing::outcome;
using testing::question;

class an_ask : public testing::actor_fixture {
 protected:
  /// Asks 100 questions, each in the handler of the answer before, within `context_of(number)`.
  void ask_in_turn(const std::function<context(int)>& context_of) {
    const auto echo = spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](const context&, const question& q) { return answer{q.number}; }};
    });
    std::function<void(caf::event_based_actor*, int)> go_on = [&](caf::event_based_actor* self,
                                                                  int n) {
      if (n == 100) return;
      const context ctx = context_of(n);
      lifeline::ask(self, ctx, echo, question{n})
          .then(
              [&, self](const answer& a) {
                out.answers.push_back(a.number);
                go_on(self, a.number + 1);
              },
              [](errc) { ADD_FAILURE(); });
    };
    const auto asker = spawn_doing([&](caf::event_based_actor* self) { go_on(self, 0); });
    run();
  }

  outcome out;
};

TEST_F(an_ask, receives_the_answer) {
  const auto scope = with_timeout(root, seconds(1));
  const auto target = spawn_keeper();
  const auto asker = spawn_asker(scope.ctx(), target, out);
  EXPECT_EQ(out.count(), 0U);
  tell_from_outside(target, answer_all{42});
  run();
  EXPECT_EQ(out.answers, std::vector{42});
  EXPECT_TRUE(out.errors.empty());
}

TEST_F(an_ask, ends_with_its_context_whatever_the_target_does_and_a_late_answer_is_dropped) {
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  const auto asker = spawn_asker(scope.ctx(), target, out);
  scope.cancel();
  EXPECT_EQ(out.count(), 0U) << "nothing runs on the canceller's thread";
  run();
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  tell_from_outside(target, answer_all{42});
  run();
  EXPECT_EQ(out.count(), 1U);
}

TEST_F(an_ask, ends_with_its_deadline_without_a_timer_of_its_own) {
  const auto scope = with_timeout(root, seconds(1));
  const auto target = spawn_keeper();
  const auto asker = spawn_asker(scope.ctx(), target, out);
  EXPECT_EQ(time.armed(), 1U);
  time.advance(seconds(1));
  run();
  EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded});
}

TEST_F(an_ask, ends_once_when_answer_and_end_wait_in_the_mailbox_together) {
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  caf::strong_actor_ptr asker_address;
  const auto asker = spawn_asker(scope.ctx(), target, out);
  tell_from_outside(target, answer_all{42});
  scope.cancel();
  run();
  EXPECT_EQ(out.count(), 1U);
}

TEST_F(an_ask, within_a_done_context_sends_nothing_and_fails_later) {
  auto scope = with_cancel(root);
  scope.cancel();
  int asked = 0;
  const auto target = spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const context&, const question&) { ++asked; }};
  });
  bool inside = true;
  bool failed_inside = false;
  const auto asker = spawn_doing([&](caf::event_based_actor* self) {
    lifeline::ask(self, scope.ctx(), target, question{1})
        .then([](const answer&) {},
              [&](errc e) {
                failed_inside = inside;
                out.errors.push_back(e);
              });
    inside = false;
  });
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  EXPECT_FALSE(failed_inside);
  EXPECT_EQ(asked, 0);
}

TEST_F(an_ask, of_a_dead_target_is_unreachable) {
  const auto target = spawn_keeper();
  end(target);
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
}

TEST_F(an_ask, of_a_null_target_is_unreachable) {
  const auto asker = spawn_asker(root, caf::actor(), out);
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
}

TEST_F(an_ask, in_the_mailbox_of_a_target_that_dies_is_unreachable) {
  const auto target = system.spawn(testing::keeper, &losses);
  const auto asker = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    lifeline::ask(self, root, target, question{1})
        .then([](const answer&) {}, [&](errc e) { out.errors.push_back(e); });
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(target), caf::exit_reason::kill);
    return {[](const answer_all&) {}};
  });
  run();
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
  end(asker);
}

TEST_F(an_ask, held_by_a_target_that_dies_is_a_broken_promise) {
  const auto target = spawn_keeper();
  const auto asker = spawn_asker(root, target, out);
  end(target);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(an_ask, answered_with_something_else_is_a_broken_promise) {
  const auto target = spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question&) { return std::string("42"); }};
  });
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(an_ask, receives_the_targets_own_error) {
  const auto target = spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question&) -> caf::result<answer> {
      return to_caf(errc::overloaded);
    }};
  });
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::overloaded});
}

TEST_F(an_ask, of_an_asker_that_dies_calls_nothing_and_leaves_nothing) {
  const auto held = std::make_shared<int>();
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  auto asker = spawn_doing([&, held](caf::event_based_actor* self) {
    lifeline::ask(self, scope.ctx(), target, question{1})
        .then([&, held](const answer& a) { out.answers.push_back(a.number); },
              [&, held](errc e) { out.errors.push_back(e); });
  });
  const caf::weak_actor_ptr weak = caf::actor_cast<caf::weak_actor_ptr>(asker);
  EXPECT_GT(held.use_count(), 1);
  end(asker);
  asker = nullptr;
  scope.cancel();
  tell_from_outside(target, answer_all{42});
  run();
  EXPECT_EQ(out.count(), 0U);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(caf::actor_cast<caf::strong_actor_ptr>(weak), nullptr);
}

TEST_F(an_ask, that_is_answered_leaves_nothing_in_its_context) {
  const auto held = std::make_shared<int>();
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  const auto asker = spawn([&](caf::event_based_actor* self) -> caf::behavior {
    lifeline::ask(self, scope.ctx(), target, question{1})
        .then([held](const answer&) {}, [held](errc) {});
    return {[](const answer_all&) {}};
  });
  EXPECT_EQ(held.use_count(), 3);
  tell_from_outside(target, answer_all{1});
  run();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(an_ask, may_be_one_of_many_answered_in_any_order) {
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  const auto other = spawn_keeper();
  const auto asker = spawn_doing([&](caf::event_based_actor* self) {
    for (int i = 0; i < 50; ++i)
      lifeline::ask(self, scope.ctx(), i % 2 == 0 ? target : other, question{i})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
  });
  tell_from_outside(other, answer_all{7});
  run();
  EXPECT_EQ(out.answers, std::vector<int>(25, 7));
  tell_from_outside(target, forget_all{});
  run();
  EXPECT_EQ(out.errors, std::vector<errc>(25, errc::broken_promise));
}

TEST_F(an_ask, may_be_one_of_many_that_end_with_their_context) {
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  const auto asker = spawn_doing([&](caf::event_based_actor* self) {
    for (int i = 0; i < 50; ++i)
      lifeline::ask(self, scope.ctx(), target, question{i})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
  });
  scope.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector<errc>(50, errc::canceled));
  EXPECT_TRUE(out.answers.empty());
}

TEST_F(an_ask, ends_with_its_own_context_only) {
  auto ends = with_cancel(root);
  const auto lives = with_cancel(root);
  const auto target = spawn_keeper();
  const auto asker = spawn_doing([&](caf::event_based_actor* self) {
    for (int i = 0; i < 40; ++i)
      lifeline::ask(self, i % 2 == 0 ? ends.ctx() : lives.ctx(), target, question{i})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
  });
  ends.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector<errc>(20, errc::canceled));
  tell_from_outside(target, answer_all{7});
  run();
  EXPECT_EQ(out.answers, std::vector<int>(20, 7));
  EXPECT_EQ(out.errors.size(), 20U);
}

TEST_F(an_ask, may_follow_another_in_the_same_context_and_leaves_nothing_there) {
  auto scope = with_cancel(root);
  ask_in_turn([&](int n) {
    EXPECT_EQ(scope.ctx().node().has_dependents(), n > 0);
    return scope.ctx();
  });
  EXPECT_EQ(out.answers.size(), 100U);
  EXPECT_FALSE(scope.ctx().node().has_dependents());
}

TEST_F(an_ask, whose_handler_ends_its_context_may_be_followed_by_one_in_another) {
  std::optional<cancel_scope> scope;
  ask_in_turn([&](int) {
    scope.emplace(with_cancel(root));
    return scope->ctx();
  });
  EXPECT_EQ(out.answers.size(), 100U);
}

// -- with threads

/// Asks some questions at once, again and again, each time within a context that another thread
/// ends at any moment: before, while or after the answers arrive. Then ends.
struct pressing_state {
  std::mt19937_64 random;
  std::optional<cancel_scope> scope;
  int left = 0;
  int open = 0;
};

void press(caf::stateful_actor<pressing_state>* self, runtime& rt, const caf::actor& target,
           std::atomic<int>& ends) {
  auto& me = state_of(self);
  if (me.left == 0) {
    self->quit();
    return;
  }
  me.scope.emplace(with_timeout(rt.background(), std::chrono::milliseconds(me.random() % 3)));
  me.open = std::min(me.left, static_cast<int>(1 + me.random() % 20));
  me.left -= me.open;
  const auto next = [self, &rt, target, &ends] {
    ++ends;
    if (--state_of(self).open == 0) press(self, rt, target, ends);
  };
  for (int i = 0; i < me.open; ++i)
    lifeline::ask(self, me.scope->ctx(), target, question{i})
        .then([next](const answer&) { next(); },
              [next](errc e) {
                EXPECT_EQ(e, errc::deadline_exceeded);
                next();
              });
}

TEST(asks, on_several_threads_end_exactly_once_while_contexts_end_and_actors_answer) {
  constexpr int askers = 8;
  constexpr int each = 2'000;
  const std::uint64_t seed = testing::random_seed();
  loss losses;
  std::atomic<int> ends{0};
  runtime rt({.workers = 2, .throughput = 64, .lanes = {}});
  auto echo = rt.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [](const context&, const question& q) { return answer{q.number}; })};
  });
  auto mute = rt.system().spawn(testing::keeper, &losses);
  for (std::uint64_t i = 0; i < askers; ++i)
    rt.system().spawn([&rt, &ends, seed, i, target = i % 4 == 0 ? mute : echo](
                          caf::stateful_actor<pressing_state>* self) -> caf::behavior {
      state_of(self).random.seed(seed + i);
      state_of(self).left = each;
      press(self, rt, target, ends);
      return {[](const answer_all&) {}};
    });
  while (ends < askers * each) std::this_thread::yield();
  for (auto* a : {&echo, &mute}) {
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(*a), caf::exit_reason::user_shutdown);
    *a = nullptr;
  }
  rt.system().await_all_actors_done();  // `losses` goes before the runtime
  EXPECT_EQ(ends, askers * each);
}

/// As received from another node.
TEST(an_error_of_lifelines_own, with_a_code_that_is_none_is_a_broken_promise) {
  EXPECT_EQ(from_caf(caf::error()), errc::broken_promise) << "nor is an error that is none";
  for (const int code : {0, 6, 200})
    EXPECT_EQ(from_caf(to_caf(static_cast<errc>(code))), errc::broken_promise) << code;
  for (const errc e : {errc::canceled, errc::deadline_exceeded, errc::overloaded})
    EXPECT_EQ(from_caf(to_caf(e)), e);
}

}  // namespace
}  // namespace lifeline
