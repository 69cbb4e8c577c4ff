#include "bank/storage/postgres_values.hpp"

#include <charconv>

#include "bank/storage/postgres_error.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

std::string hex_of(const void* bytes, std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto* at = static_cast<const unsigned char*>(bytes);
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[at[i] >> 4U];
    text += digits[at[i] & 15U];
  }
  return text;
}

}  // namespace

postgres_argument to_argument(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    throw postgres_error("a text with a zero byte can't be stored in PostgreSQL", "22021", false);
  return std::string(text);
}
postgres_argument to_argument(const std::string& text) {
  return to_argument(std::string_view(text));
}
postgres_argument to_argument(const postgres_bytes& b) {
  return hex_of(b.bytes.data(), b.bytes.size());
}
postgres_argument to_argument(std::int64_t n) { return std::to_string(n); }
postgres_argument to_argument(std::uint64_t n) { return std::to_string(n); }
postgres_argument to_argument(double n) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, n).ptr;
  return std::string(text, end);
}
postgres_argument to_argument(bool b) { return std::string(b ? "t" : "f"); }
postgres_argument to_argument(lifeline::wall_time t) {
  return std::to_string(t.time_since_epoch().count());
}
postgres_argument to_argument(const uuid& id) { return id.str(); }
postgres_argument to_argument(currency unit) { return std::string(unit.code()); }
postgres_argument to_argument(const chain_hash& hash) { return hex_of(hash.data(), hash.size()); }

void postgres_column::append(const postgres_argument& value, bool plain) {
  text_ += text_.empty() ? '{' : ',';
  if (!value) {
    text_ += "NULL";
    return;
  }
  any_ = true;
  if (plain) {
    text_ += *value;
    return;
  }
  text_ += '"';
  for (const char c : *value) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

postgres_argument postgres_column::take() {
  if (!any_) return std::nullopt;
  return std::move(text_) + "}";
}

}  // namespace bank::storage
