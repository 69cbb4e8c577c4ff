#include "lifeline/actors/light_callers.hpp"

#include <gtest/gtest.h>

namespace lifeline::actors {
namespace {

using namespace std::chrono_literals;

const time_point start{1h};

class modest : public ::testing::Test {
 protected:
  light_callers callers{2, 1s};
};

TEST_F(modest, are_those_who_have_few_open) {
  EXPECT_FALSE(callers.others_than("g", start));
  callers.see("g", 300, start);
  EXPECT_FALSE(callers.others_than("m", start)) << "a greedy one is not";
  callers.see("m", 2, start);
  EXPECT_TRUE(callers.others_than("g", start));
  EXPECT_FALSE(callers.others_than("m", start)) << "nobody is one beside itself";
  callers.see("n", 1, start);
  EXPECT_TRUE(callers.others_than("m", start));
}

TEST_F(modest, are_no_longer_when_they_had_more_once) {
  callers.see("m", 2, start);
  callers.see("m", 3, start);
  callers.see("m", 1, start);
  EXPECT_FALSE(callers.others_than("g", start));
  callers.see("m", 1, start + 1s);
  EXPECT_FALSE(callers.others_than("g", start + 1s)) << "what they did lately counts, too";
  callers.see("m", 1, start + 2s);
  callers.see("m", 1, start + 3s);
  EXPECT_TRUE(callers.others_than("g", start + 3s));
}

TEST_F(modest, are_no_longer_when_they_become_greedy_in_the_next_span) {
  callers.see("m", 1, start);
  callers.see("m", 5, start + 1s);
  EXPECT_FALSE(callers.others_than("g", start + 1s));
}

TEST_F(modest, are_forgotten_after_a_span_or_two) {
  callers.see("m", 1, start);
  EXPECT_TRUE(callers.others_than("g", start + 2s - 1ns));
  EXPECT_FALSE(callers.others_than("g", start + 2s)) << "also if nobody came since";
  callers.see("g", 300, start + 1s);
  EXPECT_TRUE(callers.others_than("g", start + 2s - 1ns));
  callers.see("g", 300, start + 2s);
  EXPECT_FALSE(callers.others_than("g", start + 2s));
}

}  // namespace
}  // namespace lifeline::actors
