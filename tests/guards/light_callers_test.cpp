#include "lifeline/guards/light_callers.hpp"

#include <gtest/gtest.h>

namespace lifeline::guards {
namespace {

using namespace std::chrono_literals;

const time_point start{1h};

class a_light_caller : public ::testing::Test {
 protected:
  light_callers callers{2, 1s};
};

TEST_F(a_light_caller, has_few_requests_open) {
  EXPECT_FALSE(callers.others_than("g", start));
  callers.see("g", 300, start);
  EXPECT_FALSE(callers.others_than("m", start)) << "a heavy one is not";
  callers.see("m", 2, start);
  EXPECT_TRUE(callers.others_than("g", start));
  EXPECT_FALSE(callers.others_than("m", start)) << "the caller itself does not count";
  callers.see("n", 1, start);
  EXPECT_TRUE(callers.others_than("m", start));
}

TEST_F(a_light_caller, is_no_longer_light_after_it_had_more_open) {
  callers.see("m", 2, start);
  callers.see("m", 3, start);
  callers.see("m", 1, start);
  EXPECT_FALSE(callers.others_than("g", start));
  callers.see("m", 1, start + 1s);
  EXPECT_FALSE(callers.others_than("g", start + 1s)) << "the previous span counts, too";
  callers.see("m", 1, start + 2s);
  callers.see("m", 1, start + 3s);
  EXPECT_TRUE(callers.others_than("g", start + 3s));
}

TEST_F(a_light_caller, is_no_longer_light_when_it_is_heavy_in_the_next_span) {
  callers.see("m", 1, start);
  callers.see("m", 5, start + 1s);
  EXPECT_FALSE(callers.others_than("g", start + 1s));
}

TEST_F(a_light_caller, is_forgotten_after_one_or_two_spans) {
  callers.see("m", 1, start);
  EXPECT_TRUE(callers.others_than("g", start + 2s - 1ns));
  EXPECT_FALSE(callers.others_than("g", start + 2s)) << "also without later requests";
  callers.see("g", 300, start + 1s);
  EXPECT_TRUE(callers.others_than("g", start + 2s - 1ns));
  callers.see("g", 300, start + 2s);
  EXPECT_FALSE(callers.others_than("g", start + 2s));
}

}  // namespace
}  // namespace lifeline::guards
