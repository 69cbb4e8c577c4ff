#include <random>

#include "api/server_fixture.hpp"
#include "random_seed.hpp"

namespace bank::api::testing {
namespace {

class wire_api : public server_fixture {};

constexpr std::string_view account_body = R"({"type":"checking","currency":"USD"})";

std::string livez(const std::string& id) {
  return ask_for{"GET", "/livez", "", "", "X-Request-ID: " + id + "\r\n"}.text();
}

TEST_F(wire_api, keeps_a_connection) {
  http_client c = connect();
  for (int i = 0; i < 5; ++i) {
    c.send(livez(std::to_string(i)));
    const reply r = c.read();
    EXPECT_EQ(r.status, 200U);
    EXPECT_EQ(r.field("x-request-id"), std::to_string(i));
    EXPECT_FALSE(r.field("date").empty());
  }
}

TEST_F(wire_api, closes_when_asked_to) {
  http_client c = connect();
  c.send(ask_for{"GET", "/livez", "", "", "Connection: close\r\n"}.text());
  EXPECT_EQ(c.read().field("connection"), "close");
  EXPECT_TRUE(c.closed());
  http_client old = connect();
  old.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read().status, 200U);
  EXPECT_TRUE(old.closed());
}

TEST_F(wire_api, answers_pipelined_requests_in_order) {
  http_client c = connect();
  const std::string a = open("alice");
  std::string burst;
  for (int i = 0; i < 50; ++i) {
    burst += livez(std::to_string(i));
    burst += ask_for{"GET", "/v1/accounts/" + a, admin_, "",
                     "X-Request-ID: a" + std::to_string(i) + "\r\n"}
                 .text();
  }
  c.send(burst);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(c.read().field("x-request-id"), std::to_string(i));
    const reply r = c.read();
    EXPECT_EQ(r.status, 200U);
    EXPECT_EQ(r.field("x-request-id"), "a" + std::to_string(i));
  }
}

TEST_F(wire_api, reads_a_request_byte_by_byte) {
  http_client c = connect();
  const std::string text =
      ask_for{"POST", "/v1/accounts", alice_, std::string(account_body)}.text();
  for (const char byte : text) c.send({&byte, 1});
  EXPECT_EQ(c.read().status, 201U);
}

TEST_F(wire_api, reads_chunked_bodies) {
  http_client c = connect();
  const std::string head =
      "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + alice_ +
      "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string chunks;
  for (const char byte : account_body) chunks += std::string("1;x=y\r\n") + byte + "\r\n";
  c.send(head + chunks + "0\r\nX-Request-ID: smuggled\r\n\r\n" + livez("next"));
  const reply r = c.read();
  EXPECT_EQ(r.status, 201U) << r.body;
  EXPECT_NE(r.field("x-request-id"), "smuggled");
  EXPECT_EQ(c.read().field("x-request-id"), "next");
}

TEST_F(wire_api, sends_100_continue_to_a_waiting_client) {
  http_client c = connect();
  c.send("POST /v1/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + alice_ +
         "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
         std::to_string(account_body.size()) + "\r\n\r\n");
  EXPECT_EQ(c.read().status, 100U);
  c.send(account_body);
  EXPECT_EQ(c.read().status, 201U);
}

TEST_F(wire_api, sends_no_100_continue_to_a_client_that_did_not_wait) {
  http_client c = connect();
  c.send(
      ask_for{"POST", "/v1/accounts", alice_, std::string(account_body), "Expect: 100-continue\r\n"}
          .text());
  EXPECT_EQ(c.read().status, 201U);
}

TEST_F(wire_api, sends_an_answer_that_the_client_is_slow_to_read) {
  http_client c = connect();
  const std::string one = ask_for{"GET", "/openapi.json"}.text();
  std::string burst;
  constexpr int count = 300;
  for (int i = 0; i < count; ++i) burst += one;
  c.send(burst);
  for (int i = 0; i < count; ++i) ASSERT_EQ(c.read().status, 200U) << i;
}

TEST_F(wire_api, reads_requests_while_answers_are_unwritten) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const std::string one = ask_for{"GET", "/openapi.json"}.text();
  std::string burst;
  // Answers are written two or three at a time, so the last ones are still unwritten when half a
  // head has arrived.
  constexpr std::size_t count = 11;
  for (std::size_t i = 0; i < count; ++i) burst += one;
  for (int round = 0; round < 60; ++round) {
    http_client c(port(), 4096);
    c.send(burst + one.substr(0, one.size() / 2));
    const std::size_t size = c.read().body.size();
    c.take(random() % (size * (count - 2)));
    c.send(one.substr(one.size() / 2));
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(c.read().status, 200U) << i;
  }
}

TEST_F(wire_api, serves_several_threads_and_connections) {
  options_.threads = 2;
  std::vector<std::unique_ptr<http_client>> clients;
  for (int i = 0; i < 16; ++i) clients.push_back(std::make_unique<http_client>(port()));
  for (int round = 0; round < 20; ++round) {
    for (auto& c : clients)
      c->send(ask_for{"POST", "/v1/accounts", alice_, std::string(account_body)}.text());
    for (auto& c : clients) ASSERT_EQ(c->read().status, 201U);
  }
}

}  // namespace
}  // namespace bank::api::testing
