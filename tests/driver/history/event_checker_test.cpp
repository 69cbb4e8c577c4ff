#include "driver/history/event_checker.hpp"

#include <gtest/gtest.h>

#include "driver/load/draws.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;
const lifeline::time_point start{1h};

lifeline::ledger::uuid id(std::uint64_t n) { return draws(1, 2, n).id(); }

/// Ten transfers, acknowledged and with events in order.
event_checker after_ten() {
  event_checker c(2);
  for (std::uint64_t i = 1; i <= 10; ++i) {
    c.sent(id(i), start);
    c.acknowledged(id(i));
    EXPECT_EQ(c.received(0, i, id(i), start + 3ms), 3ms);
    c.received(1, i, id(i), start + 9ms);
  }
  return c;
}

TEST(event_checker, is_content_when_all_is_received_once_and_in_order) {
  event_checker c = after_ten();
  EXPECT_EQ(c.outstanding(), 0U);
  const finding f = c.conclude();
  EXPECT_TRUE(f.held);
  EXPECT_EQ(f.text, "20 events, in order, none missing");
}

TEST(event_checker, does_not_mind_an_event_before_its_answer) {
  event_checker c(1);
  c.sent(id(1), start);
  EXPECT_EQ(c.received(0, 1, id(1), start + 1ms), 1ms);
  c.acknowledged(id(1));
  EXPECT_EQ(c.outstanding(), 0U);
  EXPECT_TRUE(c.conclude().held);
}

TEST(event_checker, finds_an_acknowledged_transfer_without_its_event) {
  event_checker c = after_ten();
  c.sent(id(11), start);
  c.acknowledged(id(11));
  EXPECT_EQ(c.outstanding(), 1U);
  EXPECT_FALSE(c.conclude().held);
}

TEST(event_checker, finds_an_event_of_what_moved_nothing) {
  event_checker c = after_ten();
  c.sent(id(11), start);
  c.received(0, 11, id(11), start);
  c.failed(id(11));
  EXPECT_FALSE(c.conclude().held);
}

TEST(event_checker, finds_a_hole_in_the_sequence) {
  event_checker c = after_ten();
  c.received(0, 12, id(12), start);
  EXPECT_FALSE(c.conclude().held);
}

TEST(event_checker, finds_an_event_that_comes_twice_or_late) {
  event_checker twice = after_ten();
  twice.received(0, 10, id(10), start);
  EXPECT_FALSE(twice.conclude().held);
  event_checker late = after_ten();
  late.received(1, 4, id(4), start);
  EXPECT_FALSE(late.conclude().held);
}

TEST(event_checker, allows_what_the_node_says_that_it_left_out_and_no_more) {
  event_checker said = after_ten();
  said.missed(1, 5);
  said.received(1, 16, id(16), start);
  EXPECT_TRUE(said.conclude().held);
  event_checker more = after_ten();
  more.missed(1, 5);
  more.received(1, 17, id(17), start);
  EXPECT_FALSE(more.conclude().held);
}

TEST(event_checker, goes_on_after_a_break_where_it_was) {
  event_checker c = after_ten();
  EXPECT_EQ(c.last_of(0), 10U);
  c.received(0, 11, id(11), start);
  EXPECT_TRUE(c.conclude().held);
}

}  // namespace
}  // namespace bank::driver
