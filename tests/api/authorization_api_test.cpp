#include <set>

#include "api/jobs_fixture.hpp"
#include "bank/api/routes/router.hpp"

namespace bank::api::testing {
namespace {

/// Alice's account `a_` and bob's `b_`, with 1,000 each; carol has none. `paid_` went from alice to
/// bob, `given_` from the world to alice; `held_` and `dropped_` are holds between alice and bob.
class authorization_api : public jobs_fixture {
 protected:
  authorization_api() : jobs_fixture(2, 100) {
    deposit(a_, 1'000);
    deposit(b_, 1'000);
    paid_ = post("/v1/transfers", alice_, transfer(a_, b_, 1)).text("id");
    given_ = deposit(a_, 1);
    held_ = post("/v1/transfers", alice_, hold()).text("id");
    dropped_ = post("/v1/transfers", alice_, hold()).text("id");
  }
  /// Of alice's money, for bob.
  std::string hold() const {
    return R"({"from":")" + a_ + R"(","to":")" + b_ +
           R"(","amount":1,"currency":"USD","pending":true})";
  }
  static std::string standing(const std::string& from, const std::string& to) {
    return transfer(from, to, 1, R"(,"every":"day","first_at":"2099-01-01T00:00:00Z")");
  }
  const std::string a_ = open("alice");
  const std::string b_ = open("bob");
  const std::string carol_ = add_token(storage::role::customer, "carol");
  std::string paid_, given_, held_, dropped_;
};

/// A route of the table and a request for it, about alice's things, with the status that each
/// caller gets: an admin, alice herself, bob, carol, an auditor, and a caller without a token.
struct row {
  std::string method, pattern, target, body;
  unsigned admin, alice, bob, carol, auditor, nobody;
};

TEST_F(authorization_api, grants_each_caller_their_rights_on_every_route) {
  const std::string account = R"({"type":"checking","currency":"USD"})";
  const std::string alices = R"({"type":"checking","currency":"USD","owner":"alice"})";
  const std::string limited = R"({"type":"checking","currency":"USD","overdraft_limit":1})";
  const std::string world =
      lifeline::ledger::world_account(*lifeline::ledger::currency::parse("USD")).str();
  const std::string one = "/v1/accounts/" + a_;
  const std::string wide = "/v1/accounts/" + world;
  const auto on = [](const std::string& id, const std::string& action) {
    return "/v1/transfers/" + id + action;
  };
  const std::string statement = R"({"kind":"statement","parameters":{"account":")" + a_ + R"("}})";
  const std::string job = "/v1/jobs/" + submit(statement, alice_);
  const std::string order =
      "/v1/standing-orders/" + post("/v1/standing-orders", alice_, standing(a_, b_)).text("id");
  const std::string token =
      "/v1/admin/tokens/" + post("/v1/admin/tokens", admin_, R"({"role":"admin"})").text("id");
  const std::vector<row> table{
      // Opening, reading and changing accounts.
      {"POST", "/v1/accounts", "", account, 201, 201, 201, 201, 403, 401},
      {"POST", "/v1/accounts", "", alices, 201, 201, 403, 403, 403, 401},
      {"POST", "/v1/accounts", "", limited, 201, 403, 403, 403, 403, 401},
      {"GET", "/v1/accounts", "", "", 200, 200, 200, 200, 200, 401},
      {"GET", "/v1/accounts", "?owner=alice", "", 200, 200, 403, 403, 200, 401},
      {"GET", "/v1/accounts/{id}", one, "", 200, 200, 404, 404, 200, 401},
      {"GET", "/v1/accounts/{id}", wide, "", 200, 404, 404, 404, 200, 401},
      {"HEAD", "/v1/accounts/{id}", one, "", 200, 200, 404, 404, 200, 401},
      {"GET", "/v1/accounts/{id}/history", one + "/history", "", 200, 200, 404, 404, 200, 401},
      {"GET", "/v1/accounts/{id}/history", wide + "/history", "", 200, 404, 404, 404, 200, 401},
      {"GET", "/v1/accounts/{id}/balance", one + "/balance", "", 200, 200, 404, 404, 200, 401},
      {"GET", "/v1/accounts/{id}/balance", wide + "/balance", "", 200, 404, 404, 404, 200, 401},
      {"GET", "/v1/accounts/{id}/statement", one + "/statement", "", 200, 200, 404, 404, 200, 401},
      {"GET", "/v1/accounts/{id}/statement", wide + "/statement", "", 200, 404, 404, 404, 200, 401},
      {"PATCH", "/v1/accounts/{id}", one, R"({"state":"open"})", 200, 403, 403, 403, 403, 401},
      {"PATCH", "/v1/accounts/{id}", one, R"({"overdraft_limit":0})", 200, 403, 403, 403, 403, 401},
      // Moving money from alice's account, into it, and in and out of the bank.
      {"POST", "/v1/transfers", "", transfer(a_, b_, 1), 201, 201, 403, 403, 403, 401},
      {"POST", "/v1/transfers", "", transfer(b_, a_, 1), 201, 403, 201, 403, 403, 401},
      {"POST", "/v1/transfers", "", transfer("world", a_, 1), 201, 403, 403, 403, 403, 401},
      {"POST", "/v1/transfers", "", transfer(a_, "world", 1), 201, 403, 403, 403, 403, 401},
      {"POST", "/v1/transfers", "", transfer(a_, world, 1), 201, 403, 403, 403, 403, 401},
      {"POST", "/v1/transfers", "", hold(), 201, 201, 403, 403, 403, 401},
      // The right to debit is checked for each transfer: see `batch_api`.
      {"POST", "/v1/transfers/batch", "", R"({"transfers":[)" + transfer(a_, b_, 1) + "]}", 200,
       200, 200, 200, 403, 401},
      // Ending a hold, by the payer; reversing a payment, by the payee.
      {"POST", "/v1/transfers/{id}/post", on(held_, "/post"), "", 200, 200, 403, 404, 403, 401},
      {"POST", "/v1/transfers/{id}/void", on(dropped_, "/void"), "", 200, 200, 403, 404, 403, 401},
      {"POST", "/v1/transfers/{id}/void", on(held_, "/void"), "", 409, 409, 403, 404, 403, 401},
      {"POST", "/v1/transfers/{id}/reverse", on(paid_, "/reverse"), "", 201, 403, 201, 404, 403,
       401},
      {"POST", "/v1/transfers/{id}/reverse", on(given_, "/reverse"), "", 201, 403, 404, 404, 403,
       401},
      // Reading transfers.
      {"GET", "/v1/transfers", "", "", 200, 200, 200, 200, 200, 401},
      {"GET", "/v1/transfers", "?account=" + a_, "", 200, 200, 404, 404, 200, 401},
      {"GET", "/v1/transfers", "?account=" + world, "", 200, 404, 404, 404, 200, 401},
      {"GET", "/v1/transfers/{id}", "/v1/transfers/" + paid_, "", 200, 200, 200, 404, 200, 401},
      {"GET", "/v1/transfers/{id}", "/v1/transfers/" + given_, "", 200, 200, 404, 404, 200, 401},
      // Standing orders: by the payer; `order` is alice's.
      {"POST", "/v1/standing-orders", "", standing(a_, b_), 201, 201, 403, 403, 403, 401},
      {"POST", "/v1/standing-orders", "", standing(b_, a_), 201, 403, 201, 403, 403, 401},
      {"POST", "/v1/standing-orders", "", standing("world", a_), 201, 403, 403, 403, 403, 401},
      {"POST", "/v1/standing-orders", "", standing(a_, "world"), 201, 403, 403, 403, 403, 401},
      {"GET", "/v1/standing-orders", "", "", 200, 200, 200, 200, 200, 401},
      {"GET", "/v1/standing-orders", "?account=" + a_, "", 200, 200, 404, 404, 200, 401},
      {"GET", "/v1/standing-orders", "?account=" + world, "", 200, 404, 404, 404, 200, 401},
      {"GET", "/v1/standing-orders/{id}", order, "", 200, 200, 404, 404, 200, 401},
      {"DELETE", "/v1/standing-orders/{id}", order, "", 204, 204, 404, 404, 403, 401},
      // Jobs: all for an admin; alice's for alice; `job` is hers.
      {"POST", "/v1/jobs", "", R"({"kind":"verify"})", 202, 403, 403, 403, 403, 401},
      {"POST", "/v1/jobs", "", statement, 202, 202, 404, 404, 403, 401},
      {"GET", "/v1/jobs", "", "", 200, 200, 200, 200, 200, 401},
      {"GET", "/v1/jobs/{id}", job, "", 200, 200, 404, 404, 200, 401},
      {"DELETE", "/v1/jobs/{id}", job, "", 200, 200, 404, 404, 403, 401},
      // The rest.
      // Streams never end: they are tested with HEAD and with invalid requests.
      {"HEAD", "/v1/events", "", "", 200, 200, 200, 200, 200, 401},
      {"GET", "/v1/events", "?topics=none", "", 400, 400, 400, 400, 400, 401},
      {"GET", "/v1/ws", "", "", 426, 426, 426, 426, 426, 401},
      {"GET", "/v1/search", "?q=alice", "", 200, 200, 200, 200, 200, 401},
      {"GET", "/v1/admin/money", "", "", 200, 403, 403, 403, 200, 401},
      {"POST", "/v1/admin/tokens", "", R"({"role":"auditor"})", 201, 403, 403, 403, 403, 401},
      {"GET", "/v1/admin/tokens", "", "", 200, 403, 403, 403, 403, 401},
      {"DELETE", "/v1/admin/tokens/{id}", token, "", 204, 403, 403, 403, 403, 401},
      // This server has no operations data: 404 to callers with the right role.
      {"GET", "/v1/admin/overview", "", "", 404, 403, 403, 403, 404, 401},
      {"GET", "/v1/admin/actors", "", "", 404, 403, 403, 403, 404, 401},
      {"GET", "/v1/admin/config", "", "", 404, 403, 403, 403, 404, 401},
      {"GET", "/v1/admin/requests", "", "", 404, 403, 403, 403, 404, 401},
      {"GET", "/v1/admin/errors", "", "", 404, 403, 403, 403, 404, 401},
      {"GET", "/v1/admin/history", "", "", 404, 403, 403, 403, 404, 401},
      {"GET", "/metrics", "", "", 404, 404, 404, 404, 404, 404},
      {"GET", "/livez", "", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/readyz", "", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/healthz", "", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/openapi.json", "", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/", "", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/admin", "", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/pages/admin/{id}", "/pages/admin/admin.js", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/pages/common/{id}", "/pages/common/page.css", "", 200, 200, 200, 200, 200, 200},
      {"GET", "/pages/customer/{id}", "/pages/customer/none.js", "", 404, 404, 404, 404, 404, 404},
  };
  std::set<std::string> routes;
  for (const row& r : table) {
    routes.insert(r.method + " " + r.pattern);
    const std::string target =
        r.target.empty() || r.target[0] == '?' ? r.pattern + r.target : r.target;
    SCOPED_TRACE(r.method + " " + target + " " + r.body);
    const std::pair<std::string, unsigned> callers[] = {{admin_, r.admin},     {alice_, r.alice},
                                                        {bob_, r.bob},         {carol_, r.carol},
                                                        {auditor_, r.auditor}, {"", r.nobody}};
    for (const auto& [shown, status] : callers)
      EXPECT_EQ(call({r.method, target, shown, r.body}).status, status)
          << "caller " << (&shown - &callers[0].first);
  }
  for (const route& r : all_routes()) {
    const std::string method = r.method == method::get     ? "GET"
                               : r.method == method::post  ? "POST"
                               : r.method == method::patch ? "PATCH"
                                                           : "DELETE";
    EXPECT_TRUE(routes.contains(method + " " + std::string(r.pattern)))
        << method << ' ' << r.pattern << " is missing in the table";
  }
}

TEST_F(authorization_api, hides_other_owners_objects_in_lists) {
  const auto rows = [&](const std::string& target, const std::string& token) {
    const reply r = get(target, token);
    EXPECT_EQ(r.status, 200U) << r.body;
    return r.rows().size();
  };
  EXPECT_EQ(rows("/v1/accounts", alice_), 1U);
  EXPECT_EQ(rows("/v1/accounts", carol_), 0U);
  EXPECT_EQ(rows("/v1/accounts", auditor_), 3U) << "two and the world";
  EXPECT_EQ(rows("/v1/transfers", alice_), 5U);
  EXPECT_EQ(rows("/v1/transfers", bob_), 4U);
  EXPECT_EQ(rows("/v1/transfers", carol_), 0U);
}

TEST_F(authorization_api, answers_alike_for_hidden_and_missing_objects) {
  const std::string other = "/v1/accounts/0193e0a0-0000-7000-8000-00000000ffff";
  for (const std::string tail : {"", "/history", "/balance", "/statement"}) {
    reply hidden = get("/v1/accounts/" + a_ + tail, bob_);
    reply absent = get(other + tail, bob_);
    EXPECT_EQ(hidden.status, absent.status);
    EXPECT_EQ(hidden.code(), absent.code());
    EXPECT_EQ(hidden.text("title"), absent.text("title"));
    EXPECT_EQ(hidden.text("detail"), "there is no account " + a_);
  }
}

}  // namespace
}  // namespace bank::api::testing
