#include <gtest/gtest.h>

#include "end_to_end/books.hpp"
#include "end_to_end/programs.hpp"

namespace bank::end_to_end {
namespace {

// Exit status 0 means that every invariant of the scenario holds and every threshold is met. The
// driver's verdict is tested in tests/driver.

constexpr const char* invariants =
    R"("invariants":["conserved","acknowledged_stored","exactly_once","no_error_moves_money",
                     "holds_resolve_once","events_complete"])";

/// A scenario with every operation for two seconds, and `more` keys.
std::string scenario(const std::string& more) {
  return std::string(R"({"name":"load","setup":{"accounts":30,"initial_balance":50000},
    "phases":[{"name":"warm-up","closed":{"clients":2},"duration":"200ms"},
              {"name":"hold","arrival_rate":200,"arrivals":"poisson","duration":"2s"}],
    "mix":{"transfer":50,"batch":5,"pending_then_post":10,"pending_then_void":5,"reverse":5,"repeat":10,
           "short_deadline":3,"cancel_midway":5,"balance":5,"history":2},
    "batch":{"size":{"from":1,"to":20}},
    "subscribers":{"fast":1,"slow":1,"stalled":1},)") +
         more + (more.empty() ? "" : ",") + invariants + "}";
}

driver_run run_spawned(const scratch_folder& scratch, const std::string& more) {
  write_text(scratch / "load.json", scenario(more));
  return run_driver(scratch, {(scratch / "load.json").string(), "--spawn"});
}

TEST(load, harms_no_money) {
  const scratch_folder scratch;
  const driver_run run = run_spawned(scratch, "");
  ASSERT_EQ(run.end.status, 0) << run.end.output << run.errors;
  EXPECT_GT(run.report->at("total").at("transfers").to_number<int>(), 100);
  EXPECT_GT(run.number("history_lines"), 200);
}

TEST(load, survives_kill_9_of_the_node) {
  const scratch_folder scratch;
  const driver_run run =
      run_spawned(scratch, R"("faults":[{"at":"hold+300ms","every":"700ms","kill_node":{}}])");
  ASSERT_EQ(run.end.status, 0) << run.end.output << run.errors;
  EXPECT_GE(run.number("faults"), 1) << "further ones if the node is quick to start again";
}

TEST(load, survives_an_orderly_stop_of_the_node) {
  const scratch_folder scratch;
  const driver_run run = run_spawned(scratch, R"("faults":[{"at":"hold+500ms","stop_node":{}}])");
  ASSERT_EQ(run.end.status, 0) << run.end.output << run.errors;
  EXPECT_NE(run.end.output.find("the node stopped cleanly"), std::string::npos);
}

TEST(load, that_misses_a_threshold_says_so_with_1) {
  const scratch_folder scratch;
  const driver_run run = run_spawned(scratch, R"("thresholds":{"transfers.rate":"> 1000000/s"})");
  EXPECT_EQ(run.end.status, 1) << run.end.output << run.errors;
  EXPECT_NE(run.end.output.find("verdict: a threshold was missed"), std::string::npos);
}

TEST(load, refuses_a_node_that_has_seen_its_seed) {
  const scratch_folder scratch;
  write_text(scratch / "load.json", scenario(""));
  running_node node(scratch / "data", scratch / "node.log");
  const std::vector<std::string> arguments{(scratch / "load.json").string(), "--target", node.url(),
                                           "--token-file",
                                           (scratch / "data" / "admin.token").string()};
  const driver_run first = run_driver(scratch, arguments);
  ASSERT_EQ(first.end.status, 0) << first.end.output << first.errors;
  const driver_run second = run_driver(scratch, arguments);
  EXPECT_EQ(second.end.status, 3);
  EXPECT_NE(second.end.output.find("use another --seed"), std::string::npos) << second.end.output;
}

}  // namespace
}  // namespace bank::end_to_end
