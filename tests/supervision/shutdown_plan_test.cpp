#include "lifeline/supervision/shutdown_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>

#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using lines = std::vector<std::string>;
using phases = std::vector<shutdown_phase>;

/// Records a plan's actions as lines: `drain began`, `stop x`, `cancel x`, `abandon x`.
class shutdown_scene {
 public:
  explicit shutdown_scene(phases all) : plan(std::move(all)) {}

  void add(const std::string& phase, const std::string& name) {
    const auto id = plan.add(phase, name);
    ASSERT_TRUE(id) << name;
    names_[*id] = name;
    ids_[name] = *id;
  }
  void begin(duration budget) { perform(plan.begin(budget, now)); }
  void proceed() { perform(plan.proceed(now)); }
  void stops(const std::string& name) { perform(plan.stopped(ids_.at(name), now)); }
  void hurry() { perform(plan.hurry(now)); }
  void pass(duration d) {
    const time_point end = now + d;
    for (auto due = plan.next_due(); due && *due <= end; due = plan.next_due()) {
      now = *due;
      perform(plan.proceed(now));
    }
    now = end;
  }
  lines story() { return std::exchange(told_, {}); }

  shutdown_plan plan;
  time_point now{std::chrono::hours(1)};
  std::optional<shutdown_result> result;

 private:
  void perform(const shutdown_actions& actions) {
    for (const auto& o : actions) std::visit([this](const auto& one) { carry_out(one); }, o);
  }
  void carry_out(const action::stop_task& o) { told_.push_back("stop " + names_.at(o.task)); }
  void carry_out(const action::cancel_task& o) { told_.push_back("cancel " + names_.at(o.task)); }
  void carry_out(const action::forget_task&) {}
  void carry_out(const action::report_progress& o) {
    if (o.what == shutdown_event::phase_began) told_.push_back(o.phase + " began");
    if (o.what == shutdown_event::phase_ended) told_.push_back(o.phase + " ended");
    if (o.what == shutdown_event::task_abandoned) told_.push_back("abandon " + o.task);
  }
  void carry_out(const action::end_shutdown& o) {
    EXPECT_FALSE(result) << "it ends once";
    result = o.result;
  }

  std::map<shutdown_task_id, std::string> names_;
  std::map<std::string, shutdown_task_id> ids_;
  lines told_;
};

/// Drain, 3 parts and 1; then flush, 5 parts and 1.
shutdown_scene drain_then_flush() {
  return shutdown_scene({{"drain", {}, 3, 1}, {"flush", {"drain"}, 5, 1}});
}

TEST(shutdown_plan, without_tasks_is_over_at_once_and_clean) {
  shutdown_scene s(server_shutdown_phases());
  s.begin(seconds(10));
  ASSERT_TRUE(s.result);
  EXPECT_TRUE(s.result->clean());
  EXPECT_FALSE(s.plan.next_due());
}

TEST(shutdown_plan, begins_a_phase_when_those_before_it_are_over) {
  auto s = drain_then_flush();
  s.add("flush", "log");
  s.add("drain", "requests");
  s.begin(seconds(10));
  EXPECT_EQ(s.story(), (lines{"drain began", "stop requests"}));
  s.stops("requests");
  EXPECT_EQ(s.story(), (lines{"drain ended", "flush began", "stop log"}));
  s.stops("log");
  EXPECT_EQ(s.story(), lines{"flush ended"});
  EXPECT_TRUE(s.result->clean());
}

TEST(shutdown_plan, cancels_at_the_end_of_a_share_and_abandons_by_name_after_the_grace) {
  auto s = drain_then_flush();
  s.add("drain", "requests");
  s.begin(seconds(10));
  s.story();
  s.pass(seconds(3) - duration(1));
  EXPECT_EQ(s.story(), lines{});
  s.pass(duration(1));
  EXPECT_EQ(s.story(), lines{"cancel requests"});
  s.pass(seconds(1));
  EXPECT_EQ(s.story(), (lines{"abandon requests", "drain ended", "flush began", "flush ended"}));
  EXPECT_EQ(s.result->abandoned, lines{"drain: requests"});
  EXPECT_FALSE(s.result->clean());
}

