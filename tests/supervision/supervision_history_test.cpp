#include "lifeline/supervision/supervision_history.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

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
  std::vector<std::uint64_t> numbers;
  const auto hear = [&](const supervision_event& e) { numbers.push_back(e.number); };
  history.append(event(child_event::started), hear);
  history.append(event(child_event::started), hear);
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2}));
}

TEST(supervision_history, tells_the_events_of_all_threads_in_the_order_of_their_numbers) {
  supervision_history history;
  std::vector<std::uint64_t> heard;
  std::vector<std::thread> threads;
  for (int n = 0; n < 3; ++n)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i)
        history.append(event(child_event::started), [&](const supervision_event& e) {
          heard.push_back(e.number);
          std::this_thread::yield();
        });
    });
  for (auto& t : threads) t.join();
  ASSERT_EQ(heard.size(), 6'000U);
  for (std::size_t i = 0; i < heard.size(); ++i) ASSERT_EQ(heard[i], i + 1);
}

}  // namespace
}  // namespace lifeline
