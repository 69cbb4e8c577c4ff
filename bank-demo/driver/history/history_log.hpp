#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "driver/load/request_plan.hpp"
#include "driver/problem.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// Writes a run's history for external checkers: one line of JSON per invocation and completion, in
/// the form of Jepsen's histories, which elle's and Jepsen's bank models can read:
///
///     {"index":0,"time":12,"process":7,"type":"invoke","f":"transfer","value":{"from":3,"to":9,"amount":5,"id":"…"}}
///     {"index":1,"time":90,"process":7,"type":"ok","f":"transfer","value":{…}}
///     {"index":2,"time":99,"process":0,"type":"ok","f":"read","value":{"0":995,"1":1005}}
///
/// `ok` happened, `fail` did not, `info` is unknown. Times are nanoseconds since the start. Nothing
/// is written after `most_lines`, see `finish`: a checker can't hold the load of a day.
class history_log {
 public:
  static constexpr std::uint64_t most_lines = 20'000'000;

  static result<history_log> open(const std::filesystem::path& file, lifeline::time_point start);

  void write(std::uint64_t process, std::string_view type, std::string_view f,
             const planned_transfer& t, lifeline::time_point now);
  /// All balances at a time without transfers.
  void write_read(std::span<const std::int64_t> balances, lifeline::time_point now);
  std::uint64_t lines() const noexcept { return lines_; }
  /// Writes the rest; true if nothing was left out.
  bool finish();

 private:
  history_log(std::ofstream out, lifeline::time_point start)
      : out_(std::move(out)), start_(start) {}
  void begin(std::uint64_t process, std::string_view type, std::string_view f,
             lifeline::time_point now);
  void end();

  std::ofstream out_;
  lifeline::time_point start_;
  std::uint64_t lines_ = 0;
  std::string line_;
};

}  // namespace bank::driver
