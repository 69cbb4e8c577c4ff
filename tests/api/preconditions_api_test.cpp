#include "api/server_fixture.hpp"

// RFC 9110, 13: If-Match and If-None-Match.

namespace bank::api::testing {
namespace {

class preconditions_api : public server_fixture {
 protected:
  reply under(const std::string& method, const std::string& target, const std::string& conditions,
              const std::string& body = {}) {
    return call({method, target, admin_, body, conditions});
  }
  std::string tag_of(const std::string& target) { return get(target, admin_).field("etag"); }
};

struct condition_row {
  const char* clause;
  const char* conditions;
  unsigned of_get, of_patch;
};

/// The account has version 1; its tag is "1".
constexpr condition_row rows[] = {
    {"13.1.1 a tag that matches", "If-Match: \"1\"\r\n", 200, 200},
    {"13.1.1 one that does not", "If-Match: \"2\"\r\n", 412, 412},
    {"13.1.1 compared strongly", "If-Match: W/\"1\"\r\n", 412, 412},
    {"13.1.1 whatever is there", "If-Match: *\r\n", 200, 200},
    {"13.1.1 one of a list", "If-Match: \"2\", W/\"3\",\"1\"\r\n", 200, 200},
    {"13.1.1 none of a list", "If-Match: \"2\", W/\"1\", \"11\"\r\n", 412, 412},
    {"5.3 one list in two lines", "If-Match: \"2\"\r\nIf-Match: \"1\"\r\n", 200, 200},
    {"5.6.1.2 empty elements", "If-Match: , ,\"1\",\r\n", 200, 200},
    {"8.8.3 a comma in a tag", "If-Match: \"a,b\", \"1\"\r\n", 200, 200},
    {"8.8.3 a tag within a tag", "If-Match: \"a, \"1\" b\"\r\n", 412, 412},
    {"8.8.3 no quotes", "If-Match: 1\r\n", 412, 412},
    {"8.8.3 an open quote", "If-Match: \"1\r\n", 412, 412},
    {"8.8.3 the mark has a case", "If-None-Match: w/\"1\"\r\n", 200, 200},
    {"13.1.1 an empty list", "If-Match: \r\n", 412, 412},
    {"13.1.2 a tag that matches", "If-None-Match: \"1\"\r\n", 304, 412},
    {"13.1.2 one that does not", "If-None-Match: \"2\"\r\n", 200, 200},
    {"13.1.2 compared weakly", "If-None-Match: W/\"1\"\r\n", 304, 412},
    {"13.1.2 anything at all", "If-None-Match: *\r\n", 304, 412},
    {"13.1.2 one of a list", "If-None-Match: \"2\", \"1\"\r\n", 304, 412},
    {"13.1.2 no tag", "If-None-Match: 1\r\n", 200, 200},
    {"13.2.2 If-Match comes first", "If-None-Match: \"1\"\r\nIf-Match: \"2\"\r\n", 412, 412},
    {"13.2.2 then If-None-Match", "If-Match: \"1\"\r\nIf-None-Match: \"1\"\r\n", 304, 412},
    {"13.1.3 no date of modification", "If-Modified-Since: Sat, 29 Oct 2050 19:43:31 GMT\r\n", 200,
     200},
    {"13.1.4 no date of modification", "If-Unmodified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n",
     200, 200},
    {"13.1.5 no ranges", "Range: bytes=0-1\r\nIf-Range: \"1\"\r\n", 200, 200},
};

TEST_F(preconditions_api, are_judged_before_the_method) {
  std::int64_t limit = 0;
  for (const condition_row& row : rows) {
    SCOPED_TRACE(row.clause);
    const std::string target = "/v1/accounts/" + open("alice");
    for (const char* method : {"GET", "HEAD"}) {
      const reply r = under(method, target, row.conditions);
      EXPECT_EQ(r.status, row.of_get) << r.body;
      EXPECT_EQ(r.field("etag"), row.of_get == 412 ? "" : "\"1\"");
    }
    const reply r = under("PATCH", target, row.conditions,
                          R"({"overdraft_limit":)" + std::to_string(++limit) + "}");
    EXPECT_EQ(r.status, row.of_patch) << r.body;
    const reply after = get(target, admin_);
    EXPECT_EQ(after.field("etag"), row.of_patch == 200 ? "\"2\"" : "\"1\"");
    if (row.of_patch == 412) {
      expect_problem(r, 412, "precondition_failed",
                     row.of_get == 412 ? "If-Match" : "If-None-Match");
      EXPECT_EQ(after.json().at("overdraft_limit").as_int64(), 0) << "unchanged";
    }
  }
}

/// 13.2.1: a request that would fail without preconditions fails the same way.
TEST_F(preconditions_api, are_ignored_where_the_request_fails_anyway) {
  const std::string target = "/v1/accounts/" + open("alice");
  const std::string none = "/v1/accounts/0193e0a0-0000-7000-8000-000000000001";
  const std::string wrong = "If-Match: \"9\"\r\n";
  const std::string any = "If-Match: *\r\n";
  const std::string body = R"({"overdraft_limit":1})";
  EXPECT_EQ(under("GET", none, any).status, 404U);
  EXPECT_EQ(under("GET", none, "If-None-Match: *\r\n").status, 404U);
  EXPECT_EQ(under("PATCH", none, any, body).status, 404U);
  EXPECT_EQ(call({"PATCH", target, {}, body, wrong}).status, 401U);
  EXPECT_EQ(call({"PATCH", target, alice_, body, wrong}).status, 403U);
  EXPECT_EQ(call({"GET", target, bob_, {}, any}).status, 404U);
  EXPECT_EQ(call({"PUT", target, admin_, body, wrong}).status, 405U);
  EXPECT_EQ(call({"PATCH", target, admin_, {}, wrong + "Content-Type: text/plain\r\n"}).status,
            415U);
  store_.fail_reads();
  EXPECT_EQ(under("PATCH", target, any, body).status, 503U);
  store_.heal();
  EXPECT_EQ(tag_of(target), "\"1\"");
}

TEST_F(preconditions_api, hold_for_everything_with_an_etag) {
  const std::string account = open("alice");
  const std::string id = deposit(account, 5);
  for (const std::string& target :
       {std::string("/"), std::string("/admin"), std::string("/openapi.json"),
        std::string("/v1/accounts"), "/v1/accounts/" + account + "/history",
        "/v1/accounts/" + account + "/statement?to=2026-01-01T00:00:00Z&format=csv",
        "/v1/transfers/" + id, std::string("/v1/transfers"), std::string("/v1/standing-orders"),
        std::string("/v1/admin/money"), std::string("/v1/admin/tokens")}) {
    SCOPED_TRACE(target);
    const std::string tag = tag_of(target);
    ASSERT_FALSE(tag.empty());
    EXPECT_EQ(under("GET", target, "If-Match: " + tag + "\r\n").status, 200U);
    EXPECT_EQ(under("GET", target, "If-None-Match: W/" + tag + "\r\n").status, 304U);
    const reply other = under("GET", target, "If-Match: \"x\"\r\n");
    expect_problem(other, 412, "precondition_failed", "If-Match");
    EXPECT_EQ(other.field("etag"), "");
    EXPECT_EQ(other.field("content-disposition"), "");
    EXPECT_EQ(other.field("cache-control"), "no-store");
  }
}

/// The target of a POST is the list that it adds to.
TEST_F(preconditions_api, hold_for_lists_and_deletions) {
  const std::string body = R"({"type":"checking","currency":"USD"})";
  const std::string tag = tag_of("/v1/accounts");
  for (const std::string& failing :
       {std::string("If-Match: \"x\"\r\n"), std::string("If-None-Match: *\r\n"),
        "If-None-Match: " + tag + "\r\n"})
    EXPECT_EQ(under("POST", "/v1/accounts", failing, body).status, 412U) << failing;
  EXPECT_EQ(tag_of("/v1/accounts"), tag) << "no account was opened";
  EXPECT_EQ(under("POST", "/v1/accounts", "If-Match: " + tag + "\r\n", body).status, 201U);
  EXPECT_EQ(under("POST", "/v1/accounts", "If-Match: " + tag + "\r\n", body).status, 412U);

  const std::string account = open("alice");
  const reply made = post(
      "/v1/standing-orders", admin_,
      transfer(account, open("bob"), 1, R"(,"every":"day","first_at":"2999-01-01T00:00:00Z")"));
  const std::string order = made.field("location");
  EXPECT_EQ(under("DELETE", order, "If-Match: \"x\"\r\n").status, 412U);
  EXPECT_EQ(get(order, admin_).text("state"), "active");
  EXPECT_EQ(under("DELETE", order, "If-Match: " + tag_of(order) + "\r\n").status, 204U);
  EXPECT_EQ(get(order, admin_).text("state"), "deleted");
}

/// 13.1.1 and 13.1.2: without a current representation nothing matches.
TEST_F(preconditions_api, match_nothing_that_can_not_be_read) {
  const std::string a = open("alice");
  deposit(a, 5);
  const std::string held =
      post("/v1/transfers", admin_, transfer(a, open("bob"), 1, R"(,"pending":true)"))
          .field("location");
  EXPECT_EQ(under("POST", held + "/post", "If-Match: *\r\n").status, 412U);
  EXPECT_EQ(under("POST", held + "/post", "If-Match: " + tag_of(held) + "\r\n").status, 412U);
  EXPECT_EQ(get(held, admin_).text("state"), "pending");
  EXPECT_EQ(under("POST", held + "/post", "If-None-Match: *\r\n").status, 200U);
}

/// The tagged state must still be current when the change is made.
TEST_F(preconditions_api, let_one_of_many_writers_through) {
  options_.threads = 2;
  const std::string target = "/v1/accounts/" + open("alice");
  for (int round = 1; round <= 20; ++round) {
    const std::string tag = tag_of(target);
    std::vector<std::unique_ptr<http_client>> writers;
    for (int i = 0; i < 8; ++i) writers.push_back(std::make_unique<http_client>(port()));
    for (std::size_t i = 0; i < writers.size(); ++i)
      writers[i]->send(ask_for{"PATCH", target, admin_,
                               R"({"overdraft_limit":)" + std::to_string(round * 10 + i) + "}",
                               "If-Match: " + tag + "\r\n"}
                           .text());
    int changed = 0;
    for (auto& w : writers) {
      const reply r = w->read();
      changed += r.status == 200;
      EXPECT_TRUE(r.status == 200 || r.status == 412 || r.code() == "in_progress") << r.body;
    }
    EXPECT_EQ(changed, 1);
    EXPECT_EQ(tag_of(target), "\"" + std::to_string(round + 1) + "\"");
  }
}

/// The version includes the balance: a client that sends it has read the balance.
TEST_F(preconditions_api, see_what_a_transfer_changed) {
  const std::string id = open("alice");
  const std::string target = "/v1/accounts/" + id;
  const std::string tag = tag_of(target);
  deposit(id, 5);
  EXPECT_EQ(under("PATCH", target, "If-Match: " + tag + "\r\n", R"({"state":"frozen"})").status,
            412U);
  EXPECT_EQ(under("PATCH", target, "If-Match: " + tag_of(target) + "\r\n", R"({"state":"frozen"})")
                .status,
            200U);
}

}  // namespace
}  // namespace bank::api::testing
