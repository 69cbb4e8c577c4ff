#include <future>

#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

class idempotency_api : public server_fixture {
 protected:
  const std::string a_ = open("alice");
};

constexpr auto fresh_id = "0193e0a0-0000-7000-8000-000000000001";
constexpr auto key = "Idempotency-Key: k-1\r\n";

TEST_F(idempotency_api, answers_a_repeated_key_as_the_first) {
  const reply first = post("/v1/transfers", admin_, transfer("world", a_, 5), key);
  ASSERT_EQ(first.status, 201U) << first.body;
  EXPECT_EQ(first.field("idempotency-replayed"), "");
  // The same content in another spelling.
  const reply second =
      post("/v1/transfers", admin_,
           R"( {"currency":"USD", "amount":5, "to":")" + a_ + R"(", "from":"world"})", key);
  EXPECT_EQ(second.status, 201U);
  EXPECT_EQ(second.field("idempotency-replayed"), "true");
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(posted(a_), 5);
}

TEST_F(idempotency_api, refuses_a_key_with_another_body) {
  ASSERT_EQ(post("/v1/transfers", admin_, transfer("world", a_, 5), key).status, 201U);
  expect_problem(post("/v1/transfers", admin_, transfer("world", a_, 6), key), 422,
                 "idempotency_mismatch");
  EXPECT_EQ(posted(a_), 5);
}

TEST_F(idempotency_api, keeps_callers_keys_apart) {
  deposit(a_, 100);
  const std::string b = open("bob");
  deposit(b, 100);
  ASSERT_EQ(post("/v1/transfers", alice_, transfer(a_, b, 1), key).status, 201U);
  ASSERT_EQ(post("/v1/transfers", bob_, transfer(b, a_, 1), key).status, 201U);
  const std::string alices_other_token = add_token(storage::role::customer, "alice");
  EXPECT_EQ(post("/v1/transfers", alices_other_token, transfer(a_, b, 1), key)
                .field("idempotency-replayed"),
            "true");
}

TEST_F(idempotency_api, frees_a_key_whose_request_was_refused) {
  const std::string b = open("bob");
  expect_problem(post("/v1/transfers", alice_, transfer(a_, b, 1), key), 422, "insufficient_funds");
  deposit(a_, 1);
  EXPECT_EQ(post("/v1/transfers", alice_, transfer(a_, b, 1), key).status, 201U);
}

TEST_F(idempotency_api, shows_a_repeated_transfer_only_to_its_creator) {
  deposit(a_, 5);
  const std::string b = open("bob");
  const std::string body = transfer(a_, b, 5, std::string(R"(,"id":")") + fresh_id + "\"");
  ASSERT_EQ(post("/v1/transfers", alice_, body).status, 201U);
  const std::string eve = add_token(storage::role::customer, "eve");
  expect_problem(post("/v1/transfers", eve, body), 403, "forbidden");
}

TEST_F(idempotency_api, treats_a_transfers_id_alike) {
  const std::string id = std::string(R"(,"id":")") + fresh_id + "\"";
  const reply first = post("/v1/transfers", admin_, transfer("world", a_, 5, id));
  const reply second = post("/v1/transfers", admin_, transfer("world", a_, 5, id));
  EXPECT_EQ(first.status, 201U);
  EXPECT_EQ(second.status, 201U);
  EXPECT_EQ(second.field("idempotency-replayed"), "true");
  EXPECT_EQ(second.body, first.body);
  expect_problem(post("/v1/transfers", admin_, transfer("world", a_, 6, id)), 422,
                 "idempotency_mismatch");
  EXPECT_EQ(posted(a_), 5);
}

TEST_F(idempotency_api, opens_one_account_under_a_key) {
  const std::string body = R"({"type":"checking","currency":"USD","owner":"alice"})";
  const reply first = post("/v1/accounts", admin_, body, key);
  const reply second = post("/v1/accounts", admin_, body, key);
  EXPECT_EQ(first.status, 201U) << first.body;
  EXPECT_EQ(second.status, 201U) << second.body;
  EXPECT_EQ(second.field("idempotency-replayed"), "true");
  EXPECT_EQ(first.text("id"), second.text("id"));
  EXPECT_EQ(first.body, second.body);
  expect_problem(
      post("/v1/accounts", admin_, R"({"type":"savings","currency":"USD","owner":"alice"})", key),
      422, "idempotency_mismatch");
}

