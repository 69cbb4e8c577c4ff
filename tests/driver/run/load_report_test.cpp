#include "driver/run/load_report.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "driver/run/compare.hpp"
#include "driver/run/live_view.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;

/// A run of two seconds in which all transfers have this latency.
load_report run_of(lifeline::duration latency, std::uint64_t transfers = 1'000) {
  load_report r;
  r.scenario = "steady <&>";
  r.seed = 7;
  r.seconds = 2;
  measures m;
  m.seconds = 2;
  m.intended = m.sent = transfers;
  for (std::uint64_t i = 0; i < transfers; ++i) {
    m.add({operation::transfer, latency, 1ms, {}, false, 1});
    r.line.add(latency, false);
  }
  r.line.tick(1);
  r.line.note(0.5, "kill -9 of the node", true);
  r.phases.push_back({"hold", true, 0, m});
  r.total = m;
  r.findings = {{"conserved", true, "fine", {}}};
  r.thresholds = {{{"transfer.p99", true, 50, "< 50ms"}, 12.5, true}};
  return r;
}

TEST(load_report, the_gravest_decides_the_exit_status) {
  load_report r = run_of(5ms);
  EXPECT_EQ(r.status(), exit_status::all_met);
  r.thresholds[0].met = false;
  EXPECT_EQ(r.status(), exit_status::threshold_missed);
  r.findings[0].held = false;
  EXPECT_EQ(r.status(), exit_status::invariant_broken);
  r.failure = problem{"the node is gone"};
  EXPECT_EQ(r.status(), exit_status::run_failed);
  EXPECT_TRUE(summary(r).ends_with("verdict: the run failed: the node is gone\n"));
}

TEST(load_report, shows_corrected_and_uncorrected_latency_side_by_side) {
  const std::string text = summary(run_of(40ms));
  EXPECT_NE(text.find("  transfer"), std::string::npos);
  EXPECT_NE(text.find("uncorrected"), std::string::npos);
  EXPECT_NE(text.find("kill -9 of the node"), std::string::npos);
  const auto json = boost::json::parse(to_json(run_of(40ms)));
  const auto& transfer = json.at("total").at("operations").at("transfer");
  EXPECT_NEAR(transfer.at("corrected").at("p99_ms").to_number<double>(), 40, 0.1);
  EXPECT_NEAR(transfer.at("uncorrected").at("p99_ms").to_number<double>(), 1, 0.1);
}

TEST(load_report, makes_a_page_that_needs_nothing_beside_it) {
  const std::string page = to_html(run_of(40ms));
  EXPECT_NE(page.find("steady &lt;&amp;&gt;"), std::string::npos);
  EXPECT_NE(page.find("<polyline"), std::string::npos);
  EXPECT_NE(page.find("kill -9 of the node at 0.50 s"), std::string::npos);
  for (const char* outside : {"http://", "https://", "<script", "<link", "url("})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
}

TEST(compare, marks_the_differences_that_matter_and_no_others) {
  const std::string before = to_json(run_of(10ms));
  const auto worse = compare_reports(before, to_json(run_of(20ms)));
  ASSERT_TRUE(worse);
  EXPECT_NE(worse->find("+100.0 %  WORSE"), std::string::npos) << *worse;
  const auto better = compare_reports(before, to_json(run_of(10ms, 3'000)));
  EXPECT_NE(better->find("+200.0 %  better"), std::string::npos) << *better;
  EXPECT_EQ(better->find("WORSE"), std::string::npos);
  const auto same = compare_reports(before, to_json(run_of(10'050us)));
  EXPECT_EQ(same->find("WORSE"), std::string::npos) << *same;
  EXPECT_FALSE(compare_reports(before, "{}"));
}

TEST(live_view, says_in_a_line_how_it_goes) {
  live_state s;
  s.phase = "hold";
  s.seconds = 12;
  s.latest = {12, 1, 4'000, 0, 1.5, 9.25, 11};
  s.is_broken = true;
  EXPECT_EQ(
      live_line(s),
      "   12 s  hold            4000/s  p50 1.50  p99 9.25 ms  errors 0  missed 0  AN INVARIANT "
      "IS BROKEN");
  EXPECT_NE(live_screen(s).find("invariants BROKEN"), std::string::npos);
}

}  // namespace
}  // namespace bank::driver
