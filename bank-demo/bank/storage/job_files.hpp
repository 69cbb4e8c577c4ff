#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace bank::storage {

/// What jobs were given that is too large to be kept with them: a private file each (mode 0600), in
/// a folder of their own. A file is kept before its job is, so that a job never lacks it, and goes
/// with the job's end; what a crash left between the two `keep_only` removes. Safe from any thread,
/// as long as each job's file is the business of one.
class job_files {
 public:
  /// Makes the folder if there is none (mode 0700). Throws startup_error.
  explicit job_files(std::filesystem::path folder);

  /// Durable when it returns. Throws startup_error, with what to do.
  void keep(const std::string& job, std::string_view text) const;
  /// Nothing if there is none. Throws startup_error.
  std::optional<std::string> read(const std::string& job) const;
  /// Nothing happens if there is none.
  void forget(const std::string& job) const noexcept;
  /// Forgets those of all other jobs.
  void keep_only(const std::set<std::string>& jobs) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace bank::storage
