#pragma once

#include <gtest/gtest.h>

#include <chrono>

#include "lifeline/context/context.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace lifeline::testing {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Contexts on a manual clock.
class manual_time : public ::testing::Test {
 protected:
  manual_clock time;
  context root = background(time);
};

/// Not done, by every query.
inline void expect_alive(const context& ctx) {
  EXPECT_FALSE(ctx.done());
  EXPECT_EQ(ctx.err(), errc::none);
  EXPECT_FALSE(ctx.cause());
}

/// Done for this reason, by every query.
inline void expect_done(const context& ctx, errc e, const error& cause) {
  EXPECT_TRUE(ctx.done());
  EXPECT_EQ(ctx.err(), e);
  EXPECT_EQ(ctx.cause(), cause);
}
inline void expect_done(const context& ctx, errc e) { expect_done(ctx, e, error(e)); }

}  // namespace lifeline::testing
