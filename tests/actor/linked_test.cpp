#include "lifeline/actor/linked.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "actor/actor_fixture.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer_all;
using testing::question;

class a_linked_actor : public testing::actor_fixture {
 protected:
  auto counting() {
    return [this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const question&) { ++handled; }};
    };
  }
  void note_end_of(const caf::actor& a) {
    a->attach_functor([this](const caf::error& why) { ended = why; });
  }

  std::optional<caf::error> ended;
  int handled = 0;
};

TEST_F(a_linked_actor, exits_when_its_context_is_cancelled) {
  auto scope = with_cancel(root);
  const auto a = spawn_linked(system, scope.ctx(), counting());
  note_end_of(a);
  tell_from_outside(a, question{});
  run();
  EXPECT_EQ(handled, 1);
  EXPECT_FALSE(ended);
  scope.cancel();
  run();
  EXPECT_EQ(ended, to_caf(errc::canceled));
}

TEST_F(a_linked_actor, exits_at_the_deadline) {
  const auto scope = with_timeout(root, seconds(1));
  const auto a = spawn_linked(system, scope.ctx(), counting());
  note_end_of(a);
  time.advance(seconds(1));
  run();
  EXPECT_EQ(ended, to_caf(errc::deadline_exceeded));
}

TEST_F(a_linked_actor, exits_ahead_of_what_its_mailbox_holds) {
  auto scope = with_cancel(root);
  const auto a = spawn_linked(system, scope.ctx(), counting());
  note_end_of(a);
  run();
  for (int i = 0; i < 100; ++i) tell_from_outside(a, question{});
  scope.cancel();
  run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(handled, 0);
}

TEST_F(a_linked_actor, of_a_done_context_exits_at_once) {
  auto scope = with_cancel(root);
  scope.cancel();
  const auto a = spawn_linked(system, scope.ctx(), counting());
  note_end_of(a);
  tell_from_outside(a, question{});
  run();
  EXPECT_EQ(ended, to_caf(errc::canceled));
  EXPECT_EQ(handled, 0);
}

TEST_F(a_linked_actor, does_not_take_its_spawner_with_it) {
  auto scope = with_cancel(root);
  bool spawner_ended = false;
  caf::actor child;
  const auto spawner = spawn_doing(
      [&](caf::event_based_actor* self) { child = spawn_linked(self, scope.ctx(), counting()); });
  spawner->attach_functor([&] { spawner_ended = true; });
  note_end_of(child);
  scope.cancel();
  run();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(spawner_ended);
}

TEST_F(a_linked_actor, that_ends_earlier_leaves_nothing_behind) {
  const auto held = std::make_shared<int>();
  auto scope = with_cancel(root);
  auto a = spawn_linked(system, scope.ctx(), [held](caf::event_based_actor*) -> caf::behavior {
    return {[held](const question&) {}};
  });
  run();
  end(a, caf::exit_reason::normal);
  a = nullptr;
  EXPECT_EQ(held.use_count(), 1);
  scope.cancel();
  run();
}

TEST_F(a_linked_actor, without_references_is_destroyed_though_its_context_lives) {
  const auto held = std::make_shared<int>();
  const auto scope = with_cancel(root);
  auto a = spawn_linked(system, scope.ctx(), [held](caf::event_based_actor*) -> caf::behavior {
    return {[held](const question&) {}};
  });
  run();
  EXPECT_GT(held.use_count(), 1);
  a = nullptr;
  run();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(a_linked_actor, breaks_the_promises_that_it_holds) {
  testing::outcome out;
  auto scope = with_cancel(root);
  const auto a = spawn_linked(system, scope.ctx(), testing::keeper, &losses);
  const auto asker = spawn_asker(root, a, out);
  scope.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

}  // namespace
}  // namespace lifeline
