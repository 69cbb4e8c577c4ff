#include "driver/proxy/flow.hpp"

#include <gtest/gtest.h>

namespace bank::driver::proxy {
namespace {

using namespace std::chrono_literals;
const clock::time_point start{1h};

TEST(flow, lets_bytes_leave_at_once_where_nothing_delays_them) {
  flow f(1);
  EXPECT_EQ(f.departure(start, {}), start);
  EXPECT_EQ(f.departure(start + 1ms, {}), start + 1ms);
}

TEST(flow, delays_each_portion_from_its_own_arrival) {
  flow f(1);
  EXPECT_EQ(f.departure(start, {200ms, 0ms}), start + 200ms);
  EXPECT_EQ(f.departure(start + 50ms, {200ms, 0ms}), start + 250ms);
}

TEST(flow, lets_nothing_overtake_what_came_before) {
  flow f(1);
  EXPECT_EQ(f.departure(start, {200ms, 0ms}), start + 200ms);
  EXPECT_EQ(f.departure(start + 1ms, {}), start + 200ms);
}

TEST(flow, draws_jitter_within_its_bounds_and_the_same_for_the_same_seed) {
  flow one(7);
  flow same(7);
  auto before = start;
  bool differs = false;
  for (int i = 0; i < 200; ++i) {
    const auto now = start + i * 1s;
    const auto leaves = one.departure(now, {10ms, 20ms});
    EXPECT_EQ(leaves, same.departure(now, {10ms, 20ms}));
    EXPECT_GE(leaves, now + 10ms);
    EXPECT_LE(leaves, now + 30ms);
    differs = differs || leaves - now != before - start;
    before = start + (leaves - now);
  }
  EXPECT_TRUE(differs);
}

TEST(flow, lets_all_pass_on_a_wide_wire) {
  flow f(1);
  EXPECT_EQ(f.allowance(start, 1'000'000, std::nullopt), 1'000'000u);
}

TEST(flow, lets_no_more_pass_a_narrow_wire_than_it_carries) {
  flow f(1);
  std::size_t passed = 0;
  for (auto now = start; now < start + 1s; now += 1ms) passed += f.allowance(now, 5'000, 1'000);
  EXPECT_GE(passed, 900u);
  EXPECT_LE(passed, 1'020u);
}

TEST(flow, lets_single_bytes_pass_the_narrowest_wire) {
  flow f(1);
  EXPECT_EQ(f.allowance(start, 100, 2), 1u);
  EXPECT_EQ(f.allowance(start + 499ms, 99, 2), 0u);
  EXPECT_EQ(f.next_write(), start + 500ms);
  EXPECT_EQ(f.allowance(start + 500ms, 99, 2), 1u);
}

}  // namespace
}  // namespace bank::driver::proxy
