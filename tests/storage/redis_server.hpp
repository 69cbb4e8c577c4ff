#pragma once

#include <string>
#include <vector>

#include "storage/temporary_folder.hpp"

namespace bank::storage::tests {

/// A Redis server of a test's own, on a Unix socket in a temporary folder, without persistence. It
/// ends with the test, or with the thread that started it, however that goes.
class redis_server {
 public:
  /// More of its settings: {"--requirepass", "secret"}; {"--port", "1234"}.
  explicit redis_server(std::vector<std::string> settings = {});
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;
  ~redis_server();

  std::string socket() const { return folder_ / "socket"; }
  std::string url() const { return "unix://" + socket(); }

  void start();
  /// As a crash would.
  void kill();
  /// It hangs: connections are taken, and nothing is answered. `resume` ends that.
  void suspend() const;
  void resume() const;
  /// One command, as a client sends it; what was answered, or "".
  std::string ask(const std::vector<std::string>& words) const;

 private:
  temporary_folder folder_;
  std::vector<std::string> settings_;
  int pid_ = -1;
};

/// A port of the loopback that was free a moment ago.
unsigned short free_port();

}  // namespace bank::storage::tests
