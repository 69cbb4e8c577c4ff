#pragma once

#include <string>
#include <vector>

#include "storage/temporary_folder.hpp"

namespace bank::storage::tests {

/// A Redis server for a test, on a Unix socket in a temporary folder, without persistence. It ends
/// with the test or with the thread that started it.
class redis_server {
 public:
  /// Further settings: {"--requirepass", "secret"}; {"--port", "1234"}.
  explicit redis_server(std::vector<std::string> settings = {});
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;
  ~redis_server();

  std::string socket() const { return folder_ / "socket"; }
  std::string url() const { return "unix://" + socket(); }

  void start();
  /// Stops it like a crash.
  void kill();
  /// Makes it hang: it accepts connections and answers nothing, until `resume`.
  void suspend() const;
  void resume() const;
  /// Sends one command like a client; returns the answer, or "".
  std::string ask(const std::vector<std::string>& words) const;

 private:
  temporary_folder folder_;
  std::vector<std::string> settings_;
  int pid_ = -1;
};

/// A loopback port that was free a moment ago.
unsigned short free_port();

}  // namespace bank::storage::tests
