#include "api/jobs_fixture.hpp"

namespace bank::api::testing {
namespace {

using jobs_api = jobs_fixture;

const std::string verify = R"({"kind":"verify"})";
const std::string reconcile = R"({"kind":"reconcile"})";
const std::string again = R"({"kind":"reconcile","restart":true})";

std::string statement_of(const std::string& account) {
  return R"({"kind":"statement","parameters":{"account":")" + account + R"("}})";
}

TEST_F(jobs_api, accepts_a_job_shows_it_while_it_runs_and_then_its_result) {
  const reply r = post("/v1/jobs", admin_, verify);
  ASSERT_EQ(r.status, 202U) << r.body;
  const std::string id = r.text("id");
  EXPECT_EQ(r.field("location"), "/v1/jobs/" + id);
  EXPECT_EQ(r.text("kind"), "verify");
  EXPECT_EQ(r.text("created_by"), "admin:root");
  const reply running = wait_for_state(id, "running");
  EXPECT_TRUE(running.json().at("result").is_null());
  EXPECT_TRUE(running.json().at("ended_at").is_null());
  let_jobs_end();
  const reply done = wait_for_state(id, "succeeded");
  EXPECT_EQ(done.json().at("progress").to_number<double>(), 1);
  EXPECT_TRUE(done.json().at("result").at("did").is_object());
  EXPECT_FALSE(done.text("ended_at").empty());
}

TEST_F(jobs_api, continues_after_the_client_hung_up) {
  const reply r = call({"POST", "/v1/jobs", admin_, verify, "X-Request-Timeout-Ms: 2000\r\n"});
  ASSERT_EQ(r.status, 202U) << r.body;
  client_.reset();
  wait_for_state(r.text("id"), "running");
  let_jobs_end();
  EXPECT_EQ(wait_for_state(r.text("id"), "succeeded").status, 200U);
}

TEST_F(jobs_api, refuses_unknown_kinds_and_fields) {
  const auto refused = [&](const std::string& body, const std::string& field) {
    SCOPED_TRACE(body);
    expect_problem(post("/v1/jobs", admin_, body), 400, "invalid_field", field);
  };
  refused(R"({"kind":"dance"})", "kind");
  refused(R"({})", "kind");
  refused(R"({"kind":"verify","more":1})", "more");
  refused(R"({"kind":"verify","parameters":7})", "parameters");
  refused(R"({"kind":"verify","parameters":{"deep":true}})", "parameters.deep");
  refused(R"({"kind":"verify","restart":true})", "restart");
  refused(R"({"kind":"statement"})", "parameters.account");
  const std::string a = open("alice");
  refused(R"({"kind":"statement","parameters":{"account":")" + a + R"(","format":"pdf"}})",
          "parameters.format");
  refused(R"({"kind":"statement","parameters":{"account":")" + a +
              R"(","from":"2026-02-01T00:00:00Z","to":"2026-01-01T00:00:00Z"}})",
          "parameters.to");
  expect_problem(get("/v1/jobs/7", admin_), 400, "invalid_field", "id");
  expect_problem(get("/v1/jobs/0193e0a0-0000-7000-8000-00000000ffff", admin_), 404, "not_found");
}

TEST_F(jobs_api, lets_customers_have_statements_of_their_own_accounts_only) {
  const std::string a = open("alice");
  const std::string id = submit(statement_of(a), alice_);
  expect_problem(post("/v1/jobs", bob_, statement_of(a)), 404, "not_found");
  expect_problem(post("/v1/jobs", alice_, verify), 403, "forbidden", "kind");
  expect_problem(post("/v1/jobs", auditor_, verify), 403, "forbidden");
  EXPECT_EQ(get("/v1/jobs/" + id, alice_).status, 200U);
  EXPECT_EQ(get("/v1/jobs/" + id, auditor_).status, 200U);
  expect_problem(get("/v1/jobs/" + id, bob_), 404, "not_found");
  expect_problem(call({"DELETE", "/v1/jobs/" + id, bob_}), 404, "not_found");
  expect_problem(call({"DELETE", "/v1/jobs/" + id, auditor_}), 403, "forbidden");
  EXPECT_EQ(get("/v1/jobs", bob_).rows().size(), 0U);
  EXPECT_EQ(get("/v1/jobs", alice_).rows().size(), 1U);
  EXPECT_EQ(call({"DELETE", "/v1/jobs/" + id, alice_}).status, 200U);
}

TEST_F(jobs_api, cancels_waiting_jobs_at_once_and_running_ones_soon) {
  const std::string runs = submit(verify);
  const std::string runs_too = submit(verify);
  wait_for_state(runs, "running");
  wait_for_state(runs_too, "running");
  const std::string waits = submit(verify);
  EXPECT_EQ(call({"DELETE", "/v1/jobs/" + waits, admin_}).text("state"), "cancelled");
  EXPECT_EQ(call({"DELETE", "/v1/jobs/" + runs, admin_}).status, 200U);
  wait_for_state(runs, "cancelled");
  EXPECT_EQ(call({"DELETE", "/v1/jobs/" + runs, admin_}).text("state"), "cancelled") << "again";
  let_jobs_end();
  wait_for_state(runs_too, "succeeded");
  expect_problem(call({"DELETE", "/v1/jobs/" + runs_too, admin_}), 409, "invalid_state");
}

TEST_F(jobs_api, refuses_jobs_when_its_queue_is_full) {
  for (int i = 0; i < 2; ++i) wait_for_state(submit(verify), "running");
  for (int i = 0; i < 3; ++i) submit(verify);
  const reply r = post("/v1/jobs", admin_, verify);
  expect_problem(r, 503, "overloaded");
  EXPECT_EQ(r.text("outcome"), "none");
  EXPECT_EQ(get("/v1/jobs", admin_).rows().size(), 5U) << "the refused job is not kept";
}

