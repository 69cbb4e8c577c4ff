#pragma once

#include <functional>

namespace bank::storage::tests {

/// A layer over SQLite's file system: while it exists, every SQLite file opened in this process is
/// on a disk that fails on command. One at a time. Files opened under it must be closed before its
/// destruction.
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
  /// Reads fail as on a broken disk.
  void fail_reads(bool on);
  /// Called before each read; set it while nothing reads.
  void on_read(std::function<void()> hook);
};

}  // namespace bank::storage::tests
