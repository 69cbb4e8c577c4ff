#include "api/server_fixture.hpp"
#include "bank/api/routes/router.hpp"

// RFC 9110 on the wire: headers of answers, and conditions of requests.

namespace bank::api::testing {
namespace {

class http_semantics_api : public server_fixture {
 protected:
  http_semantics_api() {
    deposit(account_, 5);
    transfer_ = post("/v1/transfers", admin_, transfer(account_, other_, 1)).text("id");
  }
  reply raw(const std::string& bytes) {
    http_client c = connect();
    c.send(bytes);
    return c.read();
  }
  std::string open_order() {
    return post(
               "/v1/standing-orders", admin_,
               transfer(account_, other_, 1, R"(,"every":"day","first_at":"2999-01-01T00:00:00Z")"))
        .text("id");
  }
  /// An existing path of the route.
  std::string path_of(const route& r) {
    std::string path(r.pattern);
    const auto hole = path.find("{id}");
    if (hole == std::string::npos) return path;
    const auto begins = [&](const char* with) { return path.starts_with(with); };
    return path.replace(hole, 4,
                        begins("/v1/accounts/")          ? account_
                        : begins("/v1/transfers/")       ? transfer_
                        : begins("/v1/standing-orders/") ? order_
                        : begins("/pages/customer/")     ? "customer.js"
                        : begins("/pages/admin/")        ? "admin.js"
                        : begins("/pages/common/")       ? "page.css"
                                                         : no_id);
  }
  /// Every GET route, with a request that succeeds where possible.
  std::vector<ask_for> reads() {
    std::vector<ask_for> all;
    for (const route& r : all_routes()) {
      if (r.method != method::get) continue;
      std::string query;
      if (r.pattern.ends_with("/balance")) query = "?at=" + now_;
      if (r.pattern.ends_with("/statement")) query = "?format=csv&to=" + now_;
      if (r.pattern == "/v1/search") query = "?q=alice";
      all.push_back({"GET", path_of(r) + query, r.roles == anyone ? "" : admin_});
    }
    return all;
  }

