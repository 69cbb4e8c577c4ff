#include "bank/books/books.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "bank/books/csv.hpp"
#include "lifeline/ledger/values/money.hpp"

namespace bank::books {

namespace {

using lifeline::ledger::add_minor;
using lifeline::ledger::max_minor;
using namespace std::string_view_literals;

using account_index = std::unordered_map<std::string, std::size_t>;

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

constexpr std::size_t longest_name = 128;
constexpr std::size_t longest_kind = 64;

std::optional<std::int64_t> parse_minor(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value <= max_minor && value >= -max_minor ? std::optional(value) : std::nullopt;
}

/// Why a date is wrong; empty if it is valid.
std::optional<std::string> wrong_date(const std::string& text) {
  namespace chr = std::chrono;
  static constexpr auto shape = "dddd-dd-dd"sv;
  const bool fits =
      std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                 [](char c, char s) { return s == 'd' ? c >= '0' && c <= '9' : c == s; });
  if (!fits) return shown(text) + " is not a date like 1993-01-31";
  const auto number = [&](std::size_t at, std::size_t digits) {
    return std::stoi(text.substr(at, digits));
  };
  const chr::year_month month{chr::year(number(0, 4)),
                              chr::month(static_cast<unsigned>(number(5, 2)))};
  const chr::year_month_day date = month / chr::day(static_cast<unsigned>(number(8, 2)));
  if (date.ok()) return std::nullopt;
  const std::string no_day = shown(text) + " is not a valid date: ";
  if (!month.ok()) return no_day + "the month must be 01 to 12";
  const auto last = static_cast<unsigned>((month / chr::last).day());
  return no_day + "in " + text.substr(0, 7) + " the day must be 01 to " + std::to_string(last);
}

/// The ledger's rules for an account's reference, limited to printable ASCII. Names that differ
/// only in spaces at an end would look the same.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && text.front() != ' ' &&
         text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_kind(std::string_view text) {
  return text.size() <= longest_kind && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                  c == '-';
         });
}

std::string no_name(const std::string& text) {
  return shown(text) + " must be 1 to 128 printable ASCII characters, with no space at either end";
}

maybe_problem read_accounts(const csv_table& table, recorded_books& out, account_index& index) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const csv_row row = table.row(i);
    if (!is_name(row[0])) return table.at(row, 0, no_name(row[0]));
    if (!index.emplace(row[0], i).second)
      return table.at(row, 0, "account " + row[0] + " is a duplicate");
    if (auto wrong = wrong_date(row[1])) return table.at(row, 1, std::move(*wrong));
    out.accounts.push_back({row[0], 0, row.line});
  }
  if (out.accounts.empty()) return table.of_file("the file has no accounts");
  return std::nullopt;
}

maybe_problem read_booking(const csv_table& table, const csv_row& row, const account_index& index,
                           booking& out) {
  const auto account = index.find(row[1]);
  if (account == index.end())
    return table.at(row, 1, "account " + shown(row[1]) + " is missing from accounts.csv");
  if (auto wrong = wrong_date(row[2])) return table.at(row, 2, std::move(*wrong));
  if (row[3] != "credit" && row[3] != "debit")
    return table.at(row, 3, shown(row[3]) + " must be credit or debit");
  const auto amount = parse_minor(row[4]);
  if (!amount || *amount < 1)
    return table.at(row, 4,
                    shown(row[4]) +
                        " is not an amount: it must be an integer of minor units from 1 to 2^53-1, "
                        "digits only");
  if (!is_kind(row[5]))
    return table.at(row, 5,
                    shown(row[5]) + " must be at most 64 characters of a-z, 0-9, '_', '.' and '-'");
  out = {row[0],  account->second, row[3] == "credit" ? direction::credit : direction::debit,
         *amount, row[2],          row[5],
         row.line};
  return std::nullopt;
}

maybe_problem read_bookings(const csv_table& table, const account_index& index,
                            recorded_books& out) {
  std::unordered_set<std::string> seen;
  out.bookings.resize(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const csv_row row = table.row(i);
    if (!is_name(row[0])) return table.at(row, 0, no_name(row[0]));
    if (!seen.insert(row[0]).second)
      return table.at(row, 0, "transaction " + row[0] + " is a duplicate");
    if (auto wrong = read_booking(table, row, index, out.bookings[i])) return wrong;
  }
  return std::nullopt;
}

