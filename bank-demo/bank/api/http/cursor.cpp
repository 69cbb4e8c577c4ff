#include "bank/api/http/cursor.hpp"

#include <array>

#include "lifeline/ledger/values/uuid.hpp"

namespace bank::api {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t check_size = 6;

std::string check_of(std::string_view scope, std::string_view place) {
  const auto id = lifeline::ledger::uuid::derive({"cursor", scope, place});
  return {id.bytes().begin(), id.bytes().begin() + check_size};
}

/// Base64url without padding (RFC 4648, 5).
std::string encode(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) text += alphabet[(bits >> (held - 6)) & 63U];
  }
  if (held != 0) text += alphabet[(bits << (6 - held)) & 63U];
  return text;
}

std::optional<std::string> decode(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xffU);
  }
  return bytes;
}

}  // namespace

std::string make_cursor(std::string_view scope, std::string_view place) {
  return encode(check_of(scope, place).append(place));
}

std::optional<std::string> read_cursor(std::string_view scope, std::string_view text) {
  const auto bytes = decode(text);
  if (!bytes || bytes->size() < check_size) return std::nullopt;
  std::string place = bytes->substr(check_size);
  // Encoded again and compared, not only checked: each place then has exactly one text.
  if (make_cursor(scope, place) != text) return std::nullopt;
  return place;
}

}  // namespace bank::api