TEST_F(jobs_api, reconciles_once_at_a_time) {
  const std::string first = submit(reconcile);
  wait_for_state(first, "running");
  EXPECT_EQ(submit(reconcile), first);
  EXPECT_EQ(submit(reconcile), first);
  const std::string second = submit(again);
  EXPECT_NE(second, first);
  wait_for_state(first, "cancelled");
  EXPECT_EQ(submit(reconcile), second);
  EXPECT_EQ(call({"DELETE", "/v1/jobs/" + second, admin_}).status, 200U);
  const std::string third = submit(reconcile);
  EXPECT_NE(third, second) << "a request after a cancel does not join the ending job";
  let_jobs_end();
  wait_for_state(third, "succeeded");
  EXPECT_NE(submit(reconcile), third);
}

TEST_F(jobs_api, keeps_the_running_reconcile_if_the_queue_is_full) {
  const std::string first = submit(reconcile);
  wait_for_state(first, "running");
  wait_for_state(submit(verify), "running");
  for (int i = 0; i < 3; ++i) submit(verify);
  expect_problem(post("/v1/jobs", admin_, again), 503, "overloaded");
  EXPECT_EQ(submit(reconcile), first);
}

TEST_F(jobs_api, knows_a_repeated_request_by_its_key) {
  const std::string key = "Idempotency-Key: k1\r\n";
  const std::string a = statement_of(open("alice"));
  const reply first = post("/v1/jobs", alice_, a, key);
  ASSERT_EQ(first.status, 202U) << first.body;
  const reply repeated = post("/v1/jobs", alice_, a, key);
  EXPECT_EQ(repeated.status, 202U);
  EXPECT_EQ(repeated.body, first.body);
  EXPECT_EQ(repeated.field("idempotency-replayed"), "true");
  EXPECT_EQ(first.field("idempotency-replayed"), "");
  let_jobs_end();
  wait_for_state(first.text("id"), "succeeded");
  EXPECT_EQ(post("/v1/jobs", alice_, a, key).body, first.body)
      << "the current state is at its path";
  expect_problem(post("/v1/jobs", alice_, statement_of(open("alice")), key), 422,
                 "idempotency_mismatch", "Idempotency-Key");
  EXPECT_NE(post("/v1/jobs", admin_, a, key).text("id"), first.text("id"))
      << "a key belongs to its caller";
}

TEST_F(jobs_api, lists_the_newest_first_page_by_page) {
  let_jobs_end();
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(submit(verify));
    wait_for_state(ids.back(), "succeeded");
  }
  const reply page = get("/v1/jobs?limit=2", admin_);
  ASSERT_EQ(page.rows().size(), 2U);
  EXPECT_EQ(page.rows()[0].at("id").as_string(), ids[2]);
  EXPECT_FALSE(page.rows()[0].as_object().contains("result"));
  const reply rest = get("/v1/jobs?limit=2&cursor=" + page.text("next_cursor"), admin_);
  ASSERT_EQ(rest.rows().size(), 1U);
  EXPECT_EQ(rest.rows()[0].at("id").as_string(), ids[0]);
  EXPECT_TRUE(rest.json().at("next_cursor").is_null());
  EXPECT_EQ(get("/v1/jobs?kind=reconcile", admin_).rows().size(), 0U);
  expect_problem(get("/v1/jobs?cursor=x", admin_), 400, "invalid_field", "cursor");
  expect_problem(get("/v1/jobs?kind=x", admin_), 400, "invalid_field", "kind");
}

TEST_F(jobs_api, keeps_the_key_of_a_request_that_joined_a_reconcile) {
  const std::string first = submit(reconcile);
  wait_for_state(first, "running");
  const std::string key = "Idempotency-Key: joined\r\n";
  const std::string other = add_token(storage::role::admin, "other");
  const reply joined = post("/v1/jobs", other, reconcile, key);
  ASSERT_EQ(joined.status, 202U) << joined.body;
  EXPECT_EQ(joined.text("id"), first);
  EXPECT_EQ(joined.field("idempotency-replayed"), "");
  let_jobs_end();
  wait_for_state(first, "succeeded");
  const reply repeated = post("/v1/jobs", other, reconcile, key);
  EXPECT_EQ(repeated.body, joined.body) << "not a new job";
  EXPECT_EQ(repeated.field("idempotency-replayed"), "true");
  expect_problem(post("/v1/jobs", other, verify, key), 422, "idempotency_mismatch",
                 "Idempotency-Key");
  EXPECT_NE(post("/v1/jobs", admin_, reconcile, key).text("id"), first)
      << "a key belongs to its caller";
}

TEST_F(jobs_api, answers_with_a_job_as_it_was_submitted_also_if_it_was_joined) {
  const std::string first = submit(reconcile);
  wait_for_state(first, "running");
  const std::string key = "Idempotency-Key: k\r\n";
  const reply joined = post("/v1/jobs", admin_, reconcile, key);
  EXPECT_EQ(joined.text("id"), first);
  EXPECT_EQ(joined.text("state"), "queued");
  EXPECT_TRUE(joined.json().at("started_at").is_null());
  EXPECT_EQ(post("/v1/jobs", admin_, reconcile, key).body, joined.body);
  EXPECT_EQ(get("/v1/jobs/" + first, admin_).text("state"), "running");
}

using api_without_jobs = server_fixture;

TEST_F(api_without_jobs, has_no_such_path) {
  expect_problem(post("/v1/jobs", admin_, verify), 404, "not_found");
}

}  // namespace
}  // namespace bank::api::testing
