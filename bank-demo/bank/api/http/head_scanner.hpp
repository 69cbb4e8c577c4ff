#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bank::api {

/// Finds the end of a request's head in a growing buffer. Remembers its place, so a head that
/// arrives byte by byte is scanned once.
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
    malformed,  ///< a line does not end in CRLF, or there is no request line
  };

  explicit head_scanner(limits l) noexcept : limits_(l) {}

  /// `buffer` starts with the head, and only grows between calls.
  verdict scan(std::string_view buffer) noexcept;
  /// Length of the head with its empty line; valid when `complete`.
  std::size_t size() const noexcept { return line_begin_; }
  /// Length of the empty lines before the request line, to be skipped (RFC 9112, 2.2).
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
