#include "storage/faulty_disk.hpp"

#include <sqlite3.h>

#include <atomic>
#include <utility>

namespace bank::storage::tests {

namespace {

// SQLite's file system is a table of C functions, which can use static state only.
std::atomic<bool> syncs_fail, disk_full, reads_fail;
std::function<void()> before_read;
sqlite3_vfs* real_disk = nullptr;
sqlite3_vfs layer{};

struct layered_file {
  sqlite3_file base;
  sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) noexcept {
  return reinterpret_cast<layered_file*>(file)->real();
}

/// Forwards a call to the real file.
template <auto Method>
struct forward;
template <class... Args, int (*sqlite3_io_methods::*Method)(sqlite3_file*, Args...)>
struct forward<Method> {
  static int call(sqlite3_file* file, Args... args) {
    return (real(file)->pMethods->*Method)(real(file), args...);
  }
};

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  if (before_read) before_read();
  if (reads_fail) return SQLITE_IOERR_READ;
  return real(file)->pMethods->xRead(real(file), to, size, offset);
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  if (disk_full) return SQLITE_FULL;
  return real(file)->pMethods->xWrite(real(file), from, size, offset);
}

int sync(sqlite3_file* file, int flags) {
  if (syncs_fail) return SQLITE_IOERR_FSYNC;
  return real(file)->pMethods->xSync(real(file), flags);
}

void barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

const sqlite3_io_methods methods = {
    3,
    &forward<&sqlite3_io_methods::xClose>::call,
    &read,
    &write,
    &forward<&sqlite3_io_methods::xTruncate>::call,
    &sync,
    &forward<&sqlite3_io_methods::xFileSize>::call,
    &forward<&sqlite3_io_methods::xLock>::call,
    &forward<&sqlite3_io_methods::xUnlock>::call,
    &forward<&sqlite3_io_methods::xCheckReservedLock>::call,
    &forward<&sqlite3_io_methods::xFileControl>::call,
    &forward<&sqlite3_io_methods::xSectorSize>::call,
    &forward<&sqlite3_io_methods::xDeviceCharacteristics>::call,
    &forward<&sqlite3_io_methods::xShmMap>::call,
    &forward<&sqlite3_io_methods::xShmLock>::call,
    &barrier,
    &forward<&sqlite3_io_methods::xShmUnmap>::call,
    &forward<&sqlite3_io_methods::xFetch>::call,
    &forward<&sqlite3_io_methods::xUnfetch>::call,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  const int code = real_disk->xOpen(real_disk, name, real(file), flags, flags_out);
  file->pMethods = real(file)->pMethods == nullptr ? nullptr : &methods;
  return code;
}

}  // namespace

faulty_disk::faulty_disk() {
  real_disk = sqlite3_vfs_find(nullptr);
  layer = *real_disk;
  layer.zName = "faulty";
  layer.pNext = nullptr;
  layer.szOsFile += static_cast<int>(sizeof(layered_file));
  layer.xOpen = &open;
  sqlite3_vfs_register(&layer, 1);
}

faulty_disk::~faulty_disk() {
  fail_syncs(false);
  fill_up(false);
  fail_reads(false);
  on_read({});
  sqlite3_vfs_unregister(&layer);
  sqlite3_vfs_register(real_disk, 1);
}

void faulty_disk::fail_syncs(bool on) { syncs_fail = on; }
void faulty_disk::fill_up(bool on) { disk_full = on; }
void faulty_disk::fail_reads(bool on) { reads_fail = on; }
void faulty_disk::on_read(std::function<void()> hook) { before_read = std::move(hook); }

}  // namespace bank::storage::tests
