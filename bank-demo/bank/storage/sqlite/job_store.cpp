#include "bank/storage/sqlite/job_store.hpp"

#include "bank/storage/job_tables.hpp"
#include "bank/storage/sqlite/guarded.hpp"
#include "bank/storage/sqlite/job_table.hpp"
#include "bank/storage/sqlite/opening.hpp"

namespace bank::storage {

namespace {

constexpr std::int32_t jobs_mark = 0x4c4c6a62;  // "LLjb"

}  // namespace

std::unique_ptr<lifeline::job_store> open_sqlite_jobs(const std::filesystem::path& file) {
  const auto keeper = open_at_start(file, {sqlite_job_migrations(), jobs_mark});
  try {
    return std::make_unique<job_tables<sqlite_guarded<sqlite_job_table>>>(file);
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace bank::storage
