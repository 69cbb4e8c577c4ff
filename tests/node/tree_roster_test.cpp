#include "bank/node/tree_roster.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace bank::node {
namespace {

using lifeline::child_event;

lifeline::supervision_event event(const std::string& child, child_event what,
                                  const std::string& reason = {}, bool restarts = false) {
  lifeline::supervision_event e;
  e.supervisor = "node/ledger";
  e.child = child;
  e.what = what;
  e.reason = reason;
  if (restarts) e.restart_in = std::chrono::milliseconds(10);
  return e;
}

class roster : public ::testing::Test {
 protected:
  std::string state(std::size_t place = 0) {
    return std::string(members().at(place).at("state").as_string());
  }
  boost::json::array members() { return boost::json::parse(all.json()).as_array(); }
  tree_roster all;
};

TEST_F(roster, is_empty_at_first) { EXPECT_EQ(all.json(), "[]"); }

TEST_F(roster, follows_a_child_that_fails_and_starts_again) {
  all.record(event("b", child_event::started));
  EXPECT_EQ(state(), "running");
  all.record(event("b", child_event::exited, "bad_alloc", true));
  EXPECT_EQ(state(), "restarting");
  all.record(event("b", child_event::started));
  EXPECT_EQ(state(), "running");
  EXPECT_EQ(members()[0].at("path").as_string(), "node/ledger/b");
  EXPECT_EQ(members()[0].at("starts").as_int64(), 2);
  EXPECT_EQ(members()[0].at("failures").as_int64(), 1);
  EXPECT_EQ(members()[0].at("last_reason").as_string(), "bad_alloc");
}

TEST_F(roster, knows_who_has_stopped) {
  all.record(event("b", child_event::started));
  all.record(event("a", child_event::started));
  all.record(event("b", child_event::stopped));
  EXPECT_EQ(state(0), "running") << "in order of path";
  EXPECT_EQ(state(1), "stopped");
  EXPECT_EQ(members()[1].at("failures").as_int64(), 0);
}

}  // namespace
}  // namespace bank::node
