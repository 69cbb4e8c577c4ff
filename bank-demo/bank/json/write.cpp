#include "bank/json/write.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace bank::json {

namespace {

/// From here on not every integer is a double.
constexpr double most_exact = 9'007'199'254'740'992;
constexpr std::string_view hex = "0123456789abcdef";

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += hex[byte >> 4U];
  out += hex[byte & 15U];
}

bool needs_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void put_digits(char* to, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    out.append(text.substr(begin, i - begin));
    append_escaped(out, text[i]);
    begin = i + 1;
  }
  out.append(text.substr(begin));
  out += '"';
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == std::floor(value) && std::abs(value) < most_exact)
    return append_integer(out, static_cast<std::int64_t>(value));
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_uuid(std::string& out, const lifeline::ledger::uuid& id) {
  std::array<char, 38> text{};
  std::size_t at = 0;
  text[at++] = '"';
  for (const std::uint8_t byte : id.bytes()) {
    if (at == 9 || at == 14 || at == 19 || at == 24) text[at++] = '-';
    text[at++] = hex[byte >> 4U];
    text[at++] = hex[byte & 15U];
  }
  text[at++] = '"';
  out.append(text.data(), at);
}

void append_time(std::string& out, lifeline::wall_time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const auto ms = static_cast<std::uint64_t>((t - day).count());
  std::array<char, 27> text{"\"0000-00-00T00:00:00.000Z\""};
  put_digits(&text[1], 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  put_digits(&text[6], 2, static_cast<unsigned>(date.month()));
  put_digits(&text[9], 2, static_cast<unsigned>(date.day()));
  put_digits(&text[12], 2, ms / 3'600'000);
  put_digits(&text[15], 2, ms / 60'000 % 60);
  put_digits(&text[18], 2, ms / 1'000 % 60);
  put_digits(&text[21], 3, ms % 1'000);
  out.append(text.data(), 26);
}

}  // namespace bank::json
