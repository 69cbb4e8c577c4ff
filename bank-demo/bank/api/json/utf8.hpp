#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bank::api {

/// Reads UTF-8 as RFC 3629 has it, in pieces: no overlong forms, no surrogates, nothing above
/// U+10FFFF.
class utf8_reader {
 public:
  /// False if an octet can't stand where it came; nothing more is to be read then.
  bool read(std::string_view piece) noexcept;
  /// Was the last character whole?
  bool is_whole() const noexcept { return left_ == 0; }

 private:
  bool read(unsigned char octet) noexcept;

  std::size_t left_ = 0;  // octets of the character that has begun
  unsigned char lowest_ = 0;
  unsigned char highest_ = 0;  // what the next of them may be
};

bool is_utf8(std::string_view s) noexcept;

/// The text itself if it is UTF-8, else with U+FFFD for every byte that is not ASCII: what a client
/// sent may be shown in an answer, which must be UTF-8 whatever was sent.
std::string as_utf8(std::string_view s);

}  // namespace bank::api