/// Whatever the object's state, limit or balance is now, deleted ones included.
TEST_F(idempotency_api, repeats_the_first_answer_on_every_route) {
  const std::string b = open("bob");
  deposit(a_, 1'000);
  struct asked {
    std::string target, body, fields;
    reply first;
  };
  std::vector<asked> all;
  const auto ask = [&](const std::string& target, const std::string& body) {
    const std::string fields = "Idempotency-Key: each-" + std::to_string(all.size()) + "\r\n";
    reply first = post(target, admin_, body, fields);
    EXPECT_LT(first.status, 300U) << target << first.body;
    const std::string id = first.text("id");
    all.push_back({target, body, fields, std::move(first)});
    return id;
  };
  const std::string c = ask(
      "/v1/accounts", R"({"type":"savings","currency":"USD","owner":"alice","overdraft_limit":9})");
  const std::string hold =
      ask("/v1/transfers", transfer(a_, b, 50, R"(,"pending":true,"expires_in":99)"));
  const std::string later =
      ask("/v1/transfers", transfer(a_, b, 5, R"(,"execute_at":"2099-01-01T00:00:00+01:00")"));
  ask("/v1/transfers/" + hold + "/post", R"({"amount":20})");
  const std::string direct = ask("/v1/transfers", transfer(a_, c, 7));
  ask("/v1/transfers/" + direct + "/reverse", "");
  ask("/v1/transfers/" + later + "/void", "");
  const std::string order =
      ask("/v1/standing-orders", R"({"every":"day","first_at":"2098-12-31T23:30:00-01:00",)" +
                                     transfer(a_, b, 5).substr(1));
  EXPECT_EQ(call({"DELETE", "/v1/standing-orders/" + order, admin_}).status, 204U);
  for (const std::string change : {R"({"overdraft_limit":0})", R"({"state":"frozen"})",
                                   R"({"state":"open"})", R"({"state":"closed"})"})
    EXPECT_EQ(call({"PATCH", "/v1/accounts/" + c, admin_, change}).status, 200U);
  EXPECT_EQ(call({"PATCH", "/v1/accounts/" + a_, admin_, R"({"state":"frozen"})"}).status, 200U);
  for (const asked& one : all) {
    const reply again = post(one.target, admin_, one.body, one.fields);
    EXPECT_EQ(again.status, one.first.status) << one.target;
    EXPECT_EQ(again.body, one.first.body) << one.target;
    EXPECT_EQ(again.field("idempotency-replayed"), "true") << one.target;
  }
}

/// A key is compared by the text, an id by the meaning.
TEST_F(idempotency_api,
       takes_the_same_moment_in_another_offset_for_another_body_but_the_same_transfer) {
  const auto body = [&](const char* time) {
    return transfer("world", a_, 5,
                    R"(,"id":")" + std::string(fresh_id) + R"(","execute_at":")" + time + "\"");
  };
  const reply first = post("/v1/transfers", admin_, body("2099-01-01T00:00:00Z"), key);
  EXPECT_EQ(first.text("execute_at"), "2099-01-01T00:00:00.000Z");
  const auto elsewhere = body("2099-01-01T05:30:00+05:30");
  EXPECT_EQ(post("/v1/transfers", admin_, elsewhere).body, first.body);
  expect_problem(post("/v1/transfers", admin_, elsewhere, key), 422, "idempotency_mismatch");
}

TEST_F(idempotency_api, refuses_bad_keys) {
  for (const std::string& bad : {std::string(), std::string(256, 'k'), std::string("\xc3\xa9")}) {
    expect_problem(
        post("/v1/transfers", admin_, transfer("world", a_, 5), "Idempotency-Key: " + bad + "\r\n"),
        400, "invalid_field", "Idempotency-Key");
  }
}

TEST_F(idempotency_api, reports_that_the_first_request_is_still_running) {
  std::promise<void> begun, release;
  std::atomic<bool> once{false};
  store_.on_commit([&](const auto&) {
    if (once.exchange(true)) return;
    begun.set_value();
    release.get_future().wait();
  });
  http_client other = connect();
  other.send(ask_for{"POST", "/v1/transfers", admin_, transfer("world", a_, 5), key}.text());
  begun.get_future().wait();
  expect_problem(post("/v1/transfers", admin_, transfer("world", a_, 5), key), 409, "in_progress");
  release.set_value();
  EXPECT_EQ(other.read().status, 201U);
}

}  // namespace
}  // namespace bank::api::testing
