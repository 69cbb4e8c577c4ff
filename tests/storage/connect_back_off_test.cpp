#include "bank/storage/postgres/connect_back_off.hpp"

#include <gtest/gtest.h>

namespace bank::storage {
namespace {

using namespace std::chrono_literals;

constexpr lifeline::time_point start{1h};

TEST(connect_back_off, holds_back_longer_each_time_up_to_half_a_second) {
  connect_back_off pause;
  EXPECT_FALSE(pause.too_soon(start));
  auto now = start;
  for (const auto length : {50ms, 100ms, 200ms, 400ms, 500ms, 500ms}) {
    pause.failed(now, now, "nobody is there");
    EXPECT_EQ(pause.too_soon(now + length - 1ns), "nobody is there") << length.count();
    now += length;
    EXPECT_FALSE(pause.too_soon(now)) << length.count();
  }
}

TEST(connect_back_off, lets_all_try_as_soon_as_one_got_through) {
  connect_back_off pause;
  for (int i = 0; i < 5; ++i) pause.failed(start, start, "nobody is there");
  pause.connected(start + 10ms);
  EXPECT_FALSE(pause.too_soon(start + 10ms));
  pause.failed(start + 20ms, start + 30ms, "gone");
  EXPECT_TRUE(pause.too_soon(start + 79ms)) << "the pause is short again";
  EXPECT_FALSE(pause.too_soon(start + 80ms));
}

TEST(connect_back_off, counts_attempts_that_fail_together_once) {
  connect_back_off pause;
  for (int i = 0; i < 5; ++i) pause.failed(start, start + 1ms, "nobody is there");
  EXPECT_TRUE(pause.too_soon(start + 50ms));
  EXPECT_FALSE(pause.too_soon(start + 51ms));
}

TEST(connect_back_off, holds_nobody_back_for_an_attempt_from_before_one_got_through) {
  connect_back_off pause;
  pause.connected(start + 10ms);
  pause.failed(start, start + 20ms, "it was too early");
  EXPECT_FALSE(pause.too_soon(start + 20ms));
}

}  // namespace
}  // namespace bank::storage
