#include "bank/storage/files/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "bank/storage/files/disk_obstacle.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

namespace {

/// An open file, closed at the end.
class descriptor {
 public:
  descriptor(const std::filesystem::path& file, int flags) noexcept
      : fd_(::open(file.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return "free at least 512 KiB there, or use another --data-dir";
    case ENOTDIR:
    case EEXIST: return "use another --data-dir";
    default: return "make it writable for this user, or use another --data-dir";
  }
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what, int error) {
  throw startup_error("the data folder " + path.string() + " can't be " + what + " (" +
                      std::strerror(error) + "): " + advice(error));
}

void create(const std::filesystem::path& path) {
  std::error_code error;
  const auto parent = std::filesystem::absolute(path, error).parent_path();
  if (!error) std::filesystem::create_directories(parent, error);
  if (error) refuse(path, "created", error.value());
  if (::mkdir(path.c_str(), S_IRWXU) == 0) return;
  const int why = errno;
  if (why != EEXIST || !std::filesystem::is_directory(path, error)) refuse(path, "created", why);
}

std::string holder(const std::filesystem::path& lock_file) {
  std::ifstream in(lock_file);
  std::string pid, address;
  std::getline(in, pid);
  std::getline(in, address);
  if (pid.empty()) return "another process";
  return "process " + pid + (address.empty() ? "" : " at " + address);
}

[[noreturn]] void refuse_second(const std::filesystem::path& path) {
  throw startup_error("the data folder " + path.string() + " is in use by another bank-node (" +
                      holder(path / "lock") + "): stop it, or use another --data-dir");
}

int lock(const std::filesystem::path& path) {
  descriptor file(path / "lock", O_RDWR | O_CREAT);
  if (file.get() < 0) refuse(path, "locked", errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file.release();
  if (errno == EWOULDBLOCK) refuse_second(path);
  refuse(path, "locked", errno);
}

void write_over(int fd, const std::filesystem::path& path, const std::string& text) {
  const bool written = ::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) ==
                                                      static_cast<ssize_t>(text.size());
  if (!written) refuse(path, "written", errno);
}

}  // namespace

/// A missing folder, or missing parent, is not an error.
std::string wrong_data_dir(const std::filesystem::path& path) {
  struct stat found {};
  const int error = ::stat(path.c_str(), &found) == 0 ? 0 : errno;
  const bool is_file = (error == 0 && !S_ISDIR(found.st_mode)) || error == ENOTDIR;
  const bool is_lost_link = error == ENOENT && ::lstat(path.c_str(), &found) == 0;
  if (is_file) return "is \"" + path.string() + "\", but must name a folder, and a file is there";
  if (is_lost_link) return "is \"" + path.string() + "\", a broken link";
  if (error == ENAMETOOLONG || error == ELOOP)
    return "can't name a folder (" + std::string(std::strerror(error)) + ')';
  return {};
}

data_dir::data_dir(std::filesystem::path path) : path_(std::move(path)) {
  if (!path_.has_filename()) path_ = path_.parent_path();  // "books/" is "books"
  create(path_);
  descriptor held(lock(path_));
  if (const int error = try_to_allocate(path_); error != 0) refuse(path_, "written", error);
  write_over(held.get(), path_, std::to_string(::getpid()) + "\n");
  lock_ = held.release();
}

data_dir::~data_dir() {
  [[maybe_unused]] const int emptied = ::ftruncate(lock_, 0);
  ::close(lock_);
}

void data_dir::publish_address(std::string_view address) {
  write_over(lock_, path_, std::to_string(::getpid()) + "\n" + std::string(address) + "\n");
}

}  // namespace bank::storage
