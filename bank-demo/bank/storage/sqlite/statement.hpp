#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/ledger/values/standing_order.hpp"

namespace bank::storage {

/// A binary argument.
struct blob {
  const std::string& bytes;
};

/// A statement that stays prepared as long as its connection lives. Arguments are bound in order
/// and not copied: they must live until the call returns, for `query` until the rows are read.
class sqlite_statement {
 public:
  /// The rows of one run. Its destructor ends the run, so that no snapshot stays open.
  class rows {
   public:
    explicit rows(SQLite::Statement& s) noexcept : s_(s) {}
    rows(const rows&) = delete;
    rows& operator=(const rows&) = delete;
    ~rows() { s_.tryReset(); }

    bool next() { return s_.executeStep(); }

    std::int64_t integer(int column) const { return s_.getColumn(column).getInt64(); }
    std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    lifeline::wall_time time(int column) const {
      return lifeline::wall_time(std::chrono::milliseconds(integer(column)));
    }
    double real(int column) const { return s_.getColumn(column).getDouble(); }
    std::string text(int column) const { return s_.getColumn(column).getString(); }
    std::string bytes(int column) const { return text(column); }
    lifeline::ledger::uuid id(int column) const {
      lifeline::ledger::uuid::bytes_type bytes{};
      const std::string blob = text(column);
      std::memcpy(bytes.data(), blob.data(), std::min(blob.size(), bytes.size()));
      return lifeline::ledger::uuid(bytes);
    }
    lifeline::ledger::chain_hash hash(int column) const {
      lifeline::ledger::chain_hash bytes{};
      const std::string blob = text(column);
      std::memcpy(bytes.data(), blob.data(), std::min(blob.size(), bytes.size()));
      return bytes;
    }
    bool null(int column) const { return s_.isColumnNull(column); }
    std::optional<std::uint64_t> count_or_null(int column) const {
      return null(column) ? std::nullopt : std::optional(count(column));
    }
    std::optional<std::string> text_or_null(int column) const {
      return null(column) ? std::nullopt : std::optional(text(column));
    }
    std::optional<lifeline::wall_time> time_or_null(int column) const {
      return null(column) ? std::nullopt : std::optional(time(column));
    }

    [[noreturn]] static void damaged(const std::string& what) {
      throw SQLite::Exception("the database is damaged: " + what);
    }

   private:
    SQLite::Statement& s_;
  };

  sqlite_statement(SQLite::Database& db, const std::string& sql)
      : s_(db, sql), codes_(static_cast<std::size_t>(s_.getBindParameterCount()) + 1) {}

  /// Runs a statement without rows; returns the number of changed rows.
  template <class... Args>
  int run(const Args&... args) {
    bind_all(args...);
    return s_.exec();
  }
  template <class... Args>
  rows query(const Args&... args) {
    bind_all(args...);
    return rows(s_);
  }
  /// A run whose arguments come in portions: `start`, any number of `append`, `finish`.
  void start() {
    s_.tryReset();
    bound_ = 0;
  }
  template <class... Args>
  void append(const Args&... args) {
    (bind(++bound_, args), ...);
  }
  int finish() { return s_.exec(); }

  /// Is there a row?
  template <class... Args>
  bool exists(const Args&... args) {
    return query(args...).next();
  }

 private:
  template <class... Args>
  void bind_all(const Args&... args) {
    start();
    append(args...);
  }
  void bind(int i, std::int64_t v) { s_.bind(i, v); }
  void bind(int i, std::uint64_t v) { s_.bind(i, static_cast<std::int64_t>(v)); }
  void bind(int i, double v) { s_.bind(i, v); }
  void bind(int i, const std::string& v) { s_.bindNoCopy(i, v); }
  void bind(int i, const char* literal) { s_.bindNoCopy(i, literal); }
  void bind(int i, lifeline::wall_time v) {
    s_.bind(i, std::int64_t{v.time_since_epoch().count()});
  }
  void bind(int i, const lifeline::ledger::uuid& v) {
    s_.bindNoCopy(i, v.bytes().data(), static_cast<int>(v.bytes().size()));
  }
  void bind(int i, const lifeline::ledger::chain_hash& v) {
    s_.bindNoCopy(i, v.data(), static_cast<int>(v.size()));
  }
  void bind(int i, lifeline::ledger::currency v) {
    auto& text = codes_[static_cast<std::size_t>(i)];
    std::ranges::copy(v.code(), text.begin());
    s_.bindNoCopy(i, text.data());
  }
  template <class T>
  void bind(int i, const std::optional<T>& v) {
    v ? bind(i, *v) : s_.bind(i);
  }
  void bind(int i, const blob& v) {
    s_.bindNoCopy(i, v.bytes.data(), static_cast<int>(v.bytes.size()));
  }

  SQLite::Statement s_;
  std::vector<std::array<char, 4>> codes_;  // by argument: the text of a currency
  int bound_ = 0;
};

/// Writes many rows. One run for several of them is cheaper than a run per row, unless SQLite has
/// to be able to undo a part: write `INSERT OR FAIL` and roll back after an error.
class sqlite_bulk_insert {
 public:
  /// `into` ends with the table's name; `on_conflict` follows the rows.
  sqlite_bulk_insert(SQLite::Database& db, const std::string& into, const std::string& columns,
                     const std::string& on_conflict = "")
      : by_size_{sqlite_statement(db, sql(0, into, columns) + on_conflict),
                 sqlite_statement(db, sql(1, into, columns) + on_conflict),
                 sqlite_statement(db, sql(2, into, columns) + on_conflict)} {}

  /// `append(statement, row)` appends a row's columns. Returns the number of written rows.
  template <class Rows, class Append>
  std::size_t run(const Rows& rows, Append append) {
    std::size_t written = 0;
    auto row = rows.begin();
    for (std::size_t left = rows.size(), size = 0; left > 0; left -= sizes[size]) {
      while (sizes[size] > left) ++size;
      sqlite_statement& statement = by_size_[size];
      statement.start();
      for (std::size_t i = 0; i < sizes[size]; ++i, ++row) append(statement, *row);
      written += static_cast<std::size_t>(statement.finish());
    }
    return written;
  }

 private:
  static constexpr std::array<std::size_t, 3> sizes{64, 8, 1};

  static std::string sql(std::size_t size, const std::string& into, const std::string& columns) {
    std::string row = "(?";
    for (const char c : columns)
      if (c == ',') row += ", ?";
    row += ')';
    std::string text = into + " (" + columns + ") VALUES " + row;
    for (std::size_t i = 1; i < sizes[size]; ++i) text += ", " + row;
    return text;
  }

  std::array<sqlite_statement, 3> by_size_;
};

}  // namespace bank::storage
