#include "bank/driver/books.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "bank/driver/csv.hpp"
#include "lifeline/ledger/money.hpp"

namespace bank::driver {

namespace {

using lifeline::ledger::add_minor;
using lifeline::ledger::max_minor;
using namespace std::string_view_literals;

using account_index = std::unordered_map<std::string, std::size_t>;

std::optional<std::int64_t> parse_minor(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value <= max_minor && value >= -max_minor ? std::optional(value) : std::nullopt;
}

bool is_date(std::string_view text) {
  static constexpr auto shape = "dddd-dd-dd"sv;
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                    [](char c, char s) { return s == 'd' ? c >= '0' && c <= '9' : c == s; });
}

maybe_problem read_accounts(const csv_table& table, books& out, account_index& index) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const csv_row row = table.row(i);
    if (row[0].empty()) return table.at(row, "an account needs a number");
    if (!index.emplace(row[0], i).second)
      return table.at(row, "account " + row[0] + " stands here a second time");
    if (!is_date(row[1])) return table.at(row, "\"" + row[1] + "\" is not a date like 1993-01-31");
    out.accounts.push_back({row[0], 0});
  }
  return std::nullopt;
}

maybe_problem read_booking(const csv_table& table, const csv_row& row, const account_index& index,
                           booking& out) {
  const auto account = index.find(row[1]);
  if (account == index.end())
    return table.at(row, "account " + row[1] + " does not stand in accounts.csv");
  if (!is_date(row[2])) return table.at(row, "\"" + row[2] + "\" is not a date like 1993-01-31");
  if (row[3] != "credit" && row[3] != "debit")
    return table.at(row, "\"" + row[3] + "\" is neither credit nor debit");
  const auto amount = parse_minor(row[4]);
  if (!amount || *amount < 1)
    return table.at(row, "\"" + row[4] +
                             "\" is not an amount: a whole number of minor units from "
                             "1 to 2^53-1");
  out = {row[0],  account->second, row[3] == "credit" ? direction::credit : direction::debit,
         *amount, row[2],          row[5]};
  return std::nullopt;
}

maybe_problem read_bookings(const csv_table& table, const account_index& index, books& out) {
  std::unordered_set<std::string> seen;
  out.bookings.resize(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const csv_row row = table.row(i);
    if (row[0].empty()) return table.at(row, "a transaction needs an id");
    if (!seen.insert(row[0]).second)
      return table.at(row, "transaction " + row[0] + " stands here a second time");
    if (auto wrong = read_booking(table, row, index, out.bookings[i])) return wrong;
  }
  return std::nullopt;
}

maybe_problem read_closing(const csv_table& table, const account_index& index, books& out) {
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const csv_row row = table.row(i);
    const auto account = index.find(row[0]);
    if (account == index.end())
      return table.at(row, "account " + row[0] + " does not stand in accounts.csv");
    if (!seen.insert(row[0]).second)
      return table.at(row, "account " + row[0] + " stands here a second time");
    const auto balance = parse_minor(row[1]);
    if (!balance)
      return table.at(row, "\"" + row[1] + "\" is not a balance: a whole number of minor units");
    out.accounts[account->second].closing_minor = *balance;
  }
  for (const book_account& account : out.accounts)
    if (!seen.contains(account.ref))
      return problem{"closing_balances.csv has no line for account " + account.ref};
  return std::nullopt;
}

maybe_problem check_sums(const books& b) {
  std::vector<std::int64_t> balances(b.accounts.size(), 0);
  for (const booking& line : b.bookings) {
    const auto sum =
        add_minor(balances[line.account],
                  line.way == direction::credit ? line.amount_minor : -line.amount_minor);
    if (!sum) return problem{"transaction " + line.id + " takes its account past 2^53-1"};
    balances[line.account] = *sum;
  }
  for (std::size_t i = 0; i < balances.size(); ++i)
    if (balances[i] != b.accounts[i].closing_minor)
      return problem{"the books contradict themselves: the transactions of account " +
                     b.accounts[i].ref + " come to " + std::to_string(balances[i]) +
                     ", closing_balances.csv says " + std::to_string(b.accounts[i].closing_minor)};
  return std::nullopt;
}

/// The three files as text, and which they are.
struct book_files {
  std::string accounts;
  std::string bookings;
  std::string closing;
};

result<book_files> read_files(const std::filesystem::path& dir) {
  book_files files;
  const std::array<std::pair<std::string_view, std::string*>, 3> wanted{
      {{"accounts.csv", &files.accounts},
       {"transactions.csv", &files.bookings},
       {"closing_balances.csv", &files.closing}}};
  for (const auto& [name, text] : wanted) {
    auto read = read_file(dir / name);
    if (!read) return read.error();
    *text = std::move(*read);
  }
  return files;
}

constexpr std::array account_columns{"account"sv, "opened"sv, "statement"sv};
constexpr std::array booking_columns{"id"sv,
                                     "account"sv,
                                     "date"sv,
                                     "direction"sv,
                                     "amount_minor"sv,
                                     "kind"sv,
                                     "counterparty_bank"sv,
                                     "counterparty_account"sv};
constexpr std::array closing_columns{"account"sv, "balance_minor"sv};

}  // namespace

std::int64_t books::closing_sum() const noexcept {
  return std::accumulate(
      accounts.begin(), accounts.end(), std::int64_t{0},
      [](std::int64_t sum, const book_account& account) { return sum + account.closing_minor; });
}

result<books> read_books(const std::filesystem::path& dir) {
  const auto files = read_files(dir);
  if (!files) return files.error();
  const auto accounts =
      csv_table::parse(files->accounts, (dir / "accounts.csv").string(), account_columns);
  if (!accounts) return accounts.error();
  const auto bookings =
      csv_table::parse(files->bookings, (dir / "transactions.csv").string(), booking_columns);
  if (!bookings) return bookings.error();
  const auto closing =
      csv_table::parse(files->closing, (dir / "closing_balances.csv").string(), closing_columns);
  if (!closing) return closing.error();

  books b;
  account_index index;
  if (auto wrong = read_accounts(*accounts, b, index)) return *wrong;
  if (auto wrong = read_bookings(*bookings, index, b)) return *wrong;
  if (auto wrong = read_closing(*closing, index, b)) return *wrong;
  if (auto wrong = check_sums(b)) return *wrong;
  if (b.accounts.empty()) return problem{dir.string() + ": the books have no account"};
  b.fingerprint =
      lifeline::ledger::uuid::derive({"books", files->accounts, files->bookings, files->closing});
  return b;
}

deepest_dip find_deepest_dip(const books& b) {
  std::vector<std::int64_t> balances(b.accounts.size(), 0);
  deepest_dip deepest;
  for (std::size_t i = 0; i < b.bookings.size(); ++i) {
    const booking& line = b.bookings[i];
    std::int64_t& balance = balances[line.account];
    balance += line.way == direction::credit ? line.amount_minor : -line.amount_minor;
    if (-balance > deepest.minor) deepest = {-balance, i};
  }
  return deepest;
}

}  // namespace bank::driver
