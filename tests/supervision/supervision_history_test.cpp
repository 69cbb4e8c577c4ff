#include "lifeline/supervision/supervision_history.hpp"

#include <gtest/gtest.h>

namespace lifeline {
namespace {

supervision_event event(child_event what) { return {0, {}, "node", "a", what, "why", {}}; }

TEST(supervision_history, keeps_only_the_last_events) {
  supervision_history history(3);
  for (int i = 0; i < 10; ++i) history.append(event(child_event::started));
  const auto kept = history.read();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept.front().number, 8U);
  EXPECT_EQ(kept.back().number, 10U);
}

TEST(supervision_history, is_read_on_from_a_number) {
  supervision_history history;
  for (int i = 0; i < 5; ++i) history.append(event(child_event::started));
  EXPECT_EQ(history.read(3).size(), 2U);
  EXPECT_TRUE(history.read(5).empty());
  EXPECT_TRUE(history.read(99).empty());
}

TEST(supervision_history, counts_what_it_no_longer_keeps) {
  supervision_history history(1);
  auto failure = event(child_event::exited);
  failure.restart_in = std::chrono::seconds(1);
  history.append(failure);
  history.append(event(child_event::exited));
  for (const auto what : {child_event::started, child_event::started, child_event::killed,
                          child_event::abandoned, child_event::gave_up})
    history.append(event(what));
  const auto totals = history.totals();
  EXPECT_EQ(totals.starts, 2U);
  EXPECT_EQ(totals.failures, 1U) << "an end without a restart is none";
  EXPECT_EQ(totals.kills, 1U);
  EXPECT_EQ(totals.abandoned, 1U);
  EXPECT_EQ(totals.escalations, 1U);
}

TEST(supervision_history, numbers_what_it_is_given) {
  supervision_history history;
  EXPECT_EQ(history.append(event(child_event::started)).number, 1U);
  EXPECT_EQ(history.append(event(child_event::started)).number, 2U);
}

}  // namespace
}  // namespace lifeline
