#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace bank::storage {

/// Large inputs of jobs, each in a private file (mode 0600) in a folder of their own. A file is
/// stored before its job, so that a job always has it, and is deleted at the job's end. `keep_only`
/// deletes files that a crash has left without a job. Safe from any thread, if each job's file is
/// used by one thread at a time.
class job_files {
 public:
  /// Creates the folder if it is missing (mode 0700). Throws startup_error.
  explicit job_files(std::filesystem::path folder);

  /// Durable when it returns. Throws startup_error that says what to do.
  void keep(const std::string& job, std::string_view text) const;
  /// Empty if there is none. Throws startup_error.
  std::optional<std::string> read(const std::string& job) const;
  /// Does nothing if there is none.
  void forget(const std::string& job) const noexcept;
  /// Deletes the files of all other jobs.
  void keep_only(const std::set<std::string>& jobs) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace bank::storage
