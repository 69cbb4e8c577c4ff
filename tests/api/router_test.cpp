#include "bank/api/routes/router.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

TEST(router, finds_each_route) {
  struct row {
    api::method method;
    std::string_view path, pattern, id;
  };
  using enum method;
  for (const row& c :
       {row{post, "/v1/accounts", "/v1/accounts", ""}, row{get, "/v1/accounts", "/v1/accounts", ""},
        row{head, "/v1/accounts", "/v1/accounts", ""},
        row{get, "/v1/accounts/7", "/v1/accounts/{id}", "7"},
        row{get, "/v1/accounts/7/history", "/v1/accounts/{id}/history", "7"},
        row{post, "/v1/transfers", "/v1/transfers", ""},
        row{get, "/v1/transfers/history", "/v1/transfers/{id}", "history"},
        row{get, "/v1/admin/money", "/v1/admin/money", ""}, row{get, "/livez", "/livez", ""},
        row{get, "/readyz", "/readyz", ""}, row{get, "/healthz", "/healthz", ""},
        row{head, "/openapi.json", "/openapi.json", ""}}) {
    const auto m = find_route(all_routes(), c.method, c.path);
    ASSERT_NE(m.found, nullptr) << c.path;
    EXPECT_EQ(m.found->pattern, c.pattern);
    EXPECT_EQ(m.id, c.id);
  }
}

TEST(router, knows_no_other_paths) {
  for (const std::string_view path :
       {"", "*", "/pages/customer", "/v1", "/v1/accounts/", "/v1/accounts//history",
        "/v1/accounts/a/b", "/v1/accounts/a/history/", "/V1/accounts", "/livez/",
        "/v1/accounts/a/b/history"}) {
    const auto m = find_route(all_routes(), method::get, path);
    EXPECT_EQ(m.found, nullptr) << path;
    EXPECT_EQ(m.allow, "") << path;
  }
}

TEST(router, lists_the_methods_of_a_path) {
  EXPECT_EQ(find_route(all_routes(), method::del, "/v1/accounts").allow, "POST, GET, HEAD");
  EXPECT_EQ(find_route(all_routes(), method::del, "/v1/transfers").allow, "POST, GET, HEAD");
  EXPECT_EQ(find_route(all_routes(), method::post, "/v1/accounts/7").allow, "GET, HEAD, PATCH");
  EXPECT_EQ(find_route(all_routes(), method::other, "/livez").allow, "GET, HEAD");
}

TEST(router, requires_no_caller_for_instant_handlers) {
  for (const route& r : all_routes()) {
    EXPECT_NE(r.run == nullptr, r.run_now == nullptr) << r.pattern;
    EXPECT_TRUE(r.run_now == nullptr || r.roles == anyone) << r.pattern;
    if (is_write(r.method)) {
      EXPECT_EQ(r.roles & only(storage::role::auditor), 0) << r.pattern;
    }
  }
}

}  // namespace
}  // namespace bank::api
