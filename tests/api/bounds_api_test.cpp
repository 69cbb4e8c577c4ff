#include <limits>

#include "api/server_fixture.hpp"
#include "lifeline/ledger/values/money.hpp"

// Requests that would break a rule of the store are refused earlier, with a reason: no request gets
// 500 because of its content.

namespace bank::api::testing {
namespace {

constexpr std::int64_t most = lifeline::ledger::max_minor;

class bounds_api : public server_fixture {
 protected:
  static std::string limit(std::int64_t n) { return R"(,"overdraft_limit":)" + std::to_string(n); }
  std::string hold(const std::string& from, const std::string& to, std::int64_t minor) {
    const reply r = post("/v1/transfers", admin_, transfer(from, to, minor, pending));
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }
  reply patch(const std::string& account, const std::string& body) {
    return call({"PATCH", "/v1/accounts/" + account, admin_, body});
  }
  static constexpr auto pending = R"(,"pending":true)";
};

/// For every check of a schema that a client can reach: the check, a request that would
/// break it, and why it is refused.
TEST_F(bounds_api, of_the_stores_are_refused_with_a_reason) {
  const std::string rich = open("rich", limit(most));  // at most, and holds most
  const std::string deep = open("deep", limit(most));  // at -most, and is to receive most
  const std::string empty = open("empty");
  const std::string closed = open("closed");
  const std::string full = open("full");
  deposit(rich, most);
  ASSERT_EQ(post("/v1/transfers", admin_, transfer(deep, "world", most)).status, 201U);
  const std::string other = open("other", limit(most));
  hold(rich, deep, most);  // pending_out of the one, pending_in of the other
  ASSERT_EQ(post("/v1/transfers", admin_, transfer(other, full, most)).status, 201U);
  ASSERT_EQ(patch(closed, R"({"state":"closed"})").status, 200U);
  const std::string held = hold(full, empty, 5);

  const std::string nul = R"(,"memo":"a\u0000b")";
  const std::string half = R"(,"memo":"\ud800")";
  const std::string bytes = ",\"memo\":\"\xff\"";
  const auto account = [](const std::string& more) {
    return R"({"type":"checking","currency":"USD","owner":"new")" + more + "}";
  };
  const auto order = [&](const std::string& from, const std::string& to, const std::string& more) {
    return transfer(from, to, 1, R"(,"every":"month")" + more);
  };
  const std::string first = R"(,"first_at":"2099-01-01T00:00:00Z")";
  struct row {
    const char* check;
    std::string method, target, body;
    unsigned status;
    const char* code;
  };
  const auto moves = [&](const char* check, const std::string& body, unsigned status,
                         const char* code) {
    return row{check, "POST", "/v1/transfers", body, status, code};
  };
  const auto changes = [](const char* check, const std::string& id, const std::string& body,
                          unsigned status, const char* code) {
    return row{check, "PATCH", "/v1/accounts/" + id, body, status, code};
  };
  const std::string at_path = "/v1/transfers/" + held;
  const std::vector<row> table{
      // accounts
      moves("posted >= -max", transfer(deep, empty, 1), 422, "insufficient_funds"),
      moves("posted >= -max, at once", transfer(other, empty, most), 422, "insufficient_funds"),
      moves("posted <= max", transfer("world", full, 1), 422, "balance_limit"),
      moves("pending_out <= max", transfer(rich, empty, 1, pending), 422, "balance_limit"),
      moves("pending_in <= max", transfer(full, deep, 1, pending), 422, "balance_limit"),
      moves("posted + pending_in <= max", transfer("world", empty, most), 422, "balance_limit"),
      moves("posted - pending_out + overdraft_limit >= 0", transfer(empty, full, 1), 422,
            "insufficient_funds"),
      moves("closed: nothing in it", transfer("world", closed, 1), 422, "account_closed"),
      moves("closed: nothing in it", transfer(closed, full, 1, pending), 422, "account_closed"),
      changes("closed: nothing in it", full, R"({"state":"closed"})", 409, "invalid_state"),
      changes("closed: nothing in it", empty, R"({"state":"closed"})", 409, "invalid_state"),
      changes("posted + overdraft_limit >= 0", deep, R"({"overdraft_limit":0})", 422,
              "insufficient_funds"),
      changes("overdraft_limit <= max", empty, R"({"overdraft_limit":9007199254740992})", 400,
              "invalid_field"),
      changes("overdraft_limit >= 0", empty, R"({"overdraft_limit":-1})", 400, "invalid_field"),
      {"overdraft_limit <= max", "POST", "/v1/accounts", account(limit(most + 1)), 400,
       "invalid_field"},
      {"type", "POST", "/v1/accounts", R"({"type":"world","currency":"USD","owner":"new"})", 400,
       "invalid_field"},
      {"currency", "POST", "/v1/accounts", R"({"type":"checking","currency":"US","owner":"new"})",
       400, "invalid_field"},
      {"text", "POST", "/v1/accounts", account(R"(,"ref":"a\u0000")"), 400, "invalid_field"},
      {"text", "POST", "/v1/accounts", account(",\"ref\":\"\xc3\x28\""), 400, "malformed_json"},
      // transfers
      moves("amount >= 1", transfer(full, empty, 0), 400, "invalid_field"),
      moves("amount <= max", transfer(full, empty, most + 1), 400, "invalid_field"),
      moves("from_account <> to_account", transfer(full, full, 1), 422, "same_account"),
      moves("text", transfer(full, empty, 1, nul), 400, "invalid_field"),
      moves("text", transfer(full, empty, 1, half), 400, "malformed_json"),
      moves("text", transfer(full, empty, 1, bytes), 400, "malformed_json"),
      moves("text", transfer(full, empty, 1, R"(,"metadata":{"k":"\u0000"}})"), 400,
            "malformed_json"),
      moves("text", transfer(full, empty, 1, R"(,"metadata":{"k":"\u0000"})"), 400,
            "invalid_field"),
      moves("expires_at",
            transfer(full, empty, 1, R"(,"pending":true,"expires_in":9223372036854775807)"), 400,
            "invalid_field"),
      moves("due_at", transfer(full, empty, 1, R"(,"execute_at":"0000-01-01T00:00:00Z")"), 400,
            "invalid_field"),
      moves("due_at", transfer(full, empty, 1, R"(,"execute_at":"10000-01-01T00:00:00Z")"), 400,
            "invalid_field"),
      {"amount <= held", "POST", at_path + "/post", R"({"amount":6})", 422, "amount_above_hold"},
      {"amount >= 1", "POST", at_path + "/post", R"({"amount":0})", 400, "invalid_field"},
      // standing orders
      {"from_account <> to_account", "POST", "/v1/standing-orders", order(full, full, first), 422,
       "same_account"},
      {"last_at >= first_at", "POST", "/v1/standing-orders",
       order(full, empty, first + R"(,"last_at":"2098-01-01T00:00:00Z")"), 400, "invalid_field"},
      {"text", "POST", "/v1/standing-orders", order(full, empty, first + nul), 400,
       "invalid_field"},
      // look-ups
      {"text", "GET", "/v1/accounts?owner=a%00b", "", 400, "invalid_field"},
      {"text", "GET", "/v1/accounts?ref=%ED%A0%80", "", 400, "invalid_field"},
      {"text", "GET", "/v1/search?q=%00", "", 400, "invalid_field"}};
  for (const row& r : table) {
    SCOPED_TRACE(std::string(r.check) + ": " + r.method + " " + r.target + " " + r.body);
    const reply answer = call({r.method, r.target, admin_, r.body});
    EXPECT_EQ(answer.status, r.status) << answer.body;
    EXPECT_EQ(answer.code(), r.code) << answer.body;
  }
  // The same in a batch with a valid transfer.
  const reply batch =
      post("/v1/transfers/batch", admin_,
           R"({"transfers":[)" + transfer(rich, empty, 1, pending) + "," +
               transfer(full, deep, 1, pending) + "," + transfer(full, empty, 1) + "]}");
  ASSERT_EQ(batch.status, 200U) << batch.body;
  const auto items = batch.json().at("data").as_array();
  EXPECT_EQ(items.at(0).at("code").as_string(), "balance_limit");
  EXPECT_EQ(items.at(1).at("code").as_string(), "balance_limit");
  EXPECT_EQ(items.at(2).at("status").as_int64(), 201);
}

/// A deposit of the largest amount is possible once: then the world account is at its limit.
TEST_F(bounds_api, of_the_world_are_refused_with_a_reason) {
  const std::string a = open("a");
  const std::string b = open("b");
  deposit(a, most);
  expect_problem(post("/v1/transfers", admin_, transfer("world", b, 1)), 422, "balance_limit");
  expect_problem(post("/v1/transfers", admin_, transfer("world", b, 1, pending)), 422,
                 "balance_limit");
  // After half of it is withdrawn, the world account can give that much and no more.
  ASSERT_EQ(post("/v1/transfers", admin_, transfer(a, "world", most / 2)).status, 201U);
  hold("world", b, most / 2);
  expect_problem(post("/v1/transfers", admin_, transfer("world", b, 1, pending)), 422,
                 "balance_limit");
}

}  // namespace
}  // namespace bank::api::testing
