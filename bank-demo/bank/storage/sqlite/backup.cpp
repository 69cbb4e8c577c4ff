#include "bank/storage/sqlite/backup.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/opening.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

namespace {

using std::filesystem::path;

constexpr int pages_at_once = 512;

[[noreturn]] void fail(const path& file, const char* deed, int error) {
  throw startup_error(file.string() + " can't be " + deed + " (" + std::strerror(error) +
                      "): check its folder and its disk");
}

[[noreturn]] void refuse_existing(const path& file) {
  throw startup_error(file.string() +
                      " already exists and is not overwritten: use another file name");
}

/// A temporary file next to the final one; deleted unless it was renamed to it.
class partial_file {
 public:
  explicit partial_file(const path& goal) : goal_(goal), name_(goal.string() + ".XXXXXX") {
    const int fd = ::mkstemp(name_.data());  // mode 0600
    if (fd < 0) fail(goal_, "written", errno);
    ::close(fd);
  }
  partial_file(const partial_file&) = delete;
  partial_file& operator=(const partial_file&) = delete;
  ~partial_file() {
    for (const char* tail : {"", "-journal", "-wal", "-shm"}) ::unlink((name_ + tail).c_str());
  }

  const std::string& name() const noexcept { return name_; }

  void become_goal() {
    sync(name_, O_RDONLY);
    if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, goal_.c_str(), RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST) refuse_existing(goal_);
      // A file system without this kind of rename: link, which does not overwrite either.
      if (errno != EINVAL || ::link(name_.c_str(), goal_.c_str()) != 0)
        fail(goal_, "written", errno);
    }
    sync(std::filesystem::absolute(goal_).parent_path(), O_RDONLY | O_DIRECTORY);
  }

 private:
  void sync(const path& file, int flags) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!synced) fail(goal_, "synced", error);
  }

  path goal_;
  std::string name_;
};

/// False if the context ended first.
bool copy(const lifeline::context& ctx, SQLite::Database& from, SQLite::Database& to,
          const on_backup_progress& progress) {
  // A reader's snapshot: writes during the copy do not restart it.
  const SQLite::Transaction snapshot(from);
  from.execAndGet("SELECT epoch FROM ledger");
  to.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
  SQLite::Backup backup(to, from);
  int code = SQLITE_OK;
  while (code != SQLITE_DONE) {
    if (ctx.done()) return false;
    code = backup.executeStep(pages_at_once);
    const auto total = static_cast<std::uint64_t>(backup.getTotalPageCount());
    progress(total - static_cast<std::uint64_t>(backup.getRemainingPageCount()), total);
  }
  return true;
}

}  // namespace

bool back_up_sqlite(const lifeline::context& ctx, const path& from, const path& to,
                    const on_backup_progress& progress) {
  if (!std::filesystem::exists(from))
    throw startup_error("there is no ledger at " + from.string() +
                        ": use the --data-dir of the node");
  if (std::filesystem::exists(std::filesystem::symlink_status(to))) refuse_existing(to);
  partial_file part(to);
  try {
    sqlite_connection source(from, sqlite_connection::medium_cache);
    SQLite::Database target(part.name(), SQLite::OPEN_READWRITE);
    if (!copy(ctx, source.db(), target, progress)) return false;
  } catch (const SQLite::Exception& e) {
    const bool theirs = primary_code(e) != SQLITE_FULL && primary_code(e) != SQLITE_IOERR;
    explain(theirs ? from : to, e);
  }
  part.become_goal();
  return true;
}

}  // namespace bank::storage
