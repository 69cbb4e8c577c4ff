#include <set>

#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

class accounts_api : public server_fixture {};

constexpr auto fresh_id = "0193e0a0-0000-7000-8000-000000000001";
constexpr auto no_id = "0193e0a0-0000-7000-8000-00000000ffff";

TEST_F(accounts_api, opens_an_account) {
  const reply r = post("/v1/accounts", admin_,
                       R"({"type":"savings","currency":"EUR","owner":"alice","ref":"pot",
                           "overdraft_limit":500,"id":"0193E0A0-0000-7000-8000-000000000001"})");
  ASSERT_EQ(r.status, 201U) << r.body;
  EXPECT_EQ(r.field("content-type"), "application/json");
  EXPECT_EQ(r.field("location"), std::string("/v1/accounts/") + fresh_id);
  const auto a = r.json();
  EXPECT_EQ(a.at("id").as_string(), fresh_id);
  EXPECT_EQ(a.at("owner").as_string(), "alice");
  EXPECT_EQ(a.at("type").as_string(), "savings");
  EXPECT_EQ(a.at("currency").as_string(), "EUR");
  EXPECT_EQ(a.at("ref").as_string(), "pot");
  EXPECT_EQ(a.at("state").as_string(), "open");
  EXPECT_EQ(a.at("overdraft_limit").as_int64(), 500);
  EXPECT_EQ(get(std::string("/v1/accounts/") + fresh_id, admin_).json(), a);
}

TEST_F(accounts_api, refuses_bad_bodies_by_field) {
  struct row {
    std::string body, field;
  };
  const std::string long_text(129, 'a');
  for (const row& c : {
           row{R"({"currency":"USD"})", "type"},
           row{R"({"type":"world","currency":"USD"})", "type"},
           row{R"({"type":1,"currency":"USD"})", "type"},
           row{R"({"type":"checking"})", "currency"},
           row{R"({"type":"checking","currency":"XXY"})", "currency"},
           row{R"({"type":"checking","currency":"usd"})", "currency"},
           row{R"({"type":"checking","currency":"USD","owner":""})", "owner"},
           row{R"({"type":"checking","currency":"USD","owner":"a\u0000b"})", "owner"},
           row{R"({"type":"checking","currency":"USD","owner":")" + long_text + "\"}", "owner"},
           row{R"({"type":"checking","currency":"USD","owner":7})", "owner"},
           row{R"({"type":"checking","currency":"USD","ref":"a\nb"})", "ref"},
           row{R"({"type":"checking","currency":"USD","ref":")" + long_text + "\"}", "ref"},
           row{R"({"type":"checking","currency":"USD","id":"7"})", "id"},
           row{R"({"type":"checking","currency":"USD","overdraft_limit":-1})", "overdraft_limit"},
           row{R"({"type":"checking","currency":"USD","overdraft_limit":1.5})", "overdraft_limit"},
           row{R"({"type":"checking","currency":"USD","colour":"red"})", "colour"},
       }) {
    expect_problem(post("/v1/accounts", admin_, c.body), 400, "invalid_field", c.field);
  }
  for (const std::string body : {"{", "[]", "{} x", R"({"type":"a","type":"b"})"}) {
    const reply r = post("/v1/accounts", admin_, body);
    EXPECT_EQ(r.status, 400U) << body;
    EXPECT_EQ(r.code(), "malformed_json") << body;
  }
}

TEST_F(accounts_api, refuses_an_id_that_is_a_world_account) {
  const auto jpy = *lifeline::ledger::currency::parse("JPY");
  expect_problem(post("/v1/accounts", alice_,
                      R"({"type":"checking","currency":"USD","id":")" +
                          lifeline::ledger::world_account(jpy).str() + "\"}"),
                 400, "invalid_field", "id");
}

TEST_F(accounts_api, lets_customers_open_their_own_only) {
  const reply own = post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD"})");
  ASSERT_EQ(own.status, 201U);
  EXPECT_EQ(own.text("owner"), "alice");
  EXPECT_EQ(post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD","owner":"alice"})")
                .status,
            201U);
  expect_problem(
      post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD","owner":"bob"})"), 403,
      "forbidden", "owner");
  expect_problem(
      post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD","overdraft_limit":1})"),
      403, "forbidden", "overdraft_limit");
}

TEST_F(accounts_api, keeps_ids_and_refs_unique) {
  open("alice", R"(,"ref":"one")");
  const reply again =
      post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD","ref":"one"})");
  expect_problem(again, 409, "already_exists");
  open("bob", R"(,"ref":"one")");
}

TEST_F(accounts_api, hides_other_owners_accounts) {
  const std::string id = open("alice");
  for (const std::string tail : {"", "/history"}) {
    const std::string path = "/v1/accounts/" + id + tail;
    EXPECT_EQ(get(path, alice_).status, 200U);
    EXPECT_EQ(get(path, admin_).status, 200U);
    EXPECT_EQ(get(path, auditor_).status, 200U);
    expect_problem(get(path, bob_), 404, "not_found");
    expect_problem(get(std::string("/v1/accounts/") + no_id + tail, admin_), 404, "not_found");
    expect_problem(get("/v1/accounts/seven" + tail, admin_), 400, "invalid_field", "id");
  }
}

