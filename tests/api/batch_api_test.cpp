#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

constexpr auto fresh_id = "0193e0a0-0000-7000-8000-000000000001";
constexpr auto another_id = "0193e0a0-0000-7000-8000-000000000002";
constexpr auto route = "/v1/transfers/batch";

class batch_api : public server_fixture {
 protected:
  batch_api() { deposit(a_, 1'000); }

  static std::string batch(const std::vector<std::string>& transfers, bool atomic = false) {
    std::string body = R"({"transfers":[)";
    for (const auto& t : transfers) (body += body.back() == '[' ? "" : ",") += t;
    return body + (atomic ? R"(],"atomic":true})" : "]}");
  }
  static boost::json::array results(const reply& r) {
    EXPECT_EQ(r.status, 200U) << r.body;
    return r.json().at("data").as_array();
  }
  static std::vector<std::int64_t> statuses(const reply& r) {
    std::vector<std::int64_t> all;
    for (const auto& item : results(r)) all.push_back(item.at("status").as_int64());
    return all;
  }
  static std::string code_of(const boost::json::value& item) {
    return std::string(item.at("code").as_string());
  }
  static std::string with_id(const std::string& id) { return R"(,"id":")" + id + "\""; }

  const std::string a_ = open("alice");
  const std::string b_ = open("bob");
  const std::string c_ = open("carol");
};

TEST_F(batch_api, answers_each_transfer_in_order) {
  const reply r = post(route, alice_,
                       batch({transfer(a_, b_, 600), transfer(a_, b_, 600), transfer(b_, a_, 1),
                              transfer(a_, c_, 400, with_id(fresh_id))}));
  EXPECT_EQ(statuses(r), (std::vector<std::int64_t>{201, 422, 403, 201}));
  const auto all = results(r);
  EXPECT_EQ(all.at(0).at("transfer").at("state").as_string(), "posted");
  EXPECT_EQ(all.at(0).at("transfer").at("amount").as_int64(), 600);
  EXPECT_EQ(code_of(all.at(1)), "insufficient_funds");
  EXPECT_FALSE(all.at(1).at("detail").as_string().empty());
  EXPECT_EQ(code_of(all.at(2)), "forbidden");
  EXPECT_EQ(all.at(3).at("transfer").at("id").as_string(), fresh_id);
  EXPECT_EQ(posted(a_), 0);
  EXPECT_EQ(posted(b_), 600);
  EXPECT_EQ(get("/v1/transfers/" + std::string(fresh_id), alice_).status, 200U);
}

TEST_F(batch_api, moves_all_or_nothing_if_it_is_atomic) {
  const reply refused =
      post(route, alice_, batch({transfer(a_, b_, 600), transfer(a_, c_, 600)}, true));
  EXPECT_EQ(statuses(refused), (std::vector<std::int64_t>{422, 422}));
  EXPECT_EQ(posted(a_), 1'000);
  EXPECT_EQ(
      statuses(post(route, alice_, batch({transfer(a_, b_, 600), transfer(a_, c_, 400)}, true))),
      (std::vector<std::int64_t>{201, 201}));
  EXPECT_EQ(posted(c_), 400);
}

TEST_F(batch_api, holds_and_schedules_too) {
  const auto all =
      results(post(route, alice_,
                   batch({transfer(a_, b_, 100, R"(,"pending":true,"expires_in":60)"),
                          transfer(a_, b_, 100, R"(,"execute_at":"2099-01-01T00:00:00Z")")})));
  EXPECT_EQ(all.at(0).at("transfer").at("state").as_string(), "pending");
  EXPECT_EQ(all.at(1).at("transfer").at("state").as_string(), "scheduled");
}

TEST_F(batch_api, repeats_the_first_answer_for_its_key) {
  const std::string body = batch({transfer(a_, b_, 600), transfer(a_, b_, 600)});
  const reply first = post(route, alice_, body, "Idempotency-Key: k\r\n");
  EXPECT_EQ(statuses(first), (std::vector<std::int64_t>{201, 422}));
  EXPECT_EQ(first.field("idempotency-replayed"), "");
  deposit(a_, 1'000);
  const reply again = post(route, alice_, body, "Idempotency-Key: k\r\n");
  EXPECT_EQ(statuses(again), (std::vector<std::int64_t>{201, 422}));
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(posted(b_), 600);
  expect_problem(post(route, alice_, batch({transfer(a_, b_, 1)}), "Idempotency-Key: k\r\n"), 422,
                 "idempotency_mismatch");
  expect_problem(post("/v1/transfers", alice_, transfer(a_, b_, 1), "Idempotency-Key: k\r\n"), 422,
                 "idempotency_mismatch");
}

TEST_F(batch_api, keeps_replayed_marks_in_a_repeated_answer) {
  const std::string before = transfer(a_, b_, 10, with_id(fresh_id));
  const std::string refused = transfer(a_, b_, 100'000, with_id(another_id));
  EXPECT_EQ(post("/v1/transfers", alice_, before).status, 201U);
  const std::string body = batch({before, transfer(a_, b_, 5, R"(,"pending":true)"), refused});
  const reply first = post(route, alice_, body, "Idempotency-Key: k\r\n");
  EXPECT_EQ(statuses(first), (std::vector<std::int64_t>{201, 201, 422}));
  EXPECT_TRUE(results(first).at(0).at("replayed").as_bool());
  const std::string hold(results(first).at(1).at("transfer").at("id").as_string());
  EXPECT_EQ(post("/v1/transfers/" + hold + "/post", alice_, R"({"amount":2})").status, 200U);
  deposit(a_, 1'000'000);
  EXPECT_EQ(post("/v1/transfers", alice_, refused).status, 201U);
  EXPECT_EQ(post(route, alice_, body, "Idempotency-Key: k\r\n").body, first.body);
}

TEST_F(batch_api, moves_a_transfer_once_alone_or_in_a_batch) {
  const std::string one = transfer(a_, b_, 10, with_id(fresh_id));
  EXPECT_EQ(post("/v1/transfers", alice_, one).status, 201U);
  const auto all =
      results(post(route, alice_, batch({one, transfer(a_, b_, 5, with_id(another_id))})));
  EXPECT_EQ(all.at(0).at("status").as_int64(), 201);
  EXPECT_TRUE(all.at(0).at("replayed").as_bool());
  EXPECT_EQ(all.at(1).as_object().if_contains("replayed"), nullptr);
  EXPECT_EQ(post("/v1/transfers", alice_, transfer(a_, b_, 5, with_id(another_id)))
                .field("idempotency-replayed"),
            "true");
  const auto other = results(post(route, alice_, batch({transfer(a_, b_, 11, with_id(fresh_id))})));
  EXPECT_EQ(code_of(other.at(0)), "idempotency_mismatch");
  EXPECT_EQ(posted(b_), 15);
}

TEST_F(batch_api, names_the_transfer_whose_fields_are_bad) {
  const std::string good = transfer(a_, b_, 1);
  struct row {
    std::string body, field;
  };
  const std::vector<row> table{
      {"{}", "transfers"},
      {R"({"transfers":{}})", "transfers"},
      {R"({"transfers":[]})", "transfers"},
      {R"({"transfers":[1]})", "transfers[0]"},
      {batch({good, "7"}), "transfers[1]"},
      {batch({good, transfer(a_, b_, 0)}), "transfers[1].amount"},
      {batch({good, transfer(a_, "x", 1)}), "transfers[1].to"},
      {batch({good, transfer(a_, b_, 1, R"(,"colour":"red")")}), "transfers[1].colour"},
      {batch(
           {transfer(a_, b_, 1, with_id(fresh_id)), good, transfer(a_, b_, 2, with_id(fresh_id))}),
       "transfers[2].id"},
      {R"({"transfers":[],"all":true})", "all"},
      {R"({"transfers":[)" + good + R"(],"atomic":1})", "atomic"},
      {batch(std::vector<std::string>(8'191, good)), "transfers"}};
  for (const row& r : table) {
    SCOPED_TRACE(r.field);
    expect_problem(post(route, alice_, r.body), 400, "invalid_field", r.field);
  }
  EXPECT_EQ(posted(a_), 1'000);
}

TEST_F(batch_api, accepts_the_largest_batch) {
  const reply r =
      post(route, admin_, batch(std::vector<std::string>(8'190, transfer("world", c_, 1)), true));
  EXPECT_EQ(results(r).size(), 8'190U);
  EXPECT_EQ(posted(c_), 8'190);
}

TEST_F(batch_api, refuses_a_customer_the_world) {
  EXPECT_EQ(statuses(post(route, alice_, batch({transfer("world", a_, 1), transfer(a_, b_, 1)}))),
            (std::vector<std::int64_t>{403, 201}));
  EXPECT_EQ(
      statuses(post(route, alice_, batch({transfer("world", a_, 1), transfer(a_, b_, 1)}, true))),
      (std::vector<std::int64_t>{403, 403}));
  EXPECT_EQ(posted(b_), 1);
}

TEST_F(batch_api, reports_the_outcome_when_the_store_fails) {
  store_.fail_next_commit(storage::commit_fault::unavailable);
  const reply r = post(route, alice_, batch({transfer(a_, b_, 1)}));
  expect_problem(r, 503, "store_unavailable");
  EXPECT_EQ(r.text("outcome"), "none");
  EXPECT_EQ(posted(b_), 0);
}

}  // namespace
}  // namespace bank::api::testing
