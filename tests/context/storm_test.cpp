// Many threads make, end, watch and drop contexts at once. Under the sanitizers these tests show:
// no race, no use after free, no leak. Everywhere they show that every context that must end does.

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "lifeline/context/merge.hpp"
#include "lifeline/context/stop_token.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "lifeline/time/real_clock.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int thread_count = 4;

template <class F>
void on_threads(F f) {
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) threads.emplace_back([&f, i] { f(i); });
  for (auto& t : threads) t.join();
}

class counting_watcher final : public context_watcher {
 public:
  explicit counting_watcher(std::atomic<int>& n) : heard_(n) {}
  ~counting_watcher() override = default;

 protected:
  void ended(errc) noexcept override { ++heard_; }

 private:
  std::atomic<int>& heard_;
  std::vector<int> weight_ = {1, 2, 3};  // a destructor that takes its time
};

/// Contexts shared by all threads and replaced continuously.
class shared_contexts {
 public:
  explicit shared_contexts(context root) : root_(std::move(root)), slots_(8, root_) {}
  context any(std::mt19937_64& random) {
    const std::lock_guard lock(mutex_);
    return slots_[random() % slots_.size()];
  }
  void put(std::mt19937_64& random, context ctx) {
    const std::lock_guard lock(mutex_);
    std::swap(slots_[random() % slots_.size()], ctx);
  }

 private:
  context root_;
  std::mutex mutex_;
  std::vector<context> slots_;
};

TEST(storm, of_everything_at_once_harms_nothing) {
  const std::uint64_t seed = testing::random_seed();
  real_clock clock;
  std::atomic<int> heard{0};
  std::atomic<int> ran{0};
  {
    shared_contexts shared(background(clock));
    on_threads([&](int i) {
      std::mt19937_64 random(seed + static_cast<std::uint64_t>(i));
      std::vector<std::shared_ptr<context_watcher>> watchers(4);
      std::vector<std::optional<cancel_scope>> scopes(16);
      for (int k = 0; k < 3'000; ++k) {
        auto& scope = scopes[random() % scopes.size()];
        switch (random() % 10) {
          case 0:
          case 1: scope = with_cancel(shared.any(random)); break;
          case 2:
          case 3: scope = with_timeout(shared.any(random), microseconds(random() % 3'000)); break;
          case 4: scope = merge(shared.any(random), shared.any(random)); break;
          case 5:
            if (scope) scope->cancel(error("storm"));
            break;
          case 6: scope.reset(); break;
          case 7:
            if (scope) shared.put(random, scope->ctx());
            break;
          case 8: {
            auto w = std::make_shared<counting_watcher>(heard);
            w->watch(shared.any(random));
            watchers[random() % watchers.size()] = std::move(w);
            break;
          }
          default: {
            const context ctx = shared.any(random);
            const auto handle = after_func(ctx, [&ran] { ++ran; });
            if (random() % 2 == 0) handle.stop();
            const bool done = ctx.done();
            ASSERT_TRUE(!done || ctx.cause());
            ASSERT_TRUE(!done || with_cancel(ctx).ctx().done());
            stop_token_of(ctx);
            break;
          }
        }
      }
    });
  }
  // The number of calls is random: on a busy machine the threads may run one after another.
}

TEST(storm, of_cancels_returns_only_when_all_below_is_done) {
  for (int round = 0; round < 300; ++round) {
    auto top = with_cancel(background());
    std::vector<cancel_scope> middle;
    std::vector<cancel_scope> leaves;
    for (int i = 0; i < 4; ++i) {
      middle.push_back(with_cancel(top.ctx()));
      for (int k = 0; k < 50; ++k) leaves.push_back(with_cancel(middle.back().ctx()));
    }
    std::barrier go(thread_count);
    on_threads([&](int i) {
      go.arrive_and_wait();
      if (i % 2 == 0) {
        top.cancel();  // two at once, while two others end parts below
        for (const auto& leaf : leaves) ASSERT_TRUE(leaf.ctx().done());
      } else {
        middle[static_cast<std::size_t>(i)].cancel();
      }
    });
  }
}

TEST(storm, of_deadlines_under_a_cancelled_parent_leaves_no_timer_astray) {
  real_clock clock;
  const context root = background(clock);
  for (int round = 0; round < 200; ++round) {
    std::optional<cancel_scope> parent = with_cancel(root);
    std::barrier go(thread_count);
    on_threads([&](int i) {
      const context ctx = parent->ctx();
      go.arrive_and_wait();
      if (i == 0) {
        parent->cancel();
        return;
      }
      for (int k = 0; k < 20; ++k) {
        const auto child = with_timeout(ctx, microseconds(k * 100));
        const auto far = with_timeout(child.ctx(), microseconds(50));
        ASSERT_TRUE(!child.ctx().done() || child.ctx().err() != errc::none);
      }
    });
    parent.reset();
  }
}

TEST(storm, of_watchers_that_go_while_their_context_ends_calls_no_dead_one) {
  std::atomic<int> heard{0};
  for (int round = 0; round < 500; ++round) {
    auto scope = with_cancel(background());
    std::barrier go(thread_count);
    on_threads([&](int i) {
      std::vector<std::shared_ptr<context_watcher>> mine;
      for (int k = 0; k < 10; ++k) {
        mine.push_back(std::make_shared<counting_watcher>(heard));
        mine.back()->watch(scope.ctx());
      }
      go.arrive_and_wait();
      if (i == 0) scope.cancel();
      mine.clear();
    });
  }
  EXPECT_GE(heard, 500 * 10) << "the canceller's own watchers lived";
}

TEST(storm, of_expiring_timers_and_dropped_handles_frees_each_once) {
  real_clock clock;
  const context root = background(clock);
  on_threads([&](int i) {
    std::mt19937_64 random(static_cast<std::uint64_t>(i));
    for (int k = 0; k < 400; ++k) {
      auto scope = with_timeout(root, microseconds(random() % 1'200));
      const context copy = with_timeout(scope.ctx(), milliseconds(5)).ctx();
      if (random() % 2 == 0) wait_for(scope.ctx(), microseconds(random() % 1'200));
    }
  });
}

/// A deadline may pass after it was armed and before it is linked to its parent, which has to wait
/// for a lock.
TEST(storm, of_deadlines_that_pass_while_contexts_are_made_leaves_no_trace) {
  manual_clock time;
  const auto parent = with_cancel(background(time));
  std::atomic<int> made{0};
  std::thread passing([&] {
    while (made < thread_count) time.advance(std::chrono::nanoseconds(1));
  });
  on_threads([&](int) {
    for (int i = 0; i < 200'000; ++i)
      const auto soon = with_timeout(parent.ctx(), std::chrono::nanoseconds(1));
    ++made;
  });
  passing.join();
  EXPECT_FALSE(parent.ctx().node().has_dependents());
  EXPECT_EQ(time.armed(), 0U);
}

}  // namespace
}  // namespace lifeline
