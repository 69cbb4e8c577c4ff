#include "bank/storage/sqlite/job_store.hpp"

#include <sqlite3.h>

#include <mutex>

#include "bank/storage/sqlite/job_table.hpp"
#include "bank/storage/sqlite/opening.hpp"

namespace bank::storage {

using lifeline::error;
using lifeline::job_query;
using lifeline::job_record;
using lifeline::job_stored;

namespace {

constexpr std::int32_t jobs_mark = 0x4c4c6a62;  // "LLjb"

class sqlite_job_store final : public lifeline::job_store {
 public:
  explicit sqlite_job_store(std::filesystem::path file)
      : file_(std::move(file)), table_(std::make_unique<sqlite_job_table>(file_)) {}

  job_stored<void> create(const context& ctx, const job_record& j) override {
    const auto made = use(ctx, [&](sqlite_job_table& t) { return t.create(j); });
    if (!made) return made.error();
    if (*made) return {};
    return error(make_error_code(std::errc::file_exists), "job '" + j.id + "' already exists");
  }
  job_stored<void> update(const context& ctx, const job_record& j) override {
    const auto made = use(ctx, [&](sqlite_job_table& t) { return t.update(j); });
    if (!made) return made.error();
    if (*made) return {};
    return error(make_error_code(std::errc::no_such_file_or_directory),
                 "job '" + j.id + "' does not exist");
  }
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) override {
    return use(ctx, [&](sqlite_job_table& t) { return t.find(id); });
  }
  job_stored<void> link(const context& ctx, const std::string& other,
                        const std::string& id) override {
    const auto made = use(ctx, [&](sqlite_job_table& t) { return t.link(other, id); });
    if (!made) return made.error();
    using linked = sqlite_job_table::linked;
    if (*made == linked::no_such_job)
      return error(make_error_code(std::errc::no_such_file_or_directory),
                   "job '" + id + "' does not exist");
    if (*made == linked::taken)
      return error(make_error_code(std::errc::file_exists),
                   "'" + other + "' belongs to another job");
    return {};
  }
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& q) override {
    return use(ctx, [&](sqlite_job_table& t) { return t.list(q); });
  }
  job_stored<std::vector<job_record>> unfinished(const context& ctx) override {
    return use(ctx, [](sqlite_job_table& t) { return t.unfinished(); });
  }
  job_stored<std::size_t> forget(const context& ctx, lifeline::wall_time ended_before,
                                 std::size_t most) override {
    return use(ctx, [&](sqlite_job_table& t) { return t.forget(ended_before, most); });
  }

 private:
  template <class F>
  auto use(const context& ctx, F&& act)
      -> job_stored<decltype(act(std::declval<sqlite_job_table&>()))> {
    constexpr auto failed = boost::system::in_place_error;
    if (ctx.done()) return {failed, ctx.cause()};
    const std::lock_guard lock(mutex_);
    try {
      if (!table_) table_ = std::make_unique<sqlite_job_table>(file_);
      auto answer = table_->connection().run(ctx, [&] { return act(*table_); });
      if (answer) return {boost::system::in_place_value, std::move(*answer)};
      table_.reset();
      if (ctx.done()) return {failed, ctx.cause()};
      return {failed, error(make_error_code(std::errc::io_error), answer.error().detail)};
    } catch (const SQLite::Exception& e) {
      return {failed,
              error(make_error_code(std::errc::io_error), file_.string() + ": " + e.what())};
    }
  }

  std::filesystem::path file_;
  std::mutex mutex_;
  std::unique_ptr<sqlite_job_table> table_;
};

}  // namespace

std::unique_ptr<lifeline::job_store> open_sqlite_jobs(const std::filesystem::path& file) {
  const auto keeper = open_at_start(file, {sqlite_job_migrations(), jobs_mark});
  try {
    return std::make_unique<sqlite_job_store>(file);
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace bank::storage
