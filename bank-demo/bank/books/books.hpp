#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/books/problem.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::books {

inline constexpr std::string_view accounts_file = "accounts.csv";
inline constexpr std::string_view bookings_file = "transactions.csv";
inline constexpr std::string_view closing_file = "closing_balances.csv";

/// The text of each file of recorded books, and their folder, if any, for error texts.
struct book_files {
  std::string accounts;
  std::string bookings;                ///< in booking order
  std::optional<std::string> closing;  ///< closing balance of each account, if known
  std::filesystem::path folder{};
};

/// Reads a folder's files; `closing_balances.csv` may be missing.
result<book_files> read_book_files(const std::filesystem::path& dir);

/// An account of the recorded books with its balance after all bookings.
struct book_account {
  std::string ref;               ///< its number in the books
  std::int64_t closing_minor{};  ///< sum of its bookings
  std::size_t line = 0;          ///< line in its file
};

enum class direction : std::uint8_t { credit, debit };

/// One line of the books: incoming (`credit`) or outgoing money.
struct booking {
  std::string id;
  std::size_t account = 0;  ///< index into `recorded_books::accounts`
  direction way = direction::credit;
  std::int64_t amount_minor = 0;
  std::string date;  ///< YYYY-MM-DD
  std::string kind;
  std::size_t line = 0;  ///< line in its file
};

/// The recorded history of a bank.
struct recorded_books {
  std::vector<book_account> accounts;
  std::vector<booking> bookings;
  /// Derived from the content of the files, independent of their folder.
  lifeline::ledger::uuid fingerprint;

  /// The sum of all closing balances.
  std::int64_t closing_sum() const noexcept;
};

/// Reads books and checks that they are consistent: no duplicate account or booking, no booking of
/// an unknown account, amounts from 1 to 2^53-1, no balance beyond that, and each closing balance,
/// if given, equal to the sum of the bookings.
result<recorded_books> parse_books(const book_files& files);

/// The same for a folder that must have all three files.
result<recorded_books> read_books(const std::filesystem::path& dir);

/// The lowest balance of an account after any booking, as a positive number below zero.
struct deepest_dip {
  std::int64_t minor = 0;
  std::size_t booking = 0;  ///< index of the booking that reaches it
};
deepest_dip find_deepest_dip(const recorded_books& b);

}  // namespace bank::books
