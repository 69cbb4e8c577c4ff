#pragma once

#include <functional>

namespace bank::storage::tests {

/// While it lives, every SQLite file opened in this process lies on a disk that can be told to
/// fail: a layer over SQLite's own file system. One at a time. Files opened under it must be closed
/// before it goes.
class faulty_disk {
 public:
  faulty_disk();
  faulty_disk(const faulty_disk&) = delete;
  faulty_disk& operator=(const faulty_disk&) = delete;
  ~faulty_disk();

  /// fsync fails; what was written before it stays in the file.
  void fail_syncs(bool on);
  /// Writes fail as on a full disk.
  void fill_up(bool on);
  /// Reads fail as on a broken one.
  void fail_reads(bool on);
  /// Called before each read; set it while nothing reads.
  void on_read(std::function<void()> hook);
};

}  // namespace bank::storage::tests
