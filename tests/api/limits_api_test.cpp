#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

using namespace std::chrono_literals;

class limits_api : public server_fixture {};

TEST_F(limits_api, refuses_a_long_target) {
  http_client c = connect();
  c.send("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  expect_problem(c.read(), 414, "target_too_long");
  EXPECT_TRUE(c.closed());
}

TEST_F(limits_api, refuses_large_headers) {
  http_client c = connect();
  c.send("GET /livez HTTP/1.1\r\nHost: a\r\nX-Request-ID: r\r\nX: " + std::string(20'000, 'a'));
  expect_problem(c.read(), 431, "headers_too_large");
  EXPECT_TRUE(c.closed());
}

TEST_F(limits_api, refuses_a_large_body_before_it_arrives) {
  http_client c = connect();
  c.send(
      "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nX-Request-ID: big\r\n"
      "Content-Length: 70000\r\n\r\n");
  const reply r = c.read();
  expect_problem(r, 413, "body_too_large");
  EXPECT_EQ(r.text("request_id"), "big");
  EXPECT_TRUE(c.closed());
}

TEST_F(limits_api, refuses_a_large_chunked_body) {
  http_client c = connect();
  c.send("POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n");
  expect_problem(c.read(), 413, "body_too_large");
}

TEST_F(limits_api, takes_a_body_up_to_the_limit) {
  std::string body = R"({"type":"checking","currency":"USD"})";
  body.resize(options_.body_limit, ' ');
  EXPECT_EQ(post("/v1/accounts", admin_, body).status, 201U);
}

TEST_F(limits_api, answers_408_to_a_slow_header) {
  options_.header_timeout = 50ms;
  http_client c = connect();
  c.send("GET /livez HT");
  expect_problem(c.read(), 408, "request_timeout");
  EXPECT_TRUE(c.closed());
}

TEST_F(limits_api, answers_408_to_a_slow_body) {
  options_.body_timeout = 50ms;
  http_client c = connect();
  c.send("POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{");
  expect_problem(c.read(), 408, "request_timeout");
  EXPECT_TRUE(c.closed());
}

TEST_F(limits_api, closes_a_connection_without_a_request) {
  options_.idle_timeout = 50ms;
  EXPECT_TRUE(connect().closed());
}

TEST_F(limits_api, closes_a_connection_without_a_further_request) {
  options_.idle_timeout = 1s;
  http_client used = connect();
  used.send(ask_for{"GET", "/livez"}.text());
  EXPECT_EQ(used.read().status, 200U);
  EXPECT_TRUE(used.closed());
}

TEST_F(limits_api, serves_others_beside_slow_clients) {
  std::vector<std::unique_ptr<http_client>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<http_client>(port()));
    slow.back()->send("POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Le");
  }
  EXPECT_EQ(get("/livez", "").status, 200U);
}

}  // namespace
}  // namespace bank::api::testing
