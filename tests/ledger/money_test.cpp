#include "lifeline/ledger/money.hpp"

#include <gtest/gtest.h>

namespace lifeline::ledger {
namespace {

TEST(money, never_wraps_and_never_leaves_the_range_that_json_has_exact) {
  EXPECT_EQ(add_minor(1, 2), 3);
  EXPECT_EQ(add_minor(max_minor, 0), max_minor);
  EXPECT_EQ(add_minor(max_minor, 1), std::nullopt);
  EXPECT_EQ(add_minor(-max_minor, -1), std::nullopt);
  EXPECT_EQ(add_minor(INT64_MAX, INT64_MAX), std::nullopt);
  EXPECT_EQ(add_minor(INT64_MIN, INT64_MIN), std::nullopt);
}

TEST(currency, knows_the_codes_of_iso_4217_and_their_exponents) {
  EXPECT_EQ(currency::parse("USD")->exponent(), 2);
  EXPECT_EQ(currency::parse("JPY")->exponent(), 0);
  EXPECT_EQ(currency::parse("KWD")->exponent(), 3);
  EXPECT_EQ(currency::parse("CZK")->code(), "CZK");
  for (const char* wrong : {"", "U", "US", "USDX", "usd", "XXX", "ABC", "SD ", "D U", "   "})
    EXPECT_FALSE(currency::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace lifeline::ledger
