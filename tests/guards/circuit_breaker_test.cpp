#include "lifeline/guards/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include "guards/guard_fixture.hpp"
#include "lifeline/guards/breaker_desk.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;
using lifeline::testing::answer;
using lifeline::testing::answer_all;
using lifeline::testing::forget_all;
using lifeline::testing::question;

class a_circuit_breaker : public guard_fixture {
 protected:
  void TearDown() override {
    life.cancel();
    run();
    guard_fixture::TearDown();
  }
  circuit_breaker_options options() {
    return {.rules = {.failures_in_a_row = 2, .failure_ratio = 2, .open_for = seconds(1)},
            .patience = milliseconds(500),
            .on_change = [this](circuit, circuit to) { changes.push_back(to); }};
  }
  void fail(int times = 1) {
    for (int i = 0; i < times; ++i) breaker.admit(root)->failed();
  }
  /// Asks through the breaker, from a separate actor.
  void ask_through(const context& ctx, const caf::actor& target) {
    spawn_doing([&, ctx, target](caf::event_based_actor* self) {
      guards::ask_through(self, offered(losses, ctx), breaker, target, question{1})
          .then([&](const answer& a) { answers.push_back(a.number); },
                [&](std::error_code e) { errors.push_back(e); });
    });
  }

  std::vector<circuit> changes;
  circuit_breaker breaker{options(), time};
  cancel_scope life = with_cancel(root);
  std::vector<int> answers;
  std::vector<std::error_code> errors;
};

TEST_F(a_circuit_breaker, reports_its_changes) {
  fail(2);
  time.advance(seconds(1));
  breaker.admit(root)->succeeded();
  EXPECT_EQ(changes, (std::vector{circuit::open, circuit::half_open, circuit::closed}));
}

TEST_F(a_circuit_breaker, reports_when_to_retry) {
  fail(2);
  EXPECT_EQ(breaker.admit(root).error(), refusal::circuit_open);
  time.advance(milliseconds(400));
  EXPECT_EQ(breaker.retry_after(), milliseconds(600));
}

TEST_F(a_circuit_breaker, counts_a_call_that_an_exception_dropped_as_failed) {
  for (int i = 0; i < 2; ++i) {
    try {
      const auto call = breaker.admit(root);
      throw std::runtime_error("the disk is gone");
    } catch (const std::runtime_error&) {
    }
  }
  EXPECT_EQ(breaker.state(), circuit::open);
}

TEST_F(a_circuit_breaker, accepts_only_the_first_report_of_a_call) {
  auto call = breaker.admit(root);
  call->succeeded();
  call->failed();
  call->failed();
  EXPECT_EQ(breaker.counts().failures, 0U);
  EXPECT_EQ(breaker.counts().successes, 1U);
}

TEST_F(a_circuit_breaker, frees_the_place_of_a_call_that_was_forgotten) {
  fail(2);
  time.advance(seconds(1));
  {
    const auto call = breaker.admit(root);
    EXPECT_EQ(breaker.admit(root).error(), refusal::circuit_probing);
  }
  EXPECT_TRUE(breaker.admit(root));
}

TEST_F(a_circuit_breaker, frees_the_place_of_a_call_as_soon_as_its_context_ends) {
  fail(2);
  time.advance(seconds(1));
  auto scope = with_cancel(root);
  auto call = breaker.admit(scope.ctx());
  scope.cancel();
  EXPECT_EQ(breaker.probing(), 0U);
  auto next = breaker.admit(root);
  ASSERT_TRUE(next);
  call->failed();  // it comes too late to say anything
  EXPECT_EQ(breaker.state(), circuit::half_open);
  next->succeeded();
  EXPECT_EQ(breaker.state(), circuit::closed);
}

TEST_F(a_circuit_breaker, gives_no_place_to_a_call_whose_context_is_over) {
  fail(2);
  time.advance(seconds(1));
  auto scope = with_cancel(root);
  scope.cancel();
  const auto call = breaker.admit(scope.ctx());
  EXPECT_EQ(breaker.probing(), 0U);
}