TEST(shutdown_plan, that_had_to_cancel_but_not_to_abandon_is_clean) {
  auto s = drain_then_flush();
  s.add("drain", "requests");
  s.begin(seconds(10));
  s.pass(seconds(3));
  s.stops("requests");
  ASSERT_TRUE(s.result);
  EXPECT_TRUE(s.result->clean());
}

TEST(shutdown_plan, gives_the_time_that_a_phase_does_not_use_to_the_next_one) {
  auto s = drain_then_flush();
  s.add("flush", "log");
  s.begin(seconds(10));
  EXPECT_EQ(s.story(), (lines{"drain began", "drain ended", "flush began", "stop log"}));
  s.pass(seconds(9) - duration(1));
  EXPECT_EQ(s.story(), lines{}) << "3 + 1 + 5 parts";
  s.pass(duration(1));
  EXPECT_EQ(s.story(), lines{"cancel log"});
}

TEST(shutdown_plan, leaves_a_phase_its_time_whatever_those_before_it_take) {
  auto s = drain_then_flush();
  s.add("drain", "requests");
  s.add("flush", "log");
  s.begin(seconds(10));
  s.pass(seconds(4));
  s.story();
  s.pass(seconds(5) - duration(1));
  EXPECT_EQ(s.story(), lines{});
  s.pass(duration(1));
  EXPECT_EQ(s.story(), lines{"cancel log"});
}

TEST(shutdown_plan, is_over_when_its_budget_is) {
  shutdown_scene s(server_shutdown_phases());
  for (const auto& p : server_shutdown_phases()) s.add(p.name, p.name + " task");
  s.begin(seconds(10));
  s.pass(seconds(10) - duration(1));
  EXPECT_FALSE(s.result);
  s.pass(duration(1));
  ASSERT_TRUE(s.result);
  EXPECT_EQ(s.result->abandoned.size(), 5U);
}

TEST(shutdown_plan, runs_phases_side_by_side_that_do_not_depend_on_each_other) {
  shutdown_scene s({{"a", {}, 1, 1}, {"b", {}, 3, 1}, {"last", {"a", "b"}, 1, 1}});
  s.add("a", "x");
  s.add("b", "y");
  s.add("last", "z");
  s.begin(seconds(6));
  EXPECT_EQ(s.story(), (lines{"a began", "stop x", "b began", "stop y"}));
  s.stops("y");
  EXPECT_EQ(s.story(), lines{"b ended"});
  s.stops("x");
  EXPECT_EQ(s.story(), (lines{"a ended", "last began", "stop z"}));
  s.pass(seconds(5));
  EXPECT_EQ(s.story(), lines{"cancel z"}) << "4 parts for the longer one, then 1";
}

TEST(shutdown_plan, takes_phases_in_any_order_of_naming) {
  shutdown_scene s({{"last", {"first"}}, {"first"}});
  s.add("last", "z");
  s.begin(seconds(4));
  EXPECT_EQ(s.story(), (lines{"first began", "first ended", "last began", "stop z"}));
}

TEST(shutdown_plan, stops_a_task_at_once_that_is_added_to_a_running_phase) {
  auto s = drain_then_flush();
  s.add("drain", "one");
  s.begin(seconds(10));
  s.story();
  s.add("drain", "another");
  s.proceed();
  EXPECT_EQ(s.story(), lines{"stop another"});
  s.stops("one");
  EXPECT_EQ(s.story(), lines{}) << "the phase waits for both";
}

TEST(shutdown_plan, refuses_a_task_of_a_phase_that_is_over_or_unknown) {
  auto s = drain_then_flush();
  s.add("flush", "log");
  s.begin(seconds(10));
  EXPECT_FALSE(s.plan.add("drain", "late"));
  EXPECT_FALSE(s.plan.add("dance", "unknown"));
}

