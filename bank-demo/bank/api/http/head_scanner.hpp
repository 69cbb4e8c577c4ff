#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bank::api {

/// Finds where a request's head ends, in a buffer that grows. Keeps its place, so that a head that
/// comes byte by byte is looked through once.
class head_scanner {
 public:
  struct limits {
    std::size_t head = 16 * 1024;
    std::size_t target = 8 * 1024;
  };
  enum class verdict : std::uint8_t {
    incomplete,
    complete,
    target_too_long,
    head_too_large,
    malformed,  ///< a line that does not end in CRLF, or no request line at all
  };

  explicit head_scanner(limits l) noexcept : limits_(l) {}

  /// `buffer` begins where the head begins, and only grows between calls.
  verdict scan(std::string_view buffer) noexcept;
  /// Length of the head with its empty line, once `complete`.
  std::size_t size() const noexcept { return line_begin_; }
  /// Empty lines before the request line, which are to be skipped (RFC 9112, 2.2).
  std::size_t skipped() const noexcept { return skipped_; }

 private:
  verdict judge_size(std::size_t size) const noexcept;

  limits limits_;
  std::size_t skipped_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t scanned_ = 0;
  bool in_request_line_ = true;
};

}  // namespace bank::api
