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
  bool finish_exists() { return rows(s_).next(); }

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

/// Writes, deletes or finds many rows. One run for several of them is cheaper than a run per row,
/// unless SQLite has to be able to undo a part: write `INSERT OR FAIL` and roll back after an
/// error.
class sqlite_bulk {
 public:
  /// `into` ends with the table's name; `on_conflict` follows the rows.
  static sqlite_bulk insert(SQLite::Database& db, const std::string& into,
                            const std::string& columns, const std::string& on_conflict = "") {
    std::string row = "(?";
    for (const char c : columns)
      if (c == ',') row += ", ?";
    return {db, into + " (" + columns + ") VALUES ", row + ')', on_conflict};
  }
  /// Deletes the rows of `from` that have one of the values in `column`.
  static sqlite_bulk erase(SQLite::Database& db, const std::string& from,
                           const std::string& column) {
    return {db, "DELETE FROM " + from + " WHERE " + column + " IN (", "?", ")"};
  }
  /// Finds rows of `in` that have one of the values in `column`.
  static sqlite_bulk find(SQLite::Database& db, const std::string& in, const std::string& column) {
    return {db, "SELECT 1 FROM " + in + " WHERE " + column + " IN (", "?", ") LIMIT 1"};
  }

  /// `append(statement, row)` appends a row's arguments. Returns the number of changed rows.
  template <class Rows, class Append>
  std::size_t run(const Rows& rows, Append append) {
    std::size_t changed = 0;
    each(rows, append, [&](sqlite_statement& portion) {
      changed += static_cast<std::size_t>(portion.finish());
      return false;
    });
    return changed;
  }
  /// For `find`: is there one?
  template <class Rows, class Append>
  bool exists(const Rows& rows, Append append) {
    return each(rows, append, [](sqlite_statement& portion) { return portion.finish_exists(); });
  }

 private:
  static constexpr std::array<std::size_t, 3> sizes{64, 8, 1};

  sqlite_bulk(SQLite::Database& db, const std::string& before, const std::string& row,
              const std::string& after)
      : by_size_{sqlite_statement(db, before + repeated(row, sizes[0]) + after),
                 sqlite_statement(db, before + repeated(row, sizes[1]) + after),
                 sqlite_statement(db, before + row + after)} {}

  /// True as soon as `end`, which runs a statement that has its arguments, returns true.
  template <class Rows, class Append, class End>
  bool each(const Rows& rows, Append& append, End end) {
    auto row = rows.begin();
    for (std::size_t left = rows.size(), size = 0; left > 0; left -= sizes[size]) {
      while (sizes[size] > left) ++size;
      sqlite_statement& portion = by_size_[size];
      portion.start();
      for (std::size_t i = 0; i < sizes[size]; ++i, ++row) append(portion, *row);
      if (end(portion)) return true;
    }
    return false;
  }

  static std::string repeated(const std::string& row, std::size_t times) {
    std::string all = row;
    while (--times > 0) all += ", " + row;
    return all;
  }

  std::array<sqlite_statement, 3> by_size_;
};

}  // namespace bank::storage
