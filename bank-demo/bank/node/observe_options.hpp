#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace bank::node {

/// Options of metrics, request log and traces; `option_table` has their public names.
struct observe_options {
  bool enabled = true;                            ///< false: no metrics, request log or traces
  bool public_metrics = true;                     ///< `/metrics` needs no token
  std::chrono::milliseconds slow_request{1'000};  ///< a longer one is logged as a warning
  std::size_t alarm_percent = 5;  ///< share of failed requests above which an alarm is raised

  bool request_log = true;
  std::size_t log_queue = 1'000;              ///< queued rows
  std::chrono::milliseconds log_linger{200};  ///< how long rows are collected before a write
  std::size_t log_budget_percent = 10;        ///< largest share of time for writing rows
  std::chrono::milliseconds log_shutdown{10'000};

  std::string trace_endpoint;        ///< an OTLP collector; empty: no traces
  std::size_t trace_per_mille = 10;  ///< new traces kept, per thousand
  std::size_t trace_queue = 2'048;   ///< queued spans
};

}  // namespace bank::node
