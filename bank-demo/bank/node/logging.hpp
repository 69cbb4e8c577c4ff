#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace bank::node {

/// The program's log while this object lives: spdlog's default logger, writing to standard error on
/// a thread of its own. Logging never waits: if lines come faster than they can be written, the
/// oldest are dropped and counted. Create one, before the parts that log.
class program_log {
 public:
  /// `level` is a value of `--log-level`. `format` is `text`, or `json`: one object per line, with
  /// `time`, `level`, `message` and each `name=value` at the message's end.
  explicit program_log(const std::string& level, const std::string& format = "text");
  program_log(const program_log&) = delete;
  program_log& operator=(const program_log&) = delete;
  /// Writes the queued lines; later lines are written at once.
  ~program_log();

  /// Lines dropped so far. Safe from any thread.
  std::uint64_t dropped() const;

  /// Writes a line before it returns, after the queued ones (it waits at most about 0.1 s for
  /// them): for a process that is about to end itself. Safe from any thread.
  void write_last(std::string_view line) noexcept;

 private:
  std::shared_ptr<spdlog::logger> direct_;
  std::shared_ptr<spdlog::logger> queued_;  ///< outlives the writer's thread, which refers to it
  std::shared_ptr<spdlog::details::thread_pool> writer_;
};

}  // namespace bank::node
