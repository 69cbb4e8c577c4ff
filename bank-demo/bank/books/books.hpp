#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/books/problem.hpp"
#include "lifeline/ledger/uuid.hpp"

namespace bank::books {

inline constexpr std::string_view accounts_file = "accounts.csv";
inline constexpr std::string_view bookings_file = "transactions.csv";
inline constexpr std::string_view closing_file = "closing_balances.csv";

/// Recorded books as they come: the text of each file, and the folder they were read from, if any,
/// so that problems name the files as their reader knows them.
struct book_files {
  std::string accounts;
  std::string bookings;                ///< in booking order
  std::optional<std::string> closing;  ///< what each account must hold in the end, if that is known
  std::filesystem::path folder{};
};

/// Reads a folder's files; `closing_balances.csv` may be missing.
result<book_files> read_book_files(const std::filesystem::path& dir);

/// An account of the recorded books, and what it must hold after all bookings.
struct book_account {
  std::string ref;               ///< the books' own number for it
  std::int64_t closing_minor{};  ///< what its bookings come to
  std::size_t line = 0;          ///< where it stands in its file
};

enum class direction : std::uint8_t { credit, debit };

/// One line of the books: money that came in (`credit`) or went out.
struct booking {
  std::string id;
  std::size_t account = 0;  ///< index into `recorded_books::accounts`
  direction way = direction::credit;
  std::int64_t amount_minor = 0;
  std::string date;  ///< YYYY-MM-DD
  std::string kind;
  std::size_t line = 0;  ///< where it stands in its file
};

/// The recorded history of a bank.
struct recorded_books {
  std::vector<book_account> accounts;
  std::vector<booking> bookings;
  /// Derived from the content of the files: the same books give the same, whatever their folder.
  lifeline::ledger::uuid fingerprint;

  /// The sum of all closing balances.
  std::int64_t closing_sum() const noexcept;
};

/// Reads books and proves that they agree with themselves: every account once, every booking once
/// and of a known account, every amount from 1 to 2^53-1, no balance beyond that; and every closing
/// balance, where they are given, equal to what the bookings come to.
result<recorded_books> parse_books(const book_files& files);

/// The same of a folder that must have all three files.
result<recorded_books> read_books(const std::filesystem::path& dir);

/// The deepest an account goes below zero on the way, as a number above zero.
struct deepest_dip {
  std::int64_t minor = 0;
  std::size_t booking = 0;  ///< where it is reached
};
deepest_dip find_deepest_dip(const recorded_books& b);

}  // namespace bank::books
