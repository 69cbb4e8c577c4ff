#include "bank/json/utf8.hpp"

namespace bank::json {

bool utf8_reader::read(unsigned char octet) noexcept {
  if (left_ > 0) {
    const bool fits = octet >= lowest_ && octet <= highest_;
    lowest_ = 0x80;
    highest_ = 0xbf;
    --left_;
    return fits;
  }
  if (octet < 0x80) return true;
  if (octet < 0xc2 || octet > 0xf4) return false;
  left_ = octet < 0xe0 ? 1 : octet < 0xf0 ? 2 : 3;
  lowest_ = octet == 0xe0 ? 0xa0 : octet == 0xf0 ? 0x90 : 0x80;
  highest_ = octet == 0xed ? 0x9f : octet == 0xf4 ? 0x8f : 0xbf;
  return true;
}

bool utf8_reader::read(std::string_view piece) noexcept {
  for (const char c : piece)
    if (!read(static_cast<unsigned char>(c))) return false;
  return true;
}

bool is_utf8(std::string_view s) noexcept {
  utf8_reader reader;
  return reader.read(s) && reader.is_whole();
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

}  // namespace bank::json
