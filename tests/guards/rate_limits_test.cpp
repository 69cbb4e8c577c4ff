#include "lifeline/guards/rate_limits.hpp"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <string>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using verdict = token_decision::verdict;

const time_point start{hours(1)};
const duration forever = hours(1'000);

rate_limits_options of_each(std::int64_t per_second, std::int64_t burst) {
  rate_limits_options options;
  options.each = {token_rate::per_second(per_second), burst};
  return options;
}

/// The waiters served by `now`.
std::vector<std::uint64_t> served(rate_limits& limits, time_point now) {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, decision] : limits.serve(now)) ids.push_back(id);
  return ids;
}

TEST(rate_limits, report_what_is_left_and_when_the_bucket_is_full) {
  rate_limits limits(of_each(10, 10));
  const auto d = limits.acquire(1, "alice", 3, duration::zero(), start);
  EXPECT_EQ(d.what, verdict::admitted);
  EXPECT_EQ(d.burst, 10);
  EXPECT_EQ(d.remaining, 7);
  EXPECT_EQ(d.full_after, milliseconds(300));
}

TEST(rate_limits, report_to_refused_requests_when_to_retry) {
  rate_limits limits(of_each(10, 1));
  limits.acquire(1, "alice", 1, duration::zero(), start);
  const auto d = limits.acquire(2, "alice", 1, duration::zero(), start + milliseconds(30));
  EXPECT_EQ(d.what, verdict::refused);
  EXPECT_EQ(d.wait, milliseconds(70));
  EXPECT_EQ(limits.acquire(3, "alice", 1, duration::zero(), start + milliseconds(100)).what,
            verdict::admitted);
}

TEST(rate_limits, never_admit_more_than_the_burst_at_once) {
  rate_limits limits(of_each(10, 3));
  const auto d = limits.acquire(1, "alice", 4, forever, start);
  EXPECT_EQ(d.what, verdict::refused);
  EXPECT_EQ(d.wait, duration::max());
}

TEST(rate_limits, let_wait_in_the_order_of_arrival) {
  rate_limits limits(of_each(10, 2));
  limits.acquire(1, "alice", 2, forever, start);
  EXPECT_EQ(limits.acquire(2, "alice", 2, forever, start).wait, milliseconds(200));
  EXPECT_EQ(limits.acquire(3, "alice", 1, forever, start).wait, milliseconds(300))
      << "one token would be there sooner, but not for the third";
  EXPECT_EQ(limits.next_due(), start + milliseconds(200));
  EXPECT_EQ(served(limits, start + milliseconds(199)), std::vector<std::uint64_t>{});
  EXPECT_EQ(served(limits, start + milliseconds(200)), std::vector<std::uint64_t>{2});
  EXPECT_EQ(served(limits, start + milliseconds(300)), std::vector<std::uint64_t>{3});
  EXPECT_EQ(limits.next_due(), std::nullopt);
}

TEST(rate_limits, let_those_behind_move_up_when_one_leaves) {
  rate_limits limits(of_each(10, 2));
  limits.acquire(1, "alice", 2, forever, start);
  limits.acquire(2, "alice", 2, forever, start);
  limits.acquire(3, "alice", 1, forever, start);
  limits.leave(2, start);
  limits.leave(2, start);
  EXPECT_EQ(limits.next_due(), start + milliseconds(100));
  EXPECT_EQ(served(limits, start + milliseconds(100)), std::vector<std::uint64_t>{3});
  EXPECT_EQ(limits.waiting(), 0U);
}

TEST(rate_limits, refuse_requests_that_would_wait_too_long) {
  rate_limits limits(of_each(10, 1));
  limits.acquire(1, "alice", 1, forever, start);
  EXPECT_EQ(limits.acquire(2, "alice", 1, milliseconds(100), start).what, verdict::waits);
  EXPECT_EQ(limits.acquire(3, "alice", 1, milliseconds(199), start).what, verdict::refused);
  EXPECT_EQ(limits.acquire(4, "alice", 1, milliseconds(200), start).what, verdict::waits);
}

TEST(rate_limits, bound_how_many_wait) {
  auto options = of_each(10, 1);
  options.most_waiting_per_caller = 2;
  options.most_waiting = 3;
  rate_limits limits(options);
  for (std::uint64_t id = 0; id < 4; ++id) limits.acquire(id, "alice", 1, forever, start);
  EXPECT_EQ(limits.waiting(), 2U);
  for (std::uint64_t id = 10; id < 14; ++id) limits.acquire(id, "bob", 1, forever, start);
  EXPECT_EQ(limits.waiting(), 3U);
}

