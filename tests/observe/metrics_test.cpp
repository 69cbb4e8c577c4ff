#include "lifeline/observe/metrics.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "observe/promtool.hpp"

namespace lifeline {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::complaints_about;

TEST(metrics, count_what_many_threads_count) {
  metrics all;
  auto& hits = all.make_counter("hits_total", "Hits.");
  auto& sizes = all.make_histogram("size", "Sizes.", histogram_buckets::sizes());
  constexpr int threads = 12;
  constexpr int each = 10'000;
  {
    std::vector<std::jthread> some;
    for (int t = 0; t < threads; ++t)
      some.emplace_back([&] {
        for (int i = 0; i < each; ++i) {
          hits.add();
          sizes.observe(std::int64_t{3});
        }
      });
  }
  EXPECT_EQ(hits.value(), std::uint64_t{threads} * each);
  EXPECT_EQ(sizes.read().count, std::uint64_t{threads} * each);
  EXPECT_EQ(sizes.read().sum, 3.0 * threads * each);
}

TEST(metrics, are_written_as_prometheus_reads_them) {
  metrics all;
  all.make_counter("b_total", "What is \\ and\nwhat not.", {{"path", "a\"b\\c\nd"}}).add(3);
  const auto bytes = all.collect([](metrics_writer& w) { w.gauge("a_bytes", "Bytes.", -1.5); });
  auto& h = all.make_histogram("c_seconds", "Times.", {{1'000'000, 2'500'000}, 1e-9});
  h.observe(microseconds(900));
  h.observe(milliseconds(1));
  h.observe(milliseconds(2));
  h.observe(milliseconds(30));
  EXPECT_EQ(all.text(),
            "# HELP a_bytes Bytes.\n"
            "# TYPE a_bytes gauge\n"
            "a_bytes -1.5\n"
            "# HELP b_total What is \\\\ and\\nwhat not.\n"
            "# TYPE b_total counter\n"
            "b_total{path=\"a\\\"b\\\\c\\nd\"} 3\n"
            "# HELP c_seconds Times.\n"
            "# TYPE c_seconds histogram\n"
            "c_seconds_bucket{le=\"0.001\"} 2\n"
            "c_seconds_bucket{le=\"0.0025\"} 3\n"
            "c_seconds_bucket{le=\"+Inf\"} 4\n"
            "c_seconds_sum 0.0339\n"
            "c_seconds_count 4\n");
  EXPECT_EQ(complaints_about(all.text()), "");
}

TEST(metrics, that_are_misnamed_are_found_by_promtool) {
  metrics all;
  all.make_counter("hits", "A counter without its ending.").add();
  EXPECT_NE(complaints_about(all.text()).find("counter metrics should have \"_total\" suffix"),
            std::string::npos)
      << complaints_about(all.text());
}

TEST(metrics, give_one_instrument_for_one_name_and_its_labels) {
  metrics all;
  auto& one = all.make_counter("hits_total", "Hits.", {{"of", "a"}});
  EXPECT_EQ(&all.make_counter("hits_total", "Hits.", {{"of", "a"}}), &one);
  EXPECT_NE(&all.make_counter("hits_total", "Hits.", {{"of", "b"}}), &one);
}

TEST(metrics, refuse_names_that_prometheus_would_not_take) {
  metrics all;
  all.make_counter("hits_total", "Hits.");
  EXPECT_THROW(all.make_histogram("hits_total", "Hits.", histogram_buckets::times()),
               std::logic_error);
  for (const char* bad : {"", "9_lives", "a-b", "a b", "\xc3\xa9"})
    EXPECT_THROW(all.make_counter(bad, "Bad."), std::logic_error) << bad;
  EXPECT_THROW(all.make_counter("a_total", "A.", {{"a:b", "c"}}), std::logic_error);
}

TEST(metrics, call_their_collectors_at_each_scrape_until_those_are_gone) {
  metrics all;
  int asked = 0;
  {
    const auto one = all.collect([&](metrics_writer& w) {
      w.gauge("queue", "Waiting.", ++asked, {{"of", "a"}});
      w.gauge("queue", "Waiting.", 7, {{"of", "b"}});
      w.counter("made_total", "Made.", 12);
    });
    EXPECT_EQ(all.text(),
              "# HELP made_total Made.\n# TYPE made_total counter\nmade_total 12\n"
              "# HELP queue Waiting.\n# TYPE queue gauge\nqueue{of=\"a\"} 1\nqueue{of=\"b\"} 7\n");
    EXPECT_NE(all.text().find("queue{of=\"a\"} 2"), std::string::npos);
  }
  EXPECT_EQ(all.text(), "");
  EXPECT_EQ(asked, 2);
}

TEST(metrics, are_summed_by_name_and_labels) {
  metrics all;
  all.make_counter("calls_total", "Calls.", {{"what", "a"}, {"outcome", "good"}}).add(1);
  all.make_counter("calls_total", "Calls.", {{"what", "b"}, {"outcome", "good"}}).add(2);
  all.make_counter("calls_total", "Calls.", {{"what", "b"}, {"outcome", "bad"}}).add(4);
  EXPECT_EQ(all.sum_of("calls_total"), 7);
  EXPECT_EQ(all.sum_of("calls_total", {{"outcome", "good"}}), 3);
  EXPECT_EQ(all.sum_of("calls_total", {{"outcome", "none"}}), 0);
  EXPECT_EQ(all.sum_of("no_such"), 0);
}

TEST(histogram, tells_what_a_share_of_all_stayed_below) {
  histogram h({{100, 200, 400}, 1});
  EXPECT_EQ(h.read().quantile(0.5, h.buckets()), 0);
  for (int i = 0; i < 50; ++i) h.observe(std::int64_t{50});
  for (int i = 0; i < 50; ++i) h.observe(std::int64_t{150});
  EXPECT_DOUBLE_EQ(h.read().quantile(0.5, h.buckets()), 100);
  EXPECT_DOUBLE_EQ(h.read().quantile(0.75, h.buckets()), 150);
  h.observe(std::int64_t{1'000});
  EXPECT_DOUBLE_EQ(h.read().quantile(1, h.buckets()), 400) << "no more is known of it";
}

}  // namespace
}  // namespace lifeline
