#include <algorithm>
#include <set>
#include <thread>

#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

class tokens_api : public server_fixture {
 protected:
  reply issue(const std::string& body, const std::string& key = {}) {
    return post("/v1/admin/tokens", admin_, body,
                key.empty() ? key : "Idempotency-Key: " + key + "\r\n");
  }
  reply revoke(const std::string& id) { return call({"DELETE", "/v1/admin/tokens/" + id, admin_}); }
  std::string id_of(const std::string& secret) {
    return (*tokens_.find(rt_.background(), storage::hash_secret(secret)))->id;
  }
};

TEST_F(tokens_api, issues_a_token_that_works_and_shows_its_secret_once) {
  const reply r = issue(R"({"role":"customer","owner":"carol","expires_in":60})");
  ASSERT_EQ(r.status, 201U) << r.body;
  EXPECT_EQ(r.field("cache-control"), "no-store");
  EXPECT_EQ(r.text("role"), "customer");
  EXPECT_EQ(r.text("owner"), "carol");
  EXPECT_TRUE(r.json().at("revoked_at").is_null());
  const std::string secret = r.text("secret");
  EXPECT_EQ(get("/v1/accounts", secret).status, 200U);
  const auto kept = *tokens_.find(rt_.background(), storage::hash_secret(secret));
  EXPECT_EQ(*kept->expires_at - kept->created_at, std::chrono::seconds(60));
  const reply list = get("/v1/admin/tokens", admin_);
  EXPECT_EQ(list.body.find(secret), std::string::npos);
  EXPECT_NE(list.body.find(r.text("id")), std::string::npos);
}

TEST_F(tokens_api, refuses_invalid_token_requests) {
  for (const auto& [body, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({})", "role"},
           {R"({"role":"root"})", "role"},
           {R"({"role":"customer"})", "owner"},
           {R"({"role":"customer","owner":""})", "owner"},
           {R"({"role":"admin","expires_in":0})", "expires_in"},
           {R"({"role":"admin","secret":"mine"})", "secret"}}) {
    SCOPED_TRACE(body);
    expect_problem(issue(body), 400, "invalid_field", field);
  }
  EXPECT_EQ(issue(R"({"role":"auditor"})").text("owner"), "auditor");
}

TEST_F(tokens_api, gives_the_same_token_under_the_same_key_without_its_secret) {
  const std::string body = R"({"role":"auditor","owner":"eve","expires_in":60})";
  const reply first = issue(body, "k");
  const reply again = issue(body, "k");
  EXPECT_EQ(again.status, 201U) << again.body;
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
  EXPECT_EQ(again.text("id"), first.text("id"));
  EXPECT_TRUE(again.json().at("secret").is_null());
  expect_problem(issue(R"({"role":"admin","owner":"eve","expires_in":60})", "k"), 422,
                 "idempotency_mismatch", "Idempotency-Key");
  expect_problem(issue(R"({"role":"auditor","owner":"eve"})", "k"), 422, "idempotency_mismatch",
                 "Idempotency-Key");
  EXPECT_NE(issue(body, "other").text("id"), first.text("id"));
}

TEST_F(tokens_api, lists_page_by_page_the_newest_first) {
  // The fixture's tokens are older by a millisecond or more: times are stored in milliseconds.
  for (const auto then = now(); now() == then;) std::this_thread::yield();
  std::vector<std::string> issued;
  for (int i = 0; i < 3; ++i)
    issued.push_back(issue(R"({"role":"auditor","owner":"a"})").text("id"));
  std::vector<std::string> seen;
  std::string target = "/v1/admin/tokens?limit=2";
  while (true) {
    const reply page = get(target, admin_);
    ASSERT_EQ(page.status, 200U) << page.body;
    EXPECT_LE(page.rows().size(), 2U);
    for (const auto& row : page.rows()) seen.emplace_back(row.at("id").as_string());
    if (page.json().at("next_cursor").is_null()) break;
    target = "/v1/admin/tokens?limit=2&cursor=" + page.text("next_cursor");
  }
  EXPECT_EQ(seen.size(), 7U) << "and the four of the fixture";
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 7U);
  for (const auto& id : issued) EXPECT_LT(std::ranges::find(seen, id) - seen.begin(), 3);
  expect_problem(get("/v1/admin/tokens?cursor=nonsense", admin_), 400, "invalid_field", "cursor");
}

TEST_F(tokens_api, refuses_a_revoked_token_at_once_on_every_connection) {
  http_client kept = connect();
  const std::string ask = ask_for{"GET", "/v1/accounts", alice_}.text();
  kept.send(ask);
  EXPECT_EQ(kept.read().status, 200U);
  EXPECT_EQ(get("/v1/accounts", alice_).status, 200U);
  EXPECT_EQ(revoke(id_of(alice_)).status, 204U);
  kept.send(ask);
  EXPECT_EQ(kept.read().status, 401U) << "the connection has forgotten it";
  EXPECT_EQ(get("/v1/accounts", alice_).status, 401U);
  EXPECT_EQ(get("/v1/accounts", bob_).status, 200U);
  EXPECT_EQ(revoke(id_of(alice_)).status, 204U) << "again";
}

TEST_F(tokens_api, refuses_a_revoked_token_while_the_store_is_down) {
  EXPECT_EQ(get("/v1/accounts", alice_).status, 200U);
  EXPECT_EQ(revoke(id_of(alice_)).status, 204U);
  tokens_.fail_calls();
  EXPECT_EQ(get("/v1/accounts", alice_).status, 401U) << "it is cached as revoked";
  EXPECT_EQ(get("/v1/accounts", bob_).status, 503U);
}

TEST_F(tokens_api, answers_404_for_an_unknown_token) {
  expect_problem(revoke("0193e0a0-0000-7000-8000-00000000ffff"), 404, "not_found");
  expect_problem(revoke("nonsense"), 400, "invalid_field", "id");
}

TEST_F(tokens_api, keeps_the_last_token_of_an_admin) {
  const std::string last = id_of(admin_);
  expect_problem(revoke(last), 409, "invalid_state", "id");
  add_token(storage::role::admin, "gone", now() - std::chrono::seconds(1));
  expect_problem(revoke(last), 409, "invalid_state", "id");
  const reply other = issue(R"({"role":"admin","owner":"heir"})");
  EXPECT_EQ(revoke(last).status, 204U) << "its own";
  EXPECT_EQ(get("/v1/accounts", admin_).status, 401U);
  EXPECT_EQ(get("/v1/accounts", other.text("secret")).status, 200U);
}

}  // namespace
}  // namespace bank::api::testing
