#include "bank/node/stores.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <functional>
#include <optional>

#include "bank/storage/postgres/job_store.hpp"
#include "bank/storage/postgres/ledger_store.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/postgres/request_store.hpp"
#include "bank/storage/postgres/token_store.hpp"
#include "bank/storage/postgres/verify.hpp"
#include "bank/storage/sqlite/job_store.hpp"
#include "bank/storage/sqlite/ledger_store.hpp"
#include "bank/storage/sqlite/request_store.hpp"
#include "bank/storage/sqlite/token_store.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::node {
namespace {

using std::filesystem::path;

// The number of the file's schema; empty if the file is missing or can't be read: opening it
// reports why.
std::optional<int> schema_of(const path& file) {
  try {
    SQLite::Database db(file.string(), SQLite::OPEN_READONLY);
    return db.execAndGet("PRAGMA user_version").getInt();
  } catch (const SQLite::Exception&) {
    return std::nullopt;
  }
}

std::string migrate_file(const path& file, const std::function<void()>& open) {
  const bool existed = std::filesystem::exists(file);
  const int from = schema_of(file).value_or(0);
  open();
  const int to = schema_of(file).value_or(0);
  const std::string name = file.string() + ": ";
  if (!existed) return name + "created with schema " + std::to_string(to);
  if (from == to) return name + "already has schema " + std::to_string(to);
  return name + "migrated from schema " + std::to_string(from) + " to " + std::to_string(to);
}

storage::postgres_options postgres_of(const configuration& c) {
  auto options = c.postgres;
  options.commit_timeout =
      std::chrono::duration_cast<std::chrono::milliseconds>(c.ledger.commit_timeout);
  return options;
}

bool in_postgres(const configuration& c) { return c.store == "postgres"; }

stores open_postgres_stores(const configuration& c, const storage::data_dir& dir) {
  const auto database = storage::open_postgres(postgres_of(c));
  return {storage::make_postgres_ledger(database),
          storage::make_postgres_tokens(database),
          storage::make_postgres_jobs(database),
          std::make_unique<storage::job_files>(dir.job_files()),
          verifier_of(c),
          storage::make_postgres_requests(database),
          [database]() -> pool_figures {
            return {database->pool().in_flight(), database->pool().most()};
          }};
}

std::string migrate_database(const configuration& c) {
  const auto done = storage::migrate_postgres(postgres_of(c).url);
  const std::string name = "the PostgreSQL database: ";
  if (done.from == done.to) return name + "already has schema " + std::to_string(done.to);
  return name + "migrated from schema " + std::to_string(done.from) + " to " +
         std::to_string(done.to);
}

}  // namespace

stores open_stores(const configuration& c, const storage::data_dir& dir) {
  if (in_postgres(c)) return open_postgres_stores(c, dir);
  return {storage::open_sqlite_ledger(dir.ledger_file()),
          storage::open_sqlite_tokens(dir.tokens_file()),
          storage::open_sqlite_jobs(dir.jobs_file()),
          std::make_unique<storage::job_files>(dir.job_files()),
          verifier_of(c),
          storage::open_sqlite_requests(dir.requests_file())};
}

std::unique_ptr<storage::token_store> open_tokens(const configuration& c) {
  if (in_postgres(c)) return storage::make_postgres_tokens(storage::open_postgres(postgres_of(c)));
  const path folder(c.data_dir);
  if (!std::filesystem::is_directory(folder))
    throw storage::startup_error("the data folder " + folder.string() +
                                 " does not exist: start bank-node once, or use its --data-dir");
  return storage::open_sqlite_tokens(folder / "tokens.db");
}

books_verifier verifier_of(const configuration& c) {
  if (in_postgres(c))
    return [url = postgres_of(c).url](const lifeline::context& ctx,
                                      const storage::on_verify_progress& progress) {
      return storage::verify_postgres_ledger(ctx, url, progress);
    };
  return [file = path(c.data_dir) / "ledger.db"](const lifeline::context& ctx,
                                                 const storage::on_verify_progress& progress) {
    return storage::verify_sqlite_ledger(ctx, file, progress);
  };
}

std::vector<std::string> migrate_stores(const configuration& c) {
  if (in_postgres(c)) return {migrate_database(c)};
  const storage::data_dir dir(c.data_dir);
  return {migrate_file(dir.ledger_file(), [&] { storage::open_sqlite_ledger(dir.ledger_file()); }),
          migrate_file(dir.tokens_file(), [&] { storage::open_sqlite_tokens(dir.tokens_file()); }),
          migrate_file(dir.jobs_file(), [&] { storage::open_sqlite_jobs(dir.jobs_file()); }),
          migrate_file(dir.requests_file(),
                       [&] { storage::open_sqlite_requests(dir.requests_file()); })};
}

}  // namespace bank::node
