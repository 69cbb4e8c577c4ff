#include "bank/storage/sqlite/connection.hpp"

#include <sqlite3.h>

#include <system_error>
#include <thread>
#include <utility>

#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr int steps_between_looks = 1'000;
constexpr std::chrono::milliseconds pause{1};

/// Size of the log in pages at which it is copied into the file. A larger one writes frequently
/// changed pages less often, but causes longer pauses.
constexpr const char* pragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = OFF;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 67108864;";

/// Turns off SQLite's allocation statistics, which take a lock shared by all connections. Has no
/// effect once SQLite is in use.
void stop_counting_memory() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

std::string ready(const std::filesystem::path& file) {
  stop_counting_memory();
  return file.string();
}

}  // namespace

int primary_code(const SQLite::Exception& e) noexcept { return e.getErrorCode() & 0xff; }

sqlite_connection::sqlite_connection(std::filesystem::path file, std::size_t cache_bytes)
    : file_(std::move(file)),
      db_(ready(file_), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLITE_OPEN_NOMUTEX) {
  sqlite3* const handle = db_.getHandle();
  sqlite3_busy_handler(
      handle,
      [](void* self, int tries) {
        if (static_cast<sqlite_connection*>(self)->over() || tries * pause >= lock_wait) return 0;
        std::this_thread::sleep_for(pause);
        return 1;
      },
      this);
  sqlite3_progress_handler(
      handle, steps_between_looks,
      [](void* self) { return static_cast<sqlite_connection*>(self)->over() ? 1 : 0; }, this);
  db_.exec(pragmas);
  db_.exec("PRAGMA cache_size = -" + std::to_string(cache_bytes / 1024));
}

failure sqlite_connection::failure_of(const SQLite::Exception& e, const context& ctx) const {
  const int code = primary_code(e);
  if (code == SQLITE_INTERRUPT || code == SQLITE_BUSY)
    if (auto end = ended(ctx)) return std::move(*end);
  std::string why = file_.string() + ": " + e.what();
  // The system's message is more exact than "disk I/O error".
  if (const int error = sqlite3_system_errno(db_.getHandle());
      error != 0 && (code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
    why += " (" + std::generic_category().message(error) + ')';
  return {errc::store_unavailable, outcome::none, std::move(why)};
}

}  // namespace bank::storage
