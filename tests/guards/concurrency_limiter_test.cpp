#include "lifeline/guards/asio_concurrency_limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <list>
#include <map>

#include "lifeline/time/manual_clock.hpp"

namespace lifeline::guards {
namespace {

using namespace std::chrono_literals;

/// Requests are coroutines on one loop, which runs until it is idle; time stands still meanwhile.
class the_concurrency_limiter : public ::testing::Test {
 protected:
  struct request {
    std::string caller;
    std::optional<concurrency_limiter::entry> got;
    std::optional<cancel_scope> scope;
  };

  void allow(std::size_t concurrent, std::size_t each, std::size_t waiting = 100) {
    limiter.emplace(concurrency_limiter_options{concurrent, each, waiting, waiting}, time);
  }
  request& come(const std::string& caller, duration within = 1h, int kind = 0) {
    request& r = all.emplace_back();
    r.caller = caller;
    r.scope.emplace(with_timeout(root, within));
    boost::asio::co_spawn(io, wait(r, &kinds[kind]), boost::asio::detached);
    run();
    return r;
  }
  boost::asio::awaitable<void> wait(request& r, const void* kind) {
    auto got = co_await enter(io, *limiter, r.scope->ctx(), r.caller, kind);
    if (got) order += r.caller;
    r.got.emplace(std::move(got));
  }
  void end(request& r, bool well = true) {
    if (well) (*r.got)->went_well();
    r.got.reset();
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }
  static bool running(const request& r) { return r.got && *r.got; }
  static std::string refused(const request& r) {
    return r.got && !*r.got ? r.got->error().message() : "";
  }
  /// Eight requests of a kind that take this long.
  void learn(duration takes, int kind = 0) {
    for (int i = 0; i < 8; ++i) {
      request& r = come("a", 1h, kind);
      time.advance(takes);
      end(r);
    }
  }