TEST(rate_limits, serve_waiters_of_all_callers_each_in_time) {
  rate_limits limits(of_each(10, 1));
  limits.acquire(1, "alice", 1, forever, start);
  limits.acquire(2, "bob", 1, forever, start + milliseconds(50));
  limits.acquire(3, "bob", 1, forever, start + milliseconds(50));
  limits.acquire(4, "alice", 1, forever, start + milliseconds(60));
  EXPECT_EQ(served(limits, start + milliseconds(150)), (std::vector<std::uint64_t>{4, 3}));
}

TEST(rate_limits, shared_by_all_refuse_at_once_and_take_none_of_the_callers_own) {
  auto options = of_each(10, 5);
  options.all = rate_limit{token_rate::per_second(1), 2};
  rate_limits limits(options);
  limits.acquire(1, "alice", 1, forever, start);
  limits.acquire(2, "bob", 1, forever, start);
  const auto d = limits.acquire(3, "carol", 1, forever, start);
  EXPECT_EQ(d.what, verdict::refused);
  EXPECT_EQ(d.which, token_decision::limit::all);
  EXPECT_EQ(d.wait, seconds(1));
  EXPECT_EQ(limits.acquire(4, "carol", 1, forever, start + seconds(1)).remaining, 4);
}

TEST(rate_limits, shared_by_all_lose_no_tokens_to_refused_or_leaving_requests) {
  auto options = of_each(1, 1);
  options.all = rate_limit{token_rate::per_second(1), 3};
  rate_limits limits(options);
  limits.acquire(1, "alice", 1, forever, start);
  limits.acquire(2, "alice", 1, duration::zero(), start);  // refused
  limits.acquire(3, "alice", 1, forever, start);           // waits, and leaves
  limits.leave(3, start);
  EXPECT_EQ(limits.acquire(4, "", 1, forever, start).remaining, 1);
}

TEST(rate_limits, bind_a_nameless_caller_by_the_shared_limit_only) {
  rate_limits limits(of_each(1, 1));
  for (std::uint64_t id = 0; id < 100; ++id)
    EXPECT_EQ(limits.acquire(id, "", 1, duration::zero(), start).what, verdict::admitted);
}

TEST(rate_limits, that_change_apply_to_waiting_requests) {
  rate_limits limits(of_each(1, 1));
  limits.acquire(1, "alice", 1, forever, start);
  limits.acquire(2, "alice", 1, forever, start);
  limits.set_each({token_rate::per_second(10), 1}, start + milliseconds(500));
  EXPECT_EQ(limits.next_due(), start + milliseconds(550)) << "half of it was there already";
  limits.set_each({token_rate{}, 1}, start + milliseconds(500));
  EXPECT_EQ(limits.next_due(), time_point::max());
  limits.set_each({token_rate::infinite(), 1}, start + milliseconds(500));
  EXPECT_EQ(served(limits, start + milliseconds(500)), std::vector<std::uint64_t>{2});
}

TEST(rate_limits, that_are_invalid_change_nothing) {
  rate_limits limits(of_each(1, 1));
  EXPECT_THROW(limits.set_each({token_rate{-1, seconds(1)}, 1}, start), std::invalid_argument);
  EXPECT_EQ(limits.acquire(1, "alice", 1, forever, start).what, verdict::admitted);
}

/// A naive model of one caller's queue: who waits, and what was given when.
struct naive_line {
  struct one {
    std::uint64_t id;
    std::int64_t n;
  };
  token_rate rate;
  std::int64_t burst;
  std::vector<std::pair<time_point, std::int64_t>> given{};
  std::deque<one> waiting{};

  bool fits(time_point t, std::int64_t n) const {
    std::int64_t sum = n;
    if (sum > burst) return false;
    for (auto g = given.rbegin(); g != given.rend(); ++g) {
      sum += g->second;
      if (static_cast<__int128>(sum - burst) * rate.per.count() >
          static_cast<__int128>((t - g->first).count()) * rate.tokens)
        return false;
    }
    return true;
  }
};