/// Sums the bookings; the first that leaves the range of amounts is a problem.
maybe_problem add_up(const csv_table& table, recorded_books& b) {
  for (std::size_t i = 0; i < b.bookings.size(); ++i) {
    const booking& line = b.bookings[i];
    std::int64_t& balance = b.accounts[line.account].closing_minor;
    const auto sum =
        add_minor(balance, line.way == direction::credit ? line.amount_minor : -line.amount_minor);
    if (!sum)
      return table.at(table.row(i), 4,
                      "transaction " + line.id + " moves its account's balance beyond 2^53-1");
    balance = *sum;
  }
  return std::nullopt;
}

maybe_problem check_closing(const csv_table& table, const account_index& index,
                            const recorded_books& b) {
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const csv_row row = table.row(i);
    const auto account = index.find(row[0]);
    if (account == index.end())
      return table.at(row, 0, "account " + shown(row[0]) + " is missing from accounts.csv");
    if (!seen.insert(row[0]).second)
      return table.at(row, 0, "account " + row[0] + " is a duplicate");
    const auto balance = parse_minor(row[1]);
    if (!balance)
      return table.at(row, 1,
                      shown(row[1]) +
                          " is not a balance: it must be an integer of minor units, digits only, "
                          "with - if below zero");
    const std::int64_t follows = b.accounts[account->second].closing_minor;
    if (*balance != follows)
      return table.at(row, 1,
                      "the transactions of account " + row[0] + " sum to " +
                          std::to_string(follows) + ", not to " + row[1]);
  }
  for (const book_account& account : b.accounts)
    if (!seen.contains(account.ref)) return table.of_file("account " + account.ref + " is missing");
  return std::nullopt;
}

result<csv_table> table_of(const book_files& files, std::string_view name, std::string_view text,
                           std::span<const std::string_view> columns) {
  return csv_table::parse(text, (files.folder / name).string(), columns);
}

}  // namespace

std::int64_t recorded_books::closing_sum() const noexcept {
  return std::accumulate(
      accounts.begin(), accounts.end(), std::int64_t{0},
      [](std::int64_t sum, const book_account& account) { return sum + account.closing_minor; });
}

result<book_files> read_book_files(const std::filesystem::path& dir) {
  book_files files;
  files.folder = dir;
  const std::array<std::pair<std::string_view, std::string*>, 2> wanted{
      {{accounts_file, &files.accounts}, {bookings_file, &files.bookings}}};
  for (const auto& [name, text] : wanted) {
    auto read = read_file(dir / name);
    if (!read) return read.error();
    *text = std::move(*read);
  }
  if (!std::filesystem::exists(dir / closing_file)) return files;
  auto closing = read_file(dir / closing_file);
  if (!closing) return closing.error();
  files.closing = std::move(*closing);
  return files;
}

result<recorded_books> parse_books(const book_files& files) {
  const auto accounts = table_of(files, accounts_file, files.accounts, account_columns);
  if (!accounts) return accounts.error();
  const auto bookings = table_of(files, bookings_file, files.bookings, booking_columns);
  if (!bookings) return bookings.error();

  recorded_books b;
  account_index index;
  if (auto wrong = read_accounts(*accounts, b, index)) return *wrong;
  if (auto wrong = read_bookings(*bookings, index, b)) return *wrong;
  if (auto wrong = add_up(*bookings, b)) return *wrong;
  if (files.closing) {
    const auto closing = table_of(files, closing_file, *files.closing, closing_columns);
    if (!closing) return closing.error();
    if (auto wrong = check_closing(*closing, index, b)) return *wrong;
  }
  b.fingerprint = lifeline::ledger::uuid::derive(
      {"books", files.accounts, files.bookings, files.closing.value_or("")});
  return b;
}

result<recorded_books> read_books(const std::filesystem::path& dir) {
  const auto files = read_book_files(dir);
  if (!files) return files.error();
  if (!files->closing)
    return problem{(dir / closing_file).string(), 0, {}, "can't be read: no such file"};
  return parse_books(*files);
}

deepest_dip find_deepest_dip(const recorded_books& b) {
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

}  // namespace bank::books
