#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <optional>
#include <string>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/error.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::ledger::result;

/// One connection to a SQLite file: write-ahead log, every commit synced. Used by one thread at a
/// time. What runs inside `run` ends when its context does; what runs outside waits for a lock up
/// to `lock_wait` and is never interrupted. After an error, close it and open another.
class sqlite_connection {
 public:
  /// How long a lock that another connection holds is waited for.
  static constexpr std::chrono::milliseconds lock_wait{5'000};

  /// Creates the file if there is none. Throws SQLite::Exception.
  sqlite_connection(std::filesystem::path file, std::size_t cache_bytes);
  sqlite_connection(const sqlite_connection&) = delete;
  sqlite_connection& operator=(const sqlite_connection&) = delete;

  SQLite::Database& db() noexcept { return db_; }
  const std::filesystem::path& file() const noexcept { return file_; }

  /// Calls `query` and gives its answer; an exception becomes a failure.
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

/// Which of SQLite's primary result codes an exception carries.
int primary_code(const SQLite::Exception& e) noexcept;

}  // namespace bank::storage
