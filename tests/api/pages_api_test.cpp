#include <set>

#include "api/server_fixture.hpp"
#include "bank/pages/page_file.hpp"

namespace bank::api::testing {
namespace {

class pages_api : public server_fixture {};

TEST_F(pages_api, serves_every_file_without_a_token) {
  const std::set<std::string> types{"text/html; charset=utf-8", "text/javascript; charset=utf-8",
                                    "text/css; charset=utf-8", "image/svg+xml"};
  ASSERT_FALSE(pages::all_files().empty());
  for (const pages::page_file& f : pages::all_files()) {
    SCOPED_TRACE(f.path);
    const reply r = get(std::string(f.path), "");
    EXPECT_EQ(r.status, 200U);
    EXPECT_EQ(r.body, f.bytes);
    EXPECT_EQ(r.field("content-type"), f.content_type);
    EXPECT_TRUE(types.contains(r.field("content-type")));
    EXPECT_EQ(r.field("etag"), f.tag);
    EXPECT_EQ(pages::find_file(f.path), &f);
  }
}

TEST_F(pages_api, serves_the_customers_page_at_the_root) {
  const reply r = get("/", "");
  EXPECT_EQ(r.field("content-type"), "text/html; charset=utf-8");
  EXPECT_TRUE(r.body.starts_with("<!doctype html>")) << r.body.substr(0, 40);
  EXPECT_TRUE(r.body.ends_with("</html>\n"));
}

TEST_F(pages_api, serves_the_operations_page_and_chart_js) {
  const reply page = get("/admin", "");
  EXPECT_EQ(page.field("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(page.body.find("src=\"/pages/common/chart.js\""), std::string::npos);
  EXPECT_NE(get("/pages/common/chart.js", "").body.find("Chart.js v"), std::string::npos);
}

TEST_F(pages_api, answers_304_without_a_body_to_a_client_with_the_file) {
  const reply first = get("/", "");
  const auto again = [&](const std::string& tags) {
    return call({"GET", "/", "", "", "If-None-Match: " + tags + "\r\n"});
  };
  for (const std::string& tags : {first.field("etag"), "\"other\", W/" + first.field("etag")}) {
    const reply r = again(tags);
    EXPECT_EQ(r.status, 304U) << tags;
    EXPECT_TRUE(r.body.empty());
    EXPECT_EQ(r.field("etag"), first.field("etag"));
    EXPECT_EQ(r.field("cache-control"), "no-cache");
  }
  EXPECT_EQ(again("\"other\"").status, 200U);
}

TEST_F(pages_api, answers_head_and_keeps_the_connection) {
  const reply whole = get("/pages/common/page.css", "");
  const reply head = call({"HEAD", "/pages/common/page.css"});
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.field("content-length"), std::to_string(whole.body.size()));
  EXPECT_EQ(get("/livez", "").status, 200U);
}

TEST_F(pages_api, restricts_the_browser_by_a_content_policy) {
  for (const std::string path : {"/", "/admin", "/pages/customer/customer.js",
                                 "/pages/common/chart.js", "/pages/common/icon.svg"}) {
    const reply r = get(path, "");
    EXPECT_EQ(r.field("content-security-policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
              "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    EXPECT_EQ(r.field("x-content-type-options"), "nosniff");
    EXPECT_EQ(r.field("referrer-policy"), "no-referrer");
  }
}

TEST_F(pages_api, has_nothing_inline) {
  for (const pages::page_file& f : pages::all_files()) {
    if (!f.content_type.starts_with("text/html")) continue;
    EXPECT_EQ(f.bytes.find("<style"), std::string_view::npos) << f.path;
    EXPECT_EQ(f.bytes.find(" style="), std::string_view::npos) << f.path;
    EXPECT_EQ(f.bytes.find("<script>"), std::string_view::npos) << f.path;
    for (const char* handler : {" onclick=", " onload=", " onsubmit=", " onerror="})
      EXPECT_EQ(f.bytes.find(handler), std::string_view::npos) << f.path;
  }
}

TEST_F(pages_api, refuses_other_names_and_methods) {
  for (const std::string path :
       {"/pages", "/pages/", "/pages/customer/index.html", "/pages/customer/../index.html",
        "/pages/common/%2e%2e%2findex.html", "/index.html", "/pages/customer/customer.js/",
        "/admin/", "/pages/admin/index.html"})
    expect_problem(get(path, ""), 404, "not_found");
  const reply r = call({"POST", "/", "", "{}"});
  expect_problem(r, 405, "method_not_allowed");
  EXPECT_EQ(r.field("allow"), "GET, HEAD");
}

}  // namespace
}  // namespace bank::api::testing
