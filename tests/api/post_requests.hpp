#pragma once

#include <set>
#include <string>
#include <vector>

#include "api/jobs_fixture.hpp"
#include "bank/api/routes/router.hpp"

namespace bank::api::testing {

/// A request that will be accepted.
struct post_request {
  std::string target;
  std::string body;
};

/// A server all of whose `POST` routes can create something, with an admin token.
class post_requests : public jobs_fixture {
 protected:
  explicit post_requests(const lifeline::ledger::ledger_secret& secret = {})
      : jobs_fixture(2, 10'000, secret) {}

  /// All `POST` routes of the table.
  static std::vector<std::string> post_routes() {
    std::vector<std::string> patterns;
    for (const route& r : all_routes())
      if (r.method == method::post) patterns.emplace_back(r.pattern);
    return patterns;
  }

  /// Restarts the node over the same stores.
  void restart() {
    client_.reset();
    server_.reset();
    books_.reset();
    start_books();
  }

  post_request fresh(const std::string& pattern) {
    const std::string to_a = transfer("world", a_, ++amount_);
    if (pattern == "/v1/transfers") return {pattern, to_a};
    if (pattern == "/v1/transfers/batch")
      return {pattern, R"({"transfers":[)" + to_a + "," + transfer("world", b_, amount_) + "]}"};
    if (pattern == "/v1/transfers/{id}/post") return {"/v1/transfers/" + hold() + "/post", "{}"};
    if (pattern == "/v1/transfers/{id}/void") return {"/v1/transfers/" + hold() + "/void", "{}"};
    if (pattern == "/v1/transfers/{id}/reverse")
      return {"/v1/transfers/" + deposit(a_, amount_) + "/reverse", "{}"};
    if (pattern == "/v1/standing-orders")
      return {pattern,
              transfer(a_, b_, amount_, R"(,"every":"month","first_at":"2099-01-31T09:30:00Z")")};
    if (pattern == "/v1/accounts")
      return {pattern, R"({"type":"checking","currency":"USD","owner":"o)" +
                           std::to_string(amount_) + R"("})"};
    if (pattern == "/v1/jobs")
      return {pattern, R"({"kind":"statement","parameters":{"account":")" + a_ +
                           R"(","to":"2030-01-01T00:00:00.)" + std::to_string(100 + amount_ % 900) +
                           R"(Z"}})"};
    if (pattern == "/v1/admin/tokens")
      return {pattern, R"({"role":"customer","owner":"o)" + std::to_string(amount_) + R"("})"};
    ADD_FAILURE() << "no request is defined for POST " << pattern;
    return {};
  }
  reply send(const post_request& r, const std::string& key) {
    return post(r.target, admin_, r.body, "Idempotency-Key: " + key + "\r\n");
  }
  std::string hold() {
    const reply r =
        post("/v1/transfers", admin_, transfer("world", a_, ++amount_, R"(,"pending":true)"));
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }

  std::int64_t amount_ = 0;
  const std::string a_ = open("alice");
  const std::string b_ = open("bob");
};

}  // namespace bank::api::testing
