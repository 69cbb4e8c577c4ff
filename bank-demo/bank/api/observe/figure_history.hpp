#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bank/storage/request_store.hpp"

namespace bank::api {

/// Traffic in one part of a time window.
struct history_point {
  lifeline::wall_time at{};  ///< start of the part
  double per_second = 0;     ///< requests, on average
  double error_share = 0;    ///< failed requests / requests
  double p50_ms = 0;         ///< the worst of the part, as are the others
  double p95_ms = 0;
  double p99_ms = 0;

  friend bool operator==(const history_point&, const history_point&) = default;
};

/// Names of the kept figures; each covers the minute before it was noted.
namespace kept_figure {
inline constexpr const char* requests = "last_minute_requests";
inline constexpr const char* errors = "last_minute_errors";
inline constexpr const char* p50 = "last_minute_p50_seconds";
inline constexpr const char* p95 = "last_minute_p95_seconds";
inline constexpr const char* p99 = "last_minute_p99_seconds";
}  // namespace kept_figure

struct kept_figures {
  std::vector<storage::figure_row> requests;
  std::vector<storage::figure_row> errors;
  std::vector<storage::figure_row> p50;
  std::vector<storage::figure_row> p95;
  std::vector<storage::figure_row> p99;
};

/// The history's pure core: splits `[since, since + window)` into `parts` of equal length, oldest
/// first. A part without figures (the node did not run) has no point.
std::vector<history_point> history_of(const kept_figures& noted, lifeline::wall_time since,
                                      std::chrono::milliseconds window, std::size_t parts);

/// Reads the figures noted since `since`; blocks.
storage::result<kept_figures> read_figures(const lifeline::context& ctx,
                                           storage::request_store& from, lifeline::wall_time since);

}  // namespace bank::api
