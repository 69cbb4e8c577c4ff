#include "bank/storage/postgres/values.hpp"

#include <bit>
#include <charconv>

#include "bank/storage/postgres/error.hpp"

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

template <class Unsigned>
void append_big_endian(std::string& to, Unsigned n) {
  for (int shift = 8 * (sizeof n - 1); shift >= 0; shift -= 8)
    to += static_cast<char>(static_cast<unsigned char>(n >> shift));
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

// -- arrays, as array_recv of PostgreSQL's arrayfuncs.c reads them --

void postgres_column::add(std::string_view text) {
  add_value(type::text, *to_argument(text).value);
}
void postgres_column::add(std::int64_t n) {
  std::string bytes;
  append_big_endian(bytes, static_cast<std::uint64_t>(n));
  add_value(type::bigint, bytes);
}
void postgres_column::add(double n) {
  std::string bytes;
  append_big_endian(bytes, std::bit_cast<std::uint64_t>(n));
  add_value(type::float8, bytes);
}
void postgres_column::add(bool b) {
  add_value(type::boolean, std::string_view(b ? "\1" : "\0", 1));
}
void postgres_column::add(const uuid& id) {
  add_value(type::uuid, {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()});
}

void postgres_column::add_value(type t, std::string_view bytes) {
  type_ = t;
  ++rows_;
  append_big_endian(values_, static_cast<std::uint32_t>(bytes.size()));
  values_ += bytes;
}

void postgres_column::add_null(type t) {
  type_ = t;
  ++rows_;
  ++nulls_;
  append_big_endian(values_, ~std::uint32_t{0});
}

postgres_argument postgres_column::take() {
  if (rows_ == 0) return std::nullopt;
  const bool any = nulls_ < rows_;
  std::string array;
  array.reserve(20 + values_.size());
  append_big_endian(array, std::uint32_t{any});  // dimensions
  append_big_endian(array, std::uint32_t{any && nulls_ != 0});
  append_big_endian(array, static_cast<std::uint32_t>(type_));
  if (any) {
    append_big_endian(array, rows_);
    append_big_endian(array, std::uint32_t{1});  // index of the first element
    array += values_;
  }
  postgres_argument all(std::move(array));
  all.is_binary = true;
  return all;
}

}  // namespace bank::storage