  static constexpr const char* no_id = "0193e0a0-0000-7000-8000-000000000001";
  const std::string account_ = open("alice");
  const std::string other_ = open("bob");
  std::string transfer_;
  const std::string order_ = open_order();
  const std::string now_ = "2026-01-01T00:00:00Z";
};

// -- headers of answers ---------------------------------------------------------------------------

/// 9.3.2: the fields of GET and no content; 8.6: no other Content-Length.
TEST_F(http_semantics_api, answers_head_as_get_but_without_content) {
  for (const ask_for& get : reads()) {
    SCOPED_TRACE(get.target);
    ask_for head = get;
    head.method = "HEAD";
    http_client c = connect();
    c.send(head.text());
    reply bare = c.read(true);
    c.send(ask_for{"GET", "/livez", {}, {}, "Connection: close\r\n"}.text());
    EXPECT_EQ(c.read().status, 200U) << "no content in between";
    EXPECT_TRUE(c.closed());
    reply whole = call(get);
    EXPECT_EQ(bare.status, whole.status);
    for (auto* r : {&bare, &whole})
      for (const char* own : {"date", "x-request-id", "connection"}) r->fields.erase(own);
    EXPECT_EQ(bare.fields, whole.fields);
  }
}

/// RFC 9111, 5.2.2; 6.6.1: a date. A caller's data is kept by no shared cache.
TEST_F(http_semantics_api, sets_cache_control_on_every_answer) {
  for (const ask_for& get : reads()) {
    SCOPED_TRACE(get.target);
    const reply r = call(get);
    const std::string kept = r.field("cache-control");
    EXPECT_FALSE(r.field("date").empty());
    if (r.status != 200 || r.field("etag").empty()) {
      EXPECT_EQ(kept, "no-store");
    } else if (get.token.empty()) {
      EXPECT_EQ(kept, "no-cache");
    } else {
      EXPECT_EQ(kept, "private, no-cache");
    }
    EXPECT_EQ(call({"DELETE", "/livez", get.token}).field("cache-control"), "no-store");
    if (get.token.empty()) continue;
    EXPECT_EQ(call({"GET", get.target}).field("cache-control"), "no-store") << "401";
    EXPECT_EQ(call({"GET", get.target + "?%zz", get.token}).field("cache-control"), "no-store");
  }
  EXPECT_EQ(get("/v1/admin/tokens", admin_).field("cache-control"), "private, no-cache");
  EXPECT_EQ(post("/v1/admin/tokens", admin_, R"({"role":"auditor"})").field("cache-control"),
            "no-store");
  EXPECT_EQ(post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD"})")
                .field("cache-control"),
            "no-store");
  EXPECT_EQ(raw("GET / HTTP/1.1\r\n\r\n").field("cache-control"), "no-store") << "not a request";
}

/// 15.4.5.
TEST_F(http_semantics_api, answers_304_with_the_fields_that_a_cache_needs) {
  std::size_t tagged = 0;
  for (ask_for get : reads()) {
    SCOPED_TRACE(get.target);
    const reply whole = call(get);
    if (whole.field("etag").empty()) continue;
    ++tagged;
    get.fields = "If-None-Match: " + whole.field("etag") + "\r\n";
    for (const char* method : {"GET", "HEAD"}) {
      get.method = method;
      const reply r = call(get);
      EXPECT_EQ(r.status, 304U);
      EXPECT_EQ(r.field("etag"), whole.field("etag"));
      EXPECT_EQ(r.field("cache-control"), whole.field("cache-control"));
      EXPECT_FALSE(r.field("date").empty());
      EXPECT_EQ(r.field("content-length"), "");
    }
  }
  EXPECT_GE(tagged, 15U);
}

/// 10.2.2 and 15.3.2: 201 has the new object's Location.
TEST_F(http_semantics_api, sends_the_location_of_a_new_object) {
  struct creation {
    std::string target, body, where;
  };
  const std::string order =
      transfer(account_, other_, 1, R"(,"every":"day","first_at":"2999-01-01T00:00:00Z")");
  for (const creation& c : {
           creation{"/v1/accounts", R"({"type":"checking","currency":"USD"})", "/v1/accounts/"},
           creation{"/v1/transfers", transfer("world", account_, 1), "/v1/transfers/"},
           creation{"/v1/transfers", transfer(account_, other_, 1, R"(,"pending":true)"),
                    "/v1/transfers/"},
           creation{"/v1/transfers/" + transfer_ + "/reverse", "", "/v1/transfers/"},
           creation{"/v1/standing-orders", order, "/v1/standing-orders/"},
           creation{"/v1/admin/tokens", R"({"role":"auditor"})", "/v1/admin/tokens/"},
       }) {
    SCOPED_TRACE(c.target);
    for (const char* time : {"the first", "again"}) {
      const reply r = post(c.target, admin_, c.body, "Idempotency-Key: " + c.target + "\r\n");
      if (r.status == 422) continue;  // one key, two transfers
      EXPECT_EQ(r.status, 201U) << time << r.body;
      EXPECT_EQ(r.field("location"), c.where + r.text("id")) << time;
      if (c.where == "/v1/admin/tokens/") continue;
      EXPECT_EQ(get(r.field("location"), admin_).status, 200U) << time;
    }
  }
}

/// 11.6.1 and RFC 6750, 3: a challenge with a parameter; with an error only where a token was sent.
TEST_F(http_semantics_api, challenges_unauthenticated_callers) {
  for (const route& r : all_routes()) {
    if (r.roles == anyone) continue;
    const std::string method = r.method == method::get    ? "GET"
                               : r.method == method::post ? "POST"
                               : r.method == method::del  ? "DELETE"
                                                          : "PATCH";
    const reply none = call({method, path_of(r)});
    EXPECT_EQ(none.status, 401U) << r.pattern;
    EXPECT_EQ(none.field("www-authenticate"), R"(Bearer realm="bank")");
    EXPECT_EQ(call({method, path_of(r), "wrong"}).field("www-authenticate"),
              R"(Bearer realm="bank", error="invalid_token")");
  }
}

/// 11.4: the scheme is case-insensitive; one or more spaces follow it.
TEST_F(http_semantics_api, reads_credentials_as_they_may_be_written) {
  for (const std::string scheme : {"Bearer ", "bearer ", "BEARER  "})
    EXPECT_EQ(
        call({"GET", "/v1/accounts", {}, {}, "Authorization: " + scheme + admin_ + "\r\n"}).status,
        200U)
        << scheme;
}

/// 15.5.6.
TEST_F(http_semantics_api, names_the_methods_of_every_path) {
  for (const route& r : all_routes()) {
    const reply other = call({"PUT", path_of(r), admin_});
    EXPECT_EQ(other.status, 405U) << r.pattern;
    EXPECT_FALSE(other.field("allow").empty()) << r.pattern;
  }
}

/// 14.2: ranges may be ignored. 12.5.1 and 12.5.3: so may preferences.
TEST_F(http_semantics_api, gives_the_one_representation_it_has) {
  for (const std::string fields : {"Range: bytes=0-1\r\n", "Accept: text/html\r\n",
                                   "Accept-Encoding: gzip, identity;q=0\r\n"}) {
    const reply r = call({"GET", "/openapi.json", {}, {}, fields});
    EXPECT_EQ(r.status, 200U) << fields;
    EXPECT_EQ(r.field("content-encoding"), "");
    EXPECT_EQ(r.field("content-type"), "application/json");
  }
}

// -- bodies ---------------------------------------------------------------------------------------

/// 8.3, 8.4, 15.5.16.
TEST_F(http_semantics_api, takes_one_type_of_body_and_no_coding) {
  struct body_row {
    std::string fields;
    unsigned status;
    std::string accept, accept_encoding;
  };
  for (const body_row& row : {
           body_row{"Content-Type: application/json\r\n", 201, "", ""},
           body_row{"Content-Type: Application/JSON;charset=\"UTF-8\"\r\n", 201, "", ""},
           body_row{"Content-Type: application/json ; charset=utf-8\r\n", 201, "", ""},
           body_row{"", 415, "application/json", ""},
           body_row{"Content-Type: text/plain\r\n", 415, "application/json", ""},
           body_row{"Content-Type: application/jsonp\r\n", 415, "application/json", ""},
           body_row{"Content-Type: application/json\r\nContent-Encoding: identity\r\n", 201, "",
                    ""},
           body_row{"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415, "",
                    "identity"},
           body_row{"Content-Type: application/json\r\nContent-Encoding: identity, BR\r\n", 415, "",
                    "identity"},
           body_row{"Content-Type: application/json\r\nContent-Encoding: identity\r\n"
                    "Content-Encoding: deflate\r\n",
                    415, "", "identity"},
           body_row{"Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", 415, "", "identity"},
       }) {
    SCOPED_TRACE(row.fields);
    const std::string body = R"({"type":"checking","currency":"USD"})";
    const reply r =
        raw("POST /v1/accounts HTTP/1.1\r\nHost: bank\r\nAuthorization: Bearer " + alice_ + "\r\n" +
            row.fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(r.status, row.status) << r.body;
    EXPECT_EQ(r.field("accept"), row.accept);
    EXPECT_EQ(r.field("accept-encoding"), row.accept_encoding);
  }
}

// -- expectations (10.1.1) ------------------------------------------------------------------------

struct expectation {
  const char* what;
  std::string line, fields;
  unsigned status;  ///< of the first answer, which comes without the body
};

TEST_F(http_semantics_api, decides_by_the_head_before_a_body_is_sent) {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string root = "Authorization: Bearer " + admin_ + "\r\n";
  const std::string expect = "Expect: 100-continue\r\n";
  const std::string usual = root + json + expect;
  const std::string length = "Content-Length: 9\r\n";
  for (const expectation& e : {
           expectation{"nothing is wrong", "POST /v1/accounts", usual + length, 100},
           expectation{"a chunked body", "POST /v1/accounts",
                       usual + "Transfer-Encoding: chunked\r\n", 100},
           expectation{"no case", "POST /v1/accounts",
                       root + json + "Expect: 100-Continue\r\n" + length, 100},
           expectation{"a path that anybody may read", "GET /livez", expect + length, 100},
           expectation{"no token", "POST /v1/accounts", json + expect + length, 401},
           expectation{"a wrong token", "POST /v1/accounts",
                       "Authorization: Bearer x\r\n" + json + expect + length, 401},
           expectation{"a role", "POST /v1/accounts",
                       "Authorization: Bearer " + auditor_ + "\r\n" + json + expect + length, 403},
           expectation{"no such path", "POST /v1/nope", usual + length, 404},
           expectation{"no such method", "PUT /v1/accounts", usual + length, 405},
           expectation{"a long body", "POST /v1/accounts", usual + "Content-Length: 65537\r\n",
                       413},
           expectation{"a long batch", "POST /v1/transfers/batch",
                       usual + "Content-Length: 8388609\r\n", 413},
           expectation{"another type", "POST /v1/accounts",
                       root + expect + length + "Content-Type: text/plain\r\n", 415},
           expectation{"no type", "POST /v1/accounts", root + expect + length, 415},
           expectation{"a coding", "POST /v1/accounts",
                       usual + length + "Content-Encoding: gzip\r\n", 415},
           expectation{"a bad time limit", "POST /v1/accounts",
                       usual + length + "X-Request-Timeout-Ms: soon\r\n", 400},
           expectation{"a bad key", "POST /v1/accounts", usual + length + "Idempotency-Key: \r\n",
                       400},
           expectation{"a parameter", "POST /v1/accounts?x=1", usual + length, 400},
           expectation{"a bad id", "POST /v1/transfers/1/void", usual + length, 400},
           expectation{"another expectation", "POST /v1/accounts",
                       root + json + "Expect: 200-ok\r\n" + length, 417},
           expectation{"one more expectation", "POST /v1/accounts",
                       root + json + "Expect: 100-continue, x\r\n" + length, 417},
           expectation{"another expectation without a body", "GET /v1/accounts",
                       root + "Expect: x\r\n", 417},
       }) {
    SCOPED_TRACE(e.what);
    http_client c = connect();
    c.send(e.line + " HTTP/1.1\r\nHost: bank\r\n" + e.fields + "\r\n");
    const reply first = c.read();
    EXPECT_EQ(first.status, e.status) << first.body;
    if (first.status == 100 || e.line == "GET /v1/accounts") continue;
    EXPECT_EQ(first.field("connection"), "close") << "the body, if any, is not read";
    EXPECT_TRUE(c.closed());
  }
}

TEST_F(http_semantics_api, ignores_expect_in_http_1_0) {
  const std::string body = R"({"type":"checking","currency":"USD"})";
  for (const char* expected : {"100-continue", "x"}) {
    http_client c = connect();
    c.send("POST /v1/accounts HTTP/1.0\r\nAuthorization: Bearer " + alice_ +
           "\r\nContent-Type: application/json\r\nExpect: " + expected +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    c.send(body);
    EXPECT_EQ(c.read().status, 201U) << expected;
  }
}

TEST_F(http_semantics_api, sends_no_100_continue_while_it_stops) {
  http_client c = connect();
  c.send(ask_for{"GET", "/livez"}.text());
  EXPECT_EQ(c.read().status, 200U);
  server_->stop_accepting();
  c.send("POST /v1/accounts HTTP/1.1\r\nHost: bank\r\nAuthorization: Bearer " + alice_ +
         "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  expect_problem(c.read(), 503, "shutting_down");
}

}  // namespace
}  // namespace bank::api::testing
