#include "bank/api/http/reused_text.hpp"

#include <gtest/gtest.h>

#include "bank/api/http/answer.hpp"
#include "bank/api/http/request.hpp"

namespace bank::api::testing {
namespace {

TEST(reused_text, frees_the_buffer_of_a_large_message_and_keeps_a_small_one) {
  std::string large(1'000'000, 'x'), small(1'000, 'x');
  clear_for_the_next(large);
  clear_for_the_next(small);
  EXPECT_LE(large.capacity(), most_kept);
  EXPECT_GE(small.capacity(), 1'000U);
  EXPECT_TRUE(large.empty() && small.empty());
}

TEST(reused_text, is_used_for_requests_and_answers) {
  request r;
  r.body.assign(1'000'000, 'x');
  r.clear();
  EXPECT_LE(r.body.capacity(), most_kept);
  answer a;
  a.body.assign(1'000'000, 'x');
  a.clear();
  EXPECT_LE(a.body.capacity(), most_kept);
}

}  // namespace
}  // namespace bank::api::testing
