#include <chrono>
#include <thread>
#include <vector>

#include "api/server_fixture.hpp"

// One client's connections, requests and unread answers never take the node from the others.

namespace bank::api::testing {
namespace {

using namespace std::chrono_literals;

class connections_api : public server_fixture {
 protected:
  unsigned status_of(const ask_for& a) {
    http_client c = connect();
    c.send(a.text());
    return c.read().status;
  }
  /// A connection that is kept busy: its client follows events, so that it never gives way.
  std::unique_ptr<http_client> follower() {
    auto c = std::make_unique<http_client>(port());
    c->send(ask_for{"GET", "/v1/events", admin_}.text());
    EXPECT_NE(c->until("\r\n\r\n").find("200 OK"), std::string::npos);
    return c;
  }
  std::unique_ptr<http_client> used() {
    auto c = std::make_unique<http_client>(port());
    c->send(ask_for{"GET", "/livez"}.text());
    EXPECT_EQ(c->read().status, 200U);
    return c;
  }
};

TEST_F(connections_api, an_idle_connection_gives_way_to_a_new_one) {
  options_.max_connections = 3;
  std::vector<std::unique_ptr<http_client>> idle;
  for (int i = 0; i < 3; ++i) idle.push_back(used());
  const auto fourth = used();
  EXPECT_TRUE(idle[0]->closed()) << "the one that was idle longest";
  idle[1]->send(ask_for{"GET", "/livez"}.text());
  EXPECT_EQ(idle[1]->read().status, 200U);
}

TEST_F(connections_api, hundreds_of_idle_connections_keep_nobody_out) {
  options_.max_connections = 50;
  std::vector<std::unique_ptr<http_client>> idle;
  for (int i = 0; i < 600; ++i) idle.push_back(std::make_unique<http_client>(port()));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(status_of({"GET", "/v1/accounts", alice_}), 200U) << "newcomer " << i;
}

TEST_F(connections_api, a_client_that_stalls_within_a_request_gives_way) {
  options_.max_connections = 2;
  http_client head = connect();
  head.send("GET /livez HTTP/1.1\r\nHo");
  http_client body = connect();
  body.send("POST /v1/transfers HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  // Both have moved lately, so only the reserve is left; a second later one gives way.
  while (status_of({"GET", "/v1/accounts", alice_}) != 200U) std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(head.closed());
}

TEST_F(connections_api, beyond_the_limit_serves_probes_and_admins) {
  options_.max_connections = 2;
  const auto first = follower();
  const auto second = follower();
  EXPECT_EQ(status_of({"GET", "/livez"}), 200U);
  EXPECT_EQ(status_of({"GET", "/readyz"}), 200U);
  EXPECT_EQ(status_of({"GET", "/v1/accounts", admin_}), 200U);
  http_client third = connect();
  third.send(ask_for{"GET", "/v1/accounts", alice_}.text());
  const reply r = third.read();
  expect_problem(r, 503, "overloaded");
  EXPECT_TRUE(third.closed());
  http_client fourth = connect();
  fourth.send(ask_for{"POST", "/v1/transfers", alice_, "{}"}.text());
  EXPECT_EQ(fourth.read().text("outcome"), "none");
  EXPECT_EQ(status_of({"GET", "/openapi.json"}), 503U) << "not needed to run the node";
}

TEST_F(connections_api, one_address_has_its_own_limit) {
  options_.max_connections_per_client = 2;
  const auto first = follower();
  const auto second = follower();
  EXPECT_EQ(status_of({"GET", "/v1/accounts", alice_}), 503U);
}

/// The token's limit counts connections from anywhere. Beyond it each ends with its answer.
TEST_F(connections_api, one_caller_has_its_own_limit) {
  options_.max_connections_per_client = 3;
  std::vector<std::unique_ptr<http_client>> mine;
  for (int i = 0; i < 3; ++i) {
    mine.push_back(std::make_unique<http_client>(port()));
    mine.back()->send(ask_for{"GET", "/v1/accounts", alice_}.text());
    EXPECT_EQ(mine.back()->read().status, 200U);
  }
  mine[0]->send(ask_for{"GET", "/v1/accounts", bob_}.text());
  EXPECT_EQ(mine[0]->read().status, 200U) << "it counts for its last caller";
}

TEST_F(connections_api, a_flood_without_a_token_waits_for_its_turn) {
  options_.anonymous_per_second = 40;  // two per sweep
  options_.header_timeout = 60s;
  http_client flood = connect();
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += ask_for{"GET", "/livez"}.text();
  flood.send(requests);
  EXPECT_EQ(flood.read().status, 200U);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(get("/v1/accounts", alice_).status, 200U) << "a known token never waits for it";
  for (int i = 1; i < 20; ++i) EXPECT_EQ(flood.read().status, 200U) << "none is lost: " << i;
}

/// A large answer counts as many requests. It is charged when it is known.
TEST_F(connections_api, an_address_that_took_too_much_is_refused_until_it_has_paid) {
  options_.anonymous_per_second = 20;  // one per sweep
  options_.header_timeout = 50ms;
  EXPECT_EQ(status_of({"GET", "/openapi.json"}), 200U);
  http_client next = connect();
  next.send(ask_for{"GET", "/livez"}.text());
  expect_problem(next.read(), 429, "rate_limited");
  EXPECT_TRUE(next.closed());
  while (status_of({"GET", "/livez"}) != 200U) std::this_thread::sleep_for(50ms);
}

/// 40 answers that nobody reads take no more than the caller's part of the memory; another caller
/// is served meanwhile.
TEST_F(connections_api, unread_answers_are_bounded) {
  options_.buffer_memory = 400'000;
  const std::string account = open("alice");
  const std::string world_pays = R"({"from":"world","to":")" + account +
                                 R"(","amount":1,"currency":"USD","memo":")" +
                                 std::string(200, 'x') + "\"}";
  for (int i = 0; i < 150; ++i) EXPECT_EQ(post("/v1/transfers", admin_, world_pays).status, 201U);
  const ask_for history{"GET", "/v1/accounts/" + account + "/history?limit=150", alice_};
  std::vector<std::unique_ptr<http_client>> unread;
  for (int i = 0; i < 40; ++i) {
    unread.push_back(std::make_unique<http_client>(port(), 4'096));
    std::string twice;  // the system's buffers take some
    for (int n = 0; n < 4; ++n) twice += history.text();
    unread.back()->send(twice);
  }
  EXPECT_EQ(get("/v1/accounts", bob_).status, 200U);
  int refused = 0;
  for (const auto& c : unread) {
    for (int n = 0; n < 4; ++n) {
      const reply r = c->read();
      if (r.status == 200U) continue;
      ++refused;
      expect_problem(r, 503, "overloaded");
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(get("/v1/accounts/" + account + "/history?limit=150", alice_).status, 200U)
      << "what was read is given back";
}

TEST_F(connections_api, a_client_that_reads_slowly_is_not_cut_off) {
  options_.body_timeout = 1s;
  const std::string account = open("alice");
  const std::string world_pays = R"({"from":"world","to":")" + account +
                                 R"(","amount":1,"currency":"USD","memo":")" +
                                 std::string(250, 'x') + "\"}";
  for (int i = 0; i < 200; ++i) EXPECT_EQ(post("/v1/transfers", admin_, world_pays).status, 201U);
  http_client slow(port(), 4'096);
  const ask_for history{"GET", "/v1/accounts/" + account + "/history?limit=200", alice_};
  std::string several;
  for (int n = 0; n < 4; ++n) several += history.text();
  slow.send(several);
  for (int i = 0; i < 15; ++i) {
    std::this_thread::sleep_for(100ms);
    slow.take(4'000);
  }
  for (int n = 0; n < 4; ++n) EXPECT_EQ(slow.read().rows().size(), 200U);
}

}  // namespace
}  // namespace bank::api::testing