TEST_F(accounts_api, lists_in_pages) {
  std::set<std::string> opened;
  for (int i = 0; i < 7; ++i)
    opened.insert(open("alice", R"(,"ref":"r)" + std::to_string(i) + "\""));
  open("bob");
  std::set<std::string> listed;
  std::string target = "/v1/accounts?owner=alice&limit=3";
  std::size_t pages = 0;
  for (std::string cursor; pages == 0 || !cursor.empty(); ++pages) {
    const reply r = get(target + (cursor.empty() ? "" : "&cursor=" + cursor), admin_);
    ASSERT_EQ(r.status, 200U) << r.body;
    for (const auto& row : r.rows())
      EXPECT_TRUE(listed.insert(std::string(row.at("id").as_string())).second);
    cursor = r.text("next_cursor");
    if (!cursor.empty()) {
      expect_problem(get("/v1/accounts?owner=bob&cursor=" + cursor, admin_), 400, "invalid_field",
                     "cursor");
    }
  }
  EXPECT_EQ(listed, opened);
  EXPECT_EQ(pages, 3U);
}

TEST_F(accounts_api, filters_lists) {
  const std::string id = open("alice", R"(,"ref":"a b")");
  open("alice");
  open("bob");
  const auto count = [&](const std::string& query, const std::string& token) {
    const reply r = get("/v1/accounts" + query, token);
    EXPECT_EQ(r.status, 200U) << r.body;
    return r.rows().size();
  };
  EXPECT_EQ(count("?owner=alice", admin_), 2U);
  EXPECT_EQ(count("?ref=a%20b", admin_), 1U);
  EXPECT_EQ(count("?owner=bob&ref=a+b", admin_), 0U);
  EXPECT_EQ(count("?owner=alice&state=open", auditor_), 2U);
  EXPECT_EQ(count("?state=closed", auditor_), 0U);
  EXPECT_EQ(count("", alice_), 2U);
  EXPECT_EQ(count("?owner=bob", bob_), 1U);
  expect_problem(get("/v1/accounts?owner=bob", alice_), 403, "forbidden", "owner");
  expect_problem(get("/v1/accounts?state=gone", admin_), 400, "invalid_field", "state");
  expect_problem(get("/v1/accounts?limit=0", admin_), 400, "invalid_field", "limit");
  expect_problem(get("/v1/accounts?cursor=x", admin_), 400, "invalid_field", "cursor");
  expect_problem(get("/v1/accounts?colour=red", admin_), 400, "invalid_field", "colour");
  expect_problem(get("/v1/accounts/" + id + "?x=1", admin_), 400, "invalid_field", "x");
}

TEST_F(accounts_api, answers_304_to_a_client_with_the_current_version) {
  const std::string id = open("alice");
  const reply first = get("/v1/accounts/" + id, alice_);
  const std::string tag = first.field("etag");
  EXPECT_EQ(tag, "\"1\"");
  const auto again = [&](const std::string& known) {
    return call({"GET", "/v1/accounts/" + id, alice_, "", "If-None-Match: " + known + "\r\n"});
  };
  const reply same = again(tag);
  EXPECT_EQ(same.status, 304U);
  EXPECT_EQ(same.field("etag"), tag);
  EXPECT_EQ(again("W/" + tag).status, 304U);
  EXPECT_EQ(again("\"x\", " + tag).status, 304U);
  EXPECT_EQ(again("*").status, 304U);
  deposit(id, 5);
  EXPECT_EQ(again(tag).status, 200U);
}

TEST_F(accounts_api, shows_history_newest_first_with_balances) {
  const std::string id = open("alice");
  for (int i = 1; i <= 5; ++i) deposit(id, i);
  std::vector<std::int64_t> balances;
  std::string cursor;
  do {
    const reply r =
        get("/v1/accounts/" + id + "/history?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor),
            alice_);
    ASSERT_EQ(r.status, 200U) << r.body;
    for (const auto& row : r.rows()) {
      EXPECT_EQ(row.at("from").as_string(), "world");
      EXPECT_EQ(row.at("to").as_string(), id);
      balances.push_back(row.at("balance_after").as_int64());
    }
    cursor = r.text("next_cursor");
  } while (!cursor.empty());
  EXPECT_EQ(balances, (std::vector<std::int64_t>{15, 10, 6, 3, 1}));
  expect_problem(get("/v1/accounts/" + id + "/history?cursor=abc", alice_), 400, "invalid_field",
                 "cursor");
}

TEST_F(accounts_api, answers_503_when_the_store_can_not_be_read) {
  const std::string id = open("alice");
  for (const std::string& path :
       {std::string("/v1/accounts"), "/v1/accounts/" + id, "/v1/accounts/" + id + "/history",
        std::string("/v1/transfers/") + no_id, std::string("/v1/admin/money")}) {
    store_.fail_reads();
    const reply r = get(path, admin_);
    expect_problem(r, 503, "store_unavailable");
    EXPECT_FALSE(r.json().contains("outcome"));
    store_.heal();
    EXPECT_EQ(get("/v1/accounts/" + id, admin_).status, 200U);
  }
}

}  // namespace
}  // namespace bank::api::testing
