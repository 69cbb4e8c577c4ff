#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace lifeline {

/// Why work ended without an answer.
enum class errc : std::uint8_t {
  none = 0,
  /// Its context was cancelled.
  canceled = 1,
  /// Its context's deadline passed.
  deadline_exceeded = 2,
  /// The holder of the request dropped it, or died, without an answer.
  broken_promise = 3,
  /// The target was not alive, or never was.
  unreachable = 4,
  /// A bounded queue was full.
  overloaded = 5,
};

std::string_view to_string(errc e) noexcept;
const std::error_category& category() noexcept;
inline std::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), category()};
}

}  // namespace lifeline

template <>
struct std::is_error_code_enum<lifeline::errc> : std::true_type {};

namespace lifeline {

/// A code with an optional text; the type of `ctx.cause()`. Immutable, cheap to copy.
class error {
 public:
  error() noexcept = default;
  error(errc e) noexcept : code_(make_error_code(e)) {}  // NOLINT(google-explicit-constructor)
  error(std::error_code code) noexcept : code_(code) {}  // NOLINT(google-explicit-constructor)
  error(std::error_code code, std::string text)
      : code_(code), text_(std::make_shared<const std::string>(std::move(text))) {}
  /// A cancellation with a text.
  explicit error(std::string text) : error(make_error_code(errc::canceled), std::move(text)) {}

  const std::error_code& code() const noexcept { return code_; }
  std::string message() const { return text_ ? *text_ : code_.message(); }
  explicit operator bool() const noexcept { return static_cast<bool>(code_); }

  friend bool operator==(const error& a, const error& b) {
    return a.code_ == b.code_ && a.message() == b.message();
  }

 private:
  std::error_code code_;
  std::shared_ptr<const std::string> text_;
};

/// For use in `catch (...)`: any exception as `std::errc::io_error` with the exception's text.
error thrown_error();

}  // namespace lifeline
