#include "lifeline/guards/memory_budget.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

TEST(memory_budget, bounds_an_owner_and_all_owners) {
  memory_budget budget({100, 25});
  auto a = budget.of("a");
  auto more = budget.of("a");
  EXPECT_TRUE(a.resize(15));
  EXPECT_TRUE(more.resize(10));
  EXPECT_FALSE(more.resize(11)) << "beyond the owner's bound";
  EXPECT_EQ(more.bytes(), 10U);
  auto b = budget.of("b");
  EXPECT_TRUE(b.resize(60)) << "alone an owner may pass its bound with one buffer";
  auto again = budget.of("b");
  EXPECT_FALSE(again.resize(1));
  auto c = budget.of("c");
  EXPECT_FALSE(c.resize(16)) << "15 are left of all";
  EXPECT_TRUE(c.resize(15));
  EXPECT_TRUE(more.resize(0));
  EXPECT_TRUE(c.resize(25)) << "what was given back is there for all";
  EXPECT_EQ(budget.figures().used, 100U);
  EXPECT_EQ(budget.figures().owners, 3U);
  EXPECT_EQ(budget.figures().refused, 3U);
}

TEST(memory_budget, admits_a_single_buffer_larger_than_all_of_it) {
  memory_budget budget({10, 5});
  {
    auto large = budget.of("a");
    EXPECT_TRUE(large.resize(50));
    EXPECT_FALSE(budget.of("b").resize(1));
    EXPECT_TRUE(large.resize(40)) << "it may shrink";
    EXPECT_TRUE(large.resize(60)) << "and grow: it is alone";
  }
  EXPECT_EQ(budget.figures().used, 0U);
  EXPECT_TRUE(budget.of("b").resize(1));
}

TEST(memory_budget, a_buffer_that_is_moved_or_outlives_it_keeps_its_bytes) {
  memory_budget::holding kept;
  EXPECT_TRUE(kept.resize(1'000'000)) << "of no budget";
  {
    memory_budget budget({100, 100});
    auto first = budget.of("a");
    EXPECT_TRUE(first.resize(60));
    kept = std::move(first);
    EXPECT_EQ(budget.figures().used, 60U);
    auto other = budget.of("b");
    EXPECT_TRUE(other.resize(40));
    kept = std::move(other);
    EXPECT_EQ(budget.figures().used, 40U) << "what it held before was given back";
  }
  EXPECT_EQ(kept.bytes(), 40U);
}

/// Beside a model that adds all buffers up.
TEST(memory_budget, agrees_with_a_sum_over_all_buffers) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const memory_limits limits{1'000, 300};
  memory_budget budget(limits);
  constexpr std::array names{"a", "b", "c", "d", "e"};
  struct buffer {
    std::string owner;
    memory_budget::holding held;
  };
  std::vector<buffer> all;
  const auto sum = [&](const std::string* owner, const buffer* but) {
    std::size_t bytes = 0;
    for (const auto& b : all)
      if (&b != but && (owner == nullptr || b.owner == *owner)) bytes += b.held.bytes();
    return bytes;
  };
  for (int step = 0; step < 5'000; ++step) {
    if (all.empty() || random() % 8 == 0) {
      const std::string owner = names[random() % names.size()];
      all.push_back({owner, budget.of(owner)});
    }
    const std::size_t at = random() % all.size();
    if (random() % 10 == 0) {
      std::swap(all[at], all.back());
      all.pop_back();
      continue;
    }
    buffer& b = all[at];
    const std::size_t wanted = random() % 150;
    const std::size_t others = sum(nullptr, &b);
    const std::size_t own = sum(&b.owner, &b);
    const bool may = wanted <= b.held.bytes() || ((others == 0 || others + wanted <= limits.all) &&
                                                  (own == 0 || own + wanted <= limits.each));
    ASSERT_EQ(b.held.resize(wanted), may) << "step " << step;
    ASSERT_EQ(budget.figures().used, sum(nullptr, nullptr));
  }
}

TEST(memory_budget, loses_nothing_between_threads) {
  memory_budget budget({1'000, 400});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&budget, t] {
      auto mine = budget.of(std::to_string(t % 2));
      for (std::size_t n = 0; n < 20'000; ++n) (void)mine.resize(n * 37 % 500);
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(budget.figures().used, 0U);
  EXPECT_EQ(budget.figures().owners, 0U);
}

}  // namespace
}  // namespace lifeline::guards
