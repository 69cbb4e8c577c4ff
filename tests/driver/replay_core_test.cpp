#include "driver/replay_core.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "driver/fault_schedule.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;
using lifeline::time_point;
using kind = replay_step::kind;

const time_point start{1h};

node_answer created() { return {201, {}, {}, false, std::nullopt}; }
node_answer created_before() { return {201, {}, {}, true, std::nullopt}; }
node_answer refusal(unsigned status, std::string code) {
  return {status, std::move(code), "because", false, std::nullopt};
}

replay_step step_of(const replay_action& a) { return std::get<send_step>(a).step; }
lifeline::duration pause_of(const replay_action& a) { return std::get<send_step>(a).after; }
bool rests(const replay_action& a) { return std::holds_alternative<rest>(a); }

TEST(replay_core, opens_an_account_and_then_sends_its_transfers_in_order) {
  replay_core core({2}, {}, 1);
  replay_action a = core.begin(start);
  EXPECT_EQ(a, replay_action(send_step{{kind::open_account, 0, 0}}));
  a = core.answered(step_of(a), created(), start);
  EXPECT_EQ(a, replay_action(send_step{{kind::transfer, 0, 0}}));
  a = core.answered(step_of(a), created(), start);
  EXPECT_EQ(a, replay_action(send_step{{kind::transfer, 0, 1}}));
  a = core.answered(step_of(a), created(), start);
  EXPECT_TRUE(rests(a));
  EXPECT_TRUE(core.finished());
  EXPECT_EQ(core.counts().acknowledged, 2U);
}

TEST(replay_core, never_has_two_requests_of_one_account_in_flight) {
  replay_core core({5}, {}, 1);
  const replay_action first = core.begin(start);
  EXPECT_FALSE(rests(first));
  EXPECT_TRUE(rests(core.begin(start)));
}

TEST(replay_core, begins_with_the_longest_accounts) {
  replay_core core({1, 9, 4, 9}, {}, 1);
  EXPECT_EQ(step_of(core.begin(start)).lane, 1U);
  EXPECT_EQ(step_of(core.begin(start)).lane, 3U);
  EXPECT_EQ(step_of(core.begin(start)).lane, 2U);
  EXPECT_EQ(step_of(core.begin(start)).lane, 0U);
}

TEST(replay_core, finishes_with_any_number_of_connections) {
  for (std::size_t connections = 1; connections < 9; ++connections) {
    replay_core core({3, 0, 7, 1, 2}, {}, 1);
    std::deque<replay_action> in_flight;
    for (std::size_t i = 0; i < connections; ++i) in_flight.push_back(core.begin(start));
    while (!in_flight.empty()) {
      const replay_action a = in_flight.front();
      in_flight.pop_front();
      if (!rests(a)) in_flight.push_back(core.answered(step_of(a), created(), start));
    }
    EXPECT_TRUE(core.finished()) << connections;
    EXPECT_EQ(core.counts().opened, 5U);
    EXPECT_EQ(core.counts().acknowledged, 13U);
  }
}

TEST(replay_core, repeats_what_was_lost_under_the_same_id_with_growing_pauses) {
  replay_core core({1}, {}, 1);
  replay_action a = core.begin(start);
  const replay_step step = step_of(a);
  lifeline::duration shortest = 5ms;
  for (int i = 0; i < 12; ++i) {
    a = core.lost(step, "gone", start + i * 1s);
    EXPECT_EQ(step_of(a), step);
    EXPECT_GE(pause_of(a), shortest);
    EXPECT_LE(pause_of(a), std::min<lifeline::duration>(shortest * 2, 1s));
    shortest = std::min<lifeline::duration>(shortest * 2, 500ms);
  }
  EXPECT_EQ(core.counts().retries, 12U);
}

TEST(replay_core, decides_by_the_answer_whether_to_repeat) {
  const struct {
    node_answer answer;
    bool repeats;
  } cases[] = {
      {refusal(409, "in_progress"), true},         {refusal(408, "request_timeout"), true},
      {refusal(429, "rate_limited"), true},        {refusal(502, ""), true},
      {refusal(503, "store_unavailable"), true},   {refusal(503, "shutting_down"), true},
      {refusal(504, "deadline_exceeded"), true},   {refusal(400, "invalid_field"), false},
      {refusal(401, "unauthenticated"), false},    {refusal(404, "not_found"), false},
      {refusal(409, "invalid_state"), false},      {refusal(409, "already_exists"), false},
      {refusal(422, "insufficient_funds"), false}, {refusal(422, "idempotency_mismatch"), false},
      {refusal(500, "internal"), false},           {refusal(302, ""), false},
  };
  for (const auto& c : cases) {
    replay_core core({1}, {}, 1);
    const replay_step transfer =
        step_of(core.answered(step_of(core.begin(start)), created(), start));
    const replay_action a = core.answered(transfer, c.answer, start);
    EXPECT_EQ(!rests(a), c.repeats) << c.answer.status << " " << c.answer.code;
    EXPECT_EQ(core.failure().has_value(), !c.repeats);
  }
}

