#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace lifeline {

/// Why a piece of work ended before its answer.
enum class errc : std::uint8_t {
  none = 0,
  /// Its context was cancelled.
  canceled = 1,
  /// Its context's deadline passed.
  deadline_exceeded = 2,
  /// Whoever held the request dropped it, or died, without an answer.
  broken_promise = 3,
  /// The target was no longer alive, or never was.
  unreachable = 4,
  /// A bounded queue on the way was full.
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

/// A code with, where it helps, a text: what `ctx.cause()` gives. Immutable, cheap to copy.
class error {
 public:
  error() noexcept = default;
  error(errc e) noexcept : code_(make_error_code(e)) {}  // NOLINT(google-explicit-constructor)
  error(std::error_code code) noexcept : code_(code) {}  // NOLINT(google-explicit-constructor)
  error(std::error_code code, std::string text)
      : code_(code), text_(std::make_shared<const std::string>(std::move(text))) {}
  /// A cancellation with words of its own.
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

/// In a `catch (...)`: what was thrown, whatever it is, as `std::errc::io_error` in its own words.
error thrown_error();

}  // namespace lifeline
