#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

class changes_api : public server_fixture {
 protected:
  const std::string a_ = open("alice");

  reply patch(const std::string& id, const std::string& body, const std::string& token) {
    return call({"PATCH", "/v1/accounts/" + id, token, body});
  }
  reply patch(const std::string& body) { return patch(a_, body, admin_); }
};

TEST_F(changes_api, freezes_unfreezes_and_closes) {
  const reply frozen = patch(R"({"state":"frozen"})");
  ASSERT_EQ(frozen.status, 200U) << frozen.body;
  EXPECT_EQ(frozen.text("state"), "frozen");
  EXPECT_EQ(frozen.field("etag"), "\"2\"");
  EXPECT_EQ(get("/v1/accounts/" + a_, alice_).json(), frozen.json());
  expect_problem(post("/v1/transfers", admin_, transfer("world", a_, 1)), 422, "account_frozen");
  EXPECT_EQ(patch(R"({"state":"frozen"})").body, frozen.body) << "a repeat changes nothing";
  EXPECT_EQ(patch(R"({"state":"open"})").text("state"), "open");
  deposit(a_, 1);
  expect_problem(patch(R"({"state":"closed"})"), 409, "invalid_state");
  ASSERT_EQ(post("/v1/transfers", admin_, transfer(a_, "world", 1)).status, 201U);
  EXPECT_EQ(patch(R"({"state":"closed"})").text("state"), "closed");
  expect_problem(patch(R"({"state":"open"})"), 422, "account_closed");
  expect_problem(post("/v1/transfers", admin_, transfer("world", a_, 1)), 422, "account_closed");
  EXPECT_EQ(get("/v1/accounts?state=closed", admin_).rows().size(), 1U);
}

TEST_F(changes_api, sets_the_overdraft_limit) {
  const std::string b = open("bob");
  EXPECT_EQ(patch(R"({"overdraft_limit":100})").json().at("overdraft_limit").as_int64(), 100);
  EXPECT_EQ(post("/v1/transfers", alice_, transfer(a_, b, 60)).status, 201U);
  expect_problem(patch(R"({"overdraft_limit":59})"), 422, "insufficient_funds");
  EXPECT_EQ(patch(R"({"overdraft_limit":60})").status, 200U);
  expect_problem(post("/v1/transfers", alice_, transfer(a_, b, 1)), 422, "insufficient_funds");
}

TEST_F(changes_api, refuses_bad_bodies_by_field) {
  struct row {
    std::string body, field;
  };
  for (const row& c : {
           row{"{}", "state"},
           row{R"({"state":"gone"})", "state"},
           row{R"({"state":1})", "state"},
           row{R"({"state":null})", "state"},
           row{R"({"overdraft_limit":-1})", "overdraft_limit"},
           row{R"({"overdraft_limit":1.5})", "overdraft_limit"},
           row{R"({"overdraft_limit":9007199254740992})", "overdraft_limit"},
           row{R"({"overdraft_limit":1,"state":"open"})", "overdraft_limit"},
           row{R"({"owner":"bob"})", "owner"},
       }) {
    SCOPED_TRACE(c.body);
    expect_problem(patch(c.body), 400, "invalid_field", c.field);
  }
  expect_problem(patch("x", R"({"state":"open"})", admin_), 400, "invalid_field", "id");
  expect_problem(patch("{"), 400, "malformed_json");
}

TEST_F(changes_api, never_changes_the_world) {
  const auto world = lifeline::ledger::world_account(*lifeline::ledger::currency::parse("USD"));
  for (const std::string body : {R"({"state":"frozen"})", R"({"overdraft_limit":0})"})
    expect_problem(patch(world.str(), body, admin_), 409, "invalid_state");
}

TEST_F(changes_api, reports_the_outcome_when_the_store_fails) {
  store_.fail_next_commit(storage::commit_fault::unavailable);
  const reply r = patch(R"({"state":"frozen"})");
  expect_problem(r, 503, "store_unavailable");
  EXPECT_EQ(r.text("outcome"), "none");
  EXPECT_EQ(get("/v1/accounts/" + a_, admin_).text("state"), "open");
  EXPECT_EQ(patch(R"({"state":"frozen"})").status, 200U);
}

}  // namespace
}  // namespace bank::api::testing
