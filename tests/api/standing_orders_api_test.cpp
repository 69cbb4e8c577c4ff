#include "api/server_fixture.hpp"
#include "bank/json/write.hpp"

namespace bank::api::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::string time_in(std::chrono::milliseconds d) {
  std::string out;
  json::append_time(out, lifeline::process_clock().wall_now() + d);
  return out;
}

class standing_orders_api : public server_fixture {
 protected:
  static std::string body(const std::string& from, const std::string& to,
                          const std::string& first_at, const std::string& more = {}) {
    return R"({"from":")" + from + R"(","to":")" + to +
           R"(","amount":500,"currency":"USD","every":"month","first_at":)" + first_at + more + "}";
  }
  std::string rent(const std::string& more = {}) const {
    return body(a_, b_, R"("2099-01-31T09:30:00Z")", more);
  }
  reply make(const std::string& text, const std::string& fields = {}) {
    return post("/v1/standing-orders", alice_, text, fields);
  }
  std::string made() {
    const reply r = make(rent());
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }
  reply erase(const std::string& id, const std::string& token) {
    return call({"DELETE", "/v1/standing-orders/" + id, token});
  }
  reply show(const std::string& id, const std::string& token) {
    return get("/v1/standing-orders/" + id, token);
  }

  const std::string a_ = open("alice");
  const std::string b_ = open("bob");
};

TEST_F(standing_orders_api, are_made_shown_and_deleted) {
  const reply r = make(rent(R"(,"last_at":"2101-01-01T00:00:00Z","memo":"rent")"));
  ASSERT_EQ(r.status, 201U) << r.body;
  const auto o = r.json();
  EXPECT_EQ(r.field("location"), "/v1/standing-orders/" + r.text("id"));
  EXPECT_EQ(r.text("from"), a_);
  EXPECT_EQ(r.text("to"), b_);
  EXPECT_EQ(o.at("amount").as_int64(), 500);
  EXPECT_EQ(r.text("currency"), "USD");
  EXPECT_EQ(r.text("every"), "month");
  EXPECT_EQ(r.text("first_at"), "2099-01-31T09:30:00.000Z");
  EXPECT_EQ(r.text("last_at"), "2101-01-01T00:00:00.000Z");
  EXPECT_EQ(r.text("memo"), "rent");
  EXPECT_EQ(r.text("state"), "active");
  EXPECT_EQ(r.text("next_at"), "2099-01-31T09:30:00.000Z");
  EXPECT_EQ(o.at("occurrences").as_int64(), 0);
  EXPECT_TRUE(o.at("deleted_at").is_null());
  EXPECT_FALSE(o.contains("seed"));
  for (const auto& token : {alice_, admin_, auditor_})
    EXPECT_EQ(show(r.text("id"), token).body, r.body);

  const reply gone = erase(r.text("id"), alice_);
  EXPECT_EQ(gone.status, 204U);
  EXPECT_EQ(gone.body, "");
  EXPECT_EQ(gone.field("content-length"), "");
  EXPECT_EQ(gone.field("content-type"), "");
  const reply after = show(r.text("id"), alice_);
  EXPECT_EQ(after.text("state"), "deleted");
  EXPECT_TRUE(after.json().at("next_at").is_null());
  EXPECT_TRUE(after.json().at("deleted_at").is_string());
  EXPECT_EQ(erase(r.text("id"), admin_).status, 204U) << "any number of times";
  EXPECT_EQ(show(r.text("id"), alice_).body, after.body);
}

TEST_F(standing_orders_api, of_others_are_hidden) {
  const std::string id = made();
  expect_problem(show(id, bob_), 404, "not_found");
  expect_problem(erase(id, bob_), 404, "not_found");
  EXPECT_EQ(show(id, bob_).text("detail"), "there is no standing order " + id);
  EXPECT_EQ(erase(id, bob_).text("detail"), "there is no standing order " + id);
  EXPECT_EQ(show(id, alice_).text("state"), "active");
  expect_problem(show("0193e0a0-0000-7000-8000-00000000ffff", admin_), 404, "not_found");
  expect_problem(erase("0193e0a0-0000-7000-8000-00000000ffff", admin_), 404, "not_found");
}

