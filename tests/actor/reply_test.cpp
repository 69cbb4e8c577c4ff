#include "lifeline/actor/reply.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "actor/actor_fixture.hpp"

namespace lifeline {
namespace {

using testing::answer;
using testing::answer_all;
using testing::forget_all;
using testing::outcome;
using testing::question;

class a_reply : public testing::actor_fixture {
 protected:
  /// Passes its reply to `f` inside the handler.
  template <class F>
  caf::actor spawn_giver(F f) {
    return spawn([this, f](caf::event_based_actor* self) -> caf::behavior {
      return {[this, f, self](const context&, const question&) -> caf::result<answer> {
        kept = reply(self);
        f(kept);
        return answers_later<answer>();
      }};
    });
  }

  ~a_reply() override { kept = {}; }

  reply kept;
  outcome out;
};

TEST_F(a_reply, that_is_dropped_is_a_broken_promise) {
  const auto target = spawn_keeper();
  const auto asker = spawn_asker(root, target, out);
  tell_from_outside(target, forget_all{});
  run();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(a_reply, of_a_killed_actor_is_a_broken_promise) {
  const auto target = spawn_keeper();
  const auto asker = spawn_asker(root, target, out);
  end(target, caf::exit_reason::kill);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(a_reply, waiting_for_another_answer_is_broken_with_its_actor) {
  const auto far = spawn_keeper();
  const auto between = spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&, self](const context& ctx, const question& q) -> caf::result<answer> {
      const reply r(self);
      lifeline::ask(self, ctx, far, q)
          .then([r](const answer& a) { r(a); }, [r](errc e) { r.fail(e); });
      return answers_later<answer>();
    }};
  });
  const auto asker = spawn_asker(root, between, out);
  EXPECT_EQ(out.count(), 0U);
  end(between);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(a_reply, answers_once) {
  const auto target = spawn_giver([](const reply& r) {
    const reply copy = r;
    EXPECT_TRUE(r);
    r(answer{1});
    EXPECT_FALSE(r);
    EXPECT_FALSE(copy);
    r(answer{2});
    copy.fail(errc::overloaded);
  });
  const auto asker = spawn_asker(root, target, out);
  kept = {};
  run();
  EXPECT_EQ(out.answers, std::vector{1});
  EXPECT_TRUE(out.errors.empty());
}

TEST_F(a_reply, fails_with_the_error_that_it_is_given) {
  const auto target = spawn_giver([](const reply& r) { r.fail(errc::overloaded); });
  const auto asker = spawn_asker(root, target, out);
  EXPECT_EQ(out.errors, std::vector{errc::overloaded});
}

TEST_F(a_reply, is_broken_only_when_its_last_copy_goes) {
  const auto target = spawn_giver([](const reply&) {});
  const auto asker = spawn_asker(root, target, out);
  reply copy = kept;
  kept = {};
  run();
  EXPECT_EQ(out.count(), 0U);
  copy = {};
  run();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(a_reply, may_outlive_its_actor_and_be_dropped_elsewhere) {
  auto target = spawn_giver([](const reply&) {});
  const auto asker = spawn_asker(root, target, out);
  end(target);
  target = nullptr;
  EXPECT_EQ(out.count(), 0U);
  std::thread([r = std::exchange(kept, {})]() mutable { r = {}; }).join();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(a_reply, to_a_tell_sends_nothing) {
  int came_back = 0;
  bool ended = false;
  bool wanted = true;
  const auto target = spawn_giver([&](const reply& r) {
    wanted = static_cast<bool>(r);
    r.fail(errc::overloaded);
  });
  const auto teller = spawn_doing([&](caf::event_based_actor* self) {
    self->set_default_handler([&](caf::scheduled_actor*, auto&) {
      ++came_back;
      return caf::message();
    });
    tell(self, target, root, question{1});
  });
  teller->attach_functor([&] { ended = true; });
  kept = {};
  run();
  EXPECT_FALSE(wanted);
  EXPECT_FALSE(ended);
  EXPECT_EQ(came_back, 0);
}

TEST_F(a_reply, made_of_nothing_is_harmless) {
  const reply none;
  EXPECT_FALSE(none);
  none(answer{1});
  none.fail(errc::canceled);
}

}  // namespace
}  // namespace lifeline
