#include "bank/api/http/query.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

TEST(query, decodes_names_and_values) {
  const auto q = query::parse("owner=a%20b+c&ref=%C3%A9&&state", {"owner", "ref", "state"});
  ASSERT_TRUE(q.has_value());
  EXPECT_EQ(q->get("owner"), "a b c");
  EXPECT_EQ(q->get("ref"), "\xc3\xa9");
  EXPECT_EQ(q->get("state"), "");
  EXPECT_EQ(q->get("limit"), std::nullopt);
}

TEST(query, refuses_by_name) {
  struct row {
    std::string_view text, field;
  };
  for (const row& c :
       {row{"colour=1", "colour"}, row{"owner=1&owner=2", "owner"}, row{"owner=%", "owner"},
        row{"owner=%zz", "owner"}, row{"owner=%ff", "owner"}, row{"owner=%c0%80", "owner"},
        row{"owner=%ed%a0%80", "owner"}, row{"owner=a%00b", "owner"}, row{"%zz=1", "query"},
        row{"=1", "query"}}) {
    const auto q = query::parse(c.text, {"owner"});
    ASSERT_TRUE(q.has_error()) << c.text;
    EXPECT_EQ(q.error().code, code::invalid_field);
    EXPECT_EQ(q.error().field, c.field) << c.text;
  }
}

TEST(query, takes_limits_from_1_to_200) {
  struct row {
    std::string_view text;
    std::size_t limit;  // 0: refused
  };
  for (const row& c :
       {row{"", 50}, row{"limit=1", 1}, row{"limit=200", 200}, row{"limit=0", 0},
        row{"limit=201", 0}, row{"limit=-1", 0}, row{"limit=", 0}, row{"limit=1.0", 0},
        row{"limit=x", 0}, row{"limit=99999999999999999999", 0}, row{"limit=+5", 0}}) {
    const auto q = query::parse(c.text, {"limit"});
    ASSERT_TRUE(q.has_value());
    const auto limit = page_limit(*q);
    EXPECT_EQ(limit.has_value() ? *limit : 0, c.limit) << c.text;
  }
}

}  // namespace
}  // namespace bank::api
