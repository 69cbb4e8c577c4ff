#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "lifeline/ledger/standing_order.hpp"

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

  sqlite_statement(SQLite::Database& db, const std::string& sql) : s_(db, sql) {}

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
  void bind(int i, lifeline::ledger::currency v) { s_.bind(i, std::string(v.code())); }
  template <class T>
  void bind(int i, const std::optional<T>& v) {
    v ? bind(i, *v) : s_.bind(i);
  }
  void bind(int i, const blob& v) {
    s_.bindNoCopy(i, v.bytes.data(), static_cast<int>(v.bytes.size()));
  }

  SQLite::Statement s_;
  int bound_ = 0;
};

}  // namespace bank::storage
