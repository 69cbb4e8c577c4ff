#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "driver/judgement.hpp"
#include "driver/measures/measures.hpp"
#include "driver/measures/time_line.hpp"

namespace bank::driver {

/// The results of a phase.
struct phase_report {
  std::string name;
  bool counted = true;
  double began = 0;  ///< seconds since the start of the run
  measures numbers;
};

/// The result of a search for the highest rate.
struct search_report {
  struct attempt {
    double rate = 0;
    bool kept = false;
    double p99_ms = 0;
    double missed = 0;
  };
  std::string phase;
  double highest = 0;  ///< requests per second that met all thresholds; 0: none did
  std::vector<attempt> attempts;
};

/// The results of a load run.
struct load_report : judgement {
  std::string about;
  double seconds = 0;  ///< from the first request of the first phase to the end of the last phase
  std::vector<phase_report> phases;
  measures total;  ///< of the counted phases
  std::optional<search_report> search;
  time_line line;
  std::size_t faults = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t history_lines = 0;
};

/// Text for a terminal: a few lines, the verdict last.
std::string summary(const load_report& r);
/// The same as JSON, also for `compare`.
std::string to_json(const load_report& r);
/// A self-contained page: the verdict, tables, and charts of latency and rate over time with marked
/// faults.
std::string to_html(const load_report& r);
/// Writes DIR/report.json and DIR/report.html; creates the folder if needed.
maybe_problem write_report(const std::filesystem::path& dir, const load_report& r);

}  // namespace bank::driver
