#include "bank/storage/sqlite/verify.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include "bank/storage/sqlite/migrate.hpp"
#include "bank/storage/sqlite/opening.hpp"
#include "bank/storage/sqlite/verify_source.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

void require_schema(SQLite::Database& db, const std::filesystem::path& file) {
  const int found = db.execAndGet("PRAGMA user_version").getInt();
  const int known = sqlite_ledger_migrations().back().number;
  if (found == known) return;
  throw startup_error(file.string() + " has schema " + std::to_string(found) +
                      ", but this program needs schema " + std::to_string(known) +
                      (found < known ? ": run bank-node migrate first"
                                     : ": run the newer bank-node that wrote it"));
}

std::unique_ptr<sqlite_connection> open_books(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw startup_error("there is no ledger at " + file.string() +
                        ": use the --data-dir of the node");
  try {
    auto connection = std::make_unique<sqlite_connection>(file, sqlite_connection::large_cache);
    require_schema(connection->db(), file);
    return connection;
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace

result<verification> verify_sqlite_ledger(const lifeline::context& ctx,
                                          const std::filesystem::path& file,
                                          const on_verify_progress& progress) {
  const auto connection = open_books(file);
  return connection->run(ctx, [&] {
    try {
      const SQLite::Transaction snapshot(connection->db());
      return verify_ledger(sqlite_verify_source(connection->db()), progress);
    } catch (const SQLite::Exception& e) {
      if (primary_code(e) == SQLITE_INTERRUPT) throw;
      verification found;
      found.broken = e.what();
      return found;
    }
  });
}

}  // namespace bank::storage