TEST_F(standing_orders_api, refuse_invalid_fields_by_name) {
  struct row {
    std::string body;
    unsigned status;
    const char* code;
    const char* field;
  };
  const std::string when = R"("2099-01-31T09:30:00Z")";
  const auto with = [&](const std::string& part, const std::string& instead) {
    std::string text = rent();
    text.replace(text.find(part), part.size(), instead);
    return text;
  };
  const std::string euros =
      post("/v1/accounts", admin_, R"({"type":"checking","currency":"EUR","owner":"bob"})")
          .text("id");
  const std::vector<row> table{
      {"{", 400, "malformed_json", ""},
      {with(R"("amount":500)", R"("amount":0)"), 400, "invalid_field", "amount"},
      {with(R"("amount":500)", R"("amount":9007199254740992)"), 400, "invalid_field", "amount"},
      {with("USD", "usd"), 400, "invalid_field", "currency"},
      {with("\"month\"", "\"year\""), 400, "invalid_field", "every"},
      {with(R"("every":"month",)", ""), 400, "invalid_field", "every"},
      {with(R"(,"first_at":)" + when, ""), 400, "invalid_field", "first_at"},
      {with(when, R"("2099-02-30T09:30:00Z")"), 400, "invalid_field", "first_at"},
      {with(when, time_in(seconds(-90))), 400, "invalid_field", "first_at"},
      {rent(R"(,"last_at":"2099-01-31T09:29:59.999Z")"), 400, "invalid_field", "last_at"},
      {rent(R"(,"execute_at":"2099-01-31T09:29:59.999Z")"), 400, "invalid_field", "execute_at"},
      {body("x", b_, when), 400, "invalid_field", "from"},
      {body("world", b_, when), 403, "forbidden", "from"},
      {body(a_, "world", when), 403, "forbidden", "to"},
      {body(b_, a_, when), 403, "forbidden", ""},
      {body(a_, "0193e0a0-0000-7000-8000-00000000ffff", when), 404, "not_found", ""},
      {body(a_, a_, when), 422, "same_account", ""},
      {body(a_, euros, when), 422, "currency_mismatch", ""},
  };
  for (const row& r : table) {
    SCOPED_TRACE(r.body);
    expect_problem(make(r.body), r.status, r.code, r.field);
  }
  EXPECT_TRUE(get("/v1/standing-orders", admin_).rows().empty());
  expect_problem(show("x", alice_), 400, "invalid_field", "id");
  expect_problem(erase("x", alice_), 400, "invalid_field", "id");
  expect_problem(get("/v1/standing-orders?state=gone", alice_), 400, "invalid_field", "state");
  expect_problem(get("/v1/standing-orders?cursor=x", alice_), 400, "invalid_field", "cursor");
  EXPECT_EQ(make(with(when, time_in(seconds(-30)))).status, 201U) << "clocks may differ a little";
  EXPECT_EQ(post("/v1/standing-orders", admin_, body("world", b_, when)).status, 201U);
}

TEST_F(standing_orders_api, under_one_key_are_made_once) {
  const std::string key = "Idempotency-Key: rent\r\n";
  const std::string text = body(a_, b_, time_in(seconds(-59)));
  const reply first = make(text, key);
  ASSERT_EQ(first.status, 201U) << first.body;
  const reply again = make(text, key);
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  expect_problem(make(rent(), key), 422, "idempotency_mismatch");
  expect_problem(post("/v1/transfers", alice_, transfer(a_, b_, 1), key), 422,
                 "idempotency_mismatch");
  erase(first.text("id"), alice_);
  EXPECT_EQ(make(text, key).body, first.body) << "the first answer, whatever its state is now";
  EXPECT_EQ(get("/v1/standing-orders", alice_).rows().size(), 1U);
}

TEST_F(standing_orders_api, report_the_outcome_when_the_store_fails) {
  store_.fail_next_commit(storage::commit_fault::unavailable);
  const reply refused = make(rent());
  expect_problem(refused, 503, "store_unavailable");
  EXPECT_EQ(refused.text("outcome"), "none");
  const std::string id = made();
  store_.fail_next_commit(storage::commit_fault::unavailable);
  const reply kept = erase(id, alice_);
  expect_problem(kept, 503, "store_unavailable");
  EXPECT_EQ(kept.text("outcome"), "none");
  EXPECT_EQ(show(id, alice_).text("state"), "active");
}

TEST_F(standing_orders_api, are_listed_newest_first_and_page_by_page) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(made());
  const reply bobs = post("/v1/standing-orders", bob_, body(b_, a_, R"("2099-01-31T09:30:00Z")"));
  erase(ids[1], alice_);
  const auto listed = [&](const std::string& query, const std::string& token) {
    std::vector<std::string> found;
    const reply r = get("/v1/standing-orders" + query, token);
    EXPECT_EQ(r.status, 200U) << r.body;
    for (const auto& o : r.rows()) found.emplace_back(o.at("id").as_string());
    return found;
  };
  using texts = std::vector<std::string>;
  EXPECT_EQ(listed("", alice_), (texts{ids[4], ids[3], ids[2], ids[1], ids[0]}));
  EXPECT_EQ(listed("", bob_), texts{bobs.text("id")});
  EXPECT_EQ(listed("", auditor_).size(), 6U);
  EXPECT_EQ(listed("?account=" + b_, admin_), texts{bobs.text("id")}) << "orders that pay from it";
  EXPECT_EQ(listed("?account=" + a_ + "&state=deleted", alice_), texts{ids[1]});
  EXPECT_EQ(listed("?state=active&limit=2", alice_), (texts{ids[4], ids[3]}));
  expect_problem(get("/v1/standing-orders?account=" + b_, alice_), 404, "not_found");

  const reply page = get("/v1/standing-orders?limit=3", alice_);
  const std::string next = page.text("next_cursor");
  const std::string newer = made();  // shifts no row
  EXPECT_EQ(listed("?limit=3&cursor=" + next, alice_), (texts{ids[1], ids[0]}));
  expect_problem(get("/v1/standing-orders?state=active&cursor=" + next, alice_), 400,
                 "invalid_field", "cursor");
  EXPECT_TRUE(
      get("/v1/standing-orders?limit=3&cursor=" + next, alice_).json().at("next_cursor").is_null());
}

}  // namespace
}  // namespace bank::api::testing
