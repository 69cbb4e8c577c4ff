#include "lifeline/work/ask_and_wait.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "actor/actor_fixture.hpp"
#include "lifeline/actor/runtime.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;
using testing::forget_all;
using testing::question;

/// A real runtime with a manual clock; the test is the waiting thread.
struct ask_and_wait_test : ::testing::Test {
  ~ask_and_wait_test() override {
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(target), caf::exit_reason::kill);
  }
  auto asked(const context& ctx) {
    return ask_and_wait<answer>(rt.system(), ctx, target, question{3});
  }

  manual_clock time;
  loss losses;
  runtime rt{{}, time};
  caf::actor target;
};

TEST_F(ask_and_wait_test, gives_the_answer) {
  target = rt.system().spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question& q) { return answer{q.number + 1}; }};
  });
  EXPECT_EQ(asked(rt.background())->number, 4);
  const auto scope = with_timeout(rt.background(), seconds(1));
  EXPECT_EQ(asked(scope.ctx())->number, 4);
}

TEST_F(ask_and_wait_test, gives_the_targets_error_or_that_it_is_gone) {
  EXPECT_EQ(asked(rt.background()).error(), errc::unreachable) << "nobody";
  target = rt.system().spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](const context&, const question&) -> caf::result<answer> {
      self->quit();
      return to_caf(errc::overloaded);
    }};
  });
  EXPECT_EQ(asked(rt.background()).error(), errc::overloaded);
  EXPECT_EQ(asked(rt.background()).error(), errc::unreachable);
}

TEST_F(ask_and_wait_test, reports_an_answer_of_another_type_as_a_broken_promise) {
  target = rt.system().spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question&) { return std::string("42"); }};
  });
  EXPECT_EQ(asked(rt.background()).error(), errc::broken_promise);
}

TEST_F(ask_and_wait_test, ends_with_its_context) {
  target = rt.system().spawn(testing::keeper, &losses);
  auto scope = with_timeout(rt.background(), seconds(5));
  std::thread waits([&] { EXPECT_EQ(asked(scope.ctx()).error(), errc::deadline_exceeded); });
  while (losses.read().handled == 0) std::this_thread::yield();
  time.advance(seconds(5));
  waits.join();
  EXPECT_EQ(asked(scope.ctx()).error(), errc::deadline_exceeded) << "nothing is sent";
  EXPECT_EQ(losses.read().offered, 1U);
}

}  // namespace
}  // namespace lifeline
