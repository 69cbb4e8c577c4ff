#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <optional>
#include <string>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::ledger::result;

/// One connection to a SQLite file: write-ahead log, every commit synced. Used by one thread at a
/// time. A query inside `run` ends with its context; a query outside waits up to `lock_wait` for a
/// lock and is never interrupted. After an error, close it and open another.
class sqlite_connection {
 public:
  /// Longest wait for a lock of another connection.
  static constexpr std::chrono::milliseconds lock_wait{5'000};

  /// Sizes of a connection's cache of pages, in bytes: of few rows, of readers, of the ledger.
  static constexpr std::size_t small_cache = 1U << 20U;
  static constexpr std::size_t medium_cache = 4U << 20U;
  static constexpr std::size_t large_cache = 64U << 20U;

  /// Creates the file if it is missing. Throws SQLite::Exception.
  sqlite_connection(std::filesystem::path file, std::size_t cache_bytes);
  sqlite_connection(const sqlite_connection&) = delete;
  sqlite_connection& operator=(const sqlite_connection&) = delete;

  SQLite::Database& db() noexcept { return db_; }
  const std::filesystem::path& file() const noexcept { return file_; }

  /// Calls `query` and returns its answer; an exception becomes a failure.
  template <class F>
  auto run(const context& ctx, F&& query) -> result<decltype(query())> {
    const watch_scope watch(*this, ctx);
    try {
      return query();
    } catch (const SQLite::Exception& e) {
      return failure_of(e, ctx);
    }
  }

 private:
  struct watch_scope {
    watch_scope(sqlite_connection& c, const context& ctx) noexcept : connection(c) {
      connection.watched_ = &ctx;
    }
    ~watch_scope() { connection.watched_ = nullptr; }
    watch_scope(const watch_scope&) = delete;
    watch_scope& operator=(const watch_scope&) = delete;
    sqlite_connection& connection;
  };

  lifeline::ledger::failure failure_of(const SQLite::Exception& e, const context& ctx) const;
  bool over() const noexcept { return watched_ != nullptr && watched_->done(); }

  std::filesystem::path file_;
  SQLite::Database db_;
  const context* watched_ = nullptr;
};

/// The primary SQLite result code of an exception.
int primary_code(const SQLite::Exception& e) noexcept;

}  // namespace bank::storage
