#include "bank/storage/files/disk_obstacle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

namespace bank::storage {

using lifeline::ledger::write_obstacle;

std::optional<write_obstacle> find_disk_obstacle(const std::filesystem::path& file) {
  struct statvfs disk {};
  if (::statvfs(file.parent_path().c_str(), &disk) != 0) return std::nullopt;
  if ((disk.f_flag & ST_RDONLY) != 0)
    return write_obstacle{"the file system is read-only", file.string()};
  const std::uint64_t blocks = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
  if (disk.f_blocks != 0 && blocks * disk.f_frsize < least_free_bytes)
    return write_obstacle{"the disk is full", file.string()};
  return std::nullopt;
}

int try_to_allocate(const std::filesystem::path& folder) noexcept {
  const std::string file = (folder / "probe").string();
  const int probe = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (probe < 0) return errno;
  const int error = ::posix_fallocate(probe, 0, least_free_bytes);
  ::close(probe);
  ::unlink(file.c_str());
  return error;
}

}  // namespace bank::storage
