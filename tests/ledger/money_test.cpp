#include "lifeline/ledger/values/money.hpp"

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

TEST(currency, counts_each_in_its_own_minor_unit) {
  struct row {
    const char* code;
    int exponent;
  };
  for (const row& r :
       {row{"EUR", 2}, row{"VED", 2}, row{"XAD", 2}, row{"XCG", 2}, row{"BHD", 3}, row{"TND", 3},
        row{"XOF", 0}, row{"KRW", 0}, row{"UYI", 0}, row{"CLF", 4}, row{"UYW", 4}, row{"CHE", 2}}) {
    ASSERT_TRUE(currency::parse(r.code)) << r.code;
    EXPECT_EQ(currency::parse(r.code)->exponent(), r.exponent) << r.code;
  }
  // No longer in use, or without a minor unit.
  for (const char* wrong : {"HRK", "DEM", "ZWL", "SLL", "ANG", "XAU", "XDR", "XTS"})
    EXPECT_FALSE(currency::parse(wrong)) << wrong;
}

TEST(money, is_written_in_its_major_unit) {
  struct row {
    std::int64_t minor;
    const char* code;
    const char* text;
  };
  for (const row& r :
       {row{1205, "USD", "12.05"}, row{-1205, "USD", "-12.05"}, row{5, "USD", "0.05"},
        row{-5, "USD", "-0.05"}, row{0, "USD", "0.00"}, row{100, "USD", "1.00"},
        row{500, "JPY", "500"}, row{-1, "JPY", "-1"}, row{1, "KWD", "0.001"},
        row{123456, "KWD", "123.456"}, row{1, "CLF", "0.0001"},
        row{max_minor, "USD", "90071992547409.91"}, row{-max_minor, "JPY", "-9007199254740991"}})
    EXPECT_EQ(decimal_text({r.minor, *currency::parse(r.code)}), r.text);
}

}  // namespace
}  // namespace lifeline::ledger
