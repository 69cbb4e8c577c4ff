#include "bank/node/node_tree.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "lifeline/time/manual_clock.hpp"

namespace bank::node {
namespace {

using lifeline::child_event;
using lifeline::supervision_event;
using texts = std::vector<std::string>;

caf::behavior idle(caf::event_based_actor*) {
  return {[](const lifeline::context&) {}};
}

class a_node_tree : public ::testing::Test {
 protected:
  lifeline::child_spec child(const std::string& name, const std::string& start_error = {}) {
    lifeline::child_spec spec;
    spec.policy.name = name;
    spec.ref = name == "first" ? first : second;
    spec.start = [start_error](const lifeline::incarnation& me) {
      if (!start_error.empty()) throw std::runtime_error(start_error);
      return me.supervisor()->spawn(idle);
    };
    return spec;
  }
  std::unique_ptr<node_tree> grow(std::vector<lifeline::child_spec> children) {
    return std::make_unique<node_tree>(rt, tree_options(history), std::move(children),
                                       [this](std::string why) { lost.set_value(std::move(why)); });
  }
  static void crash(const caf::actor& a) {
    lifeline::exit_first(caf::actor_cast<caf::strong_actor_ptr>(a),
                         caf::make_error(caf::sec::runtime_error, std::string("on purpose")));
  }
  texts story() {
    texts lines;
    for (const auto& e : history->read()) lines.push_back(words_of(e));
    return lines;
  }

  lifeline::manual_clock time;
  lifeline::runtime rt{{.workers = 2}, time};
  std::shared_ptr<lifeline::supervision_history> history =
      std::make_shared<lifeline::supervision_history>();
  lifeline::child_ref first, second;
  std::promise<std::string> lost;
};

TEST_F(a_node_tree, starts_in_order_and_stops_in_reverse) {
  const auto tree = grow({child("first")});
  EXPECT_EQ(tree->failure(), "");
  EXPECT_EQ(tree->add(child("second")), "");
  std::promise<void> stopped;
  tree->stop(std::shared_ptr<const void>(&stopped, [&](const void*) { stopped.set_value(); }));
  stopped.get_future().wait();
  EXPECT_EQ(story(),
            (texts{"node: first started", "node: second started",
                   "node: second stopped (user_shutdown)", "node: first stopped (user_shutdown)"}));
  EXPECT_EQ(tree->add(child("third")), "its supervisor has ended");
}

TEST_F(a_node_tree, says_why_it_can_not_start) {
  const auto tree = grow({child("first"), child("second", "no port")});
  EXPECT_EQ(tree->failure(), "second failed to start: no port");
  EXPECT_EQ(history->totals().escalations, 1U);
}

TEST_F(a_node_tree, says_why_a_child_can_not_be_added) {
  const auto tree = grow({child("first")});
  EXPECT_EQ(tree->add(child("second", "no port")), "failed to start: no port");
  EXPECT_NE(first.current(), nullptr) << "that is nobody else's trouble";
}

TEST_F(a_node_tree, restarts_what_stands_on_what_failed_and_gives_up_when_that_goes_on) {
  const auto tree = grow({child("first"), child("second")});
  auto gave_up = lost.get_future();
  int crashes = 0;
  const auto is_over = [&] {
    return gave_up.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  for (; !is_over(); ++crashes) {
    crash(first.current());
    while (first.current() != nullptr) std::this_thread::yield();
    while (!is_over() && (first.current() == nullptr || second.current() == nullptr)) {
      time.advance(std::chrono::milliseconds(1));  // all in the half minute that counts
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
  EXPECT_EQ(crashes, 6);
  EXPECT_EQ(gave_up.get(), "first exceeded the restart limit: on purpose");
  EXPECT_EQ(history->totals().failures, 5U);
}

TEST(a_supervision_event, reads_as_a_line) {
  supervision_event e;
  e.supervisor = "node/ledger";
  e.child = "processor 3";
  e.what = child_event::failed_to_start;
  e.reason = "no memory";
  e.restart_in = std::chrono::milliseconds(10);
  EXPECT_EQ(words_of(e), "node/ledger: processor 3 failed to start (no memory), restarts in 10 ms");
}

}  // namespace
}  // namespace bank::node
