#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "lifeline/time/clock.hpp"

namespace lifeline {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using fractional = std::chrono::duration<double>;

TEST(a_saturating_cast, gives_what_fits_as_it_is) {
  EXPECT_EQ(saturating_cast(milliseconds(1'500)), nanoseconds(1'500'000'000));
  EXPECT_EQ(saturating_cast<seconds>(milliseconds(1'999)), seconds(1)) << "toward zero";
  EXPECT_EQ(saturating_cast<seconds>(milliseconds(-1'999)), seconds(-1));
  EXPECT_EQ(saturating_cast(fractional(0.25)), milliseconds(250));
  static_assert(saturating_cast(hours(1)) == nanoseconds(3'600'000'000'000));
}

/// The largest of each unit, the first that does not fit, and the last that does.
template <class Unit>
class a_saturating_cast_from : public ::testing::Test {};
using units = ::testing::Types<nanoseconds, microseconds, milliseconds, seconds,
                               std::chrono::minutes, hours, days, std::chrono::years>;
TYPED_TEST_SUITE(a_saturating_cast_from, units);

TYPED_TEST(a_saturating_cast_from, goes_to_the_ends_of_the_scale) {
  EXPECT_EQ(saturating_cast(TypeParam::max()), duration::max());
  EXPECT_EQ(saturating_cast(TypeParam::min()), duration::min());
  const TypeParam last = std::chrono::duration_cast<TypeParam>(duration::max());
  EXPECT_EQ(saturating_cast(last), duration(last));
  EXPECT_EQ(saturating_cast(-last), -duration(last));
  if constexpr (!std::is_same_v<TypeParam, duration>) {
    EXPECT_EQ(saturating_cast(last + TypeParam(1)), duration::max());
    EXPECT_EQ(saturating_cast(-last - TypeParam(1)), duration::min());
  }
  EXPECT_EQ(saturating_cast<TypeParam>(duration::max()), last);
}

TEST(a_saturating_cast, takes_fractions_that_are_too_large_or_no_numbers) {
  EXPECT_EQ(saturating_cast(fractional(1e300)), duration::max());
  EXPECT_EQ(saturating_cast(fractional(-1e300)), duration::min());
  EXPECT_EQ(saturating_cast(fractional(std::numeric_limits<double>::infinity())), duration::max());
  EXPECT_EQ(saturating_cast(fractional(std::nan(""))), duration::zero());
  // 2^63 is the double nearest to the largest integer, and is out of range.
  const auto most = static_cast<double>(duration::max().count());
  EXPECT_EQ(saturating_cast(std::chrono::duration<double, std::nano>(most)), duration::max());
}

TEST(a_saturating_cast, fits_into_units_that_count_in_fewer_bits) {
  using narrow = std::chrono::duration<std::int32_t, std::milli>;
  EXPECT_EQ(saturating_cast<narrow>(hours(24 * 365)), narrow::max());
  EXPECT_EQ(saturating_cast<narrow>(hours(-24 * 365)), narrow::min());
  EXPECT_EQ(saturating_cast<narrow>(seconds(5)), narrow(5'000));
}

TEST(time_after, stops_at_the_ends_of_time) {
  const time_point t{hours(1)};
  EXPECT_EQ(time_after(t, milliseconds(5)), t + milliseconds(5));
  EXPECT_EQ(time_after(t, milliseconds(-5)), t - milliseconds(5));
  EXPECT_EQ(time_after(t, duration::max()), time_point::max());
  EXPECT_EQ(time_after(t, milliseconds::max()), time_point::max());
  EXPECT_EQ(time_after(time_point(hours(-1)), duration::min()), time_point::min());
  EXPECT_EQ(time_after(time_point::max(), nanoseconds(1)), time_point::max());
  EXPECT_EQ(time_after(time_point::min(), duration::max()), time_point(nanoseconds(-1)));
}

TEST(time_after, knows_the_calendar_too) {
  const wall_time t{seconds(1'760'000'000)};
  EXPECT_EQ(time_after(t, hours(1)), t + hours(1));
  EXPECT_EQ(time_after(t, seconds::max()), wall_time::max());
  EXPECT_EQ(time_after(t, microseconds(1'999)), t + milliseconds(1));
  EXPECT_EQ(time_after(wall_time(milliseconds(-5)), seconds::min()), wall_time::min());
}

TEST(time_between, stops_at_the_ends_of_the_scale) {
  const time_point t{hours(1)};
  EXPECT_EQ(time_between(t, t + seconds(3)), seconds(3));
  EXPECT_EQ(time_between(t + seconds(3), t), seconds(-3));
  EXPECT_EQ(time_between(time_point(hours(-1)), time_point::max()), duration::max());
  EXPECT_EQ(time_between(time_point::max(), time_point(hours(-1))), duration::min());
  EXPECT_EQ(time_between(wall_time::min(), wall_time::max()), milliseconds::max());
}

}  // namespace
}  // namespace lifeline
