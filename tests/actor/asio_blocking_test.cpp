#include "lifeline/actor/asio_blocking.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

#include "actor/held_door.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace lifeline {
namespace {

namespace asio = boost::asio;

class a_blocking_call_of_a_coroutine : public ::testing::Test {
 protected:
  template <class F>
  void begin(const context& ctx, blocking_door& to, F f) {
    asio::co_spawn(
        io,
        [this, ctx, &to, f]() -> asio::awaitable<void> {
          auto work = f;
          got = co_await call_blocking(io, ctx, to, lane::read, std::move(work));
        },
        asio::detached);
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }

  manual_clock time;
  context root = background(time);
  asio::io_context io;
  testing::held_door door;
  std::optional<asked<int>> got;
};

TEST_F(a_blocking_call_of_a_coroutine, resumes_it_with_the_result) {
  begin(root, door, [](const context&) { return 7; });
  EXPECT_FALSE(got);
  door.run_all();
  EXPECT_FALSE(got) << "it resumes on its own thread";
  run();
  EXPECT_EQ(got, asked<int>(7));
}

TEST_F(a_blocking_call_of_a_coroutine, that_runs_at_once_is_answered_all_the_same) {
  inline_door here;
  begin(root, here, [](const context&) { return 7; });
  EXPECT_EQ(got, asked<int>(7));
}

TEST_F(a_blocking_call_of_a_coroutine, resumes_it_from_another_thread) {
  const auto held = std::make_shared<int>(7);
  {
    thread_door threads({});
    for (int i = 0; i < 100; ++i) {
      got.reset();
      asio::co_spawn(
          io,
          [&]() -> asio::awaitable<void> {
            auto work = [held](const context&) { return *held; };
            got = co_await call_blocking(io, root, threads, lane::read, std::move(work));
          },
          asio::detached);
      io.restart();
      io.run();
      ASSERT_EQ(got, asked<int>(7));
    }
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(a_blocking_call_of_a_coroutine, ends_with_its_context_although_the_function_goes_on) {
  auto scope = with_cancel(root);
  bool saw_the_end = false;
  begin(scope.ctx(), door, [&](const context& ctx) {
    scope.cancel();
    run();
    EXPECT_EQ(got, asked<int>(errc::canceled));
    saw_the_end = ctx.done();
    return 7;
  });
  door.run_all();
  run();
  EXPECT_TRUE(saw_the_end);
  EXPECT_EQ(got, asked<int>(errc::canceled));
}

TEST_F(a_blocking_call_of_a_coroutine, on_a_full_lane_is_overloaded) {
  testing::held_door full(0);
  begin(root, full, [](const context&) { return 7; });
  EXPECT_EQ(got, asked<int>(errc::overloaded));
}

TEST_F(a_blocking_call_of_a_coroutine, whose_function_throws_breaks_its_promise) {
  begin(root, door, [](const context&) -> int { throw 42; });
  door.run_all();
  run();
  EXPECT_EQ(got, asked<int>(errc::broken_promise));
}

}  // namespace
}  // namespace lifeline
