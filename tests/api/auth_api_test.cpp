#include <future>
#include <thread>

#include "api/server_fixture.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api::testing {
namespace {

class auth_api : public server_fixture {};

TEST_F(auth_api, requires_a_valid_token) {
  const std::string expired =
      add_token(storage::role::admin, "root", now() - std::chrono::seconds(1));
  const std::string revoked = add_token(storage::role::admin, "root");
  ASSERT_TRUE(tokens_.revoke(rt_.background(), last_token_id_, now()));
  for (const std::string& token : {std::string(), std::string("bank_unknown"), expired, revoked}) {
    const reply r = get("/v1/accounts", token);
    expect_problem(r, 401, "unauthenticated", "Authorization");
    EXPECT_TRUE(r.field("www-authenticate").starts_with("Bearer realm="));
  }
  const reply basic = call({"GET", "/v1/accounts", "", "", "Authorization: Basic YTpi\r\n"});
  expect_problem(basic, 401, "unauthenticated", "Authorization");
  EXPECT_EQ(get("/v1/accounts", admin_).status, 200U) << "the connection stays open";
}

TEST_F(auth_api, gives_each_role_its_routes) {
  const std::string id = open("alice");
  const std::string paid = deposit(id, 1);
  struct row {
    std::string method, target, body;
    unsigned admin, customer, auditor, nobody;
  };
  const std::string account = R"({"type":"checking","currency":"USD"})";
  for (const row& c : {
           row{"POST", "/v1/accounts", account, 201, 201, 403, 401},
           row{"GET", "/v1/accounts", "", 200, 200, 200, 401},
           row{"GET", "/v1/accounts/" + id, "", 200, 200, 200, 401},
           row{"GET", "/v1/accounts/" + id + "/history", "", 200, 200, 200, 401},
           row{"POST", "/v1/transfers", transfer("world", id, 1), 201, 403, 403, 401},
           row{"GET", "/v1/transfers/" + paid, "", 200, 200, 200, 401},
           row{"GET", "/v1/admin/money", "", 200, 403, 200, 401},
           row{"GET", "/livez", "", 200, 200, 200, 200},
           row{"GET", "/openapi.json", "", 200, 200, 200, 200},
           row{"GET", "/nowhere", "", 404, 404, 404, 404},
       }) {
    SCOPED_TRACE(c.method + " " + c.target);
    EXPECT_EQ(call({c.method, c.target, admin_, c.body}).status, c.admin);
    EXPECT_EQ(call({c.method, c.target, alice_, c.body}).status, c.customer);
    EXPECT_EQ(call({c.method, c.target, auditor_, c.body}).status, c.auditor);
    EXPECT_EQ(call({c.method, c.target, "", c.body}).status, c.nobody);
  }
}

TEST_F(auth_api, accepts_a_cached_token_while_the_store_is_down) {
  ASSERT_EQ(get("/v1/accounts", admin_).status, 200U);
  tokens_.fail_calls();
  EXPECT_EQ(get("/v1/accounts", admin_).status, 200U);
  const reply r = get("/v1/accounts", alice_);
  expect_problem(r, 503, "store_unavailable");
  const reply write = post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD"})");
  expect_problem(write, 503, "store_unavailable");
  EXPECT_EQ(write.text("outcome"), "none");
}

struct own_clock {
  lifeline::manual_clock time_;
};

/// The test sets the time. The token store counts its queries.
class remembered_tokens_api : public own_clock, public server_fixture {
 protected:
  class counting final : public storage::token_store {
   public:
    explicit counting(storage::token_store& real) : real_(real) {}
    template <class T>
    using result = lifeline::ledger::result<T>;
    using record = storage::token_record;

    result<void> add(const lifeline::context& c, const record& t) override {
      return real_.add(c, t);
    }
    result<std::optional<record>> find(const lifeline::context& c, std::string_view h) override {
      ++asked;
      if (held) released.wait();
      return real_.find(c, h);
    }
    result<std::vector<record>> list(const lifeline::context& c) override { return real_.list(c); }
    result<bool> revoke(const lifeline::context& c, std::string_view id,
                        lifeline::wall_time at) override {
      return real_.revoke(c, id, at);
    }
    std::atomic<int> asked{0};
    std::atomic<bool> held{false};
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();

   private:
    storage::token_store& real_;
  };

