#include "bank/node/store_guard.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bank/storage/memory/ledger_store.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::errc;
using lifeline::guards::circuit;
using std::chrono::milliseconds;
using patience = store_guard::patience;

/// Answers to probes, given by the test.
class doctor {
 public:
  store_guard::findings ask(const context&) {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !silent_; });
    return {says_, "as the test says", obstacle_};
  }
  void finds(std::optional<lifeline::ledger::write_obstacle> o) {
    const std::lock_guard lock(mutex_);
    obstacle_ = std::move(o);
  }
  void says(errc e) {
    const std::lock_guard lock(mutex_);
    says_ = e;
    silent_ = false;
    changed_.notify_all();
  }
  void falls_silent() {
    const std::lock_guard lock(mutex_);
    silent_ = true;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void wait_for(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  errc says_ = errc::none;
  std::optional<lifeline::ledger::write_obstacle> obstacle_;
  bool silent_ = false;
  int asked_ = 0;
};

class a_store_guard : public ::testing::Test {
 protected:
  ~a_store_guard() override { doctor_.says(errc::none); }

  circuit state() const { return guard_.breaker().state(); }
  void pass_time(milliseconds d) { clock_.advance(d); }
  /// The probe runs on a thread of its own.
  void wait_until(circuit wanted) const {
    while (state() != wanted) std::this_thread::yield();
  }
  auto enter(patience p = patience::short_call) const {
    return guard_.enter(lifeline::background(), p);
  }
  /// Moves time to the next probe, which runs then.
  void pass_time_to_probe() {
    const int before = doctor_.asked();
    pass_time(milliseconds(500));
    doctor_.wait_for(before + 1);
  }
  /// Moves time to the next probe and waits for its answer, because manual time does not wait for
  /// it.
  void pass_time_over_probe() {
    pass_time_to_probe();
    while (guard_.is_probing()) std::this_thread::yield();
  }

  lifeline::manual_clock clock_;
  lifeline::runtime rt_{{}, clock_};
  doctor doctor_;
  std::mutex told_mutex_;
  std::vector<circuit> told_;  ///< the states that it changed to
  store_guard guard_{rt_,
                     [this](const context& ctx) { return doctor_.ask(ctx); },
                     {.on_change = [this](circuit /*before*/, circuit now) {
                       const std::lock_guard lock(told_mutex_);
                       told_.push_back(now);
                     }}};
};

TEST_F(a_store_guard, opens_when_calls_fail_in_a_row_and_closes_when_a_probe_succeeds) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(guard_.closed_off(), "");
    enter()->failed();
  }
  EXPECT_EQ(state(), circuit::open);
  EXPECT_FALSE(enter());
  EXPECT_NE(guard_.closed_off(), "");
  pass_time(milliseconds(1'050));
  wait_until(circuit::closed);
  EXPECT_TRUE(enter());
  EXPECT_EQ(guard_.closed_off(), "");
  const std::lock_guard lock(told_mutex_);
  EXPECT_EQ(told_, (std::vector{circuit::open, circuit::half_open, circuit::closed}));
}

TEST_F(a_store_guard, says_that_nothing_can_be_written_and_lets_reads_through) {
  doctor_.finds({{"the disk is full", "/books/ledger.db"}});
  pass_time_over_probe();
  EXPECT_TRUE(guard_.is_obstructed());
  EXPECT_EQ(guard_.closed_off(), "the store cannot be written to: the disk is full");
  EXPECT_EQ(state(), circuit::closed);
  EXPECT_TRUE(enter());
  pass_time_over_probe();
  EXPECT_TRUE(guard_.is_obstructed());
  doctor_.finds(std::nullopt);
  pass_time_over_probe();
  EXPECT_FALSE(guard_.is_obstructed());
  EXPECT_EQ(guard_.closed_off(), "");
}

TEST_F(a_store_guard, keeps_an_obstacle_until_a_probe_finds_none_whatever_reads_say) {
  doctor_.finds({{"the disk is full", "/books/ledger.db"}});
  pass_time_over_probe();
  doctor_.says(errc::unreachable);
  pass_time_over_probe();
  EXPECT_EQ(state(), circuit::open);
  pass_time(milliseconds(950));  // now any call may try the store
  if (auto read = enter()) read->succeeded();
  EXPECT_TRUE(guard_.is_obstructed());
}

TEST_F(a_store_guard, probes_at_once_when_a_commit_has_failed) {
  pass_time_over_probe();
  const int before = doctor_.asked();
  guard_.probe_soon();
  pass_time(milliseconds(50));
  doctor_.wait_for(before + 1);
}

TEST_F(a_store_guard, takes_calls_that_hang_for_failed_while_they_still_do) {
  std::vector<store_guard::passage> hanging;
  for (int i = 0; i < 5; ++i) hanging.push_back(std::move(*enter()));
  pass_time(milliseconds(450));
  EXPECT_EQ(state(), circuit::closed);
  pass_time(milliseconds(100));
  EXPECT_EQ(state(), circuit::open);
  for (auto& h : hanging) h.succeeded();  // too late: each counts once
}

TEST_F(a_store_guard, finds_out_within_a_second_that_a_busy_store_has_fallen_silent) {
  pass_time_over_probe();  // just before it does
  for (int i = 0; i < 100; ++i) enter()->succeeded();
  doctor_.falls_silent();
  const auto commit = enter(patience::may_take_long);
  pass_time_to_probe();
  EXPECT_EQ(state(), circuit::closed);
  pass_time(milliseconds(300));
  EXPECT_EQ(state(), circuit::open);
}

TEST_F(a_store_guard, gives_a_probe_all_its_time_beside_calls_that_hang_on_from_an_outage) {
  const auto hangs_on = enter();
  pass_time_over_probe();
  pass_time_over_probe();
  doctor_.falls_silent();
  pass_time_to_probe();
  pass_time(milliseconds(400));
  EXPECT_EQ(state(), circuit::closed);
}

TEST_F(a_store_guard, does_not_take_a_slow_store_for_a_silent_one) {
  std::vector<store_guard::passage> long_ones;
  doctor_.falls_silent();
  pass_time_to_probe();
  for (int i = 0; i < 10; ++i) {
    pass_time(milliseconds(300));  // more than half of what it may take
    EXPECT_EQ(state(), circuit::closed) << i;
    doctor_.says(errc::none);
    while (guard_.is_probing()) std::this_thread::yield();
    long_ones.push_back(std::move(*enter(patience::may_take_long)));
    doctor_.falls_silent();
    while (!guard_.is_probing()) pass_time(milliseconds(50));
  }
}

TEST_F(a_store_guard, lets_long_calls_take_their_time) {
  std::vector<store_guard::passage> long_ones;
  for (int i = 0; i < 10; ++i) long_ones.push_back(std::move(*enter(patience::may_take_long)));
  for (int i = 0; i < 10; ++i) pass_time_over_probe();
  EXPECT_EQ(state(), circuit::closed);
  for (auto& l : long_ones) l.failed();
  EXPECT_EQ(state(), circuit::open) << "but not to fail";
}

TEST_F(a_store_guard, opens_at_once_when_a_probe_fails) {
  doctor_.says(errc::unreachable);
  pass_time_to_probe();
  wait_until(circuit::open);
  doctor_.says(errc::none);
  pass_time(milliseconds(1'050));
  wait_until(circuit::closed);
}

TEST_F(a_store_guard, forgives_one_late_probe_but_not_two) {
  doctor_.falls_silent();
  pass_time_to_probe();
  pass_time(milliseconds(550));
  EXPECT_EQ(state(), circuit::closed);
  pass_time(milliseconds(550));
  EXPECT_EQ(state(), circuit::open);
  pass_time(milliseconds(1'500));
  EXPECT_NE(state(), circuit::closed) << "nobody has heard of it yet";
  doctor_.says(errc::none);
  while (state() != circuit::closed) {
    pass_time(milliseconds(50));
    std::this_thread::yield();
  }
}

TEST_F(a_store_guard, forgives_no_late_probe_while_another_call_hangs) {
  doctor_.falls_silent();
  auto other = enter(patience::may_take_long);
  pass_time_to_probe();
  pass_time(milliseconds(550));
  EXPECT_EQ(state(), circuit::open);
}

TEST_F(a_store_guard, asks_nobody_twice_at_a_time) {
  doctor_.falls_silent();
  pass_time_to_probe();
  for (int i = 0; i < 20; ++i) pass_time(milliseconds(500));
  EXPECT_EQ(doctor_.asked(), 1);
}

/// Many threads call while the store fails and recovers: no call is lost or hangs.
TEST_F(a_store_guard, keeps_count_of_calls_from_many_threads) {
  std::atomic<bool> over{false};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&, t] {
      for (int n = 0; n < 20'000; ++n)
        if (auto p = enter()) n % 64 == t ? p->failed() : p->succeeded();
    });
  std::thread time([&] {
    while (!over) pass_time(milliseconds(50));
  });
  for (auto& c : callers) c.join();
  over = true;
  time.join();
  doctor_.says(errc::none);
  while (state() != circuit::closed) {
    pass_time(milliseconds(50));
    std::this_thread::yield();
  }
}

class a_guarded_store : public a_store_guard {
 protected:
  a_guarded_store() { store_.around(guard_); }

  storage::memory_ledger_store store_;
};

TEST_F(a_guarded_store, refuses_reads_and_commits_while_the_breaker_is_open) {
  using namespace lifeline::ledger;
  const auto epoch = store_.fence(lifeline::background()).value();
  store_.fail_reads();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(store_.find_key(lifeline::background(), "a", "b"));
  store_.heal();
  const auto read = store_.last_sequence(lifeline::background());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, lifeline::ledger::errc::store_unavailable);
  EXPECT_EQ(read.error().known, outcome::none);
  const auto done = store_.commit({{epoch, 1}, clock_.wall_now(), {}});
  ASSERT_EQ(done.index(), 1U);
  EXPECT_EQ(std::get<1>(done), commit_error::unavailable);
  EXPECT_TRUE(store_.fence(lifeline::background())) << "finding out goes past it";
  EXPECT_TRUE(store_.find_batch(lifeline::background(), {{epoch, 1}, {}, {}}));
}

TEST_F(a_guarded_store, lets_jobs_wait_for_the_store_while_the_breaker_is_open) {
  for (int i = 0; i < 5; ++i) enter()->failed();
  EXPECT_FALSE(store_.last_sequence(lifeline::background()));
  EXPECT_TRUE(store_.last_sequence(unguarded(lifeline::background())));
}

TEST_F(a_guarded_store, refuses_commits_at_once_while_nothing_can_be_written) {
  using namespace lifeline::ledger;
  const auto epoch = store_.fence(lifeline::background()).value();
  doctor_.finds({{"the disk is full", "/books/ledger.db"}});
  pass_time_over_probe();
  const batch empty{{epoch, 1}, clock_.wall_now(), {}};
  EXPECT_EQ(std::get<commit_error>(store_.commit(empty)), commit_error::unavailable);
  EXPECT_EQ(store_.commits(), 0U);
  EXPECT_TRUE(store_.last_sequence(lifeline::background()));
  doctor_.finds(std::nullopt);
  pass_time_over_probe();
  EXPECT_EQ(store_.commit(empty).index(), 0U);
}

TEST_F(a_guarded_store, is_probed_as_soon_as_a_commit_has_failed) {
  using namespace lifeline::ledger;
  const auto epoch = store_.fence(lifeline::background()).value();
  pass_time_over_probe();
  const int before = doctor_.asked();
  store_.fail_next_commit(storage::commit_fault::unavailable);
  EXPECT_EQ(store_.commit({{epoch, 1}, clock_.wall_now(), {}}).index(), 1U);
  pass_time(milliseconds(50));
  doctor_.wait_for(before + 1);
}

TEST_F(a_guarded_store, opens_for_no_refusal_and_no_impatient_caller) {
  using namespace lifeline::ledger;
  const auto late = lifeline::with_timeout(lifeline::background(), milliseconds(-1));
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(store_.find_key(late.ctx(), "a", "b"));
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(store_.commit({{9, 9}, clock_.wall_now(), {}}).index(), 1U) << "an epoch of nobody";
  EXPECT_EQ(state(), circuit::closed);
}

}  // namespace
}  // namespace bank::node