  manual_clock time;
  context root = background(time);
  boost::asio::io_context io;
  std::optional<concurrency_limiter> limiter;
  std::list<request> all;
  std::map<int, int> kinds;
  std::string order;  ///< of those that entered
};

TEST_F(the_concurrency_limiter, serves_callers_in_turn) {
  allow(1, 0);
  request& first = come("g");
  for (const char* who : {"g", "g", "g", "m", "n"}) come(who);
  EXPECT_EQ(limiter->figures().waiting, 5U);
  end(first);
  while (limiter->figures().waiting > 0) end(*std::find_if(all.begin(), all.end(), running));
  EXPECT_EQ(order, "ggmngg");
}

TEST_F(the_concurrency_limiter, limits_a_heavy_caller_while_others_are_active) {
  allow(100, 2);
  come("m");
  for (int i = 0; i < 50; ++i) come("g");
  EXPECT_EQ(limiter->figures().running, 3U);
  EXPECT_TRUE(running(come("m"))) << "at once, before fifty others";
  request& g = *std::next(all.begin());
  end(g);
  EXPECT_EQ(order, "mggmg");
}

TEST_F(the_concurrency_limiter, gives_a_single_caller_all_places) {
  allow(100, 2);
  for (int i = 0; i < 50; ++i) come("g");
  EXPECT_EQ(limiter->figures().running, 50U);
}

TEST_F(the_concurrency_limiter, limits_heavy_callers_further_while_a_light_one_is_active) {
  limiter.emplace(concurrency_limiter_options{100, 4, 100, 100, 1}, time);
  for (int i = 0; i < 3; ++i) come("g");
  come("m");
  EXPECT_FALSE(running(come("g"))) << "it has three running";
  EXPECT_TRUE(running(come("n")));
}

TEST_F(the_concurrency_limiter, admits_waiting_requests_when_the_other_callers_are_gone) {
  limiter.emplace(concurrency_limiter_options{100, 4, 100, 100, 1}, time);
  for (int i = 0; i < 2; ++i) come("g");
  end(come("m"));
  const request& held_back = come("g");
  EXPECT_FALSE(running(held_back));
  time.advance(3s);
  run();
  EXPECT_TRUE(running(held_back)) << "without any request ending";
}

TEST_F(the_concurrency_limiter, admits_everything_without_a_limit) {
  allow(0, 1, 0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(running(come("g")));
  EXPECT_TRUE(running(come("m", 0ms)));
}

TEST_F(the_concurrency_limiter, refuses_at_once_when_the_queue_is_full) {
  allow(1, 0, 1);
  come("a");
  request& waits = come("a");
  EXPECT_FALSE(waits.got);
  EXPECT_EQ(refused(come("b")), "overloaded");
}

TEST_F(the_concurrency_limiter, ends_a_wait_at_the_deadline) {
  allow(1, 0);
  request& first = come("a");
  request& late = come("a", 10ms);
  request& gone = come("a");
  request& last = come("a");
  gone.scope->cancel();
  time.advance(10ms);
  run();
  EXPECT_EQ(refused(late), "deadline_exceeded");
  EXPECT_EQ(refused(gone), "canceled");
  end(first);
  EXPECT_TRUE(running(last));
}

TEST_F(the_concurrency_limiter, refuses_a_request_that_can_not_finish_and_knows_what_it_needs) {
  allow(10, 0);
  learn(20ms);
  come("a");
  const request& r = come("a", 19ms);
  EXPECT_EQ(refused(r), "cannot_finish");
  EXPECT_EQ(limiter->typical(&kinds[0]), 20ms);
  EXPECT_EQ(limiter->typical(&kinds[1]), std::nullopt);
  EXPECT_TRUE(running(come("a", 20ms)));
  EXPECT_TRUE(running(come("a", 1ms, 1))) << "another kind";
}

TEST_F(the_concurrency_limiter, refuses_a_request_that_can_not_finish_after_its_wait) {
  allow(2, 0);
  learn(20ms);
  come("a");
  request& first = come("a");
  request& late = come("a", 30ms);
  time.advance(15ms);
  end(first, false);
  EXPECT_EQ(refused(late), "cannot_finish");
  EXPECT_EQ(limiter->figures().running, 1U);
}

TEST_F(the_concurrency_limiter, admits_a_kind_again_some_time_after_it_was_slow) {
  allow(10, 0);
  learn(500ms);
  come("a");
  EXPECT_EQ(refused(come("a", 499ms)), "cannot_finish");
  time.advance(2s + 1ms);
  EXPECT_TRUE(running(come("a", 1ms)));
}

TEST_F(the_concurrency_limiter, admits_a_request_while_none_of_its_kind_runs) {
  allow(10, 0);
  learn(500ms);
  come("a", 1h, 1);
  request& r = come("a", 1ms);
  EXPECT_TRUE(running(r));
  EXPECT_EQ(refused(come("a", 1ms)), "cannot_finish") << "now one runs";
  end(r, false);
  EXPECT_TRUE(running(come("a", 1ms)));
}

TEST_F(the_concurrency_limiter, tries_one_request_per_second_beside_long_ones) {
  allow(10, 0);
  learn(100ms);
  come("a");
  EXPECT_EQ(refused(come("a", 50ms)), "cannot_finish");
  time.advance(1s);
  request& r = come("a", 50ms);
  EXPECT_TRUE(running(r));
  EXPECT_EQ(refused(come("a", 50ms)), "cannot_finish");
}

TEST_F(the_concurrency_limiter, gives_the_place_of_a_dropped_turn_to_another) {
  allow(1, 0);
  request& first = come("a");
  {
    const auto dropped = limiter->arrive(root, "a", nullptr);
    EXPECT_TRUE(dropped.waits());
    EXPECT_EQ(limiter->figures().waiting, 1U);
  }
  EXPECT_EQ(limiter->figures().waiting, 0U);
  request& next = come("a");
  end(first);
  EXPECT_TRUE(running(next));
}

/// Long requests keep ending, so there are never two seconds without one.
TEST_F(the_concurrency_limiter, learns_the_duration_of_short_requests_beside_long_ones) {
  allow(10, 0);
  learn(100ms);
  come("a");  // and keeps running
  int served = 0;
  for (int i = 0; i < 300; ++i) {
    time.advance(100ms);
    if (i % 10 == 0) {
      request& slow = come("a");
      time.advance(100ms);
      end(slow);
    }
    request& quick = come("a", 50ms);
    if (!running(quick)) continue;
    ++served;
    time.advance(5ms);
    end(quick);
  }
  EXPECT_GT(served, 150);
}

}  // namespace
}  // namespace lifeline::guards
