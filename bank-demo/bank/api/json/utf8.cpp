#include "bank/api/json/utf8.hpp"

#include <cstddef>

namespace bank::api {

bool is_utf8(std::string_view s) noexcept {
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    const std::size_t length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (length == 0 || c > 0xf4 || i + length > s.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(s[i + k]) & 0xc0U) != 0x80U) return false;
    const auto second = static_cast<unsigned char>(length > 1 ? s[i + 1] : 0);
    if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ||
        (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f))
      return false;
    i += length;
  }
  return true;
}

std::string as_utf8(std::string_view s) {
  if (is_utf8(s)) return std::string(s);
  std::string out;
  for (const char c : s) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out += c;
    } else {
      out += "\xef\xbf\xbd";
    }
  }
  return out;
}

}  // namespace bank::api
