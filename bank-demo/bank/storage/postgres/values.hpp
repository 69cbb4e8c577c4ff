#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/ledger/values/standing_order.hpp"

// The encoding of values for PostgreSQL: text, and columns of many rows as binary arrays, which
// need no parsing. Times are Unix milliseconds, bytes are hexadecimal; the statements convert them
// (`at_ms`, `decode`).
namespace bank::storage {

/// A statement's argument.
struct postgres_argument {
  postgres_argument(std::nullopt_t) {}
  postgres_argument(std::string text) : value(std::move(text)) {}

  std::optional<std::string> value;  ///< empty: null
  bool is_binary = false;            ///< else text
};

/// Bytes that are not text.
struct postgres_bytes {
  std::string_view bytes;
};

// Throws postgres_error for a text with a zero byte, which PostgreSQL can't store.
postgres_argument to_argument(const std::string& text);
postgres_argument to_argument(std::string_view text);
postgres_argument to_argument(const postgres_bytes& b);
postgres_argument to_argument(std::int64_t n);
postgres_argument to_argument(std::uint64_t n);
postgres_argument to_argument(double n);
postgres_argument to_argument(bool b);
postgres_argument to_argument(lifeline::wall_time t);
postgres_argument to_argument(const lifeline::ledger::uuid& id);
postgres_argument to_argument(lifeline::ledger::currency unit);
postgres_argument to_argument(const lifeline::ledger::chain_hash& hash);
template <class T>
postgres_argument to_argument(const std::optional<T>& v) {
  return v ? to_argument(*v) : postgres_argument(std::nullopt);
}

/// The values of one column in many rows as an array argument of one type. A column of nulls only
/// becomes an empty array, which `unnest` fills with nulls at no cost. A column without rows
/// becomes null.
class postgres_column {
 public:
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(std::string_view text);
  void add(const postgres_bytes& b) { add(*to_argument(b).value); }
  void add(std::int64_t n);
  void add(std::uint64_t n) { add(static_cast<std::int64_t>(n)); }
  void add(double n);
  void add(bool b);
  void add(lifeline::wall_time t) { add(std::int64_t{t.time_since_epoch().count()}); }
  void add(const lifeline::ledger::uuid& id);
  void add(lifeline::ledger::currency unit) { add(std::string_view(unit.code())); }
  template <class T>
  void add(const std::optional<T>& v) {
    if (v) return add(*v);
    add_null(of_type<T>());
  }
  bool empty() const noexcept { return rows_ == 0; }
  /// Ends the column.
  postgres_argument take();

 private:
  /// PostgreSQL's numbers for its types (`pg_type.dat`).
  enum class type : std::uint32_t {
    none = 0,
    boolean = 16,
    bigint = 20,
    text = 25,
    float8 = 701,
    uuid = 2'950
  };
  template <class T>
  static constexpr type of_type() {
    if constexpr (std::is_same_v<T, bool>) return type::boolean;
    if constexpr (std::is_same_v<T, double>) return type::float8;
    if constexpr (std::is_base_of_v<lifeline::ledger::uuid, T>) return type::uuid;
    if constexpr (std::is_integral_v<T> || std::is_same_v<T, lifeline::wall_time>)
      return type::bigint;
    return type::text;
  }

  void add_value(type t, std::string_view bytes);
  void add_null(type t);

  type type_ = type::none;
  std::uint32_t rows_ = 0;
  std::uint32_t nulls_ = 0;
  std::string values_;
};

/// Rows for a statement that takes a column per argument.
template <std::size_t N>
class postgres_table {
 public:
  template <class... Values>
  void add(const Values&... values) {
    static_assert(sizeof...(Values) == N);
    std::size_t i = 0;
    (columns_[i++].add(values), ...);
    ++rows_;
  }
  std::size_t rows() const noexcept { return rows_; }
  bool empty() const noexcept { return rows_ == 0; }
  std::vector<postgres_argument> take() {
    std::vector<postgres_argument> all;
    for (postgres_column& c : columns_) all.push_back(c.take());
    return all;
  }

 private:
  postgres_column columns_[N];
  std::size_t rows_ = 0;
};

}  // namespace bank::storage
