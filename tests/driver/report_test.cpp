#include "driver/report.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "driver/progress.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;

run_report good() {
  run_report r;
  r.scenario = "replay";
  r.currency = "CZK";
  r.findings = {{"conserved", true, "fine", {}}};
  r.thresholds = {{{"transfer.p99", true, 50, "< 50ms"}, 12.5, true}};
  return r;
}

TEST(report, the_gravest_decides_the_exit_status) {
  run_report r = good();
  EXPECT_EQ(r.status(), exit_status::all_met);
  r.thresholds[0].met = false;
  EXPECT_EQ(r.status(), exit_status::threshold_missed);
  r.findings[0].held = false;
  EXPECT_EQ(r.status(), exit_status::invariant_broken);
  r.failure = problem{"the node is gone"};
  EXPECT_EQ(r.status(), exit_status::run_failed);
}

TEST(report, says_to_a_person_what_broke_and_where) {
  run_report r = good();
  r.findings[0] = {"closing_balances", false, "1 of 2 balances are wrong", {"account 8: wrong"}};
  const std::string text = summary(r);
  EXPECT_NE(text.find("BROKEN  closing_balances: 1 of 2 balances are wrong\n"), std::string::npos);
  EXPECT_NE(text.find("account 8: wrong\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("verdict: AN INVARIANT IS BROKEN\n"));
}

TEST(report, says_the_same_to_a_program) {
  const auto v = boost::json::parse(to_json(good()));
  EXPECT_EQ(v.at("exit_status"), 0);
  EXPECT_TRUE(v.at("failure").is_null());
  EXPECT_EQ(v.at("invariants").at(0).at("name"), "conserved");
  EXPECT_EQ(v.at("thresholds").at(0).at("met"), true);
}

TEST(report, compares_thresholds_in_their_direction) {
  run_report r;
  for (int i = 0; i < 4000; ++i)
    r.numbers.add({operation::transfer, 49900us, 49900us, {}, false, 1});
  r.numbers.seconds = 1;
  r.compare({{"transfer.p99", true, 50, ""}, {"transfers.rate", false, 4000, ""}}, r.numbers);
  EXPECT_TRUE(r.thresholds[0].met);
  EXPECT_FALSE(r.thresholds[1].met);
}

TEST(progress, shows_share_rate_and_time_left) {
  EXPECT_EQ(progress_line({12'599, 31'498, 2, 9'812}),
            "[#######             ]  40.0 %  12,599 of 31,498  9,812/s  1.9 s left");
  EXPECT_EQ(progress_line({10, 10, 1, 10}), "[####################] 100.0 %  10 of 10  10/s");
  EXPECT_EQ(progress_line({0, 0, 0, 0}), "[####################] 100.0 %  0 of 0  0/s");
}

}  // namespace
}  // namespace bank::driver
