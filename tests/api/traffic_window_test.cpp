#include "bank/api/observe/traffic_window.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "bank/api/observe/request_watch.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using enum traffic_window::change;

const lifeline::time_point begin{std::chrono::hours(1)};
lifeline::time_point at(int second) { return begin + seconds(second); }

TEST(traffic_window, counts_the_last_minute) {
  traffic_window w({}, begin);
  for (int i = 0; i < 120; ++i) w.add(at(i), milliseconds(3), i % 10 == 0);
  const traffic t = w.read(at(119));
  EXPECT_EQ(t.requests, 60U);
  EXPECT_EQ(t.errors, 6U);
  EXPECT_EQ(t.seconds, 60);
  EXPECT_GT(t.p50, 0.002);
  EXPECT_LT(t.p99, 0.005);
  EXPECT_EQ(w.read(at(119 + 30)).requests, 30U);
  EXPECT_EQ(w.read(at(119 + 60)).requests, 0U);
  EXPECT_EQ(w.read(at(100'000)).requests, 0U);
}

TEST(traffic_window, counts_less_than_a_minute_after_the_start) {
  traffic_window w({}, begin);
  w.add(at(0), {}, false);
  EXPECT_EQ(w.read(at(0)).seconds, 1);
  EXPECT_EQ(w.read(at(9)).seconds, 10);
}

TEST(traffic_window, raises_an_alarm_once_when_more_than_the_share_fails) {
  traffic_window w({0.05, 20}, begin);
  for (int i = 0; i < 95; ++i) EXPECT_EQ(w.add(at(1), {}, false), none);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(w.add(at(1), {}, true), none) << "5 %, not more";
  EXPECT_EQ(w.add(at(1), {}, true), raised);
  EXPECT_TRUE(w.alarmed());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(w.add(at(2), {}, true), none) << "raised already";
}

TEST(traffic_window, ends_its_alarm_when_well_below_the_share) {
  traffic_window w({0.1, 1}, begin);
  EXPECT_EQ(w.add(at(0), {}, true), raised);
  for (int i = 0; i < 19; ++i) EXPECT_EQ(w.add(at(1), {}, false), none) << "not below 5 %";
  EXPECT_EQ(w.add(at(1), {}, false), ended);
  EXPECT_FALSE(w.alarmed());
}

TEST(traffic_window, ends_its_alarm_without_further_requests) {
  traffic_window w({0.05, 20}, begin);
  for (int i = 0; i < 20; ++i) w.add(at(0), {}, true);
  EXPECT_TRUE(w.alarmed());
  EXPECT_EQ(w.look(at(30)), none);
  EXPECT_EQ(w.look(at(60)), ended);
}

TEST(traffic_window, raises_no_alarm_for_few_requests) {
  traffic_window w({0.05, 20}, begin);
  for (int i = 0; i < 19; ++i) EXPECT_EQ(w.add(at(i), {}, true), none);
  EXPECT_EQ(w.add(at(19), {}, true), raised);
}

/// Good requests leave the window before the bad ones: no further request is needed.
TEST(request_watch, reports_an_alarm_found_without_a_request_and_its_end) {
  lifeline::metrics counted;
  lifeline::manual_clock time;
  std::vector<bool> told;
  request_watch watch(counted, {.alarm = {.alarm_share = 0.5, .fewest = 4}}, time, nullptr, nullptr,
                      [&](bool raised, const traffic&) { told.push_back(raised); });
  const request asked;
  const lifeline::trace_parent trace;
  const auto answer = [&](unsigned status, int times) {
    for (int i = 0; i < times; ++i)
      watch.answered({.req = asked,
                      .request_id = "a",
                      .trace = trace,
                      .status = status,
                      .began = time.now(),
                      .ended = time.now()});
  };
  answer(200, 6);
  time.advance(seconds(30));
  answer(500, 4);
  EXPECT_FALSE(watch.alarmed());
  time.advance(seconds(31));
  EXPECT_TRUE(watch.alarmed());
  EXPECT_EQ(told, std::vector<bool>{true});
  time.advance(seconds(61));
  EXPECT_FALSE(watch.alarmed());
  EXPECT_EQ(told, (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace bank::api
