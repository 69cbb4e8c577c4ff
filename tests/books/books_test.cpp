#include "bank/books/lanes.hpp"

#include <gtest/gtest.h>

#include <array>

#include "books/book_folder.hpp"

namespace bank::books {
namespace {

using testing::book_folder;

TEST(books, are_read_in_booking_order) {
  const book_folder folder;
  const auto b = read_books(folder.path());
  ASSERT_TRUE(b) << b.error().text();
  ASSERT_EQ(b->accounts.size(), 2U);
  EXPECT_EQ(b->accounts[0].ref, "7");
  EXPECT_EQ(b->accounts[0].closing_minor, 50);
  ASSERT_EQ(b->bookings.size(), 4U);
  EXPECT_EQ(b->bookings[2].id, "3");
  EXPECT_EQ(b->bookings[2].account, 0U);
  EXPECT_EQ(b->bookings[2].way, direction::debit);
  EXPECT_EQ(b->bookings[2].amount_minor, 700);
  EXPECT_EQ(b->closing_sum(), 150);
}

TEST(books, know_how_deep_they_go_below_zero) {
  const book_folder folder;
  const auto b = read_books(folder.path());
  ASSERT_TRUE(b);
  EXPECT_EQ(find_deepest_dip(*b).minor, 200);
  EXPECT_EQ(find_deepest_dip(*b).booking, 2U);
}

TEST(books, have_a_fingerprint_of_their_content_not_of_their_folder) {
  const book_folder one;
  const book_folder same;
  const book_folder other;
  other.write("closing_balances.csv", "account,balance_minor\n7,50\n8,100\n");
  EXPECT_EQ(read_books(one.path())->fingerprint, read_books(same.path())->fingerprint);
  EXPECT_NE(read_books(one.path())->fingerprint, read_books(other.path())->fingerprint);
}

TEST(books, are_refused_with_file_and_line_where_they_are_wrong) {
  const std::string head = book_folder::header();
  const struct {
    std::string file;
    std::string text;
    std::string problem;
  } cases[] = {
      {"accounts.csv", "account,opened,statement\n7,2024-01-01,x\n7,2024-01-01,x\n",
       "accounts.csv:3: account: account 7 is a duplicate"},
      {"accounts.csv", "account,opened,statement\n7,1.1.2024,x\n",
       "accounts.csv:2: opened: \"1.1.2024\" is not a date like 1993-01-31"},
      {"accounts.csv", "account,opened,statement\n,2024-01-01,x\n",
       "accounts.csv:2: account: \"\" must be 1 to 128 printable ASCII characters, with no "
       "space at either end"},
      {"transactions.csv", head + "1,9,2024-01-02,credit,500,,,\n",
       "transactions.csv:2: account: account \"9\" is missing from accounts.csv"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,5,,,\n1,7,2024-01-02,credit,5,,,\n",
       "transactions.csv:3: id: transaction 1 is a duplicate"},
      {"transactions.csv", head + "1,7,2024-01-02,in,500,,,\n",
       "transactions.csv:2: direction: \"in\" must be credit or debit"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,0,,,\n",
       "transactions.csv:2: amount_minor: \"0\" is not an amount: it must be an integer of minor "
       "units from 1 to 2^53-1, digits only"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,9007199254740992,,,\n",
       "transactions.csv:2: amount_minor: \"9007199254740992\" is not an amount: it must be an "
       "integer of minor units from 1 to 2^53-1, digits only"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,1.50,,,\n",
       "transactions.csv:2: amount_minor: \"1.50\" is not an amount: it must be an integer of "
       "minor units from 1 to 2^53-1, digits only"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,5,Fee!,,\n",
       "transactions.csv:2: kind: \"Fee!\" must be at most 64 characters of a-z, 0-9, '_', '.' and "
       "'-'"},
      {"transactions.csv",
       head + "1,7,2024-01-02,credit,9007199254740991,,,\n2,7,2024-01-02,credit,1,,,\n",
       "transactions.csv:3: amount_minor: transaction 2 moves its account's balance beyond 2^53-1"},
      {"accounts.csv", "account,opened,statement\n", "accounts.csv: the file has no accounts"},
      {"closing_balances.csv", "account,balance_minor\n7,50\n",
       "closing_balances.csv: account 8 is missing"},
      {"closing_balances.csv", "account,balance_minor\n7,50\n8,1e2\n",
       "closing_balances.csv:3: balance_minor: \"1e2\" is not a balance: it must be an integer of "
       "minor units, digits only, with - if below zero"},
      {"closing_balances.csv", "account,balance_minor\n7,50\n8,101\n",
       "closing_balances.csv:3: balance_minor: the transactions of account 8 sum to 100, not to "
       "101"},
  };
  for (const auto& c : cases) {
    const book_folder folder;
    folder.write(c.file, c.text);
    const auto b = read_books(folder.path());
    ASSERT_FALSE(b) << c.problem;
    EXPECT_TRUE(b.error().text().ends_with(c.problem)) << b.error().text();
  }
}

/// Number and date formats of other programs and countries.
TEST(books, take_no_cell_that_could_mean_something_else) {
  enum column { id, account, date, way, amount, kind };
  const struct {
    column where;
    std::string cell;
    std::string why;
  } cases[] = {
      {date, "2024-02-30",
       "\"2024-02-30\" is not a valid date: in 2024-02 the day must be 01 to 29"},
      {date, "2023-02-29",
       "\"2023-02-29\" is not a valid date: in 2023-02 the day must be 01 to 28"},
      {date, "1900-02-29",
       "\"1900-02-29\" is not a valid date: in 1900-02 the day must be 01 to 28"},
      {date, "2024-04-31",
       "\"2024-04-31\" is not a valid date: in 2024-04 the day must be 01 to 30"},
      {date, "2024-01-00",
       "\"2024-01-00\" is not a valid date: in 2024-01 the day must be 01 to 31"},
      {date, "2024-13-45", "\"2024-13-45\" is not a valid date: the month must be 01 to 12"},
      {date, "9999-99-99", "\"9999-99-99\" is not a valid date: the month must be 01 to 12"},
      {date, "0000-00-00", "\"0000-00-00\" is not a valid date: the month must be 01 to 12"},
      {date, "31.12.2024", "\"31.12.2024\" is not a date like 1993-01-31"},
      {date, "2024/01/02", "\"2024/01/02\" is not a date like 1993-01-31"},
      {date, "24-01-02", "\"24-01-02\" is not a date like 1993-01-31"},
      {date, "2024-1-2", "\"2024-1-2\" is not a date like 1993-01-31"},
      {date, " 2024-01-02", "\" 2024-01-02\" is not a date like 1993-01-31"},
      {date, "2024-01-02T00:00:00Z", "is not a date like 1993-01-31"},
      {date, "", "\"\" is not a date like 1993-01-31"},
      {amount, "+5", "\"+5\" is not an amount"},
      {amount, " 5", "\" 5\" is not an amount"},
      {amount, "5 ", "\"5 \" is not an amount"},
      {amount, "5.00", "\"5.00\" is not an amount"},
      {amount, "\"5,00\"", "\"5,00\" is not an amount"},
      {amount, "5,00", "the row has 9 cells, but must have 8"},
      {amount, "1'000", "\"1'000\" is not an amount"},
      {amount, "1 000", "\"1 000\" is not an amount"},
      {amount,
       "1\xc2\xa0"
       "000",
       "\"1\\xc2\\xa0000\" is not an amount"},
      {amount, "1e3", "\"1e3\" is not an amount"},
      {amount, "0x10", "\"0x10\" is not an amount"},
      {amount, "\xef\xbc\x95", "\"\\xef\\xbc\\x95\" is not an amount"},
      {amount, "-5", "\"-5\" is not an amount"},
      {amount, "-0", "\"-0\" is not an amount"},
      {amount, "", "\"\" is not an amount"},
      {amount, "9007199254740992", "\"9007199254740992\" is not an amount"},
      {amount, "9223372036854775808", "\"9223372036854775808\" is not an amount"},
      {amount, "99999999999999999999999", "\"99999999999999999999999\" is not an amount"},
      {way, "Credit", "\"Credit\" must be credit or debit"},
      {way, "credit ", "\"credit \" must be credit or debit"},
      {id, " 1", "\" 1\" must be 1 to 128 printable ASCII characters"},
      {id, "1 ", "\"1 \" must be 1 to 128 printable ASCII characters"},
      {id, "\xc3\xa9", "\"\\xc3\\xa9\" must be 1 to 128 printable ASCII characters"},
      {account, "7 ", "account \"7 \" is missing from accounts.csv"},
      {account, "07", "account \"07\" is missing from accounts.csv"},
      {kind, "\xff", "\"\\xff\" must be at most 64 characters of"},
  };
  const char* columns[] = {"id", "account", "date", "direction", "amount_minor", "kind"};
  for (const auto& c : cases) {
    std::array<std::string, 6> cells{"1", "7", "2024-01-02", "credit", "500", "cash"};
    cells[c.where] = c.cell;
    std::string row;
    for (const std::string& cell : cells) row += cell + ',';
    const book_folder folder;
    const auto good = read_book_files(folder.path());
    book_files files = *good;
    files.bookings = book_folder::header() + row + ",\n";
    const auto b = parse_books(files);
    ASSERT_FALSE(b) << row;
    EXPECT_EQ(b.error().line, 2U) << row;
    EXPECT_NE(b.error().what.find(c.why), std::string::npos) << b.error().text();
    const bool of_whole_row = c.why.starts_with("the row has");
    EXPECT_EQ(b.error().column, of_whole_row ? "counterparty_account" : columns[c.where]);
  }
}

TEST(books, take_what_means_the_same_however_it_is_written) {
  const book_folder folder;
  book_files files = *read_book_files(folder.path());
  files.accounts = "\"account\",opened,statement\r\n\"7\",2024-02-29,m\xec\xed\r\n8,2000-02-29,";
  files.bookings = book_folder::header() +
                   "1,7,2024-01-02,credit,0500,\"cash\",\"a,b\",\"c\nd\"\r\n"
                   "2,8,2024-01-02,credit,100,,,\n"
                   "3,7,2024-01-03,debit,500,,,";
  files.closing = "account,balance_minor\n8,0100\n7,-0\n";
  const auto b = parse_books(files);
  ASSERT_TRUE(b) << b.error().text();
  EXPECT_EQ(b->bookings[0].amount_minor, 500);
  EXPECT_EQ(b->bookings[0].kind, "cash");
  EXPECT_EQ(b->bookings[1].line, 4U) << "behind a line break in quotes";
}

TEST(books, may_come_without_closing_balances_where_nobody_needs_them) {
  const book_folder folder;
  std::filesystem::remove(folder.path() / "closing_balances.csv");
  const auto files = read_book_files(folder.path());
  ASSERT_TRUE(files) << files.error().text();
  EXPECT_FALSE(files->closing);
  const auto b = parse_books(*files);
  ASSERT_TRUE(b) << b.error().text();
  EXPECT_EQ(b->accounts[0].closing_minor, 50) << "what the transactions come to";
  EXPECT_EQ(b->bookings[3].line, 5U);
  EXPECT_NE(read_books(folder.path()).error().text().find("no such file"), std::string::npos);
}

TEST(lanes, hold_each_account_s_transfers_in_order_under_the_ids_that_they_are_given) {
  using lifeline::ledger::uuid;
  const book_folder folder;
  const auto b = *read_books(folder.path());
  const auto lanes = plan_lanes(b, [](std::string_view kind, std::string_view row) {
    return uuid::derive({kind, row});
  });
  ASSERT_EQ(lanes.size(), 2U);
  ASSERT_EQ(lanes[0].transfers.size(), 3U);
  EXPECT_EQ(lanes[0].transfers[1].booking, 2U);
  EXPECT_EQ(lanes[1].transfers[0].booking, 1U);
  EXPECT_EQ(lanes[0].id, uuid::derive({"account", b.accounts[0].ref}));
  EXPECT_EQ(lanes[0].transfers[2].id,
            uuid::derive({"transfer", b.bookings[lanes[0].transfers[2].booking].id}));
}

TEST(books, that_are_shipped_agree_with_themselves_and_dip_below_zero) {
  const auto b = read_books(std::filesystem::path(SCENARIO_DIR) / "sample-books");
  ASSERT_TRUE(b) << b.error().text();
  EXPECT_EQ(b->accounts.size(), 12U);
  EXPECT_GT(find_deepest_dip(*b).minor, 0);
}

}  // namespace
}  // namespace bank::books
