#pragma once

#include <string>

namespace bank::storage::tests {

/// A PostgreSQL server for this test program alone: made when it is first asked for, in a temporary
/// folder, on a Unix socket only. A shell of its own watches over it: when this process is gone,
/// however it went, the server is stopped and the folder removed.
class postgres_server {
 public:
  /// Not durable, so that it is quick.
  static postgres_server& instance();
  /// As a real one is: what was committed survives a loss of power.
  static postgres_server& durable();

  /// Where a new, empty schema is.
  std::string new_url();
  /// Its Unix socket.
  std::string socket() const { return folder_ + "/.s.PGSQL.5432"; }
  /// Stops it as a crash would, and starts it again.
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
