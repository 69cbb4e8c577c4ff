#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace bank::api {

/// The codes of the API's errors; each belongs to one status.
enum class code : std::uint8_t {
  malformed_json,
  invalid_field,
  unauthenticated,
  forbidden,
  not_found,
  method_not_allowed,
  in_progress,
  already_exists,
  invalid_state,
  precondition_failed,
  request_timeout,
  body_too_large,
  target_too_long,
  unsupported_media_type,
  expectation_failed,
  upgrade_required,
  headers_too_large,
  insufficient_funds,
  currency_mismatch,
  account_frozen,
  account_closed,
  same_account,
  balance_limit,
  amount_above_hold,
  idempotency_mismatch,
  rate_limited,
  quota_exceeded,
  internal,
  not_implemented,
  overloaded,
  store_unavailable,
  shutting_down,
  canceled,
  deadline_exceeded,
};
inline constexpr std::size_t code_count = static_cast<std::size_t>(code::deadline_exceeded) + 1;

std::string_view to_string(code c) noexcept;
unsigned status_of(code c) noexcept;
std::string_view title_of(code c) noexcept;

/// An error as sent to clients (RFC 9457). `detail` names the thing, the value and what would be
/// right.
struct problem {
  api::code code = api::code::internal;
  std::string detail;
  std::string field;
  /// Of a failed write; if empty, the ledger was not asked yet.
  std::optional<lifeline::ledger::outcome> outcome;
  /// Of 429 and 503; if empty, one second.
  std::optional<std::chrono::seconds> retry_after;
};

template <class T>
using result = boost::system::result<T, problem>;
/// Required by `result::value()`, which the API does not call.
[[noreturn]] void throw_exception_from_error(const problem& p, const boost::source_location&);

problem invalid(std::string_view field, std::string detail);
problem no_such(std::string_view what, std::string_view id);
/// For a `detail`: a client's value in quotes, at most 40 bytes of it.
std::string quoted(std::string_view value);
/// For a `detail`: "allowed: a, b".
std::string allowed(std::initializer_list<std::string_view> names);
problem problem_of(const lifeline::ledger::failure& f);
/// For a wait that ended without an answer.
problem problem_of(lifeline::errc e);

/// Appends it as `application/problem+json`. `path` is the request's; for a `write` a 503 or 504
/// contains an outcome.
void append_problem(std::string& out, const problem& p, std::string_view path,
                    std::string_view request_id, bool write);

}  // namespace bank::api
