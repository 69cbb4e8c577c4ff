#include "api/server_fixture.hpp"
#include "bank/json/write.hpp"

namespace bank::api::testing {
namespace {

class holds_api : public server_fixture {
 protected:
  holds_api() { deposit(a_, 100); }

  std::string hold(std::int64_t amount, const std::string& more = {}) {
    const reply r =
        post("/v1/transfers", alice_, transfer(a_, b_, amount, R"(,"pending":true)" + more));
    EXPECT_EQ(r.status, 201U) << r.body;
    EXPECT_EQ(r.text("state"), "pending");
    return r.text("id");
  }
  reply act(const std::string& id, const std::string& what, const std::string& token,
            const std::string& body = {}, const std::string& fields = {}) {
    return post("/v1/transfers/" + id + "/" + what, token, body, fields);
  }
  std::string balances() {
    return get("/v1/accounts/" + a_, admin_).body + get("/v1/accounts/" + b_, admin_).body;
  }
  std::int64_t available(const std::string& account) {
    return get("/v1/accounts/" + account, admin_).json().at("balance").at("available").as_int64();
  }
  static std::string time_in(std::chrono::milliseconds d) {
    std::string out;
    json::append_time(out, lifeline::process_clock().wall_now() + d);
    return out;
  }

  const std::string a_ = open("alice");
  const std::string b_ = open("bob");
};

constexpr auto fresh_id = "0193e0a0-0000-7000-8000-000000000001";

TEST_F(holds_api, hold_and_post_a_part) {
  const std::string id = hold(60, R"(,"expires_in":3600)");
  EXPECT_EQ(available(a_), 40);
  const auto shown = get("/v1/transfers/" + id, bob_).json();
  EXPECT_EQ(shown.at("state").as_string(), "pending");
  EXPECT_EQ(shown.at("held_amount").as_int64(), 60);
  EXPECT_EQ(shown.at("expires_in").as_int64(), 3600);
  EXPECT_TRUE(shown.at("expires_at").is_string());
  EXPECT_TRUE(shown.at("posted_at").is_null());
  const reply r = act(id, "post", alice_, R"({"amount":25})");
  ASSERT_EQ(r.status, 200U) << r.body;
  EXPECT_EQ(r.json().at("amount").as_int64(), 25);
  EXPECT_EQ(r.json().at("held_amount").as_int64(), 60);
  EXPECT_EQ(r.text("state"), "posted");
  EXPECT_EQ(posted(a_), 75);
  EXPECT_EQ(available(a_), 75);
  EXPECT_EQ(posted(b_), 25);
  EXPECT_EQ(get("/v1/transfers/" + id, alice_).json(), r.json());
}

TEST_F(holds_api, hold_and_void) {
  const std::string id = hold(60);
  const reply r = act(id, "void", alice_, "{}");
  ASSERT_EQ(r.status, 200U) << r.body;
  EXPECT_EQ(r.text("state"), "voided");
  EXPECT_EQ(available(a_), 100);
  const reply again = act(id, "void", alice_);
  EXPECT_EQ(again.status, 200U);
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
  EXPECT_EQ(again.body, r.body);
}

TEST_F(holds_api, refuse_each_error_and_leave_all_balances_as_they_were) {
  const std::string open_hold = hold(10);
  const std::string void_hold = hold(10);
  act(void_hold, "void", alice_);
  const std::string direct = post("/v1/transfers", alice_, transfer(a_, b_, 5)).text("id");
  const std::string planned =
      post("/v1/transfers", alice_,
           transfer(a_, b_, 5, R"(,"execute_at":)" + time_in(std::chrono::hours(1))))
          .text("id");
  struct row {
    std::string id, what, body;
    unsigned status;
    std::string code, field;
  };
  const std::string before = balances();
  for (const row& r : std::vector<row>{
           {open_hold, "post", R"({"amount":11})", 422, "amount_above_hold", ""},
           {open_hold, "post", R"({"amount":0})", 400, "invalid_field", "amount"},
           {open_hold, "post", R"({"sum":1})", 400, "invalid_field", "sum"},
           {open_hold, "post", "[]", 400, "malformed_json", ""},
           {open_hold, "void", R"({"amount":1})", 400, "invalid_field", "amount"},
           {open_hold, "reverse", "", 409, "invalid_state", ""},
           {void_hold, "post", "", 409, "invalid_state", ""},
           {void_hold, "reverse", "", 409, "invalid_state", ""},
           {direct, "post", "", 409, "invalid_state", ""},
           {direct, "void", "", 409, "invalid_state", ""},
           {planned, "post", "", 409, "invalid_state", ""},
           {planned, "reverse", "", 409, "invalid_state", ""},
           {fresh_id, "post", "", 404, "not_found", ""},
           {fresh_id, "void", "", 404, "not_found", ""},
           {fresh_id, "reverse", "", 404, "not_found", ""},
           {"x", "post", "", 400, "invalid_field", "id"},
       }) {
    SCOPED_TRACE(r.what + " " + r.body);
    expect_problem(act(r.id, r.what, admin_, r.body), r.status, r.code, r.field);
    EXPECT_EQ(balances(), before);
  }
}

TEST_F(holds_api, let_only_the_payer_and_admins_end_a_hold) {
  const std::string id = hold(10);
  const std::string eve = add_token(storage::role::customer, "eve");
  for (const std::string what : {"post", "void"}) {
    expect_problem(act(id, what, eve), 404, "not_found");
    expect_problem(act(id, what, bob_), 403, "forbidden");
    expect_problem(act(id, what, auditor_), 403, "forbidden");
  }
  EXPECT_EQ(act(id, "post", admin_).status, 200U);
  expect_problem(act(id, "reverse", eve), 404, "not_found");
  expect_problem(act(id, "reverse", alice_), 403, "forbidden");
  EXPECT_EQ(act(id, "reverse", bob_).status, 201U);
}

TEST_F(holds_api, reverse_once_and_answer_the_first_reversal_again) {
  const std::string id = post("/v1/transfers", alice_, transfer(a_, b_, 30)).text("id");
  const reply first = act(id, "reverse", bob_);
  ASSERT_EQ(first.status, 201U) << first.body;
  EXPECT_EQ(first.text("reverses"), id);
  EXPECT_EQ(first.text("from"), b_);
  EXPECT_EQ(first.field("idempotency-replayed"), "");
  for (int i = 0; i < 3; ++i) {
    const reply again = act(id, "reverse", i == 1 ? admin_ : bob_, "",
                            "Idempotency-Key: " + std::to_string(i) + "\r\n");
    EXPECT_EQ(again.status, 201U) << again.body;
    EXPECT_EQ(again.field("idempotency-replayed"), "true");
    EXPECT_EQ(again.body, first.body);
  }
  EXPECT_EQ(posted(a_), 100);
  EXPECT_EQ(posted(b_), 0);
  expect_problem(act(first.text("id"), "reverse", admin_), 409, "invalid_state");
}

TEST_F(holds_api, reverse_deposits_by_admins_only) {
  const std::string id = deposit(a_, 50);
  expect_problem(act(id, "reverse", alice_), 403, "forbidden");
  EXPECT_EQ(act(id, "reverse", admin_).status, 201U);
  EXPECT_EQ(posted(a_), 100);
}

TEST_F(holds_api, refuse_a_reversal_without_funds_and_move_nothing) {
  const std::string id = post("/v1/transfers", alice_, transfer(a_, b_, 30)).text("id");
  ASSERT_EQ(post("/v1/transfers", bob_, transfer(b_, a_, 1)).status, 201U);
  const std::string before = balances();
  expect_problem(act(id, "reverse", bob_), 422, "insufficient_funds");
  EXPECT_EQ(balances(), before);
}

TEST_F(holds_api, keep_a_key_to_one_transfer_and_action) {
  const std::string one = hold(10);
  const std::string two = hold(10);
  constexpr auto key = "Idempotency-Key: k\r\n";
  const reply first = act(one, "post", alice_, "", key);
  ASSERT_EQ(first.status, 200U);
  const reply again = act(one, "post", alice_, "{}", key);
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  expect_problem(act(two, "post", alice_, "", key), 422, "idempotency_mismatch");
  expect_problem(act(one, "post", alice_, R"({"amount":5})", key), 422, "idempotency_mismatch");
  expect_problem(act(two, "void", alice_, "", key), 422, "idempotency_mismatch");
  expect_problem(post("/v1/transfers", alice_, transfer(a_, b_, 1), key), 422,
                 "idempotency_mismatch");
  EXPECT_EQ(posted(b_), 10);
}

TEST_F(holds_api, schedule_and_show_when) {
  const std::string at = time_in(std::chrono::hours(1));
  const reply r = post("/v1/transfers", alice_, transfer(a_, b_, 500, R"(,"execute_at":)" + at));
  ASSERT_EQ(r.status, 201U) << r.body;
  EXPECT_EQ(r.text("state"), "scheduled");
  EXPECT_EQ('"' + r.text("execute_at") + '"', at);
  EXPECT_EQ(available(a_), 100);
  EXPECT_EQ(act(r.text("id"), "void", alice_).text("state"), "voided");
}

TEST_F(holds_api, refuse_bad_terms_by_name) {
  struct row {
    std::string more, field;
  };
  for (const row& r : std::vector<row>{
           {R"(,"pending":"yes")", "pending"},
           {R"(,"expires_in":60)", "expires_in"},
           {R"(,"pending":true,"expires_in":0)", "expires_in"},
           {R"(,"pending":true,"expires_in":1e9)", "expires_in"},
           {R"(,"execute_at":"tomorrow")", "execute_at"},
           {R"(,"execute_at":"2020-01-01T00:00:00Z")", "execute_at"},
           {R"(,"execute_at":12)", "execute_at"},
       })
    expect_problem(post("/v1/transfers", alice_, transfer(a_, b_, 1, r.more)), 400, "invalid_field",
                   r.field);
  EXPECT_EQ(post("/v1/transfers", alice_, transfer(a_, b_, 1, R"(,"pending":false)")).text("state"),
            "posted");
}

TEST_F(holds_api, answer_503_when_the_store_can_not_be_written) {
  const std::string id = hold(10);
  store_.fail_next_commit(storage::commit_fault::unavailable);
  const reply r = act(id, "post", alice_);
  expect_problem(r, 503, "store_unavailable");
  EXPECT_EQ(r.text("outcome"), "none");
  EXPECT_EQ(act(id, "post", alice_).status, 200U);
}

}  // namespace
}  // namespace bank::api::testing
