#include <gtest/gtest.h>

#include "api/server_fixture.hpp"
#include "api/standing_limits.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct own_clock {
  lifeline::manual_clock time_;
};

/// Time stands still, so the remaining tokens are known.
class rate_limits_api : public own_clock, public server_fixture {
 protected:
  rate_limits_api() : server_fixture(own_clock::time_) { how_.wait = milliseconds(0); }
  ~rate_limits_api() override {
    client_.reset();
    server_.reset();
  }
  void limit() {
    standing_.emplace(rt_, how_);
    limits_ = standing_->guard();
  }
  reply list(const std::string& token, const std::string& fields = {}) {
    return call({"GET", "/v1/accounts", token, {}, fields});
  }
  unsigned last_of(int times, const std::string& token) {
    unsigned status = 0;
    for (int i = 0; i < times; ++i) status = list(token).status;
    return status;
  }

  rate_limit_options how_;
  std::optional<standing_limits> standing_;
};

TEST_F(rate_limits_api, are_in_the_headers_of_every_answer) {
  limit();
  const reply r = list(alice_);
  EXPECT_EQ(r.status, 200U);
  EXPECT_EQ(r.field("ratelimit-policy"), R"("caller";q=10;w=1)");
  EXPECT_EQ(r.field("ratelimit"), R"("caller";r=9;t=1)");
  EXPECT_EQ(r.field("x-ratelimit-limit"), "10");
  EXPECT_EQ(r.field("x-ratelimit-remaining"), "9");
  const auto now = std::chrono::duration_cast<seconds>(time_.wall_now().time_since_epoch());
  EXPECT_EQ(r.field("x-ratelimit-reset"), std::to_string(now.count() + 1));
}

TEST_F(rate_limits_api, refuse_a_request_above_the_limit_with_retry_after) {
  limit();
  EXPECT_EQ(last_of(10, alice_), 200U);
  const reply r = list(alice_);
  expect_problem(r, 429, "rate_limited");
  EXPECT_EQ(r.field("retry-after"), "1");
  EXPECT_EQ(r.field("x-ratelimit-remaining"), "0");
  EXPECT_EQ(r.json().at("retry_after").as_int64(), 1);
  EXPECT_EQ(list(bob_).status, 200U) << "another caller";
  time_.advance(milliseconds(100));
  EXPECT_EQ(list(alice_).status, 200U);
  EXPECT_EQ(list(alice_).status, 429U);
}

TEST_F(rate_limits_api, count_every_token_of_an_owner_as_one_caller) {
  limit();
  const std::string other = add_token(storage::role::customer, "alice");
  EXPECT_EQ(last_of(10, alice_), 200U);
  EXPECT_EQ(list(other).status, 429U);
}

TEST_F(rate_limits_api, count_reads_and_writes_apart) {
  limit();
  EXPECT_EQ(last_of(11, alice_), 429U);
  const reply r = post("/v1/transfers", alice_, "{}");
  EXPECT_EQ(r.status, 400U);
  EXPECT_EQ(r.field("x-ratelimit-remaining"), "9");
}

TEST_F(rate_limits_api, take_one_token_for_a_large_body) {
  limit();
  const std::string padding(options_.body_limit, ' ');
  const std::string body = R"({"transfers":[]})" + padding;
  const reply r = post("/v1/transfers/batch", alice_, body);
  EXPECT_EQ(r.status, 400U) << r.body;
  EXPECT_EQ(r.field("x-ratelimit-remaining"), "9");
}

/// RFC 9110, 10.1.1: the head decides, before the body is sent.
TEST_F(rate_limits_api, refuse_before_the_body_is_sent) {
  limit();
  const std::string body = R"({"type":"checking","currency":"USD"})";
  const std::string head = "POST /v1/accounts HTTP/1.1\r\nHost: bank\r\nAuthorization: Bearer " +
                           alice_ +
                           "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                           "Content-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n";
  http_client c = connect();
  for (int left = 9; left >= 0; --left) {
    c.send(head);
    ASSERT_EQ(c.read().status, 100U);
    c.send(body);
    const reply r = c.read();
    EXPECT_EQ(r.status, 201U) << r.body;
    EXPECT_EQ(r.field("x-ratelimit-remaining"), std::to_string(left)) << "one token each";
  }
  c.send(head);
  expect_problem(c.read(), 429, "rate_limited");
  EXPECT_TRUE(c.closed());
}

