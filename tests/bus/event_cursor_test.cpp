#include "lifeline/bus/event_cursor.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

#include "bus/bus_fixture.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using testing::about_people;
using testing::happens;
using testing::words_of;

/// A topic of four events at a time, and a cursor in it.
struct an_event_cursor : ::testing::Test {
  void publish(int from, int to) {
    for (int n = from; n <= to; ++n) ring.push(happens(n, n % 2 == 0 ? "even" : "odd"));
  }
  std::string take(event_cursor& c, std::size_t most = 100) {
    std::vector<event_ptr> out;
    last = c.take(ring, most, out);
    return words_of(out);
  }

  event_ring ring{about_people(4)};
  event_cursor::step last;
};

TEST_F(an_event_cursor, takes_each_event_once_and_in_order) {
  event_cursor c(when_behind::hears_a_gap, 0, 0);
  publish(1, 3);
  EXPECT_EQ(take(c, 2), "1 2");
  EXPECT_EQ(take(c, 2), "3");
  EXPECT_EQ(last.offered, 1U);
  EXPECT_EQ(take(c), "");
  EXPECT_EQ(last.offered, 0U);
}

TEST_F(an_event_cursor, announces_how_many_fell_out_of_the_window) {
  event_cursor c(when_behind::hears_a_gap, 0, 0);
  publish(1, 10);
  EXPECT_EQ(take(c, 2), "7 8");
  EXPECT_EQ(last.missed, 6U);
  EXPECT_EQ(last.offered, 8U);
  EXPECT_TRUE(last.announced);
  EXPECT_EQ(take(c), "9 10");
  EXPECT_EQ(last.missed, 0U);
}

TEST_F(an_event_cursor, counts_what_its_topic_left_out_as_missed) {
  event_cursor c(when_behind::hears_a_gap, 0, 0);
  publish(1, 2);
  ring.skip_to(50);
  EXPECT_EQ(take(c), "");
  EXPECT_EQ(last.missed, 50U);
  EXPECT_TRUE(last.announced);
}

TEST_F(an_event_cursor, drops_what_is_older_than_its_bound_silently) {
  event_cursor c(when_behind::drops_oldest, 2, 0);
  publish(1, 4);
  EXPECT_EQ(take(c), "3 4");
  EXPECT_EQ(last.missed, 2U);
  EXPECT_FALSE(last.announced);
}

TEST_F(an_event_cursor, keeps_to_the_window_where_its_bound_reaches_farther) {
  event_cursor c(when_behind::drops_oldest, 100, 0);
  publish(1, 10);
  EXPECT_EQ(take(c), "7 8 9 10");
  EXPECT_EQ(last.missed, 6U);
}

TEST_F(an_event_cursor, is_disconnected_beyond_its_bound_and_takes_nothing_more) {
  event_cursor c(when_behind::is_disconnected, 2, 0);
  publish(1, 2);
  EXPECT_EQ(take(c), "1 2");
  publish(3, 5);
  EXPECT_EQ(take(c), "");
  EXPECT_TRUE(last.disconnected);
  EXPECT_EQ(last.offered, 0U);
}

TEST_F(an_event_cursor, takes_the_latest_of_each_key_even_beyond_the_window) {
  event_cursor c(when_behind::hears_latest_of_key, 0, 0);
  ring.push(happens(100, "neither"));
  publish(1, 10);
  EXPECT_EQ(take(c), "100 9 10");
  EXPECT_EQ(last.offered, 11U);
  EXPECT_EQ(last.missed, 8U);
  publish(11, 11);
  EXPECT_EQ(take(c), "11");
  EXPECT_EQ(last.missed, 0U);
}

TEST_F(an_event_cursor, stays_where_it_is_if_it_is_ahead) {
  event_cursor c(when_behind::hears_a_gap, 0, 7);
  publish(1, 3);
  EXPECT_EQ(take(c), "");
  EXPECT_EQ(c.position(), 7U);
}

/// Compared with a list of all events: the expected result of each policy.
TEST(the_cursors, agree_with_a_list_of_all_events_in_random_histories) {
  std::mt19937_64 random(testing::random_seed());
  for (int history = 0; history < 300; ++history) {
    const std::size_t window = 1 + random() % 8;
    const std::size_t bound = random() % 10;
    event_ring ring(about_people(window));
    const auto policy = static_cast<when_behind>(random() % 3);
    event_cursor c(policy, bound, 0);
    std::vector<std::string> whom{""};  // by sequence
    std::uint64_t position = 0;
    for (int step = 0; step < 60; ++step) {
      for (auto n = random() % 6; n != 0; --n) {
        whom.push_back(std::string(1, static_cast<char>('a' + random() % 4)));
        ring.push(happens(static_cast<int>(whom.size()) - 1, whom.back()));
      }
      const std::size_t most = 1 + random() % 12;
      std::vector<event_ptr> got;
      const auto did = c.take(ring, most, got);
      const std::uint64_t last = whom.size() - 1;
      std::vector<std::uint64_t> wanted;
      std::uint64_t reach = policy == when_behind::drops_oldest && bound != 0
                                ? std::min<std::uint64_t>(bound, window)
                                : window;
      std::map<std::string, std::uint64_t> newest;
      for (std::uint64_t s = 1; s <= last; ++s) newest[whom[s]] = s;
      for (std::uint64_t s = position + 1; s <= last; ++s) {
        const bool keyed = policy == when_behind::hears_latest_of_key;
        if (keyed ? newest[whom[s]] == s : s + reach > last) wanted.push_back(s);
      }
      if (wanted.size() > most) wanted.resize(most);
      ASSERT_EQ(got.size(), wanted.size());
      for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i]->sequence(), wanted[i]);
      ASSERT_EQ(did.offered, did.missed + got.size());
      ASSERT_EQ(c.position(), position + did.offered);
      ASSERT_GE(c.position(), got.empty() ? position : got.back()->sequence());
      if (got.size() < most) {
        ASSERT_EQ(c.position(), last);
      }
      position = c.position();
    }
  }
}

TEST_F(an_event_cursor, takes_all_that_is_there_if_as_many_as_can_be_are_wanted) {
  for (const auto policy : {when_behind::hears_a_gap, when_behind::drops_oldest}) {
    event_cursor c(policy, 0, ring.last());
    publish(1, 3);
    EXPECT_EQ(take(c, std::numeric_limits<std::size_t>::max()), "1 2 3");
    EXPECT_EQ(last.offered, 3U);
    EXPECT_EQ(c.position(), ring.last());
  }
}

}  // namespace
}  // namespace lifeline
