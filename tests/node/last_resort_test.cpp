#include "bank/node/last_resort.hpp"

#include <gtest/gtest.h>

#include <future>

#include "lifeline/context/watch.hpp"

namespace bank::node {
namespace {

using lifeline::shutdown_sequence;
using lifeline::still_stopping;
using std::chrono::hours;
using std::chrono::milliseconds;

TEST(stop_request, counts_the_first_reason) {
  stop_request stop(lifeline::background());
  EXPECT_FALSE(stop.asked());
  EXPECT_EQ(stop.how(), exit_status::clean);
  stop.ask(exit_status::failed, "lost");
  stop.ask(exit_status::clean, "SIGTERM");
  EXPECT_TRUE(stop.asked());
  EXPECT_EQ(stop.how(), exit_status::failed);
  EXPECT_EQ(stop.why(), "lost");
}

/// A sequence with one task, which the test ends.
class a_last_resort : public ::testing::Test {
 protected:
  last_resort::give_up giving_up() {
    return [this](const std::string& why) { given_up.set_value(why); };
  }
  void begin(lifeline::duration budget) {
    stop.ask(exit_status::clean, "test");
    sequence.begin(budget);
  }

  stop_request stop{lifeline::background()};
  still_stopping held;
  shutdown_sequence sequence{lifeline::background(), {{"only"}}};
  shutdown_sequence::registration task = sequence.add(
      "only", "task", [this](const lifeline::context&, still_stopping s) { held = std::move(s); });
  std::promise<std::string> given_up;
};

TEST_F(a_last_resort, is_silent_without_a_stop) {
  const last_resort guard(stop, sequence, milliseconds(0),
                          [](const std::string& why) { ADD_FAILURE() << why; });
}

TEST_F(a_last_resort, is_silent_after_a_clean_stop) {
  const last_resort guard(stop, sequence, hours(1),
                          [](const std::string& why) { ADD_FAILURE() << why; });
  task.withdraw();
  begin(hours(1));
  wait(sequence.over());
}

TEST_F(a_last_resort, says_what_a_stop_had_to_abandon) {
  const last_resort guard(stop, sequence, hours(1), giving_up());
  begin(milliseconds(2));
  EXPECT_EQ(given_up.get_future().get(), "stopped; abandoned: only: task");
}

TEST_F(a_last_resort, says_what_a_second_signal_cut_off) {
  const last_resort guard(stop, sequence, hours(1), giving_up());
  begin(hours(1));
  sequence.hurry();
  EXPECT_EQ(given_up.get_future().get(),
            "stopped at once by a second signal; abandoned: only: task");
}

TEST_F(a_last_resort, does_not_trust_the_sequence_to_end) {
  last_resort guard(stop, sequence, milliseconds(2), giving_up());
  guard.doing("closing");
  stop.ask(exit_status::clean, "test");  // but the sequence never begins
  EXPECT_EQ(given_up.get_future().get(),
            "abandoned: still closing at the end of shutdown.timeout_ms");
}

}  // namespace
}  // namespace bank::node
