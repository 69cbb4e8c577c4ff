#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

class transfers_api : public server_fixture {
 protected:
  const std::string a_ = open("alice");
  const std::string b_ = open("bob");
};

constexpr auto fresh_id = "0193e0a0-0000-7000-8000-000000000001";

TEST_F(transfers_api, moves_money) {
  deposit(a_, 1'000);
  const reply r = post(
      "/v1/transfers", alice_,
      transfer(a_, b_, 300, R"(,"kind":"rent","memo":"for\nMay","metadata":{"z":"1","a":"2"})"));
  ASSERT_EQ(r.status, 201U) << r.body;
  const auto t = r.json();
  EXPECT_EQ(t.at("from").as_string(), a_);
  EXPECT_EQ(t.at("to").as_string(), b_);
  EXPECT_EQ(t.at("amount").as_int64(), 300);
  EXPECT_EQ(t.at("kind").as_string(), "rent");
  EXPECT_EQ(t.at("memo").as_string(), "for\nMay");
  EXPECT_EQ(t.at("metadata").at("a").as_string(), "2");
  EXPECT_EQ(t.at("state").as_string(), "posted");
  EXPECT_GT(t.at("sequence").as_int64(), 0);
  EXPECT_TRUE(t.at("posted_at").is_string());
  EXPECT_EQ(posted(a_), 700);
  EXPECT_EQ(posted(b_), 300);
  EXPECT_EQ(get("/v1/transfers/" + r.text("id"), alice_).json(), t);
}

TEST_F(transfers_api, deposits_and_withdraws) {
  const std::string id = deposit(a_, 1'000);
  EXPECT_EQ(get("/v1/transfers/" + id, admin_).text("from"), "world");
  const reply out = post("/v1/transfers", admin_, transfer(a_, "world", 400));
  EXPECT_EQ(out.status, 201U);
  EXPECT_EQ(out.text("to"), "world");
  EXPECT_EQ(posted(a_), 600);
  const reply money = get("/v1/admin/money", auditor_);
  EXPECT_EQ(money.status, 200U);
  EXPECT_EQ(money.json().at("currencies").as_array().at(0).at("sum").as_int64(), 0);
  EXPECT_EQ(money.json().at("currencies").as_array().at(0).at("currency").as_string(), "USD");
  EXPECT_GT(money.json().at("sequence").as_int64(), 0);
}

TEST_F(transfers_api, refuses_bad_fields_by_name) {
  struct row {
    std::string body, field;
  };
  const std::string sides = R"("from":")" + a_ + R"(","to":")" + b_ + "\"";
  const std::string good = sides + R"(,"currency":"USD")";
  std::vector<row> table{
      {"{" + good + "}", "amount"},
      {R"({"to":")" + b_ + R"(","amount":1,"currency":"USD"})", "from"},
      {R"({"from":")" + a_ + R"(","amount":1,"currency":"USD"})", "to"},
      {R"({"from":7,"to":")" + b_ + R"(","amount":1,"currency":"USD"})", "from"},
      {R"({"from":"World","to":")" + b_ + R"(","amount":1,"currency":"USD"})", "from"},
      {"{" + sides + R"(,"amount":1})", "currency"},
      {"{" + sides + R"(,"amount":1,"currency":"ABC"})", "currency"},
      {"{" + good + R"(,"amount":1,"kind":"Rent"})", "kind"},
      {"{" + good + R"(,"amount":1,"kind":""})", "kind"},
      {"{" + good + R"(,"amount":1,"kind":")" + std::string(65, 'k') + "\"}", "kind"},
      {"{" + good + R"(,"amount":1,"memo":")" + std::string(501, 'm') + "\"}", "memo"},
      {"{" + good + R"(,"amount":1,"metadata":{"a":1}})", "metadata"},
      {"{" + good + R"(,"amount":1,"id":"x"})", "id"},
      {"{" + good + R"(,"amount":1,"expires_in":60})", "expires_in"},
      {"{" + good + R"(,"amount":1,"colour":"red"})", "colour"},
  };
  for (const std::string amount : {"0", "-1", "1.0", "1e3", "\"5\"", "true", "null",
                                   "9007199254740992", "99999999999999999999999", "[1]"})
    table.push_back({"{" + good + R"(,"amount":)" + amount + "}", "amount"});
  for (const row& c : table) {
    SCOPED_TRACE(c.body);
    expect_problem(post("/v1/transfers", admin_, c.body), 400, "invalid_field", c.field);
  }
}

TEST_F(transfers_api, gives_each_refusal_its_status) {
  const std::string eur =
      post("/v1/accounts", admin_, R"({"type":"checking","currency":"EUR","owner":"alice"})")
          .text("id");
  expect_problem(post("/v1/transfers", alice_, transfer(a_, b_, 1)), 422, "insufficient_funds");
  expect_problem(post("/v1/transfers", alice_, transfer(a_, a_, 1)), 422, "same_account");
  expect_problem(post("/v1/transfers", admin_, transfer("world", eur, 1)), 422,
                 "currency_mismatch");
  expect_problem(post("/v1/transfers", admin_, transfer("world", fresh_id, 1)), 404, "not_found");
}

TEST_F(transfers_api, lets_customers_debit_their_own_only) {
  deposit(b_, 100);
  deposit(a_, 100);
  expect_problem(post("/v1/transfers", alice_, transfer(b_, a_, 1)), 403, "forbidden");
  expect_problem(post("/v1/transfers", alice_, transfer("world", a_, 1)), 403, "forbidden", "from");
  expect_problem(post("/v1/transfers", alice_, transfer(a_, "world", 1)), 403, "forbidden", "to");
  const auto world = lifeline::ledger::world_account(*lifeline::ledger::currency::parse("USD"));
  expect_problem(post("/v1/transfers", alice_, transfer(a_, world.str(), 1)), 403, "forbidden",
                 "to");
  EXPECT_EQ(posted(b_), 100);
}

TEST_F(transfers_api, shows_a_transfer_to_both_sides_only) {
  deposit(a_, 100);
  const std::string id = post("/v1/transfers", alice_, transfer(a_, b_, 1)).text("id");
  const std::string carol = add_token(storage::role::customer, "carol");
  for (const std::string& token : {alice_, bob_, admin_, auditor_})
    EXPECT_EQ(get("/v1/transfers/" + id, token).status, 200U);
  expect_problem(get("/v1/transfers/" + id, carol), 404, "not_found");
  expect_problem(get(std::string("/v1/transfers/") + fresh_id, admin_), 404, "not_found");
  expect_problem(get("/v1/transfers/x", admin_), 400, "invalid_field", "id");
}

TEST_F(transfers_api, answers_503_when_the_store_can_not_be_written) {
  store_.fail_next_commit(storage::commit_fault::unavailable);
  const reply r = post("/v1/transfers", admin_, transfer("world", a_, 1));
  expect_problem(r, 503, "store_unavailable");
  EXPECT_EQ(r.text("outcome"), "none");
  EXPECT_EQ(posted(a_), 0);
}

}  // namespace
}  // namespace bank::api::testing
