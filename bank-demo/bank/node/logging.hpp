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
/// a thread of its own. Who logs never waits: if lines come faster than they can be written, the
/// oldest are dropped, and counted. Make one, before the parts that log.
class program_log {
 public:
  /// `level` as `--log-level` has it; `format` is `text`, or `json`: an object a line, with `time`,
  /// `level` and `message`, and with what the message says as `name=value` at its end.
  explicit program_log(const std::string& level, const std::string& format = "text");
  program_log(const program_log&) = delete;
  program_log& operator=(const program_log&) = delete;
  /// Writes what is queued; what is logged later is written at once.
  ~program_log();

  /// How many lines were dropped so far. Safe from any thread.
  std::uint64_t dropped() const;

  /// Writes a line before it returns, behind those that are queued (waiting for them a moment at
  /// most): for a process that is about to end itself. Safe from any thread.
  void last_words(std::string_view line) noexcept;

 private:
  std::shared_ptr<spdlog::logger> direct_;
  std::shared_ptr<spdlog::details::thread_pool> writer_;
};

}  // namespace bank::node
