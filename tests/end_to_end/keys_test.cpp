#include <gtest/gtest.h>
#include <signal.h>

#include <map>

#include "api/http_client.hpp"
#include "bank/api/routes/router.hpp"
#include "end_to_end/programs.hpp"
#include "lifeline/ledger/values/uuid.hpp"
#include "storage/postgres_server.hpp"

// Keys and derived identifiers of a real node on durable stores, across a crash.

namespace bank::end_to_end {
namespace {

using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;
using lifeline::ledger::uuid;

/// The parameter: the kind of store.
class keys : public ::testing::TestWithParam<std::string> {
 protected:
  keys() {
    if (GetParam() == "postgres")
      more_ = {"--store", "postgres", "--postgres-url",
               storage::tests::postgres_server::instance().new_url()};
    start();
    a_ = open("alice");
    b_ = open("bob");
  }

  void start() {
    node_.emplace(BANK_NODE, more_, scratch_ / "data", scratch_ / "node.log");
    admin_ = node_->admin_token();
  }
  void crash() {
    node_->send(SIGKILL);
    node_->wait();
    start();
  }
  reply post(const std::string& target, const std::string& body, const std::string& key = {},
             const std::string& token = {}) const {
    http_client client(node_->port());
    client.send(ask_for{"POST", target, token.empty() ? admin_ : token, body,
                        key.empty() ? key : "Idempotency-Key: " + key + "\r\n"}
                    .text());
    return client.read();
  }
  std::string open(const std::string& owner) const {
    const reply r =
        post("/v1/accounts", R"({"type":"checking","currency":"USD","owner":")" + owner + "\"}");
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }
  static std::string transfer(const std::string& from, const std::string& to,
                              const std::string& more = {}) {
    return R"({"from":")" + from + R"(","to":")" + to + R"(","amount":7,"currency":"USD")" + more +
           "}";
  }
  std::string made(const std::string& more = {}) const {
    const reply r = post("/v1/transfers", transfer("world", a_, more));
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }

  struct request {
    std::string target;
    std::string body;
  };
  /// A request that is always accepted.
  request fresh(const std::string& pattern) {
    if (pattern == "/v1/transfers") return {pattern, transfer("world", a_)};
    if (pattern == "/v1/transfers/batch")
      return {pattern, R"({"transfers":[)" + transfer("world", a_) + "]}"};
    if (pattern == "/v1/transfers/{id}/post")
      return {"/v1/transfers/" + made(R"(,"pending":true)") + "/post", "{}"};
    if (pattern == "/v1/transfers/{id}/void")
      return {"/v1/transfers/" + made(R"(,"pending":true)") + "/void", "{}"};
    if (pattern == "/v1/transfers/{id}/reverse")
      return {"/v1/transfers/" + made() + "/reverse", "{}"};
    if (pattern == "/v1/standing-orders")
      return {pattern, transfer(a_, b_, R"(,"every":"day","first_at":"2099-01-31T09:30:00Z")")};
    if (pattern == "/v1/accounts")
      return {pattern, R"({"type":"savings","currency":"USD","owner":"carol"})"};
    if (pattern == "/v1/jobs") return {pattern, R"({"kind":"verify"})"};
    return {pattern, R"({"role":"auditor"})"};
  }
  static std::vector<std::string> post_routes() {
    std::vector<std::string> patterns;
    for (const api::route& r : api::all_routes())
      if (r.method == api::method::post) patterns.emplace_back(r.pattern);
    return patterns;
  }

  const scratch_folder scratch_;
  std::vector<std::string> more_;
  std::optional<running_node> node_;
  std::string admin_, a_, b_;
};

INSTANTIATE_TEST_SUITE_P(over, keys, ::testing::Values("sqlite", "postgres"),
                         [](const auto& p) { return p.param; });

TEST_P(keys, answer_the_first_again_and_fit_no_other_route_after_a_crash) {
  std::map<std::string, std::pair<request, reply>> firsts;
  for (const std::string& pattern : post_routes()) {
    const request r = fresh(pattern);
    const reply first = post(r.target, r.body, "k" + pattern);
    ASSERT_EQ(first.status / 100, 2U) << pattern << ' ' << first.body;
    firsts.emplace(pattern, std::pair(r, first));
  }
  crash();
  for (const auto& [pattern, made] : firsts) {
    const auto& [r, first] = made;
    const reply again = post(r.target, r.body, "k" + pattern);
    EXPECT_EQ(again.status, first.status) << pattern << ' ' << again.body;
    EXPECT_EQ(again.field("idempotency-replayed"), "true") << pattern;
    EXPECT_EQ(again.text("id"), first.text("id")) << pattern;
    for (const std::string& other : post_routes()) {
      const request elsewhere = fresh(other);
      if (elsewhere.target == r.target) continue;  // may be the same request
      EXPECT_EQ(post(elsewhere.target, elsewhere.body, "k" + pattern).code(),
                "idempotency_mismatch")
          << pattern << " and " << other;
    }
  }
}

/// Another client uses ids that it can compute, before and after a crash.
TEST_P(keys, and_reversals_are_not_spoilt_by_a_stranger) {
  const std::string mallory =
      post("/v1/admin/tokens", R"({"role":"customer","owner":"mallory"})").text("secret");
  const std::string m1 = open("mallory"), m2 = open("mallory");
  const auto take = [&](const uuid& id) {
    const reply r =
        post("/v1/transfers",
             transfer(m1, m2, R"(,"execute_at":"2999-01-01T00:00:00Z","id":")" + id.str() + "\""),
             {}, mallory);
    EXPECT_EQ(r.status, 201U) << r.body;
    EXPECT_EQ(post("/v1/accounts",
                   R"({"type":"checking","currency":"USD","id":")" + id.str() + "\"}", {}, mallory)
                  .status,
              201U);
  };
  for (int life = 0; life < 2; ++life, crash()) {
    const std::string paid = post("/v1/transfers", transfer("world", m1)).text("id");
    take(uuid::derive({"reversal", paid}));
    const reply back = post("/v1/transfers/" + paid + "/reverse", "{}");
    EXPECT_EQ(back.status, 201U) << back.body;
    EXPECT_EQ(back.text("reverses"), paid);
    EXPECT_EQ(post("/v1/transfers/" + paid + "/reverse", "{}").text("id"), back.text("id"));
    for (const std::string& pattern : post_routes()) {
      const std::string key = "k" + std::to_string(life) + pattern;
      for (const char* place : {"0", "batch"})
        take(uuid::derive({"admin:admin", "POST " + pattern, key, place}));
      const request r = fresh(pattern);
      const reply first = post(r.target, r.body, key);
      EXPECT_EQ(first.status / 100, 2U) << pattern << ' ' << first.body;
      EXPECT_EQ(first.body.find("idempotency_mismatch"), std::string::npos) << first.body;
    }
  }
}

}  // namespace
}  // namespace bank::end_to_end
