#include "lifeline/guards/s3_fifo.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "guards/traces.hpp"
#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using slots = std::vector<s3_fifo::slot>;

/// Inserts an entry and returns the evicted ones.
slots insert(s3_fifo& order, s3_fifo::slot s, std::size_t bytes = 1) {
  slots gone;
  order.insert(s, s * 0x9e3779b97f4a7c15ULL, bytes);
  while (order.is_over()) gone.push_back(*order.evict());
  return gone;
}

TEST(s3_fifo, lets_a_scan_pass_by_what_is_used) {
  s3_fifo order(100, SIZE_MAX);
  for (s3_fifo::slot s = 0; s < 50; ++s) {
    insert(order, s);
    order.hit(s);
    order.hit(s);
  }
  std::set<s3_fifo::slot> gone;
  for (s3_fifo::slot s = 1'000; s < 3'000; ++s)
    for (const auto v : insert(order, s)) gone.insert(v);
  for (s3_fifo::slot s = 0; s < 50; ++s) EXPECT_FALSE(gone.contains(s)) << s;
}

TEST(s3_fifo, takes_what_comes_back_soon_into_the_main_queue) {
  s3_fifo order(20, SIZE_MAX);
  for (s3_fifo::slot s = 0; s < 20; ++s) insert(order, s);
  const auto gone = insert(order, 20);
  ASSERT_EQ(gone, slots{0});
  insert(order, 0);
  // Now it stays while entries pass through the small queue.
  for (s3_fifo::slot s = 100; s < 119; ++s)
    for (const auto v : insert(order, s)) EXPECT_NE(v, 0U);
}

TEST(s3_fifo, is_bounded_by_bytes_as_well) {
  s3_fifo order(1'000, 1'000);
  for (s3_fifo::slot s = 0; s < 100; ++s) insert(order, s, 100);
  EXPECT_LE(order.bytes(), 1'000U);
  EXPECT_EQ(order.entries(), 10U);
  order.resize(*order.evict() == 99 ? 98 : 99, 500);
  while (order.is_over()) order.evict();
  EXPECT_LE(order.bytes(), 1'000U);
}

TEST(s3_fifo, lets_newcomers_into_a_tiny_cache) {
  s3_fifo order(2, SIZE_MAX);
  for (s3_fifo::slot s = 0; s < 100; ++s)
    for (const auto v : insert(order, s)) EXPECT_NE(v, s);
}

TEST(s3_fifo, counts_what_it_holds_in_any_history) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 50; ++run) {
    const std::size_t most = 1 + random() % 50;
    const std::size_t most_bytes = 1 + random() % 500;
    s3_fifo order(most, most_bytes);
    std::map<s3_fifo::slot, std::size_t> model;
    for (int step = 0; step < 1'000; ++step) {
      const auto s = static_cast<s3_fifo::slot>(random() % 100);
      const std::size_t bytes = 1 + random() % 30;
      if (!model.contains(s)) {
        order.insert(s, s, bytes);
        model[s] = bytes;
      } else if (random() % 4 == 0) {
        order.erase(s);
        model.erase(s);
      } else if (random() % 3 == 0) {
        order.resize(s, bytes);
        model[s] = bytes;
      } else {
        order.hit(s);
      }
      while (order.is_over()) {
        const auto gone = order.evict();
        ASSERT_TRUE(gone);
        ASSERT_EQ(model.erase(*gone), 1U);
      }
      std::size_t sum = 0;
      for (const auto& [slot, b] : model) sum += b;
      ASSERT_EQ(order.entries(), model.size());
      ASSERT_EQ(order.bytes(), sum);
    }
  }
}

TEST(s3_fifo, hits_more_often_than_lru_when_scans_pass) {
  const auto trace = testing::zipf_with_scans(/*keys=*/20'000, /*length=*/200'000, /*seed=*/7);
  const double mine = testing::hit_rate_of_s3_fifo(trace, 2'000);
  const double lru = testing::hit_rate_of_lru(trace, 2'000);
  EXPECT_GT(mine, lru * 1.1) << "LRU hits " << lru;
}

TEST(ghost_list, remembers_the_newest_only) {
  ghost_list ghosts(100);
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> hashes;
  for (int i = 0; i < 300; ++i) {
    hashes.push_back(random());
    ghosts.add(hashes.back());
  }
  int found = 0;
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(ghosts.take(hashes[static_cast<std::size_t>(i)]));
  for (int i = 200; i < 300; ++i) found += ghosts.take(hashes[static_cast<std::size_t>(i)]) ? 1 : 0;
  EXPECT_GE(found, 90);
  EXPECT_FALSE(ghosts.take(hashes.back())) << "once";
}

}  // namespace
}  // namespace lifeline::guards
