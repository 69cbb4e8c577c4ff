#include "lifeline/guards/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include "guards/guard_fixture.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;

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

  std::vector<circuit> changes;
  circuit_breaker breaker{options(), time};
  cancel_scope life = with_cancel(root);
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

TEST_F(a_circuit_breaker, is_one_for_all_threads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int n = 0; n < 10'000; ++n) breaker.admit(root)->succeeded();
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(breaker.counts().successes, 40'000U);
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
    if (to == circuit::open) {
      time.advance(seconds(1));
      b->state();
    }
    --inside;
  };
  b.emplace(o, time);
  b->trip();
  EXPECT_EQ(heard, (std::vector<std::pair<circuit, circuit>>{{circuit::closed, circuit::open},
                                                             {circuit::open, circuit::half_open}}));
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
  o.rules.open_for = std::chrono::microseconds(1);
  circuit_breaker b(o);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([&b] {
      for (int i = 0; i < 2'000; ++i) {
        if (auto call = b.admit(background())) call->succeeded();
        b.trip();
      }
    });
  for (auto& t : threads) t.join();
  const circuit last = b.state();
  circuit at = circuit::closed;
  for (const auto& [from, to] : heard) {
    ASSERT_EQ(from, at);
    ASSERT_NE(to, from);
    at = to;
  }
  EXPECT_EQ(at, last);
}

}  // namespace
}  // namespace lifeline::guards
