#include "bank/api/routes/statement_text.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace bank::api {
namespace {

namespace ledger = lifeline::ledger;

ledger::account_id numbered(std::uint8_t n) {
  ledger::uuid::bytes_type bytes{};
  bytes[15] = n;
  return ledger::account_id(ledger::uuid(bytes));
}

dated_statement one_of(const char* currency) {
  dated_statement s;
  s.account.id = numbered(1);
  s.account.owner = "alice";
  s.account.unit = *ledger::currency::parse(currency);
  s.to = lifeline::wall_time(std::chrono::seconds(10));
  s.content.opening = 5;
  s.content.closing = -95;
  ledger::transfer_record t;
  t.id = ledger::transfer_id(numbered(9));
  t.from = numbered(1);
  t.to = ledger::world_account(s.account.unit);
  t.amount = {100, s.account.unit};
  t.memo = "a \"b\",\r\nc";
  t.sequence = 7;
  t.posted_at = lifeline::wall_time(std::chrono::seconds(2));
  s.content.rows.push_back({t, -95});
  return s;
}

TEST(statement_csv, is_a_header_and_a_row_each_between_two_balances) {
  std::string out;
  append_statement_csv(out, one_of("USD"));
  EXPECT_EQ(out,
            "row,sequence,transfer,time,kind,counterparty,memo,amount_minor,amount,balance_minor,"
            "balance,currency\r\n"
            "opening,,,1970-01-01T00:00:00.000Z,,,,,,5,0.05,USD\r\n"
            "transfer,7,00000000-0000-0000-0000-000000000009,1970-01-01T00:00:02.000Z,transfer,"
            "world,\"a \"\"b\"\",\r\nc\",-100,-1.00,-95,-0.95,USD\r\n"
            "closing,,,1970-01-01T00:00:10.000Z,,,,,,-95,-0.95,USD\r\n");
}

TEST(statement_csv, counts_in_the_currencys_own_decimals) {
  std::string yen, dinars;
  append_statement_csv(yen, one_of("JPY"));
  append_statement_csv(dinars, one_of("KWD"));
  EXPECT_NE(yen.find(",-100,-100,-95,-95,JPY\r\n"), std::string::npos) << yen;
  EXPECT_NE(dinars.find(",-100,-0.100,-95,-0.095,KWD\r\n"), std::string::npos) << dinars;
}

/// Texts that a spreadsheet would execute, or send somewhere (OWASP, CSV Injection).
TEST(statement_csv, escapes_formulas) {
  const struct {
    std::string memo, cell;
  } table[] = {
      {"=HYPERLINK(\"http://evil.example\")", "\"'=HYPERLINK(\"\"http://evil.example\"\")\""},
      {"=1+1", "'=1+1"},
      {"+1", "'+1"},
      {"-1", "'-1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"\t=1", "'\t'=1"},
      {"\r=1", "\"'\r'=1\""},
      {"\n=1", "\"'\n'=1\""},
      {"\uff1d1", "'\uff1d1"},
      {"\uff0b1", "'\uff0b1"},
      {"\uff0d1", "'\uff0d1"},
      {"\uff20a", "'\uff20a"},
      // Split at semicolons, as spreadsheets of many countries do, ignoring quotes.
      {"rent;=1+1;", "rent;'=1+1;"},
      {"rent;\"=1+1;\"", "\"rent;'\"\"=1+1;\"\"\""},
      {"rent\r\n-1", "\"rent\r\n'-1\""},
      // These are not formulas.
      {"a=1, b-2 +3 @4", "\"a=1, b-2 +3 @4\""},
      {"'=1", "'=1"},
      {" =1", " =1"},
      {"1-1; 2", "1-1; 2"},
      {"\"=1\"", "\"\"\"=1\"\"\""},
      {"a\r\nb;c\td", "\"a\r\nb;c\td\""},
      {"", ""},
  };
  for (const auto& row : table) {
    dated_statement s = one_of("USD");
    s.content.rows[0].transfer.memo = row.memo;
    s.content.rows[0].transfer.kind = "-2";
    std::string csv, json;
    append_statement_csv(csv, s);
    EXPECT_NE(csv.find(",'-2,world," + row.cell + ",-100,-1.00,-95,-0.95,USD\r\n"),
              std::string::npos)
        << csv;
    append_statement(json, s);
    EXPECT_EQ(boost::json::parse(json).at("data").at(0).at("memo").as_string(), row.memo);
  }
}

TEST(statement_json, has_balances_totals_and_rows) {
  std::string out;
  append_statement(out, one_of("USD"));
  const auto s = boost::json::parse(out).as_object();
  EXPECT_EQ(s.at("opening_balance").as_int64(), 5);
  EXPECT_EQ(s.at("closing_balance").as_int64(), -95);
  EXPECT_EQ(s.at("exponent").as_int64(), 2);
  EXPECT_EQ(s.at("totals").at("debits").as_int64(), 100);
  EXPECT_EQ(s.at("totals").at("debit_count").as_int64(), 1);
  EXPECT_EQ(s.at("totals").at("credits").as_int64(), 0);
  EXPECT_EQ(s.at("data").at(0).at("balance_after").as_int64(), -95);
}

TEST(statement_json, has_no_total_beyond_2_to_the_53) {
  dated_statement s = one_of("USD");
  s.content.rows[0].transfer.amount.minor = ledger::max_minor;
  s.content.rows.push_back(s.content.rows[0]);
  std::string out;
  append_statement(out, s);
  EXPECT_TRUE(boost::json::parse(out).at("totals").at("debits").is_null());
}

}  // namespace
}  // namespace bank::api
