#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/ledger/ledger_store.hpp"

// How values travel to PostgreSQL: as text. Times travel as Unix milliseconds, bytes in hexadecimal
// digits; the statements turn them (`at_ms`, `decode`).
namespace bank::storage {

/// A statement's argument; none: null.
using postgres_argument = std::optional<std::string>;

/// Bytes that are not text.
struct postgres_bytes {
  std::string_view bytes;
};

// Throws postgres_error for a text that PostgreSQL can't hold: one with a zero byte.
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
  return v ? to_argument(*v) : std::nullopt;
}

/// The values of one column in many rows, as an argument that is an array. A column that is null in
/// all rows becomes a null array, which costs nothing: `unnest` fills it up.
class postgres_column {
 public:
  template <class T>
  void add(const T& v) {
    append(to_argument(v), is_plain<T>);
  }
  bool empty() const noexcept { return text_.empty(); }
  /// Ends the column.
  postgres_argument take();

 private:
  template <class T>
  struct value_of {
    using type = T;
  };
  template <class T>
  struct value_of<std::optional<T>> {
    using type = T;
  };
  /// No text: nothing in it needs quotes.
  template <class T>
  static constexpr bool is_plain =
      std::is_arithmetic_v<typename value_of<T>::type> ||
      std::is_base_of_v<lifeline::ledger::uuid, typename value_of<T>::type> ||
      std::is_same_v<lifeline::wall_time, typename value_of<T>::type>;

  void append(const postgres_argument& value, bool plain);

  std::string text_;
  bool any_ = false;
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
