#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>

namespace bank::driver {

/// Why the driver can't go on: one sentence for the person at the terminal, which names the thing,
/// the value and what would have been right. Every problem ends the run with exit status 3, so
/// there are no codes to tell apart.
struct problem {
  std::string text;

  friend bool operator==(const problem&, const problem&) = default;
};

template <class T>
using result = boost::system::result<T, problem>;
/// For what yields nothing but may go wrong.
using maybe_problem = std::optional<problem>;

/// Required by `result::value()`; the driver itself never calls that without asking first.
[[noreturn]] void throw_exception_from_error(const problem& p, const boost::source_location&);

}  // namespace bank::driver