TEST(shutdown_plan, forgets_a_withdrawn_task_before_and_while_it_stops) {
  auto s = drain_then_flush();
  s.add("drain", "early");
  s.stops("early");
  s.add("drain", "late");
  s.begin(seconds(10));
  EXPECT_EQ(s.story(), (lines{"drain began", "stop late"}));
  s.stops("late");
  s.stops("late");
  EXPECT_TRUE(s.result->clean());
}

TEST(shutdown_plan, hurried_abandons_unstopped_tasks_and_stops_no_more) {
  auto s = drain_then_flush();
  s.add("drain", "requests");
  s.add("flush", "log");
  s.begin(seconds(10));
  s.story();
  s.hurry();
  EXPECT_EQ(s.story(), (lines{"cancel requests", "abandon requests", "drain ended", "flush began",
                              "abandon log", "flush ended"}));
  EXPECT_EQ(s.result->abandoned, (lines{"drain: requests", "flush: log"}));
  EXPECT_TRUE(s.result->hurried);
  s.hurry();
}

TEST(shutdown_plan, begins_once_and_hurries_only_then) {
  auto s = drain_then_flush();
  s.add("drain", "requests");
  s.hurry();
  EXPECT_FALSE(s.result);
  s.begin(seconds(10));
  s.story();
  s.pass(seconds(2));
  s.begin(seconds(1'000));
  s.pass(seconds(1));
  EXPECT_EQ(s.story(), lines{"cancel requests"}) << "the first budget counts";
}

/// Five phases, each after some of those before it.
phases random_phases(std::mt19937_64& random) {
  phases all;
  for (std::size_t p = 0; p < 5; ++p) {
    shutdown_phase next{"p" + std::to_string(p)};
    for (const auto& before : all)
      if (random() % 3 == 0) next.after.push_back(before.name);
    next.share = static_cast<unsigned>(random() % 4);
    next.grace = static_cast<unsigned>(random() % 3);
    all.push_back(std::move(next));
  }
  return all;
}

void keeps_its_budget_and_accounts_for_every_task(std::mt19937_64& random) {
  shutdown_scene s(random_phases(random));
  std::set<std::string> waiting;
  for (int t = 0; t < 8; ++t) {
    const auto name = std::to_string(t);
    s.add("p" + std::to_string(random() % 5), name);
    waiting.insert(name);
  }
  const time_point end = s.now + seconds(10);
  s.begin(seconds(10));
  while (!s.result && s.now < end) {
    s.pass(std::chrono::milliseconds(random() % 3'000));
    if (s.result || waiting.empty() || random() % 2 == 0) continue;
    s.stops(*waiting.begin());
    waiting.erase(waiting.begin());
  }
  ASSERT_TRUE(s.result) << "the budget is over";
  for (const auto& name : waiting)
    EXPECT_EQ(std::count_if(s.result->abandoned.begin(), s.result->abandoned.end(),
                            [&](const auto& a) { return a.ends_with(": " + name); }),
              1);
}

TEST(shutdown_plan, whatever_happens_when_keeps_its_budget_and_accounts_for_every_task) {
  std::mt19937_64 random(testing::random_seed());
  for (int round = 0; round < 1'000 && !::testing::Test::HasFailure(); ++round)
    keeps_its_budget_and_accounts_for_every_task(random);
}

TEST(shutdown_plan, refuses_phases_without_a_valid_order) {
  EXPECT_THROW(shutdown_plan(phases{{"a"}, {"a"}}), std::invalid_argument);
  EXPECT_THROW(shutdown_plan(phases{{"a", {"b"}}}), std::invalid_argument);
  EXPECT_THROW(shutdown_plan(phases{{"a", {"a"}}}), std::invalid_argument);
  EXPECT_THROW(shutdown_plan(phases{{"a", {"b"}}, {"b", {"a"}}}), std::invalid_argument);
}

}  // namespace
}  // namespace lifeline
