#include "driver/in_process/in_process_command.hpp"

#include <gtest/gtest.h>

namespace bank::driver {
namespace {

scenario read(const std::string& more) {
  auto s = parse_scenario(R"({"name":"inside","setup":{"accounts":20,"initial_balance":5000},
    "phases":[{"name":"closed","closed":{"clients":4},"duration":"200ms"},
              {"name":"open","arrival_rate":500,"duration":"200ms"}])" +
                              more + "}",
                          "s.json");
  EXPECT_TRUE(s) << (s ? "" : s.error().text);
  return std::move(*s);
}

TEST(in_process, every_operation_works_and_no_money_is_harmed) {
  const scenario s = read(
      R"(,"mix":{"transfer":10,"batch":5,"pending_then_post":5,"pending_then_void":5,"reverse":5,
                 "repeat":5,"short_deadline":3,"cancel_midway":5,"balance":3,"history":2},
          "batch":{"size":{"from":1,"to":9}},
          "invariants":["conserved","acknowledged_stored","exactly_once","no_error_moves_money",
                        "holds_resolve_once"])");
  ASSERT_FALSE(why_not_in_process(s));
  const load_report r = run_in_process({}, s);
  EXPECT_EQ(r.status(), exit_status::all_met) << summary(r);
  EXPECT_EQ(r.findings.size(), 5U);
  EXPECT_GT(r.total.transfers, 0U);
  for (std::size_t i = 0; i < operation_count; ++i)
    EXPECT_GT(r.total.of(static_cast<operation>(i)).corrected.count(), 0U)
        << operation_names[i].name;
}

TEST(in_process, refuses_what_needs_a_node) {
  for (const char* more :
       {R"(,"faults":[{"at":"open","kill_node":{}}])", R"(,"node":{"store":"postgres"})",
        R"(,"subscribers":{"fast":1},"invariants":["events_complete"])",
        R"(,"subscribers":{"fast":1},"thresholds":{"event.p99":"< 1s"})"})
    EXPECT_TRUE(why_not_in_process(read(more))) << more;
}

}  // namespace
}  // namespace bank::driver
