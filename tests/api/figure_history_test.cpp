#include "bank/api/observe/figure_history.hpp"

#include <gtest/gtest.h>

#include "bank/storage/memory/request_store.hpp"

namespace bank::api {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using storage::figure_row;

const lifeline::wall_time noon{std::chrono::hours(12)};

std::vector<figure_row> each_minute(const char* name, std::initializer_list<double> values) {
  std::vector<figure_row> rows;
  for (const double v : values) rows.push_back({noon + minutes(rows.size()), name, v});
  return rows;
}

TEST(figure_history, is_empty_without_figures) {
  EXPECT_TRUE(history_of({}, noon, minutes(10), 10).empty());
}

TEST(figure_history, averages_rates_and_keeps_the_worst_times) {
  kept_figures noted;
  noted.requests = each_minute(kept_figure::requests, {60, 180, 600, 0});
  noted.errors = each_minute(kept_figure::errors, {0, 12, 0, 0});
  noted.p99 = each_minute(kept_figure::p99, {0.010, 0.250, 0.001, 0});
  noted.p50 = each_minute(kept_figure::p50, {0.001, 0.002, 0.001, 0});
  const auto points = history_of(noted, noon, minutes(4), 2);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0], (history_point{noon, 2, 0.05, 2, 0, 250}));
  EXPECT_EQ(points[1], (history_point{noon + minutes(2), 5, 0, 1, 0, 1}));
}

TEST(figure_history, leaves_out_the_time_in_which_the_node_did_not_run) {
  kept_figures noted;
  noted.requests = {{noon, "n", 60}, {noon + minutes(5), "n", 120}};
  const auto points = history_of(noted, noon, minutes(10), 10);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].at, noon);
  EXPECT_EQ(points[1].at, noon + minutes(5));
}

TEST(figure_history, contains_only_its_window) {
  kept_figures noted;
  noted.requests = {{noon - seconds(1), "n", 60}, {noon + minutes(10), "n", 60}};
  EXPECT_TRUE(history_of(noted, noon, minutes(10), 10).empty());
}

TEST(figure_history, is_read_to_its_end_however_long_it_is) {
  storage::memory_request_store store;
  storage::log_batch b;
  for (int i = 0; i < 25'000; ++i)
    b.figures.push_back({noon + seconds(i), kept_figure::requests, 1});
  ASSERT_TRUE(store.add(lifeline::background(), b));
  const auto noted = read_figures(lifeline::background(), store, noon + seconds(10));
  ASSERT_TRUE(noted);
  EXPECT_EQ(noted->requests.size(), 24'990U);
  EXPECT_EQ(noted->requests.back().at, noon + seconds(24'999));
  EXPECT_TRUE(noted->errors.empty());
}

}  // namespace
}  // namespace bank::api
