#pragma once

#include <string>

namespace bank::storage::tests {

/// A PostgreSQL server for this test program: started at its first use, in a temporary folder, on a
/// Unix socket only. A shell watches this process: when it ends in any way, the server is stopped
/// and the folder removed.
class postgres_server {
 public:
  /// Not durable, so that it is fast.
  static postgres_server& instance();
  /// Durable like a real one: commits survive a power failure.
  static postgres_server& durable();

  /// The URL of a new, empty schema.
  std::string new_url();
  /// Its Unix socket.
  std::string socket() const { return folder_ + "/.s.PGSQL.5432"; }
  /// Stops it like a crash and restarts it.
  void kill() const;
  void start() const;

 private:
  explicit postgres_server(const char* settings);
  std::string admin_url() const;

  const char* settings_;
  std::string folder_;
  unsigned schemas_ = 0;
};

}  // namespace bank::storage::tests
