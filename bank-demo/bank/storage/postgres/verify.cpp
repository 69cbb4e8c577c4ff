#include "bank/storage/postgres/verify.hpp"

#include "bank/storage/migration.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/postgres/verify_source.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

void require_schema(const std::string& url) {
  const int found = schema_of_postgres(url);
  const int newest = postgres_migrations().back().number;
  if (found == newest) return;
  throw startup_error("the PostgreSQL database has schema " + std::to_string(found) +
                      ", but this program needs schema " + std::to_string(newest) +
                      (found < newest ? ": run bank-node migrate first"
                                      : ": run the newer bank-node that wrote it"));
}

}  // namespace

result<verification> verify_postgres_ledger(const context& ctx, const std::string& url,
                                            const on_verify_progress& progress) {
  require_schema(url);
  postgres_database database({url, 1});
  return database.read(ctx, [&](postgres_session& s) {
    try {
      return verify_ledger(postgres_verify_source(s), progress);
    } catch (const postgres_error& e) {
      if (e.state() != "XX001") throw;
      verification found;
      found.broken = e.what();
      return found;
    }
  });
}

}  // namespace bank::storage
