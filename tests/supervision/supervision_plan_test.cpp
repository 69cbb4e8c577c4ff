#include "lifeline/supervision/supervision_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "supervision/plan_scene.hpp"

namespace lifeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::child;
using testing::crash;
using testing::normally;
using testing::patient;
using testing::plan_scene;
using testing::story;
using enum restart_strategy;
using enum restart_kind;

plan_scene with_children(const supervision_policy& policy, const std::vector<child_policy>& them) {
  plan_scene s(policy);
  for (const auto& c : them) s.add(c);
  return s;
}

bool noted(const plan_scene& s, const std::string& who, child_event what) {
  return std::any_of(s.notes.begin(), s.notes.end(),
                     [&](const auto& n) { return n.child == who && n.what == what; });
}

// -- starting ------------------------------------------------------------------------------------

TEST(supervision_plan, starts_children_in_order_each_after_the_one_before_it) {
  for (const auto strategy : {one_for_one, one_for_all, rest_for_one}) {
    plan_scene s = with_children(patient(strategy), {child("a"), child("b")});
    s.slow = true;
    s.proceed();
    EXPECT_EQ(s.story(), story{"start a"});
    s.is_ready("a");
    EXPECT_EQ(s.story(), (story{"welcome a", "start b"}));
    s.is_ready("b");
    EXPECT_EQ(s.story(), (story{"welcome b", "all started"}));
  }
}

TEST(supervision_plan, without_children_has_started_at_once) {
  plan_scene s(patient(one_for_one));
  s.proceed();
  EXPECT_EQ(s.story(), story{"all started"});
}

TEST(supervision_plan, gives_up_if_a_first_child_fails_to_start_and_stops_those_before_it) {
  for (const auto strategy : {one_for_one, one_for_all, rest_for_one}) {
    plan_scene s = with_children(patient(strategy), {child("a"), child("b"), child("c")});
    s.fails_to_start["b"] = "no port";
    s.proceed();
    EXPECT_EQ(s.story(), (story{"start a", "welcome a", "start b", "stop a",
                                "give up: b failed to start: no port"}));
  }
}

TEST(supervision_plan, counts_a_first_child_that_exits_while_starting_as_failed_to_start) {
  plan_scene s = with_children(patient(one_for_one), {child("a", transient)});
  s.slow = true;
  s.proceed();
  s.exits("a", normally());
  EXPECT_EQ(s.story(),
            (story{"start a", "give up: a failed to start: exited while starting: normal"}));
}

