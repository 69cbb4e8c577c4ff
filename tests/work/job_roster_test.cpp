#include "lifeline/work/job_roster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "random_seed.hpp"

namespace lifeline {
namespace {

void come(job_roster& r, const std::string& id) {
  ASSERT_TRUE(r.reserve());
  ASSERT_TRUE(r.take_place(id));
}

TEST(a_job_roster, runs_as_many_as_workers_in_order_of_arrival) {
  job_roster r(2, 10);
  for (const auto* id : {"a", "b", "c"}) come(r, id);
  EXPECT_EQ(r.start_next(), "a");
  EXPECT_EQ(r.start_next(), "b");
  EXPECT_EQ(r.start_next(), std::nullopt);
  r.ended("a");
  EXPECT_EQ(r.start_next(), "c");
  EXPECT_EQ(r.start_next(), std::nullopt);
}

TEST(a_job_roster, is_full_when_its_queue_is) {
  job_roster r(1, 2);
  come(r, "a");
  come(r, "b");
  come(r, "c");
  EXPECT_FALSE(r.reserve()) << "two wait, and one that a worker will have";
  EXPECT_EQ(r.start_next(), "a");
  EXPECT_FALSE(r.reserve());
  r.ended("a");
  EXPECT_TRUE(r.reserve());
  EXPECT_FALSE(r.reserve()) << "a reserved place is taken";
  r.give_back();
  EXPECT_TRUE(r.reserve());
}

TEST(a_job_roster, accepts_jobs_found_at_the_start_beyond_its_bound) {
  job_roster r(1, 1);
  for (const auto* id : {"a", "b", "c", "d"}) EXPECT_TRUE(r.enqueue(id));
  EXPECT_EQ(r.waiting(), 4U);
  EXPECT_FALSE(r.reserve());
}

TEST(a_job_roster, drops_waiting_jobs_and_cancels_running_ones) {
  job_roster r(1, 10);
  come(r, "a");
  come(r, "b");
  EXPECT_EQ(r.start_next(), "a");
  EXPECT_EQ(r.cancel("a"), job_cancel::asked);
  EXPECT_EQ(r.cancel("b"), job_cancel::dropped);
  EXPECT_EQ(r.cancel("b"), job_cancel::unknown);
  r.ended("a");
  EXPECT_EQ(r.cancel("a"), job_cancel::unknown);
  EXPECT_EQ(r.start_next(), std::nullopt);
}

TEST(a_job_roster, once_closed_accepts_and_starts_nothing) {
  job_roster r(1, 10);
  come(r, "a");
  come(r, "b");
  EXPECT_EQ(r.start_next(), "a");
  ASSERT_TRUE(r.reserve());
  EXPECT_EQ(r.close(), std::vector<std::string>{"b"});
  EXPECT_FALSE(r.take_place("c")) << "it came too late";
  EXPECT_FALSE(r.reserve());
  EXPECT_FALSE(r.enqueue("d"));
  EXPECT_FALSE(r.drained());
  r.ended("a");
  EXPECT_TRUE(r.drained());
  EXPECT_EQ(r.start_next(), std::nullopt);
}

TEST(a_job_roster, needs_a_worker) { EXPECT_THROW(job_roster(0, 1), std::invalid_argument); }

/// The naive model: all jobs in one list, with their states.
TEST(a_job_roster, does_what_a_naive_one_does) {
  std::mt19937_64 random(testing::random_seed());
  for (int run = 0; run < 500; ++run) {
    const std::size_t workers = 1 + random() % 3;
    const std::size_t room = random() % 5;
    job_roster real(workers, room);
    std::vector<std::pair<std::string, bool>> naive;  // and whether it runs
    const auto count = [&](bool runs) {
      return static_cast<std::size_t>(std::count_if(
          naive.begin(), naive.end(), [&](const auto& j) { return j.second == runs; }));
    };
    for (int step = 0; step < 60; ++step) {
      const std::string some = naive.empty() ? "none" : naive[random() % naive.size()].first;
      switch (random() % 4) {
        case 0: {
          const bool fits = naive.size() < room + workers;
          ASSERT_EQ(real.reserve(), fits);
          if (!fits) break;
          const auto id = std::to_string(step);
          ASSERT_TRUE(real.take_place(id));
          naive.emplace_back(id, false);
          break;
        }
        case 1: {
          const auto next =
              std::find_if(naive.begin(), naive.end(), [](const auto& j) { return !j.second; });
          const bool can = next != naive.end() && count(true) < workers;
          ASSERT_EQ(real.start_next(), can ? std::optional(next->first) : std::nullopt);
          if (can) next->second = true;
          break;
        }
        case 2: {
          const auto j = std::find_if(naive.begin(), naive.end(),
                                      [&](const auto& x) { return x.first == some; });
          if (j == naive.end() || !j->second) break;
          real.ended(some);
          naive.erase(j);
          break;
        }
        case 3: {
          const auto j = std::find_if(naive.begin(), naive.end(),
                                      [&](const auto& x) { return x.first == some; });
          const auto expected = j == naive.end() ? job_cancel::unknown
                                : j->second      ? job_cancel::asked
                                                 : job_cancel::dropped;
          ASSERT_EQ(real.cancel(some), expected);
          if (expected == job_cancel::dropped) naive.erase(j);
          break;
        }
      }
      ASSERT_EQ(real.waiting(), count(false));
      ASSERT_EQ(real.running().size(), count(true));
    }
  }
}

}  // namespace
}  // namespace lifeline