TEST_F(a_circuit_breaker, takes_a_deadline_for_a_failure_only_after_patience) {
  for (int i = 0; i < 5; ++i) {
    auto call = breaker.admit(root);
    time.advance(milliseconds(499));
    call->ended(errc::deadline_exceeded);
  }
  EXPECT_EQ(breaker.counts().calls(), 0U);
  for (int i = 0; i < 2; ++i) {
    auto call = breaker.admit(root);
    time.advance(milliseconds(500));
    call->ended(errc::deadline_exceeded);
  }
  EXPECT_EQ(breaker.state(), circuit::open);
}

TEST_F(a_circuit_breaker, opens_again_when_a_probe_gets_no_answer) {
  fail(2);
  time.advance(seconds(1));
  const auto scope = with_timeout(root, milliseconds(500));
  const auto call = breaker.admit(scope.ctx());
  time.advance(milliseconds(500));
  EXPECT_EQ(breaker.state(), circuit::open);
}

TEST_F(a_circuit_breaker, round_asks_lets_answers_through) {
  const auto store = spawn_keeper();
  ask_through(root, store);
  tell_from_outside(store, answer_all{7});
  run();
  EXPECT_EQ(answers, std::vector{7});
  EXPECT_EQ(breaker.counts().successes, 1U);
}

TEST_F(a_circuit_breaker, round_asks_sends_nothing_once_it_is_open) {
  const auto store = spawn_keeper();
  for (int i = 0; i < 2; ++i) {
    ask_through(root, store);
    tell_from_outside(store, forget_all{});
    run();
  }
  EXPECT_EQ(errors, std::vector(2, make_error_code(errc::broken_promise)));
  const auto asked = losses.read().handled;
  ask_through(root, store);
  EXPECT_EQ(errors.back(), make_error_code(refusal::circuit_open));
  EXPECT_EQ(losses.read().handled, asked);
}

TEST_F(a_circuit_breaker, round_asks_ignores_askers_that_leave) {
  const auto store = spawn_keeper();
  for (int i = 0; i < 5; ++i) {
    auto scope = with_cancel(root);
    ask_through(scope.ctx(), store);
    scope.cancel();
    run();
  }
  EXPECT_EQ(errors.size(), 5U);
  EXPECT_EQ(breaker.state(), circuit::closed);
}

TEST_F(a_circuit_breaker, round_asks_frees_the_place_of_an_asker_that_dies) {
  const auto store = spawn_keeper();
  fail(2);
  time.advance(seconds(1));
  const auto asker = spawn_doing([&](caf::event_based_actor* self) {
    guards::ask_through(self, root, breaker, store, question{1})
        .then([](const answer&) {}, [](std::error_code) {});
  });
  EXPECT_EQ(breaker.probing(), 1U);
  end(asker);
  EXPECT_EQ(breaker.probing(), 0U);
}

