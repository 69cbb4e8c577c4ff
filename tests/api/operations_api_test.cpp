#include <set>

#include "api/server_fixture.hpp"
#include "bank/api/routes/router.hpp"

namespace bank::api::testing {
namespace {

class operations_api : public server_fixture {};

TEST_F(operations_api, answers_probes_without_a_token) {
  EXPECT_EQ(get("/livez", "").status, 200U);
  EXPECT_EQ(get("/readyz", "").status, 200U);
  EXPECT_EQ(get("/healthz", "").status, 200U);
  unready_ = "the store can't be reached";
  for (const std::string path : {"/readyz", "/healthz"}) {
    const reply r = get(path, "");
    expect_problem(r, 503, "store_unavailable");
    EXPECT_EQ(r.text("detail"), "the store can't be reached");
  }
  EXPECT_EQ(get("/livez", "").status, 200U);
}

TEST_F(operations_api, serves_its_description) {
  const reply r = get("/openapi.json", "");
  ASSERT_EQ(r.status, 200U);
  EXPECT_EQ(r.text("openapi").substr(0, 3), "3.1");
  EXPECT_EQ(
      call({"GET", "/openapi.json", "", "", "If-None-Match: " + r.field("etag") + "\r\n"}).status,
      304U);
}

TEST_F(operations_api, describes_every_route_that_it_has) {
  const auto description = get("/openapi.json", "").json();
  const auto& paths = description.at("paths").as_object();
  std::set<std::string_view> known;
  for (const route& r : all_routes()) {
    ASSERT_TRUE(paths.contains(r.pattern)) << r.pattern;
    const std::string_view method = r.method == method::get    ? "get"
                                    : r.method == method::post ? "post"
                                    : r.method == method::del  ? "delete"
                                                               : "patch";
    EXPECT_TRUE(paths.at(r.pattern).as_object().contains(method)) << method << ' ' << r.pattern;
    known.insert(r.pattern);
  }
  EXPECT_EQ(paths.size(), known.size());
}

/// The description's texts for all responses with this status.
std::string described(const boost::json::object& description, unsigned status) {
  const auto& shared = description.at("components").at("responses").as_object();
  const std::string_view prefix = "#/components/responses/";
  std::string text;
  for (const auto& path : description.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      if (!operation.value().is_object()) continue;  // the path's own parameters
      const auto& responses = operation.value().at("responses").as_object();
      const auto* response = responses.if_contains(std::to_string(status));
      if (response == nullptr || !response->as_object().contains("$ref")) continue;
      const std::string_view name = response->at("$ref").as_string();
      text += shared.at(name.substr(prefix.size())).at("description").as_string().c_str();
    }
  }
  return text;
}

TEST_F(operations_api, describes_every_error_code_under_its_status) {
  const auto description = get("/openapi.json", "").json();
  const auto& problem = description.at("components").at("schemas").at("problem");
  std::set<std::string_view> listed;
  for (const auto& name : problem.at("properties").at("code").at("enum").as_array())
    listed.insert(std::string_view(name.as_string()));
  for (std::size_t i = 0; i < code_count; ++i) {
    const auto c = static_cast<code>(i);
    EXPECT_EQ(listed.erase(to_string(c)), 1U) << to_string(c);
    if (c == code::method_not_allowed) continue;  // of no operation: all have their method
    EXPECT_NE(described(description, status_of(c)).find(to_string(c)), std::string::npos)
        << to_string(c) << " under " << status_of(c);
  }
  EXPECT_TRUE(listed.empty()) << *listed.begin() << " is not a code";
}

TEST_F(operations_api, answers_head_without_a_body) {
  const reply whole = get("/openapi.json", "");
  const reply head = call({"HEAD", "/openapi.json"});
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.field("content-length"), std::to_string(whole.body.size()));
  EXPECT_EQ(get("/livez", "").status, 200U) << "the connection stays open";
}

TEST_F(operations_api, refuses_unknown_paths_and_methods) {
  expect_problem(get("/nowhere", ""), 404, "not_found");
  expect_problem(get("/v2/accounts", admin_), 404, "not_found");
  expect_problem(call({"DELETE", "/v1/accounts", admin_}), 405, "method_not_allowed");
  EXPECT_EQ(call({"DELETE", "/v1/accounts", admin_}).field("allow"), "POST, GET, HEAD");
  EXPECT_EQ(call({"OPTIONS", "/livez"}).field("allow"), "GET, HEAD");
  EXPECT_EQ(call({"BREW", "/livez"}).status, 405U);
}

TEST_F(operations_api, refuses_bodies_that_are_not_json) {
  for (const std::string type : {"", "Content-Type: text/plain\r\n"}) {
    http_client c = connect();
    c.send("POST /v1/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + admin_ + "\r\n" +
           type + "Content-Length: 2\r\n\r\n{}");
    expect_problem(c.read(), 415, "unsupported_media_type", "Content-Type");
  }
  http_client c = connect();
  c.send("POST /v1/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + admin_ +
         "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(c.read().code(), "malformed_json");
}

TEST_F(operations_api, refuses_a_write_with_a_query) {
  for (const route& r : all_routes()) {
    if (!is_write(r.method)) continue;
    std::string path(r.pattern);
    if (const auto hole = path.find("{id}"); hole != std::string::npos)
      path.replace(hole, 4, "01935f2e-7a00-7000-8000-000000000001");
    const std::string method = r.method == method::post    ? "POST"
                               : r.method == method::patch ? "PATCH"
                                                           : "DELETE";
    expect_problem(call({method, path + "?pending=true", admin_, "{}"}), 400, "invalid_field",
                   "pending");
  }
}

TEST_F(operations_api, accepts_or_makes_request_ids) {
  const auto id_for = [&](const std::string& sent) {
    return call({"GET", "/livez", "", "", "X-Request-ID: " + sent + "\r\n"}).field("x-request-id");
  };
  EXPECT_EQ(id_for("mine-7 ~"), "mine-7 ~");
  EXPECT_EQ(id_for(std::string(128, 'r')), std::string(128, 'r'));
  for (const std::string& bad : {std::string(), std::string(129, 'r'), std::string("\xc3\xa9")}) {
    const std::string made = id_for(bad);
    EXPECT_EQ(made.size(), 36U) << bad;
    EXPECT_EQ(made[14], '7');
  }
  EXPECT_EQ(call({"GET", "/nowhere", "", "", "X-Request-ID: mine\r\n"}).text("request_id"), "mine");
}

TEST_F(operations_api, checks_the_time_limit) {
  for (const std::string bad : {"0", "-1", "1.5", "soon", ""}) {
    expect_problem(
        call({"GET", "/v1/accounts", admin_, "", "X-Request-Timeout-Ms: " + bad + "\r\n"}), 400,
        "invalid_field", "X-Request-Timeout-Ms");
  }
  for (const std::string good : {"5000", "999999999999"}) {
    EXPECT_EQ(
        call({"GET", "/v1/accounts", admin_, "", "X-Request-Timeout-Ms: " + good + "\r\n"}).status,
        200U);
  }
}

}  // namespace
}  // namespace bank::api::testing