TEST_F(rate_limits_api, exempt_admins) {
  limit();
  EXPECT_EQ(last_of(50, admin_), 200U);
  EXPECT_EQ(list(admin_).field("ratelimit"), "");
}

TEST_F(rate_limits_api, count_anonymous_callers_by_address) {
  limit();
  EXPECT_EQ(last_of(5, "bank_wrong"), 401U);
  EXPECT_EQ(last_of(5, ""), 401U);
  const reply r = list("");
  expect_problem(r, 429, "rate_limited");
  EXPECT_EQ(list("bank_wrong").status, 429U);
  EXPECT_EQ(list(alice_).status, 200U);
}

TEST_F(rate_limits_api, can_limit_the_whole_node) {
  how_.node_per_second = 20;
  limit();
  EXPECT_EQ(last_of(20, admin_), 200U);
  const reply r = list(admin_);
  expect_problem(r, 429, "rate_limited");
  EXPECT_EQ(r.field("ratelimit-policy"), R"("node";q=20;w=1)");
}

TEST_F(rate_limits_api, can_be_switched_off) {
  how_.per_second = 0;
  limit();
  EXPECT_EQ(last_of(50, alice_), 200U);
}

TEST_F(rate_limits_api, end_a_wait_at_the_deadline) {
  how_.wait = milliseconds(250);
  limit();
  EXPECT_EQ(last_of(10, alice_), 200U);
  const reply r = list(alice_, "X-Request-Timeout-Ms: 50\r\n");
  expect_problem(r, 504, "deadline_exceeded");
}

TEST_F(rate_limits_api, admit_everything_while_the_limiter_is_down) {
  const rate_guard fallen(rt_, how_);
  limits_ = &fallen;
  EXPECT_EQ(last_of(20, alice_), 200U);
  client_.reset();
  server_.reset();
}

/// With the real clock: each wait takes some milliseconds.
using waiting_limits_api = server_fixture;

TEST_F(waiting_limits_api, let_a_request_wait_for_its_token) {
  const standing_limits standing(
      rt_, {.per_second = 200, .burst = 1, .wait = std::chrono::milliseconds(20'000)});
  limits_ = standing.guard();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/v1/accounts", alice_).status, 200U);
  client_.reset();
  server_.reset();
}

TEST(caller_address, is_the_network_of_a_client) {
  using boost::asio::ip::make_address;
  EXPECT_EQ(caller_address(make_address("192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(caller_address(make_address("::ffff:192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(caller_address(make_address("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
}

/// A store behind a circuit breaker.
class store_breaker_api : public own_clock, public server_fixture {
 protected:
  store_breaker_api() : server_fixture(own_clock::time_) { breaker_of_store_ = &breaker_; }

  const lifeline::guards::circuit_breaker breaker_{{}, time_};
};

TEST_F(store_breaker_api, refuses_store_requests_while_the_circuit_is_open) {
  const std::string account = open("alice");
  breaker_.trip();
  const reply read = get("/v1/accounts", admin_);
  expect_problem(read, 503, "store_unavailable");
  EXPECT_EQ(read.field("retry-after"), "1");
  EXPECT_EQ(read.text("detail"), "store unavailable (circuit open); retry in 1 s");
  const reply write = post("/v1/transfers", admin_, transfer("world", account, 5));
  expect_problem(write, 503, "store_unavailable");
  EXPECT_EQ(write.text("outcome"), "unknown") << "it may repeat an earlier request";
  time_.advance(seconds(1));
  EXPECT_EQ(get("/v1/accounts", admin_).status, 200U) << "retried";
  EXPECT_EQ(posted(account), 0);
}

}  // namespace
}  // namespace bank::api::testing
