#include "bank/api/http/cursor.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

TEST(cursor, returns_the_place) {
  for (const std::string place : {"1", "918", "0193e0a0-0000-7000-8000-000000000001", ""})
    EXPECT_EQ(read_cursor("list", make_cursor("list", place)), place);
}

TEST(cursor, belongs_to_its_list) {
  EXPECT_EQ(read_cursor("other", make_cursor("list", "1")), std::nullopt);
}

TEST(cursor, is_refused_if_forged_or_changed) {
  const std::string good = make_cursor("list", "42");
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("!!!!!!!!!!!!"), good + "A", good + "=",
        good.substr(1), good.substr(0, good.size() - 1), std::string(2'000, 'A')})
    EXPECT_EQ(read_cursor("list", text), std::nullopt) << text;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(read_cursor("list", bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace bank::api
