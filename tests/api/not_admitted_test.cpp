#include "bank/api/limits/not_admitted.hpp"

#include <gtest/gtest.h>

#include "lifeline/guards/refusal.hpp"

namespace bank::api {
namespace {

using namespace std::chrono_literals;
using lifeline::guards::refusal;

TEST(not_admitted, tells_how_long_such_requests_take) {
  const problem p = not_admitted(refusal::cannot_finish, 19ms, 20ms);
  EXPECT_EQ(p.code, code::overloaded);
  EXPECT_EQ(p.detail, "19.0 ms are left, but such requests take 20.0 ms now; allow more time");
  EXPECT_EQ(p.outcome, lifeline::ledger::outcome::unknown);
}

TEST(not_admitted, tells_that_the_queue_is_full) {
  const problem p = not_admitted(refusal::overloaded, 1s, 0s);
  EXPECT_EQ(p.code, code::overloaded);
  EXPECT_EQ(p.detail, "the queue of waiting requests is full; retry in 1 s");
}

TEST(not_admitted, is_the_end_of_the_context_for_a_request_that_waited) {
  EXPECT_EQ(not_admitted(lifeline::errc::deadline_exceeded, 0s, 0s).code, code::deadline_exceeded);
  EXPECT_EQ(not_admitted(lifeline::errc::canceled, 1s, 0s).code, code::canceled);
}

}  // namespace
}  // namespace bank::api
