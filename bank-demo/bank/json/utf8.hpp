#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bank::json {

/// Checks UTF-8 piece by piece (RFC 3629): no overlong forms, no surrogates, nothing above
/// U+10FFFF.
class utf8_reader {
 public:
  /// False if an octet is invalid at its place; then read no more.
  bool read(std::string_view piece) noexcept;
  /// Is the last character complete?
  bool is_whole() const noexcept { return left_ == 0; }

 private:
  bool read(unsigned char octet) noexcept;

  std::size_t left_ = 0;  // missing octets of the current character
  unsigned char lowest_ = 0;
  unsigned char highest_ = 0;  // allowed range of the next one
};

bool is_utf8(std::string_view s) noexcept;

/// The text itself if it is UTF-8, else with U+FFFD for every non-ASCII byte. So a client's text
/// can be repeated in an answer, which must be UTF-8.
std::string as_utf8(std::string_view s);

}  // namespace bank::json
