#include "bank/node/stores.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <functional>
#include <optional>

#include "bank/storage/sqlite_job_store.hpp"
#include "bank/storage/sqlite_ledger_store.hpp"
#include "bank/storage/sqlite_token_store.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::node {
namespace {

using std::filesystem::path;

// The number of the file's schema; nothing if there is no file, or it can't be read: opening it
// properly will say why.
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
  if (!existed) return name + "made, with schema " + std::to_string(to);
  if (from == to) return name + "has schema " + std::to_string(to) + " already";
  return name + "from schema " + std::to_string(from) + " to " + std::to_string(to);
}

}  // namespace

stores open_stores(const configuration&, const storage::data_dir& dir) {
  auto verify = [file = dir.ledger_file()](const lifeline::context& ctx,
                                           const storage::on_verify_progress& progress) {
    return storage::verify_sqlite_ledger(ctx, file, progress);
  };
  return {storage::open_sqlite_ledger(dir.ledger_file()),
          storage::open_sqlite_tokens(dir.tokens_file()),
          storage::open_sqlite_jobs(dir.jobs_file()),
          std::make_unique<storage::job_files>(dir.job_files()), std::move(verify)};
}

std::unique_ptr<storage::token_store> open_tokens(const configuration& c) {
  const path folder(c.data_dir);
  if (!std::filesystem::is_directory(folder))
    throw storage::startup_error("there is no data folder " + folder.string() +
                                 ": start bank-node once, or use the --data-dir that it has");
  return storage::open_sqlite_tokens(folder / "tokens.db");
}

std::vector<std::string> migrate_stores(const configuration& c) {
  const storage::data_dir dir(c.data_dir);
  return {migrate_file(dir.ledger_file(), [&] { storage::open_sqlite_ledger(dir.ledger_file()); }),
          migrate_file(dir.tokens_file(), [&] { storage::open_sqlite_tokens(dir.tokens_file()); }),
          migrate_file(dir.jobs_file(), [&] { storage::open_sqlite_jobs(dir.jobs_file()); })};
}

}  // namespace bank::node
