#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace bank::node {

/// What the node tells about itself; see `option_table` for what each is called outside.
struct observe_options {
  bool enabled = true;                            ///< nothing is watched, and told, without
  bool public_metrics = true;                     ///< `/metrics` wants no token
  std::chrono::milliseconds slow_request{1'000};  ///< one that takes longer is a warning
  std::size_t alarm_percent = 5;                  ///< of a minute's requests, that fail

  bool request_log = true;
  std::size_t log_queue = 1'000;              ///< rows that wait to be written
  std::chrono::milliseconds log_linger{200};  ///< how long they gather
  std::size_t log_budget_percent = 10;        ///< of the time, for writing them
  std::chrono::milliseconds log_shutdown{10'000};

  std::string trace_endpoint;        ///< an OTLP collector; empty: no traces
  std::size_t trace_per_mille = 10;  ///< of new traces, that are kept
  std::size_t trace_queue = 2'048;   ///< spans that wait to be exported
};

}  // namespace bank::node
