#include "bank/storage/sqlite/opening.hpp"

#include <sqlite3.h>

#include "bank/storage/startup_error.hpp"

namespace bank::storage {

namespace {

std::string advice(int code) {
  switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "restore the file from a backup, or use another --data-dir";
    case SQLITE_FULL: return "free space on its disk, or use another --data-dir";
    case SQLITE_BUSY: return "stop the program that uses it, or use another --data-dir";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "make it and its folder writable for this user, or use another --data-dir";
    default: return "check its disk, or use another --data-dir";
  }
}

void require_log(sqlite_connection& connection) {
  const auto mode = connection.db().execAndGet("PRAGMA journal_mode").getString();
  if (mode == "wal") return;
  throw startup_error(connection.file().string() + " can't use a write-ahead log (journal mode " +
                      mode + "): put --data-dir on a local disk");
}

}  // namespace

void explain(const std::filesystem::path& file, const SQLite::Exception& e) {
  throw startup_error(file.string() + " can't be opened (" + e.what() +
                      "): " + advice(primary_code(e)));
}

std::unique_ptr<sqlite_connection> open_at_start(const std::filesystem::path& file,
                                                 const sqlite_schema& schema) {
  try {
    auto connection = std::make_unique<sqlite_connection>(file, sqlite_connection::medium_cache);
    require_log(*connection);
    migrate(*connection, schema.steps, schema.mark);
    return connection;
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace bank::storage
