#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace bank::books {

/// An error in recorded books and its place, for the person who repairs the file.
struct problem {
  std::string file;      ///< path or name; empty: all files
  std::size_t line = 0;  ///< from 1; 0: no single line
  std::string column;    ///< empty: the whole line
  std::string what;      ///< names the value and what would be right

  /// "FILE:LINE: COLUMN: WHAT", without unknown parts.
  std::string text() const;

  friend bool operator==(const problem&, const problem&) = default;
};

template <class T>
using result = boost::system::result<T, problem>;
/// The result of a function without a value.
using maybe_problem = std::optional<problem>;

/// Required by `result::value()`, which is called only after a check.
[[noreturn]] void throw_exception_from_error(const problem& p, const boost::source_location&);

}  // namespace bank::books
