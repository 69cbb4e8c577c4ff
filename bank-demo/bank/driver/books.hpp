#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bank/driver/problem.hpp"
#include "lifeline/ledger/uuid.hpp"

namespace bank::driver {

/// An account of the recorded books, and what it must hold after all bookings.
struct book_account {
  std::string ref;  ///< the books' own number for it
  std::int64_t closing_minor = 0;
};

enum class direction : std::uint8_t { credit, debit };

/// One line of the books: money that came in (`credit`) or went out.
struct booking {
  std::string id;
  std::size_t account = 0;  ///< index into `books::accounts`
  direction way = direction::credit;
  std::int64_t amount_minor = 0;
  std::string date;  ///< YYYY-MM-DD
  std::string kind;
};

/// The recorded history of a bank: a folder with `accounts.csv`, `transactions.csv` (in booking
/// order) and `closing_balances.csv`.
struct books {
  std::vector<book_account> accounts;
  std::vector<booking> bookings;
  /// Derived from the content of the files: the same books give the same, whatever their folder.
  lifeline::ledger::uuid fingerprint;

  /// The sum of all closing balances.
  std::int64_t closing_sum() const noexcept;
};

/// Reads books and proves that they agree with themselves: every account once, every booking once
/// and of a known account, every amount from 1 to 2^53-1, and every closing balance equal to what
/// the bookings come to. A problem names the file and, where there is one, the line.
result<books> read_books(const std::filesystem::path& dir);

/// The deepest an account goes below zero on the way, as a number above zero.
struct deepest_dip {
  std::int64_t minor = 0;
  std::size_t booking = 0;  ///< where it is reached
};
deepest_dip find_deepest_dip(const books& b);

}  // namespace bank::driver