TEST_F(a_circuit_breaker, is_one_for_all_threads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int n = 0; n < 10'000; ++n) breaker.admit(root)->succeeded();
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(breaker.counts().successes, 40'000U);
}

class a_breaker_desk : public a_circuit_breaker {
 protected:
  caf::actor spawn_desk() {
    const auto made = spawn_breaker_desk(system, life.ctx(), breaker, &losses);
    run();
    return made;
  }
  heard<permit_answered> permits;
  heard<circuit_status> status;
};

TEST_F(a_breaker_desk, gives_permits_and_hears_what_came_of_them) {
  const auto desk = spawn_desk();
  for (int i = 0; i < 2; ++i) {
    ask(root, desk, ask_permit{}, permits);
    ASSERT_NE(permits.answers.back().permit, 0U);
    tell_from_outside(desk, root, report_call{permits.answers.back().permit, false});
    run();
  }
  EXPECT_EQ(breaker.state(), circuit::open);
  ask(root, desk, ask_permit{}, permits);
  EXPECT_EQ(permits.answers.back().permit, 0U);
  EXPECT_EQ(permits.answers.back().retry_after, seconds(1));
}

TEST_F(a_breaker_desk, ends_a_permit_with_its_context) {
  const auto desk = spawn_desk();
  fail(2);
  time.advance(seconds(1));
  auto scope = with_cancel(root);
  ask(scope.ctx(), desk, ask_permit{}, permits);
  EXPECT_EQ(breaker.probing(), 1U);
  scope.cancel();
  run();
  EXPECT_EQ(breaker.probing(), 0U);
  tell_from_outside(desk, root, report_call{permits.answers.back().permit, true});
  run();
  EXPECT_EQ(breaker.state(), circuit::half_open) << "the report came too late";
}

TEST_F(a_breaker_desk, loses_its_open_permits_when_it_ends) {
  const auto desk = spawn_desk();
  fail(2);
  time.advance(seconds(1));
  ask(root, desk, ask_permit{}, permits);
  life.cancel();
  run();
  EXPECT_EQ(breaker.probing(), 0U);
}

TEST_F(a_breaker_desk, tells_how_it_is_and_can_be_forced) {
  const auto desk = spawn_desk();
  fail();
  ask(root, desk, ask_circuit{}, status);
  EXPECT_EQ(status.answers.back().failures, 1U);
  ask(root, desk, ask_circuit{static_cast<std::int32_t>(circuit::forced_open)}, status);
  EXPECT_EQ(status.answers.back().state, static_cast<std::int32_t>(circuit::forced_open));
  EXPECT_FALSE(breaker.admit(root));
}

TEST_F(a_breaker_desk, changes_nothing_for_a_circuit_that_it_does_not_know) {
  const auto desk = spawn_desk();
  fail(2);
  ask(root, desk, ask_circuit{99}, status);
  EXPECT_TRUE(status.answers.empty());
  EXPECT_EQ(status.errors, std::vector{errc::broken_promise});
  EXPECT_EQ(breaker.state(), circuit::open);
}

/// A listener that reads the breaker, and so causes the next change before the present one is
/// delivered to all.
TEST_F(a_circuit_breaker, tells_a_listener_that_changes_it_in_order) {
  std::vector<std::pair<circuit, circuit>> heard;
  std::optional<circuit_breaker> b;
  int inside = 0;
  auto o = options();
  o.on_change = [&](circuit from, circuit to) {
    EXPECT_EQ(inside++, 0) << "one at a time";
    heard.emplace_back(from, to);
    if (to == circuit::open) b->force(circuit::forced_closed);
    --inside;
  };
  b.emplace(o, time);
  b->trip();
  EXPECT_EQ(heard, (std::vector<std::pair<circuit, circuit>>{
                       {circuit::closed, circuit::open}, {circuit::open, circuit::forced_closed}}));
}

/// With changes from any threads, each change begins where the one before it ended.
TEST(circuit_breakers, tell_the_changes_of_all_threads_in_order) {
  std::vector<std::pair<circuit, circuit>> heard;
  std::atomic<int> inside{0};
  circuit_breaker_options o;
  o.on_change = [&](circuit from, circuit to) {
    EXPECT_EQ(inside++, 0);
    heard.emplace_back(from, to);
    std::this_thread::yield();
    --inside;
  };
  circuit_breaker b(o);
  std::vector<std::thread> threads;
  for (const circuit to : {circuit::forced_open, circuit::forced_closed, circuit::closed})
    threads.emplace_back([&b, to] {
      for (int i = 0; i < 2'000; ++i) b.force(to);
    });
  for (auto& t : threads) t.join();
  circuit at = circuit::closed;
  for (const auto& [from, to] : heard) {
    ASSERT_EQ(from, at);
    ASSERT_NE(to, from);
    at = to;
  }
  EXPECT_EQ(at, b.state());
}

}  // namespace
}  // namespace lifeline::guards
