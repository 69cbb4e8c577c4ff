#include "bank/books/csv.hpp"

#include <gtest/gtest.h>

#include <array>

namespace bank::books {
namespace {

using namespace std::string_view_literals;
constexpr std::array columns{"account"sv, "balance"sv};

std::string problem_of(std::string_view text) {
  const auto table = csv_table::parse(text, "b.csv", columns);
  return table ? "none" : table.error().text();
}

TEST(csv, reads_cells_and_their_lines) {
  const auto table = csv_table::parse("account,balance\n1,10\n2,\n", "b.csv", columns);
  ASSERT_TRUE(table) << table.error().text();
  ASSERT_EQ(table->size(), 2U);
  EXPECT_EQ(table->row(0)[1], "10");
  EXPECT_EQ(table->row(1)[1], "");
  EXPECT_EQ(table->row(1).line, 3U);
}

TEST(csv, takes_windows_line_ends_and_a_last_line_without_one) {
  const auto table = csv_table::parse("account,balance\r\n1,10\r\n2,20", "b.csv", columns);
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->row(0)[1], "10");
  EXPECT_EQ(table->row(1)[1], "20");
}

TEST(csv, unquotes_cells_and_counts_the_lines_within_them) {
  const auto table =
      csv_table::parse("account,balance\n\"a,\"\"b\"\"\nc\",1\nd,2\n", "b.csv", columns);
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->row(0)[0], "a,\"b\"\nc");
  EXPECT_EQ(table->row(1).line, 4U);
}

TEST(csv, names_file_line_and_column_of_what_is_wrong) {
  const std::string header = "the header must be \"account,balance\", not ";
  const struct {
    std::string_view text;
    std::string problem;
  } cases[] = {
      {"", "b.csv:1: account: " + header + "\"\""},
      {"account;balance\n",
       "b.csv:1: account: " + header + "\"account;balance\"; cells must be separated by commas"},
      {"account\tbalance\n", "b.csv:1: account: " + header +
                                 "\"account\\x09balance\"; cells must be separated by commas"},
      {"account,balance,more\n", "b.csv:1: balance: " + header + "\"account,balance,more\""},
      {"account,Balance\r\n", "b.csv:1: balance: " + header + "\"account,Balance\""},
      {"account, balance\n", "b.csv:1: balance: " + header + "\"account, balance\""},
      {"balance,account\n", "b.csv:1: account: " + header + "\"balance,account\""},
      {"1,10\n", "b.csv:1: account: " + header + "\"1,10\""},
      {"\xef\xbb\xbf"
       "account,balance\n",
       "b.csv:1: account: the file starts with a byte order mark: save it as UTF-8 without one"},
      {{"\xff\xfe"
        "a\0c\0",
        6},
       "b.csv:1: account: the file starts with a byte order mark: save it as UTF-8 without one"},
      {"account,balance\n1\n",
       "b.csv:2: balance: the row has 1 cells, but must have 2 (account,balance)"},
      {"account,balance\n1;2\n",
       "b.csv:2: balance: the row has 1 cells, but must have 2 (account,balance); cells must be "
       "separated by commas"},
      {"account,balance\n1,2\n1,2,3\n",
       "b.csv:3: balance: the row has 3 cells, but must have 2 (account,balance); a cell that "
       "contains "
       "a comma must be quoted"},
      {"account,balance\n\n1,2\n", "b.csv:2: account: empty line: remove it"},
      {"account,balance\n1,2\r\n\r\n", "b.csv:3: account: empty line: remove it"},
      {"account,balance\n1,\"2\n", "b.csv:2: balance: a quoted cell has no closing quote"},
      {"account,balance\n1,\"2\"3\n",
       "b.csv:2: balance: a cell must be followed by a comma or a line break (LF or CRLF)"},
      {"account,balance\n1,2\"3\"\n",
       "b.csv:2: balance: a cell that contains a quote must be quoted"},
      {"account,balance\n1,2\r3\n",
       "b.csv:2: balance: a cell must be followed by a comma or a line break (LF or CRLF)"},
      {{"account,balance\n1\0,2\n", 21}, "b.csv:2: account: \"1\\x00\" has a control character"},
      {"account,balance\n1,\"2\t3\"\n", "b.csv:2: balance: \"2\\x093\" has a control character"},
  };
  for (const auto& c : cases) EXPECT_EQ(problem_of(c.text), c.problem) << c.text;
}

TEST(csv, shows_what_can_not_be_seen) {
  EXPECT_EQ(shown("5"), "\"5\"");
  EXPECT_EQ(shown("1\xc2\xa0"
                  "000"),
            "\"1\\xc2\\xa0000\"");
  EXPECT_EQ(shown(std::string(61, 'x')), '"' + std::string(60, 'x') + "...\"");
}

TEST(csv, says_which_file_can_not_be_read) {
  const auto none = csv_table::read("/no/such/file.csv", columns);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text(), "/no/such/file.csv: can't be read: No such file or directory");
  const auto folder = csv_table::read("/", columns);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().text(), "/: can't be read: it is a folder");
}

}  // namespace
}  // namespace bank::books