  remembered_tokens_api() : server_fixture(own_clock::time_) {
    options_.tokens = {.ttl = std::chrono::seconds(100),
                       .refresh = std::chrono::seconds(60),
                       .stale_for = std::chrono::seconds(1'000)};
    breaker_of_store_ = &breaker_;
  }
  ~remembered_tokens_api() override {
    client_.reset();
    server_.reset();
  }
  unsigned list(const std::string& token) {
    if (!server_) start(asked_);
    client_.reset();
    return get("/v1/accounts", token).status;
  }
  void pass(std::chrono::seconds t) { time_.advance(t); }

  counting asked_{tokens_};
  const lifeline::guards::circuit_breaker breaker_{{}, time_};
};

TEST_F(remembered_tokens_api, are_looked_up_once_for_concurrent_requests) {
  start(asked_);
  asked_.held = true;
  std::vector<http_client> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(connect());
    all.back().send(ask_for{"GET", "/v1/accounts", alice_}.text());
  }
  while (server_->running_requests() < 8) std::this_thread::yield();
  asked_.release.set_value();
  for (auto& c : all) EXPECT_EQ(c.read().status, 200U);
  EXPECT_EQ(asked_.asked, 1);
}

TEST_F(remembered_tokens_api, in_use_are_refreshed_before_they_expire) {
  options_.tokens.stale_for = std::chrono::seconds(0);
  EXPECT_EQ(list(alice_), 200U);
  pass(std::chrono::seconds(50));
  EXPECT_EQ(list(alice_), 200U);
  while (asked_.asked < 2 || !server_->running_calls().empty()) std::this_thread::yield();
  tokens_.fail_calls();
  pass(std::chrono::seconds(60));
  EXPECT_EQ(list(alice_), 200U) << "as of a minute ago";
}

TEST_F(remembered_tokens_api, stay_valid_while_the_store_does_not_answer) {
  EXPECT_EQ(list(admin_), 200U);
  tokens_.fail_calls();
  pass(std::chrono::seconds(101));
  EXPECT_EQ(list(admin_), 200U);
  EXPECT_EQ(list(alice_), 503U) << "not cached";
  pass(std::chrono::seconds(1'000));
  EXPECT_EQ(list(admin_), 503U) << "too long ago";
}

TEST_F(remembered_tokens_api, pause_queries_after_the_store_failed) {
  EXPECT_EQ(list(admin_), 200U);
  tokens_.fail_calls();
  pass(std::chrono::seconds(101));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(list(admin_), 200U);
  EXPECT_EQ(asked_.asked, 2);
  pass(std::chrono::seconds(1));
  EXPECT_EQ(list(admin_), 200U);
  EXPECT_EQ(asked_.asked, 3) << "retried after a second";
}

TEST_F(remembered_tokens_api, are_not_looked_up_while_the_circuit_is_open) {
  EXPECT_EQ(list(admin_), 200U);
  pass(std::chrono::seconds(101));
  breaker_.trip();
  EXPECT_EQ(list(admin_), 503U) << "the list itself needs the store";
  EXPECT_EQ(get("/v1/admin/overview", admin_).status, 404U)
      << "accepted; this server has no operations data";
  EXPECT_EQ(asked_.asked, 1);
}

TEST_F(remembered_tokens_api, are_never_valid_past_their_expiry) {
  const auto brief = add_token(storage::role::admin, "eve", now() + std::chrono::seconds(200));
  EXPECT_EQ(list(brief), 200U);
  tokens_.fail_calls();
  pass(std::chrono::seconds(199));
  EXPECT_EQ(list(brief), 200U);
  pass(std::chrono::seconds(1));
  EXPECT_EQ(list(brief), 503U);
  tokens_.fail_calls(0);
  EXPECT_EQ(list(brief), 401U);
}

TEST_F(remembered_tokens_api, are_checked_with_each_request_of_a_connection) {
  start(asked_);
  const auto brief = add_token(storage::role::admin, "eve", now() + std::chrono::hours(1));
  EXPECT_EQ(get("/v1/accounts", brief).status, 200U);
  time_.jump_wall(std::chrono::hours(1));
  expect_problem(get("/v1/accounts", brief), 401, "unauthenticated", "Authorization");
}

/// A stale token is valid while the store does not answer, unless it expires meanwhile.
TEST_F(remembered_tokens_api, are_refused_if_they_expire_during_the_query) {
  const auto brief = add_token(storage::role::admin, "eve", now() + std::chrono::hours(1));
  EXPECT_EQ(list(brief), 200U);
  pass(std::chrono::seconds(101));
  asked_.held = true;
  http_client c = connect();
  c.send(ask_for{"GET", "/v1/accounts", brief}.text());
  while (asked_.asked < 2) std::this_thread::yield();
  time_.jump_wall(std::chrono::hours(1));
  pass(std::chrono::seconds(3));
  expect_problem(c.read(), 401, "unauthenticated", "Authorization");
  asked_.release.set_value();
}

TEST_F(remembered_tokens_api, that_are_refused_are_cached_briefly) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(list("bank_guess"), 401U);
  EXPECT_EQ(asked_.asked, 1);
  pass(std::chrono::seconds(10));
  EXPECT_EQ(list("bank_guess"), 401U);
  EXPECT_EQ(asked_.asked, 2);
}

}  // namespace
}  // namespace bank::api::testing
