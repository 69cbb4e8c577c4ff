#include "lifeline/actor/ask.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "actor/actor_fixture.hpp"

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
  outcome out;
};

TEST_F(an_ask, hears_the_answer) {
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

TEST_F(an_ask, of_nobody_is_unreachable) {
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

TEST_F(an_ask, hears_the_targets_own_error) {
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

}  // namespace
}  // namespace lifeline
