// TestNewCircuitBreaker, TestDefaultCircuitBreaker, TestCustomCircuitBreaker, TestPanicInRequest,
// TestGeneration, TestCircuitBreakerInParallel, TestErrorStateOpen.

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::seconds;

class a_breaker : public ::testing::Test {
 protected:
  void begin(const breaker_options& rules) {
    breaker = circuit_breaker(
        {.rules = rules,
         .on_change = [this](circuit from, circuit to) { changes.emplace_back(from, to); }},
        time);
  }
  /// More than five failures in a row; open for one minute.
  void begin_with_go_s_defaults() {
    begin({.window = duration::zero(),
           .failures_in_a_row = 6,
           .failure_ratio = 2,
           .open_for = seconds(60)});
  }
  /// At least three calls in 30 s of which 60 % fail; open for a minute and a half; three probes.
  void begin_with_rules_of_one_s_own() {
    begin(
        {.window = seconds(30),
         .window_parts = 1,
         .open_for = seconds(90),
         .probes = 3,
         .opens = [](const call_counts& c) { return c.calls() >= 3 && c.failure_ratio() >= 0.6; }});
  }
  bool succeed() {
    auto call = breaker.admit(root);
    if (call) call->succeeded();
    return call.has_value();
  }
  bool fail() {
    auto call = breaker.admit(root);
    if (call) call->failed();
    return call.has_value();
  }
  static call_counts counted(std::uint64_t successes, std::uint64_t failures,
                             std::uint64_t successes_in_a_row, std::uint64_t failures_in_a_row) {
    return {successes, failures, successes_in_a_row, failures_in_a_row};
  }

  manual_clock time;
  context root = background(time);
  std::vector<std::pair<circuit, circuit>> changes;
  circuit_breaker breaker{{}, time};
};

TEST_F(a_breaker, is_closed_and_has_counted_nothing_at_first) {
  begin_with_go_s_defaults();
  EXPECT_EQ(breaker.state(), circuit::closed);
  EXPECT_EQ(breaker.counts(), call_counts{});
}

TEST_F(a_breaker, passes_through_its_states) {
  begin_with_go_s_defaults();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(fail());
  EXPECT_EQ(breaker.state(), circuit::closed);
  EXPECT_EQ(breaker.counts(), counted(0, 5, 0, 5));
  EXPECT_TRUE(succeed());
  EXPECT_EQ(breaker.counts(), counted(1, 5, 1, 0));
  EXPECT_TRUE(fail());
  EXPECT_EQ(breaker.counts(), counted(1, 6, 0, 1));

  for (int i = 0; i < 5; ++i) EXPECT_TRUE(fail());
  EXPECT_EQ(breaker.state(), circuit::open);
  EXPECT_EQ(breaker.counts(), call_counts{});
  EXPECT_FALSE(succeed());
  EXPECT_FALSE(fail());
  EXPECT_EQ(breaker.counts(), call_counts{});

  time.advance(seconds(59));
  EXPECT_EQ(breaker.state(), circuit::open);
  time.advance(seconds(1));
  EXPECT_EQ(breaker.state(), circuit::half_open);
  EXPECT_TRUE(fail());
  EXPECT_EQ(breaker.state(), circuit::open);
  time.advance(seconds(60));
  EXPECT_EQ(breaker.state(), circuit::half_open);
  EXPECT_TRUE(succeed());
  EXPECT_EQ(breaker.state(), circuit::closed);
  EXPECT_EQ(breaker.counts(), call_counts{});
}

TEST_F(a_breaker, opens_by_a_rule_of_one_s_own) {
  begin_with_rules_of_one_s_own();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(succeed());
    EXPECT_TRUE(fail());
  }
  EXPECT_EQ(breaker.counts(), counted(5, 5, 0, 1));
  time.advance(seconds(29));
  EXPECT_TRUE(succeed());
  EXPECT_EQ(breaker.counts(), counted(6, 5, 1, 0));
  time.advance(seconds(1));
  EXPECT_TRUE(fail());
  EXPECT_EQ(breaker.counts(), counted(0, 1, 0, 1)) << "the window was emptied";
  EXPECT_TRUE(succeed());
  EXPECT_TRUE(fail());
  EXPECT_EQ(breaker.state(), circuit::open) << "two of three have failed";
  EXPECT_EQ(changes.back(), std::pair(circuit::closed, circuit::open));
}

TEST_F(a_breaker, closes_after_as_many_successes_as_probes) {
  begin_with_rules_of_one_s_own();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(fail());
  time.advance(seconds(90));
  EXPECT_EQ(breaker.state(), circuit::half_open);
  EXPECT_EQ(changes.back(), std::pair(circuit::open, circuit::half_open));
  EXPECT_TRUE(succeed());
  EXPECT_TRUE(succeed());
  EXPECT_EQ(breaker.counts(), counted(2, 0, 2, 0));
  auto third = breaker.admit(root);
  EXPECT_FALSE(succeed()) << "one too many";
  third->succeeded();
  EXPECT_EQ(breaker.state(), circuit::closed);
  EXPECT_EQ(breaker.counts(), call_counts{});
  EXPECT_EQ(changes.back(), std::pair(circuit::half_open, circuit::closed));
}

TEST_F(a_breaker, counts_an_exception_as_a_failure) {
  begin_with_go_s_defaults();
  EXPECT_THROW(
      {
        const auto call = breaker.admit(root);
        throw std::runtime_error("oops");
      },
      std::runtime_error);
  EXPECT_EQ(breaker.counts(), counted(0, 1, 0, 1));
}

TEST_F(a_breaker, ignores_results_of_an_earlier_generation) {
  begin_with_go_s_defaults();
  auto early = breaker.admit(root);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(fail());
  time.advance(seconds(60));
  EXPECT_TRUE(succeed());
  EXPECT_EQ(breaker.state(), circuit::closed);
  early->succeeded();
  EXPECT_EQ(breaker.counts(), call_counts{});
}

TEST_F(a_breaker, counts_calls_of_many_threads) {
  begin_with_rules_of_one_s_own();
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i)
    threads.emplace_back([this] {
      for (int n = 0; n < 10'000; ++n) succeed();
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(breaker.counts(), counted(100'000, 0, 100'000, 0));
}

TEST_F(a_breaker, says_why_it_refuses) {
  begin_with_go_s_defaults();
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(fail());
  EXPECT_EQ(make_error_code(breaker.admit(root).error()).message(), "circuit_open");
}

}  // namespace
}  // namespace lifeline::guards
