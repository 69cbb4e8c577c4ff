#include "bank/books/lanes.hpp"

#include <gtest/gtest.h>

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
       "accounts.csv:3: account: account 7 stands here a second time"},
      {"accounts.csv", "account,opened,statement\n7,1.1.2024,x\n",
       "accounts.csv:2: opened: \"1.1.2024\" is not a date like 1993-01-31"},
      {"accounts.csv", "account,opened,statement\n,2024-01-01,x\n",
       "accounts.csv:2: account: \"\" must be 1 to 128 printable ASCII characters"},
      {"transactions.csv", head + "1,9,2024-01-02,credit,500,,,\n",
       "transactions.csv:2: account: account \"9\" does not stand in accounts.csv"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,5,,,\n1,7,2024-01-02,credit,5,,,\n",
       "transactions.csv:3: id: transaction 1 stands here a second time"},
      {"transactions.csv", head + "1,7,2024-01-02,in,500,,,\n",
       "transactions.csv:2: direction: \"in\" is neither credit nor debit"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,0,,,\n",
       "transactions.csv:2: amount_minor: \"0\" is not an amount: a whole number of minor units "
       "from 1 to "
       "2^53-1"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,9007199254740992,,,\n",
       "transactions.csv:2: amount_minor: \"9007199254740992\" is not an amount: a whole number of "
       "minor units "
       "from 1 to 2^53-1"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,1.50,,,\n",
       "transactions.csv:2: amount_minor: \"1.50\" is not an amount: a whole number of minor units "
       "from 1 to "
       "2^53-1"},
      {"transactions.csv", head + "1,7,2024-01-02,credit,5,Fee!,,\n",
       "transactions.csv:2: kind: \"Fee!\" must be up to 64 of a-z, 0-9, '_', '.' and '-'"},
      {"transactions.csv",
       head + "1,7,2024-01-02,credit,9007199254740991,,,\n2,7,2024-01-02,credit,1,,,\n",
       "transactions.csv:3: amount_minor: transaction 2 takes its account past 2^53-1"},
      {"accounts.csv", "account,opened,statement\n", "accounts.csv: the books have no account"},
      {"closing_balances.csv", "account,balance_minor\n7,50\n",
       "closing_balances.csv: there is no line for account 8"},
      {"closing_balances.csv", "account,balance_minor\n7,50\n8,1e2\n",
       "closing_balances.csv:3: balance_minor: \"1e2\" is not a balance: a whole number of minor "
       "units"},
      {"closing_balances.csv", "account,balance_minor\n7,50\n8,101\n",
       "closing_balances.csv:3: balance_minor: the books contradict themselves: the transactions "
       "of "
       "account 8 come to 100, not 101"},
  };
  for (const auto& c : cases) {
    const book_folder folder;
    folder.write(c.file, c.text);
    const auto b = read_books(folder.path());
    ASSERT_FALSE(b) << c.problem;
    EXPECT_TRUE(b.error().text().ends_with(c.problem)) << b.error().text();
  }
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
  EXPECT_NE(read_books(folder.path()).error().text().find("there is no such file"),
            std::string::npos);
}

TEST(lanes, hold_each_account_s_transfers_in_order_under_ids_of_their_name) {
  const book_folder folder;
  const auto b = *read_books(folder.path());
  const auto lanes = plan_lanes(b, "n");
  ASSERT_EQ(lanes.size(), 2U);
  ASSERT_EQ(lanes[0].transfers.size(), 3U);
  EXPECT_EQ(lanes[0].transfers[1].booking, 2U);
  EXPECT_EQ(lanes[1].transfers[0].booking, 1U);
  EXPECT_EQ(plan_lanes(b, "n")[0].transfers[2].id, lanes[0].transfers[2].id);
  EXPECT_NE(plan_lanes(b, "m")[0].transfers[2].id, lanes[0].transfers[2].id);
  EXPECT_NE(plan_lanes(b, "m")[0].id, lanes[0].id);
}

TEST(books, that_are_shipped_agree_with_themselves_and_dip_below_zero) {
  const auto b = read_books(std::filesystem::path(SCENARIO_DIR) / "sample-books");
  ASSERT_TRUE(b) << b.error().text();
  EXPECT_EQ(b->accounts.size(), 12U);
  EXPECT_GT(find_deepest_dip(*b).minor, 0);
}

}  // namespace
}  // namespace bank::books
