#include "driver/replay_run.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "driver/load/outcome.hpp"
#include "driver/load/trivial_answerer.hpp"
#include "driver/sample_plan.hpp"

namespace bank::driver {
namespace {

std::string created() { return trivial_answerer::created(""); }

std::string refusal(const std::string& status, const std::string& code) {
  const std::string body =
      boost::json::serialize(boost::json::object{{"code", code}, {"detail", "because"}});
  return "HTTP/1.1 " + status + " Refused\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

struct replayed {
  maybe_problem failure;
  books::lane_counts counts;
};

/// Replays the sample's two accounts and four transfers over one connection.
replayed replay(replay_plan plan, trivial_answerer::answer_function answer) {
  const trivial_answerer server(std::move(answer));
  plan.settings.connections = 1;
  asio::io_context io;
  const auto client = http_client::make(io, {"127.0.0.1", server.port()}, "secret");
  live_display display(true);
  replay_run run({*client, plan, nullptr, display}, {}, 1);
  task_group group(io);
  group.spawn(run.run());
  io.run();
  return {run.failure(), run.counts()};
}

bool opens_account(std::string_view head) {
  return head.find("POST /v1/accounts ") != std::string::npos;
}
bool finds_account(std::string_view head) {
  return head.find("GET /v1/accounts/") != std::string::npos;
}

TEST(replay_run, repeats_what_was_lost_or_failed_for_a_moment) {
  int requests = 0;
  const replayed r = replay(sample_plan(), [&](std::string_view) {
    switch (++requests) {
      case 1: return std::string();
      case 2: return refusal("503", "store_unavailable");
      case 4: return refusal("409", "in_progress");
      default: return created();
    }
  });
  EXPECT_FALSE(r.failure) << r.failure->text;
  EXPECT_EQ(r.counts.opened, 2U);
  EXPECT_EQ(r.counts.posted, 4U);
  EXPECT_EQ(r.counts.retries, 3U);
  EXPECT_EQ(requests, 9);
}

TEST(replay_run, looks_an_account_up_that_is_there_already) {
  const replay_plan plan = sample_plan();
  int lane = 0;
  const replayed r = replay(plan, [&](std::string_view head) {
    if (opens_account(head)) return refusal("409", "already_exists");
    return finds_account(head) ? ok(account_body(plan, lane++)) : created();
  });
  EXPECT_FALSE(r.failure) << r.failure->text;
  EXPECT_EQ(r.counts.accounts_found, 2U);
  EXPECT_EQ(r.counts.posted, 4U);
}

TEST(replay_run, fails_when_the_account_that_is_there_is_another) {
  const replayed r = replay(sample_plan(), [&](std::string_view head) {
    return finds_account(head) ? ok("{}") : refusal("409", "already_exists");
  });
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->text,
            "account 7: the node answered 409 already_exists: the node has another account with "
            "this id");
}

TEST(replay_run, ends_at_a_refusal_and_keeps_its_words) {
  const replayed r = replay(sample_plan(), [&](std::string_view head) {
    return opens_account(head) ? created() : refusal("422", "insufficient_funds");
  });
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->text,
            "transaction 1 of account 7 (credit 500): the node answered 422 insufficient_funds: "
            "because");
  EXPECT_EQ(r.counts.transfers(), 0U);
}

TEST(replay_run, decides_by_the_answer_whether_to_repeat) {
  const struct {
    unsigned status;
    const char* code;
    bool repeats;
  } cases[] = {
      {409, "in_progress", true},         {408, "request_timeout", true},
      {429, "rate_limited", true},        {502, "", true},
      {503, "store_unavailable", true},   {503, "shutting_down", true},
      {504, "deadline_exceeded", true},   {400, "invalid_field", false},
      {401, "unauthenticated", false},    {404, "not_found", false},
      {409, "invalid_state", false},      {409, "already_exists", false},
      {422, "insufficient_funds", false}, {422, "idempotency_mismatch", false},
      {500, "internal", false},           {302, "", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(is_worth_repeating(c.status, c.code), c.repeats) << c.status << " " << c.code;
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
