#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace bank::storage {

/// Why a path can't be a data folder, after the option's name; empty if it can. Creates and locks
/// nothing.
std::string wrong_data_dir(const std::filesystem::path& path);

/// The node's data folder, used by one process at a time: it holds a lock on the file `lock`, which
/// names the holder. The system releases the lock when the process ends in any way.
class data_dir {
 public:
  /// Creates the folder if it is missing (mode 0700), takes the lock and checks that it can be
  /// written to. Throws startup_error.
  explicit data_dir(std::filesystem::path path);
  data_dir(const data_dir&) = delete;
  data_dir& operator=(const data_dir&) = delete;
  /// Releases the lock.
  ~data_dir();

  /// Writes this process's address into the lock file for other processes.
  void publish_address(std::string_view address);

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path ledger_file() const { return path_ / "ledger.db"; }
  std::filesystem::path jobs_file() const { return path_ / "jobs.db"; }
  std::filesystem::path job_files() const { return path_ / "job-files"; }
  std::filesystem::path requests_file() const { return path_ / "requests.db"; }
  std::filesystem::path tokens_file() const { return path_ / "tokens.db"; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace bank::storage
