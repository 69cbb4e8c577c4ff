#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>

namespace bank::driver {

/// An error that ends the run: one sentence for the terminal that names the thing, the value and
/// what would be right. Every problem gives exit status 3, so there are no codes.
struct problem {
  std::string text;

  friend bool operator==(const problem&, const problem&) = default;
};

template <class T>
using result = boost::system::result<T, problem>;
/// The result of a function without a value.
using maybe_problem = std::optional<problem>;

/// Required by `result::value()`; the driver calls that only after a check.
[[noreturn]] void throw_exception_from_error(const problem& p, const boost::source_location&);

}  // namespace bank::driver
