#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bank/json/object_writer.hpp"
#include "driver/finding.hpp"
#include "driver/measures/measures.hpp"
#include "driver/problem.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// The driver's exit statuses.
enum class exit_status : std::uint8_t {
  all_met = 0,
  threshold_missed = 1,
  invariant_broken = 2,
  run_failed = 3,
};

/// A threshold with the measured value.
struct threshold_result {
  threshold wanted;
  double found = 0;
  bool met = false;
};

/// The verdict on a run, the common part of all reports.
struct judgement {
  std::string scenario;
  std::uint64_t seed = 0;
  std::vector<threshold_result> thresholds;
  std::vector<finding> findings;
  maybe_problem failure;  ///< why the run itself failed

  void compare(const std::vector<threshold>& wanted, const measures& found);
  /// Adds the findings about the wanted invariants.
  void keep(std::vector<finding> all, const std::vector<invariant>& wanted);
  /// The most severe one: failed, then broken, then missed.
  exit_status status() const noexcept;
};

/// "all met", "a threshold was missed" …
std::string verdict_of(const judgement& j);
/// The findings, the thresholds and last the verdict, each a line.
std::string text_of(const judgement& j);
/// Writes the first members of a report.
void append(json::object_writer& to, const judgement& j);

}  // namespace bank::driver
