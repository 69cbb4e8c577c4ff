#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace bank::storage {

/// What is wrong with the path of a data folder whoever opens it, as the rest of a sentence that
/// names it; empty if nothing is. Nothing is made and nothing locked.
std::string wrong_data_dir(const std::filesystem::path& path);

/// The node's folder, held by one process at a time through a lock on its file `lock`, which tells
/// others who holds it. The system lets the lock go when the process ends, however it ends.
class data_dir {
 public:
  /// Creates the folder if there is none (mode 0700), takes the lock and makes sure that something
  /// can be written. Throws startup_error.
  explicit data_dir(std::filesystem::path path);
  data_dir(const data_dir&) = delete;
  data_dir& operator=(const data_dir&) = delete;
  /// Lets the lock go.
  ~data_dir();

  /// Tells others where this process listens, once that is known.
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