class random_history {
 public:
  explicit random_history(std::uint64_t seed) : random_(seed) {
    rate_ = {1 + below(9), duration(1'000 + below(9'000))};
    rate_limits_options options;
    options.each = {rate_, burst_ = 1 + below(5)};
    options.seed = random_();
    limits_.emplace(options);
    for (int i = 0; i < 3; ++i) model_.push_back({rate_, burst_});
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
  }

 private:
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }

  void step() {
    pass(below(3) == 0 ? 0 : below(4'000));
    switch (below(5)) {
      case 0: return leave();
      default: return acquire();
    }
  }

  /// Advances time, stopping at each due waiter, as an actor's timer would.
  void pass(std::int64_t ns) {
    const time_point until = now_ + duration(ns);
    while (limits_->next_due() && *limits_->next_due() <= until) {
      now_ = std::max(now_, *limits_->next_due());
      for (const auto& [id, d] : limits_->serve(now_)) give(id);
    }
    now_ = until;
    for (const auto& line : model_)
      EXPECT_TRUE(line.waiting.empty() || !line.fits(now_, line.waiting.front().n))
          << "it waits although it could run";
  }

  void give(std::uint64_t id) {
    for (auto& line : model_) {
      if (line.waiting.empty() || line.waiting.front().id != id) continue;
      EXPECT_TRUE(fits_about_now(line, line.waiting.front().n)) << "too soon";
      EXPECT_TRUE(now_ == line_time(line) || now_ == left_ ||
                  !line.fits(now_ - duration(1), line.waiting.front().n))
          << "too late";
      line.given.emplace_back(now_, line.waiting.front().n);
      line.waiting.pop_front();
      return;
    }
    ADD_FAILURE() << id << " was served out of turn";
  }
  /// Waits end at a whole nanosecond; tokens of the rest of it are not lost.
  bool fits_about_now(const naive_line& line, std::int64_t n) const {
    return line.fits(now_ + duration(1), n);
  }
  static time_point line_time(const naive_line& line) {
    return line.given.empty() ? time_point{} : line.given.back().first;
  }

  void acquire() {
    const auto who = static_cast<std::size_t>(below(3));
    naive_line& line = model_[who];
    const std::int64_t n = 1 + below(burst_);
    const auto d = limits_->acquire(++ids_, "caller-" + std::to_string(who), n, hours(1), now_);
    const bool at_once = d.what == verdict::admitted;
    EXPECT_TRUE(at_once || !line.waiting.empty() || !line.fits(now_, n));
    EXPECT_TRUE(!at_once || (line.waiting.empty() && fits_about_now(line, n)));
    if (at_once)
      line.given.emplace_back(now_, n);
    else
      line.waiting.push_back({ids_, n});
  }

  void leave() {
    naive_line& line = model_[static_cast<std::size_t>(below(3))];
    if (line.waiting.empty()) return;
    const auto at = line.waiting.begin() + below(static_cast<std::int64_t>(line.waiting.size()));
    limits_->leave(at->id, now_);
    line.waiting.erase(at);
    left_ = now_;  // those behind may go now that could not overtake
    pass(0);
  }

  std::mt19937_64 random_;
  token_rate rate_;
  std::int64_t burst_;
  std::optional<rate_limits> limits_;
  std::vector<naive_line> model_;
  time_point now_ = start;
  time_point left_{};
  std::uint64_t ids_ = 0;
};

TEST(rate_limits, keep_order_and_rate_in_any_history) {
  std::mt19937_64 seeds(lifeline::testing::random_seed());
  for (int i = 0; i < 200; ++i) random_history(seeds()).run(200);
}

/// Waiters whose tokens together exceed the range of a level.
TEST(rate_limits, refuses_waits_beyond_the_largest_level) {
  rate_limits_options options;
  options.each = {{1, duration(std::int64_t{1} << 60)}, 2};
  rate_limits limits(options);
  const time_point now{std::chrono::hours(1)};
  int waiting = 0;
  for (std::uint64_t id = 1; id <= 50; ++id) {
    const auto d = limits.acquire(id, "a", 2, duration::max() - duration(1), now);
    waiting += d.what == token_decision::verdict::waits ? 1 : 0;
  }
  EXPECT_LE(waiting, 1);
  for (std::uint64_t id = 1; id <= 50; ++id) limits.leave(id, now);
  EXPECT_EQ(limits.waiting(), 0U);
}

}  // namespace
}  // namespace lifeline::guards
