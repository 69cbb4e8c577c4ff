#include "lifeline/bus/event_ring.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "bus/bus_fixture.hpp"

namespace lifeline {
namespace {

using testing::about_people;
using testing::happens;
using testing::number_of;

TEST(event_ring, numbers_its_events_from_one) {
  event_ring ring({.window = 3});
  EXPECT_EQ(ring.last(), 0U);
  EXPECT_EQ(ring.first(), 1U);
  ring.push(happens(7));
  ring.push(happens(8));
  EXPECT_EQ(ring.first(), 1U);
  EXPECT_EQ(ring.last(), 2U);
  EXPECT_EQ(number_of(*ring.at(1)), 7);
  EXPECT_EQ(ring.at(2)->sequence(), 2U);
  EXPECT_EQ(ring.at(2)->topic(), "news");
}

TEST(event_ring, keeps_the_newest_and_gives_out_what_they_displace) {
  event_ring ring({.window = 2});
  EXPECT_TRUE(ring.push(happens(1)).empty());
  EXPECT_TRUE(ring.push(happens(2)).empty());
  const auto displaced = ring.push(happens(3));
  ASSERT_EQ(displaced.size(), 1U);
  EXPECT_EQ(number_of(*displaced[0]), 1);
  EXPECT_EQ(ring.first(), 2U);
  EXPECT_EQ(ring.last(), 3U);
}

/// An event is as large as its number.
TEST(event_ring, keeps_no_more_bytes_than_its_window) {
  const auto size = [](const event& e) { return static_cast<std::size_t>(number_of(e)); };
  event_ring ring({.window = 4, .window_bytes = 100, .size_of = size});
  for (const int bytes : {40, 30, 30}) EXPECT_TRUE(ring.push(happens(bytes)).empty());
  EXPECT_EQ(ring.push(happens(60)).size(), 2U) << "30 and 60 are left";
  EXPECT_EQ(ring.first(), 3U);
  EXPECT_EQ(number_of(*ring.at(3)), 30);
  EXPECT_EQ(ring.push(happens(500)).size(), 2U) << "the newest is kept, however large";
  EXPECT_EQ(ring.first(), ring.last());
  EXPECT_EQ(ring.push(happens(1)).size(), 1U);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring.push(happens(1)).empty());
  EXPECT_EQ(ring.push(happens(1)).size(), 1U) << "the number is bounded, too";
  ring.skip_to(100);
  for (const int bytes : {50, 50}) EXPECT_TRUE(ring.push(happens(bytes)).empty());
}

TEST(event_ring, is_refused_without_a_window) {
  EXPECT_THROW(event_ring({.window = 0}), std::invalid_argument);
}

TEST(event_ring, goes_on_behind_a_sequence_and_forgets_what_came_before) {
  event_ring ring({.window = 4});
  ring.push(happens(1));
  EXPECT_EQ(ring.skip_to(100).size(), 1U);
  EXPECT_EQ(ring.last(), 100U);
  EXPECT_EQ(ring.first(), 101U);
  ring.push(happens(2));
  EXPECT_EQ(ring.first(), 101U);
  EXPECT_EQ(number_of(*ring.at(101)), 2);
  EXPECT_TRUE(ring.skip_to(50).empty()) << "never backwards";
  EXPECT_EQ(ring.last(), 101U);
}

TEST(event_ring, knows_the_latest_event_of_each_key_beyond_its_window) {
  event_ring ring(about_people(2));
  for (const char* whom : {"ann", "bob", "ann", "cat", "cat"}) ring.push(happens(0, whom));
  std::vector<std::uint64_t> sequences;
  for (const auto& [s, e] : ring.latest()) sequences.push_back(s);
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{2, 3, 5}));
}

TEST(event_ring, forgets_the_key_that_was_silent_longest) {
  event_ring ring(about_people(2, 2));
  for (const char* whom : {"ann", "bob", "ann", "cat"}) ring.push(happens(0, whom));
  ASSERT_EQ(ring.latest().size(), 2U);
  EXPECT_EQ(testing::whom_of(*ring.latest().begin()->second), "ann");
  ring.push(happens(0, "bob"));
  EXPECT_EQ(testing::whom_of(*ring.latest().begin()->second), "cat");
}

TEST(event_ring, tells_what_an_event_is_by_its_type) {
  const auto e = happens(3);
  EXPECT_NE(e->as<testing::happening>(), nullptr);
  EXPECT_EQ(e->as<std::string>(), nullptr);
}

TEST(event_ring, has_an_events_text_made_once_for_all) {
  const auto e = happens(3);
  int made = 0;
  const auto make = [&](const event& what) {
    ++made;
    return std::to_string(number_of(what));
  };
  EXPECT_EQ(e->text(make), "3");
  EXPECT_EQ(&e->text(make), &e->text(make));
  EXPECT_EQ(made, 1);
}

TEST(event_ring, is_unchanged_when_the_key_of_an_event_throws) {
  auto options = testing::about_people(10);
  options.key_of = [](const event& e) -> std::string {
    if (testing::number_of(e) == 2) throw 42;
    return testing::whom_of(e);
  };
  event_ring ring(options);
  ring.push(testing::happens(1, "a"));
  EXPECT_THROW(ring.push(testing::happens(2, "a")), int);
  EXPECT_EQ(ring.last(), 1U);
  ring.push(testing::happens(3, "a"));
  EXPECT_EQ(ring.last(), 2U);
  EXPECT_EQ(ring.latest().size(), 1U);
}

}  // namespace
}  // namespace lifeline