TEST(supervision_plan, kills_a_child_that_is_not_ready_in_time) {
  auto late = child("a");
  late.ready_within = seconds(2);
  plan_scene s = with_children(patient(one_for_one), {late});
  s.slow = true;
  s.proceed();
  s.pass(milliseconds(1'999));
  EXPECT_EQ(s.story(), story{"start a"});
  s.pass(milliseconds(1));
  EXPECT_EQ(s.story(), story{"kill a"});
  s.exits("a", crash("killed"));
  EXPECT_EQ(s.story(), story{"give up: a failed to start: was not ready within 2000 ms"});
}

TEST(supervision_plan, refuses_a_name_that_is_taken) {
  plan_scene s(one_for_one, {"a"});
  EXPECT_FALSE(s.plan.add(child("a")));
  s.remove("a");
  EXPECT_TRUE(s.plan.add(child("a")));
}

// -- who is restarted ----------------------------------------------------------------------------

TEST(supervision_plan, one_for_one_restarts_only_the_child_that_failed) {
  plan_scene s(one_for_one, {"a", "b", "c"});
  s.crashes("b");
  EXPECT_EQ(s.story(), story{"start b"});
}

TEST(supervision_plan, one_for_all_stops_all_in_reverse_order_and_starts_all_in_order) {
  plan_scene s(one_for_all, {"a", "b", "c"});
  s.crashes("b");
  EXPECT_EQ(s.story(), (story{"stop c", "stop a", "start a", "start b", "start c"}));
}

TEST(supervision_plan, rest_for_one_restarts_those_after_the_child_that_failed) {
  plan_scene s(rest_for_one, {"a", "b", "c", "d"});
  s.crashes("b");
  EXPECT_EQ(s.story(), (story{"stop d", "stop c", "start b", "start c", "start d"}));
}

TEST(supervision_plan, restarts_a_permanent_child_however_it_ended) {
  plan_scene s(one_for_one, {"a"});
  s.exits("a", normally());
  EXPECT_EQ(s.story(), story{"start a"});
}

TEST(supervision_plan, restarts_a_transient_child_only_if_it_failed) {
  plan_scene s = with_children(patient(one_for_one), {child("a", transient)});
  s.begin();
  s.crashes("a");
  EXPECT_EQ(s.story(), story{"start a"});
  s.exits("a", normally());
  EXPECT_EQ(s.story(), story{});
  EXPECT_TRUE(s.plan.find("a")) << "it is kept, at rest";
}

TEST(supervision_plan, never_restarts_a_temporary_child_and_forgets_it) {
  for (const auto& how : {normally(), crash()}) {
    plan_scene s = with_children(patient(one_for_all), {child("a"), child("t", temporary)});
    s.begin();
    s.exits("t", how);
    EXPECT_EQ(s.story(), story{"drop t: ended: " + how.reason});
    EXPECT_TRUE(s.runs("a"));
  }
}

TEST(supervision_plan, a_normal_end_of_a_transient_child_leaves_its_siblings_alone) {
  plan_scene s = with_children(patient(one_for_all), {child("a"), child("b", transient)});
  s.begin();
  s.exits("b", normally());
  EXPECT_EQ(s.story(), story{});
}

TEST(supervision_plan, a_group_restart_forgets_temporary_members) {
  plan_scene s =
      with_children(patient(one_for_all), {child("a"), child("t", temporary), child("c")});
  s.begin();
  s.crashes("a");
  EXPECT_EQ(s.story(),
            (story{"stop c", "stop t", "drop t: stopped together with a", "start a", "start c"}));
}

TEST(supervision_plan, a_group_restart_wakes_transient_members_that_had_finished) {
  plan_scene s = with_children(patient(one_for_all), {child("a"), child("b", transient)});
  s.begin();
  s.exits("b", normally());
  s.crashes("a");
  EXPECT_EQ(s.story(), (story{"start a", "start b"}));
}

TEST(supervision_plan, an_exit_of_a_member_that_awaits_its_stop_is_no_failure_of_its_own) {
  plan_scene s(one_for_all, {"a", "b", "c"});
  s.polite = false;
  s.crashes("a");
  EXPECT_EQ(s.story(), story{"stop c"});
  s.crashes("b");
  s.exits("c", normally());
  EXPECT_EQ(s.story(), (story{"start a", "start b", "start c"}));
}

TEST(supervision_plan, a_failure_during_a_group_restart_begins_it_again) {
  plan_scene s(one_for_all, {"a", "b", "c"});
  s.slow = true;
  s.crashes("c");
  s.is_ready("a");
  EXPECT_EQ(s.story(), (story{"stop b", "stop a", "start a", "start b"}));
  s.crashes("a");
  EXPECT_EQ(s.story(), (story{"stop b", "start a"}));
}

TEST(supervision_plan, a_member_that_fails_to_restart_is_the_pivot_of_the_next_attempt) {
  plan_scene s(patient(rest_for_one));
  for (const auto* name : {"a", "b", "c"}) s.add(child(name));
  s.begin();
  s.slow = true;
  s.crashes("a");
  s.is_ready("a");
  s.exits("b", crash("no port"));
  EXPECT_EQ(s.story(), (story{"stop c", "stop b", "start a", "start b", "start b"}));
  s.is_ready("b");
  EXPECT_EQ(s.story(), story{"start c"});
}

TEST(supervision_plan, one_for_one_restarts_children_independently) {
  plan_scene s(one_for_one, {"a", "b"});
  s.slow = true;
  s.crashes("a");
  s.crashes("b");
  EXPECT_EQ(s.story(), (story{"start a", "start b"}));
}

TEST(supervision_plan, ignores_news_of_incarnations_that_are_over) {
  plan_scene s(one_for_one, {"a"});
  const auto old = s.current.at("a");
  s.crashes("a");
  EXPECT_TRUE(s.plan.exited(old, crash(), s.now).empty());
  EXPECT_TRUE(s.plan.started(old, s.now).empty());
  EXPECT_TRUE(s.plan.failed_to_start(old, "late", s.now).empty());
}

// -- how often -----------------------------------------------------------------------------------

TEST(supervision_plan, gives_up_at_one_restart_more_than_the_limit) {
  auto policy = patient(one_for_one);
  policy.limit = {2, seconds(10)};
  plan_scene s = with_children(policy, {child("a"), child("b")});
  s.begin();
  s.crashes("a");
  s.crashes("b");
  EXPECT_EQ(s.story(), (story{"start a", "start b"})) << "all children count together";
  s.crashes("a");
  EXPECT_EQ(s.story(), (story{"stop b", "give up: a exceeded the restart limit: crash"}));
  EXPECT_TRUE(noted(s, "a", child_event::gave_up));
}

TEST(supervision_plan, forgets_restarts_that_are_older_than_the_period) {
  auto policy = patient(one_for_one);
  policy.limit = {1, seconds(10)};
  plan_scene s = with_children(policy, {child("a")});
  s.begin();
  s.crashes("a");
  s.pass(seconds(10) + duration(1));
  s.crashes("a");
  EXPECT_EQ(s.story(), (story{"start a", "start a"}));
  s.pass(seconds(10));
  s.crashes("a");
  EXPECT_EQ(s.story(), story{"give up: a exceeded the restart limit: crash"})
      << "exactly a period old";
}

TEST(supervision_plan, with_a_limit_of_zero_gives_up_at_the_first_failure) {
  auto policy = patient(one_for_one);
  policy.limit.restarts = 0;
  plan_scene s = with_children(policy, {child("a"), child("t", temporary), child("n", transient)});
  s.begin();
  s.crashes("t");
  s.exits("n", normally());
  EXPECT_EQ(s.story(), story{"drop t: ended: crash"}) << "neither was to be restarted";
  s.crashes("a");
  EXPECT_EQ(s.story(), story{"give up: a exceeded the restart limit: crash"});
}

TEST(supervision_plan, counts_each_failed_attempt_to_restart) {
  auto policy = patient(one_for_one);
  policy.limit = {3, seconds(10)};
  plan_scene s = with_children(policy, {child("a")});
  s.begin();
  s.fails_to_start["a"] = "no port";
  s.crashes("a");
  EXPECT_EQ(s.story(), (story{"start a", "start a", "start a",
                              "give up: a exceeded the restart limit: no port"}));
}

TEST(supervision_plan, a_group_restart_counts_once) {
  auto policy = patient(one_for_all);
  policy.limit = {1, seconds(10)};
  plan_scene s = with_children(policy, {child("a"), child("b"), child("c")});
  s.begin();
  s.crashes("a");
  EXPECT_EQ(s.story(), (story{"stop c", "stop b", "start a", "start b", "start c"}));
}

// -- how soon ------------------------------------------------------------------------------------

TEST(supervision_plan, waits_longer_before_each_restart_in_a_row) {
  auto policy = patient(one_for_one);
  policy.backoff = {milliseconds(100), seconds(1), 2, 0, seconds(30)};
  plan_scene s = with_children(policy, {child("a")});
  s.begin();
  for (const int wait : {100, 200, 400, 800, 1'000, 1'000}) {
    s.crashes("a");
    EXPECT_EQ(s.notes.back().restart_in, milliseconds(wait));
    s.pass(milliseconds(wait) - duration(1));
    EXPECT_EQ(s.story(), story{}) << wait;
    s.pass(duration(1));
    EXPECT_EQ(s.story(), story{"start a"}) << wait;
  }
  s.pass(seconds(30));
  s.crashes("a");
  EXPECT_EQ(s.notes.back().restart_in, milliseconds(100)) << "it had run steadily";
}

TEST(supervision_plan, a_group_stops_at_once_and_starts_after_the_wait) {
  auto policy = patient(rest_for_one);
  policy.backoff = {milliseconds(100), seconds(1), 2, 0, seconds(30)};
  plan_scene s = with_children(policy, {child("a"), child("b")});
  s.begin();
  s.crashes("a");
  EXPECT_EQ(s.story(), story{"stop b"});
  s.pass(milliseconds(100));
  EXPECT_EQ(s.story(), (story{"start a", "start b"}));
}

TEST(supervision_plan, an_earlier_failure_does_not_shorten_the_wait_of_a_later_child) {
  auto policy = patient(rest_for_one);
  policy.backoff = {milliseconds(100), seconds(1), 2, 0, seconds(30)};
  plan_scene s = with_children(policy, {child("a"), child("b")});
  s.begin();
  s.crashes("b");
  s.pass(milliseconds(100));
  s.crashes("b");  // 200 ms
  s.story();
  s.crashes("a");
  s.pass(milliseconds(100));
  EXPECT_EQ(s.story(), story{"start a"});
  s.pass(milliseconds(100));
  EXPECT_EQ(s.story(), story{"start b"});
}

TEST(supervision_plan, a_wait_that_ends_while_orders_are_carried_out_is_not_forgotten) {
  auto policy = patient(one_for_one);
  policy.backoff = {milliseconds(10), seconds(1), 2, 0, seconds(30)};
  plan_scene s = with_children(policy, {child("a")});
  s.begin();
  s.crashes("a");
  s.now += milliseconds(50);
  EXPECT_TRUE(s.plan.next_due()) << "a supervisor that sleeps now never wakes";
  s.pass(milliseconds(0));
  EXPECT_EQ(s.story(), story{"start a"});
}

TEST(supervision_plan, a_wait_is_over_when_the_supervisor_stops) {
  auto policy = patient(one_for_one);
  policy.backoff.first = seconds(1);
  plan_scene s = with_children(policy, {child("a")});
  s.begin();
  s.crashes("a");
  s.stop();
  EXPECT_EQ(s.story(), story{"finish: told to"});
  EXPECT_FALSE(s.plan.next_due());
}

// -- stopping ------------------------------------------------------------------------------------

TEST(supervision_plan, stops_in_reverse_order_each_after_the_one_before_it_has_ended) {
  for (const auto strategy : {one_for_one, one_for_all, rest_for_one}) {
    plan_scene s(strategy, {"a", "b"});
    s.polite = false;
    s.stop();
    EXPECT_EQ(s.story(), story{"stop b"});
    s.exits("b", normally());
    EXPECT_EQ(s.story(), story{"stop a"});
    s.exits("a", crash());
    EXPECT_EQ(s.story(), story{"finish: told to"}) << "no failure: it was being stopped";
  }
}

TEST(supervision_plan, kills_and_names_a_child_that_ignores_its_exit_then_goes_on) {
  plan_scene s(one_for_one, {"a", "b"});
  s.polite = false;
  s.stop();
  s.pass(seconds(5) - duration(1));
  EXPECT_EQ(s.story(), story{"stop b"});
  s.pass(duration(1));
  EXPECT_EQ(s.story(), story{"kill b"});
  EXPECT_TRUE(noted(s, "b", child_event::killed));
  s.exits("b", crash("killed"));
  EXPECT_EQ(s.story(), story{"stop a"});
}

TEST(supervision_plan, abandons_and_names_a_child_that_does_not_even_end_when_killed) {
  plan_scene s(one_for_one, {"a", "b"});
  s.polite = false;
  s.stop();
  s.pass(seconds(6));
  EXPECT_EQ(s.story(), (story{"stop b", "kill b", "abandon b", "stop a"}));
  EXPECT_TRUE(noted(s, "b", child_event::abandoned));
}

TEST(supervision_plan, waits_for_ever_for_a_child_whose_time_is_unlimited) {
  auto patient_one = child("a");
  patient_one.shutdown_time = duration::max();
  plan_scene s = with_children(patient(one_for_one), {patient_one});
  s.begin();
  s.polite = false;
  s.stop();
  EXPECT_FALSE(s.plan.next_due());
  s.pass(std::chrono::hours(1'000));
  EXPECT_EQ(s.story(), story{"stop a"});
}

TEST(supervision_plan, abandons_one_that_was_not_ready_and_can_not_be_killed) {
  auto late = child("a");
  late.ready_within = seconds(2);
  plan_scene s = with_children(patient(one_for_one), {late});
  s.begin();
  s.is_ready("a");
  s.slow = true;
  s.crashes("a");
  s.pass(seconds(3));
  EXPECT_EQ(s.story(), (story{"start a", "kill a", "abandon a", "start a"}));
}

TEST(supervision_plan, when_told_to_stop_while_starting_stops_what_has_begun) {
  plan_scene s = with_children(patient(one_for_one), {child("a"), child("b"), child("c")});
  s.slow = true;
  s.proceed();
  s.is_ready("a");
  s.story();
  s.stop();
  EXPECT_EQ(s.story(), (story{"stop b", "stop a", "finish: told to"}));
}

TEST(supervision_plan, takes_no_child_while_it_stops_and_finishes_once) {
  plan_scene s(one_for_one, {"a"});
  s.polite = false;
  s.stop();
  EXPECT_FALSE(s.plan.add(child("b")));
  s.stop();
  s.exits("a", normally());
  s.stop();
  s.proceed();
  EXPECT_EQ(s.story(), (story{"stop a", "finish: told to"}));
}

// -- children that come and go -------------------------------------------------------------------

TEST(supervision_plan, starts_an_added_child_last_and_welcomes_it) {
  plan_scene s(one_for_all, {"a"});
  s.add(child("b"));
  s.proceed();
  EXPECT_EQ(s.story(), (story{"start b", "welcome b"}));
  s.stop();
  EXPECT_EQ(s.story(), (story{"stop b", "stop a", "finish: told to"}));
}

TEST(supervision_plan, forgets_an_added_child_that_fails_to_start) {
  for (const auto strategy : {one_for_one, one_for_all, rest_for_one}) {
    plan_scene s(strategy, {"a"});
    s.fails_to_start["b"] = "no port";
    s.add(child("b"));
    s.proceed();
    EXPECT_EQ(s.story(), (story{"start b", "drop b: failed to start: no port"}));
    EXPECT_TRUE(s.runs("a"));
    EXPECT_FALSE(s.plan.find("b"));
  }
}

TEST(supervision_plan, removes_a_child_after_it_has_stopped) {
  plan_scene s(one_for_all, {"a", "b"});
  s.polite = false;
  s.remove("a");
  EXPECT_EQ(s.story(), story{"stop a"});
  s.exits("a", crash());
  EXPECT_EQ(s.story(), story{"drop a: removed"}) << "its siblings keep running";
  EXPECT_TRUE(s.runs("b"));
}

TEST(supervision_plan, removes_a_child_that_waits_for_its_restart_at_once) {
  auto policy = patient(one_for_one);
  policy.backoff.first = seconds(1);
  plan_scene s = with_children(policy, {child("a")});
  s.begin();
  s.crashes("a");
  s.remove("a");
  EXPECT_EQ(s.story(), story{"drop a: removed"});
  s.pass(seconds(2));
  EXPECT_EQ(s.story(), story{});
}

TEST(supervision_plan, a_removed_child_does_not_come_back_with_its_group) {
  plan_scene s(one_for_all, {"a", "b", "c"});
  s.polite = false;
  s.remove("b");
  s.crashes("a");
  s.exits("b", normally());
  s.exits("c", normally());
  EXPECT_EQ(s.story(), (story{"stop b", "drop b: removed", "stop c", "start a", "start c"}));
}

TEST(supervision_plan, tells_an_added_child_that_never_came_up_that_its_supervisor_stops) {
  plan_scene s(one_for_one, {"a"});
  s.slow = true;
  s.add(child("b"));
  s.proceed();
  s.stop();
  EXPECT_EQ(s.story(), (story{"start b", "stop b", "drop b: its supervisor is stopping", "stop a",
                              "finish: told to"}));
}

}  // namespace
}  // namespace lifeline
