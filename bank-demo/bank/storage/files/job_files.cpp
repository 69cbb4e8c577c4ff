#include "bank/storage/files/job_files.hpp"

#include <system_error>
#include <utility>
#include <vector>

#include "bank/storage/files/private_file.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

namespace fs = std::filesystem;

job_files::job_files(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!error) fs::permissions(folder_, fs::perms::owner_all, error);
  if (error)
    throw startup_error(folder_.string() + " can't be created (" + error.message() +
                        "): make the data folder writable, or use another --data-dir");
}

void job_files::keep(const std::string& job, std::string_view text) const {
  write_private_file(folder_ / job, text);
}

std::optional<std::string> job_files::read(const std::string& job) const {
  return read_private_file(folder_ / job);
}

void job_files::forget(const std::string& job) const noexcept {
  std::error_code ignored;
  fs::remove(folder_ / job, ignored);
}

void job_files::keep_only(const std::set<std::string>& jobs) const {
  std::error_code ignored;
  std::vector<fs::path> others;
  for (const auto& file : fs::directory_iterator(folder_, ignored))
    if (!jobs.contains(file.path().filename().string())) others.push_back(file.path());
  for (const fs::path& file : others) fs::remove(file, ignored);
}

}  // namespace bank::storage
