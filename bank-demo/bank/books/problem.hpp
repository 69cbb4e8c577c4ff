#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace bank::books {

/// What is wrong with recorded books, and where: for the person who has to mend the file.
struct problem {
  std::string file;      ///< as its reader knows it; empty if it is about all of them
  std::size_t line = 0;  ///< from 1; 0: no line in particular
  std::string column;    ///< empty: the whole line
  std::string what;      ///< names the value and what would be right

  /// "FILE:LINE: COLUMN: WHAT", of which only what is known.
  std::string text() const;

  friend bool operator==(const problem&, const problem&) = default;
};

template <class T>
using result = boost::system::result<T, problem>;
/// For what yields nothing but may go wrong.
using maybe_problem = std::optional<problem>;

/// Required by `result::value()`; nobody calls that without asking first.
[[noreturn]] void throw_exception_from_error(const problem& p, const boost::source_location&);

}  // namespace bank::books
