#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace lifeline::ledger {

/// Why the ledger did not do a request. The names are those of the API's `code`.
enum class errc : std::uint8_t {
  // Refusals: decided by the ledger's state; no money was moved.
  not_found,
  forbidden,
  already_exists,
  in_progress,
  invalid_state,
  insufficient_funds,
  currency_mismatch,
  account_frozen,
  account_closed,
  same_account,
  balance_limit,
  amount_above_hold,
  idempotency_mismatch,
  invalid_field,  ///< e.g. execute_at has passed; only the ledger can tell this from a repetition
  // Failures: the ledger could not process the request.
  store_unavailable,
  overloaded,
  shutting_down,
  canceled,
  deadline_exceeded,
  internal,
};

std::string_view to_string(errc e) noexcept;
/// True for a refusal, false for a failure.
constexpr bool is_refusal(errc e) noexcept { return e < errc::store_unavailable; }

/// True if the refusal concerns the transfer itself, so that a retry is useless. Such refusals
/// reject a scheduled transfer when it is due; the API answers them with 422.
constexpr bool is_rejection(errc e) noexcept {
  return e >= errc::insufficient_funds && e <= errc::balance_limit;
}

/// What is known about the effect of a failed write.
enum class outcome : std::uint8_t {
  /// Nothing happened and nothing will.
  none,
  /// It may have happened: look it up, or repeat it with the same id.
  unknown,
};

/// An error as a value: the code, the outcome, and a sentence with the thing and the value.
struct failure {
  errc code = errc::internal;
  outcome known = outcome::none;
  std::string detail;

  friend bool operator==(const failure&, const failure&) = default;
};

template <class T>
using result = boost::system::result<T, failure>;

/// Required by `result::value()`; the ledger itself never calls that without a check.
[[noreturn]] void throw_exception_from_error(const failure& f, const boost::source_location&);

}  // namespace lifeline::ledger
