#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bank/json/object_writer.hpp"
#include "driver/measure.hpp"
#include "driver/problem.hpp"
#include "driver/replay_core.hpp"
#include "driver/verdict.hpp"

namespace bank::driver {

/// The driver's exit statuses.
enum class exit_status : std::uint8_t {
  all_met = 0,
  threshold_missed = 1,
  invariant_broken = 2,
  run_failed = 3,
};

/// The results of a replay.
struct run_report {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string currency;
  std::size_t accounts = 0;   ///< in the books
  std::size_t transfers = 0;  ///< in the books
  replay_counts counts;
  std::size_t restarts = 0;
  measured numbers;
  std::vector<threshold_result> thresholds;
  std::vector<finding> findings;
  maybe_problem failure;  ///< why the run itself failed

  /// The most severe one: failed, then broken, then missed.
  exit_status status() const noexcept;
};

/// Text for a terminal: a few lines, the verdict last.
std::string summary(const run_report& r);
/// The same as JSON.
std::string to_json(const run_report& r);
/// Members that every report has.
void append_failure(json::object_writer& to, const maybe_problem& failure);
void append_judgement(json::object_writer& to, const std::vector<threshold_result>& thresholds,
                      const std::vector<finding>& findings);
/// Writes DIR/report.json; creates the folder if needed.
maybe_problem write_report(const std::filesystem::path& dir, const run_report& r);

}  // namespace bank::driver
