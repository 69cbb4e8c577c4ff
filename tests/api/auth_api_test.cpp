#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

class auth_api : public server_fixture {};

TEST_F(auth_api, wants_a_good_token) {
  const std::string expired =
      add_token(storage::role::admin, "root", now() - std::chrono::seconds(1));
  const std::string revoked = add_token(storage::role::admin, "root");
  ASSERT_TRUE(tokens_.revoke(rt_.background(), last_token_id_, now()));
  for (const std::string& token : {std::string(), std::string("bank_unknown"), expired, revoked}) {
    const reply r = get("/v1/accounts", token);
    expect_problem(r, 401, "unauthenticated", "Authorization");
    EXPECT_EQ(r.field("www-authenticate"), "Bearer");
  }
  const reply basic = call({"GET", "/v1/accounts", "", "", "Authorization: Basic YTpi\r\n"});
  expect_problem(basic, 401, "unauthenticated", "Authorization");
  EXPECT_EQ(get("/v1/accounts", admin_).status, 200U) << "the connection goes on";
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

TEST_F(auth_api, believes_a_token_while_the_store_is_away) {
  ASSERT_EQ(get("/v1/accounts", admin_).status, 200U);
  tokens_.fail_calls();
  EXPECT_EQ(get("/v1/accounts", admin_).status, 200U);
  const reply r = get("/v1/accounts", alice_);
  expect_problem(r, 503, "store_unavailable");
  const reply write = post("/v1/accounts", alice_, R"({"type":"checking","currency":"USD"})");
  expect_problem(write, 503, "store_unavailable");
  EXPECT_EQ(write.text("outcome"), "none");
}

TEST_F(auth_api, does_not_remember_an_unknown_token) {
  const auto secret = storage::make_secret();
  EXPECT_EQ(get("/v1/accounts", secret.secret).status, 401U);
  ASSERT_TRUE(tokens_.add(rt_.background(),
                          {"later", secret.hash, storage::role::admin, "root", now(), {}, {}}));
  EXPECT_EQ(get("/v1/accounts", secret.secret).status, 200U);
}

}  // namespace
}  // namespace bank::api::testing
