#include "lifeline/actor/wire.hpp"

#include <gtest/gtest.h>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <limits>
#include <vector>

#include "actor/actor_fixture.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {
namespace {

using detail::from_wire;
using detail::to_wire;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class a_context_on_the_wire : public testing::actor_fixture {
 protected:
  context round_trip(context ctx) {
    std::vector<char> bytes;
    caf::binary_serializer out(system, bytes);
    EXPECT_FALSE(out(ctx));
    context back;
    caf::binary_deserializer in(system, bytes);
    EXPECT_FALSE(in(back));
    return back;
  }
};

TEST_F(a_context_on_the_wire, without_end_or_deadline_becomes_a_root) {
  const context back = round_trip(root);
  EXPECT_TRUE(back.node().is_root());
}

TEST_F(a_context_on_the_wire, carries_time_left_not_a_point_in_time) {
  const auto scope = with_timeout(root, hours(3));
  time.advance(hours(1));
  const time_point before = process_clock().now();
  const context back = round_trip(scope.ctx());
  EXPECT_GE(*back.deadline(), before + hours(2));
  EXPECT_LE(*back.deadline(), process_clock().now() + hours(2));
}

TEST_F(a_context_on_the_wire, carries_how_it_ended) {
  auto cancelled = with_timeout(root, hours(1));
  cancelled.cancel();
  const auto expired = with_timeout(root, seconds(-1));
  EXPECT_EQ(round_trip(cancelled.ctx()).err(), errc::canceled);
  EXPECT_EQ(round_trip(expired.ctx()).err(), errc::deadline_exceeded);
}

TEST_F(a_context_on_the_wire, ends_at_its_deadline_on_the_other_side) {
  context back = from_wire({milliseconds(1) / duration(1), 0});
  const auto child = with_cancel(back);
  back = root;  // the child holds it
  wait(child.ctx());
  EXPECT_EQ(child.ctx().err(), errc::deadline_exceeded);
  EXPECT_TRUE(from_wire({0, 0}).done());
}

TEST_F(a_context_on_the_wire, may_be_dropped_before_its_deadline) {
  for (int i = 0; i < 1'000; ++i) from_wire({hours(1) / duration(1), 0});
}

TEST_F(a_context_on_the_wire, is_read_without_harm_whatever_it_says) {
  constexpr auto longest = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(from_wire({longest, 0}).done());
  EXPECT_FALSE(from_wire({longest - 1, 0}).done());
  EXPECT_EQ(from_wire({longest, 77}).err(), errc::canceled);
  EXPECT_FALSE(from_wire({std::numeric_limits<std::int64_t>::min(), 0}).done());
}

}  // namespace
}  // namespace lifeline
