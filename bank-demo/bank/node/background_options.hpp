#pragma once

#include <chrono>
#include <cstddef>

namespace bank::node {

/// What works for no request; see `option_table` for what each is called outside.
struct background_options {
  std::size_t job_workers = 5;                                     ///< jobs at a time
  std::size_t job_queue = 100;                                     ///< that wait; more are refused
  std::chrono::milliseconds job_limit = std::chrono::minutes(10);  ///< for one job
  std::chrono::milliseconds keep_jobs = std::chrono::hours(24 * 30);  ///< from their end on
  std::chrono::milliseconds due_period = std::chrono::minutes(1);
  std::chrono::milliseconds due_limit = std::chrono::seconds(55);  ///< for a round of due transfers
  std::chrono::milliseconds due_transfer_limit = std::chrono::seconds(5);  ///< for each of them
  std::chrono::milliseconds housekeeping_period = std::chrono::hours(1);
  std::chrono::milliseconds keep_keys =
      std::chrono::hours(24);  ///< idempotency keys; at least this
  std::chrono::milliseconds keep_requests = std::chrono::hours(24 * 30);  ///< in the request log
  std::chrono::milliseconds meter_period = std::chrono::minutes(1);       ///< of the money meter
};

}  // namespace bank::node