TEST(replay_core, waits_as_long_as_the_node_asks_but_not_for_ever) {
  replay_core core({1}, {}, 1);
  const replay_step step = step_of(core.begin(start));
  EXPECT_EQ(pause_of(core.answered(step, {503, "", "", false, 2s}, start)), 2s);
  EXPECT_EQ(pause_of(core.answered(step, {503, "", "", false, 3600s}, start)), 5s);
}

TEST(replay_core, stops_all_connections_at_a_refusal_and_keeps_its_words) {
  replay_core core({3, 2}, {}, 1);
  const replay_step one = step_of(core.begin(start));
  const replay_step other = step_of(core.begin(start));
  EXPECT_TRUE(rests(core.answered(one, refusal(400, "invalid_field"), start)));
  EXPECT_TRUE(rests(core.answered(other, created(), start)));
  ASSERT_TRUE(core.failure());
  EXPECT_EQ(core.failure()->step, one);
  EXPECT_EQ(core.failure()->text, "the node answered 400 invalid_field: because");
}

TEST(replay_core, counts_what_an_earlier_run_had_done) {
  replay_core core({2}, {}, 1);
  replay_action a = core.begin(start);
  a = core.answered(step_of(a), created_before(), start);
  a = core.answered(step_of(a), created_before(), start);
  a = core.answered(step_of(a), created(), start);
  EXPECT_TRUE(core.finished());
  EXPECT_EQ(core.counts().acknowledged, 2U);
  EXPECT_EQ(core.counts().replayed, 1U);
}

TEST(replay_core, looks_an_account_up_that_is_there_already) {
  replay_core core({1}, {}, 1);
  replay_action a = core.begin(start);
  a = core.answered(step_of(a), refusal(409, "already_exists"), start);
  EXPECT_EQ(a, replay_action(send_step{{kind::find_account, 0, 0}}));
  a = core.lost(step_of(a), "gone", start);
  EXPECT_EQ(step_of(a).what, kind::find_account);
  a = core.answered(step_of(a), {200, "", "", false, std::nullopt}, start);
  EXPECT_EQ(a, replay_action(send_step{{kind::transfer, 0, 0}}));
  EXPECT_EQ(core.counts().opened, 1U);
}

TEST(replay_core, fails_when_the_account_that_is_there_is_another) {
  replay_core core({1}, {}, 1);
  replay_action a = core.begin(start);
  a = core.answered(step_of(a), refusal(409, "already_exists"), start);
  EXPECT_TRUE(rests(core.answered(step_of(a), refusal(409, "already_exists"), start)));
  EXPECT_TRUE(core.failure());
}

TEST(replay_core, loses_patience_only_when_nothing_goes_forward) {
  replay_core core({2, 9}, {}, 1);
  const replay_step stuck = step_of(core.begin(start));
  replay_step moving = step_of(core.begin(start));
  for (int i = 1; i <= 3; ++i) {
    moving = step_of(core.answered(moving, created(), start + i * 50s));
    EXPECT_FALSE(rests(core.lost(stuck, "gone", start + i * 50s)));
    if (i == 2) break;
  }
  EXPECT_FALSE(rests(core.lost(stuck, "gone", start + 160s)));
  EXPECT_TRUE(rests(core.lost(stuck, "nobody listens", start + 161s)));
  EXPECT_EQ(core.failure()->text, "no progress for 60 s; last error: nobody listens");
}

TEST(replay_core, begins_its_patience_afresh_when_the_node_was_restarted) {
  replay_core core({1}, {}, 1);
  const replay_step step = step_of(core.begin(start));
  core.restarted(start + 59s);
  EXPECT_FALSE(rests(core.lost(step, "gone", start + 100s)));
}

TEST(replay_core, keeps_the_first_reason_to_give_up) {
  replay_core core({1}, {}, 1);
  const replay_step step = step_of(core.begin(start));
  core.give_up("interrupted");
  core.give_up("something else");
  EXPECT_TRUE(rests(core.lost(step, "gone", start)));
  EXPECT_EQ(core.failure()->text, "interrupted");
  EXPECT_FALSE(core.failure()->step);
}

TEST(fault_schedule, is_due_once_per_fault_at_its_share) {
  fault_schedule faults({{0.4}, {0.6}}, 10);
  EXPECT_FALSE(faults.take_due(3));
  EXPECT_TRUE(faults.take_due(4));
  EXPECT_FALSE(faults.take_due(5));
  EXPECT_TRUE(faults.take_due(7));
  EXPECT_FALSE(faults.take_due(10));
}

}  // namespace
}  // namespace bank::driver
