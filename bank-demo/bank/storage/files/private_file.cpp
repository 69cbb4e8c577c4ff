#include "bank/storage/files/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "bank/storage/startup_error.hpp"

namespace bank::storage {
namespace {

using std::filesystem::path;

std::string advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return "free space on the disk";
    case EROFS: return "the disk is read-only; use a --data-dir on another disk";
    case EACCES:
    case EPERM: return "make it accessible for this user, or use another --data-dir";
    default: return "check the folder, or use another --data-dir";
  }
}

[[noreturn]] void fail(const path& file, const char* deed, int error) {
  throw startup_error(file.string() + " can't be " + deed + " (" +
                      std::generic_category().message(error) + "): " + advice(error));
}

class open_file {
 public:
  open_file(const path& file, int flags, const char* deed)
      : file_(file), fd_(::open(file.c_str(), flags | O_CLOEXEC, 0600)) {
    if (fd_ < 0) fail(file_, deed, errno);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() { ::close(fd_); }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::write(fd_, text.data(), text.size());
      if (n < 0 && errno != EINTR) fail(file_, "written", errno);
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void sync() {
    if (::fsync(fd_) != 0) fail(file_, "written", errno);
  }

 private:
  path file_;
  int fd_;
};

}  // namespace

void write_private_file(const path& file, std::string_view text) {
  const path fresh = file.string() + ".new";
  ::unlink(fresh.c_str());  // left by an interrupted start
  {
    open_file out(fresh, O_WRONLY | O_CREAT | O_EXCL, "written");
    out.write(text);
    out.sync();
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) fail(file, "written", errno);
  open_file(file.parent_path(), O_RDONLY | O_DIRECTORY, "opened").sync();
}

std::optional<std::string> read_private_file(const path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::nullopt;
  if (fd < 0) fail(file, "read", errno);
  std::array<char, 16 * 1024> bytes{};
  std::string text;
  ssize_t n = 1;
  while (n > 0 || (n < 0 && errno == EINTR)) {
    n = ::read(fd, bytes.data(), bytes.size());
    if (n > 0) text.append(bytes.data(), static_cast<std::size_t>(n));
  }
  const int error = errno;
  ::close(fd);
  if (n < 0) fail(file, "read", error);
  const auto end = text.find_last_not_of(" \t\r\n");
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

}  // namespace bank::storage
