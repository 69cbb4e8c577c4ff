#pragma once

#include <filesystem>
#include <string>

#include "bank/books/lane_schedule.hpp"
#include "driver/judgement.hpp"

namespace bank::driver {

/// The results of a replay.
struct run_report : judgement {
  std::string currency;
  std::size_t accounts = 0;   ///< in the books
  std::size_t transfers = 0;  ///< in the books
  books::lane_counts counts;
  std::size_t restarts = 0;
  measures numbers;  ///< of the transfers
};

/// Text for a terminal: a few lines, the verdict last.
std::string summary(const run_report& r);
/// The same as JSON.
std::string to_json(const run_report& r);
/// Writes DIR/report.json; creates the folder if needed.
maybe_problem write_report(const std::filesystem::path& dir, const run_report& r);

}  // namespace bank::driver
