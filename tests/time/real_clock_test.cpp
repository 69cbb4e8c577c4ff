#include "lifeline/time/real_clock.hpp"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "time/counted_timer.hpp"

namespace lifeline {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A timer whose call a thread can wait for.
class awaited_timer final : public testing::counted_timer {
 public:
  explicit awaited_timer(clock& c) : clock_(c) {}
  /// The time at which it was called.
  time_point wait() { return called_->get_future().get(); }

 protected:
  void expire() noexcept override {
    const auto called = called_;  // the waiter may free this timer at once
    called->set_value(clock_.now());
  }

 private:
  clock& clock_;
  std::shared_ptr<std::promise<time_point>> called_ = std::make_shared<std::promise<time_point>>();
};

TEST(real_clock, never_calls_a_timer_early) {
  real_clock clock;
  for (const auto delay : {microseconds(-5), microseconds(0), microseconds(1), microseconds(999),
                           microseconds(1'000), microseconds(1'001), microseconds(20'000)}) {
    awaited_timer t(clock);
    clock.arm(t, clock.now() + delay);
    EXPECT_GE(t.wait(), t.due());
  }
}

TEST(real_clock, wakes_for_a_timer_shorter_than_the_one_it_sleeps_for) {
  real_clock clock;
  testing::counted_timer far;
  clock.arm(far, clock.now() + hours(1));
  for (int i = 0; i < 100; ++i) {
    awaited_timer near(clock);
    clock.arm(near, clock.now() + microseconds(100));
    near.wait();  // hangs if a wake-up is lost
  }
  clock.disarm(far);
  EXPECT_EQ(far.expired(), 0);
}

TEST(real_clock, calls_every_timer_that_many_threads_arm) {
  real_clock clock;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&clock, i] {
      for (int k = 0; k < 200; ++k) {
        awaited_timer kept(clock);
        testing::counted_timer dropped;
        clock.arm(dropped, clock.now() + milliseconds(k % 3));
        clock.arm(kept, clock.now() + microseconds(k * i));
        clock.disarm(dropped);
        kept.wait();
      }
    });
  }
  for (auto& t : threads) t.join();
}

TEST(real_clock, runs_posted_tasks_in_order_on_another_thread) {
  std::promise<std::thread::id> second;
  int ran = 0;
  real_clock clock;
  clock.post([&] { ++ran; });
  clock.post([&] {
    EXPECT_EQ(ran, 1);
    second.set_value(std::this_thread::get_id());
  });
  EXPECT_NE(second.get_future().get(), std::this_thread::get_id());
}

TEST(real_clock, expires_timers_though_tasks_keep_coming) {
  std::atomic<bool> stop{false};
  std::function<void()> again;
  real_clock clock;
  again = [&] {
    if (!stop) clock.post(again);
  };
  clock.post(again);
  awaited_timer t(clock);
  clock.arm(t, clock.now() + milliseconds(1));
  t.wait();  // hangs if the tasks starve it
  stop = true;
}

TEST(real_clock, runs_what_was_posted_before_its_end) {
  std::atomic<int> ran{0};
  std::latch busy(1);
  {
    real_clock clock;
    clock.post([&] { busy.wait(); });
    clock.post([&] { ++ran; });
    busy.count_down();
  }
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace lifeline
