#pragma once

#include <chrono>
#include <cstddef>

namespace bank::node {

/// Options of background work; `option_table` has their public names.
struct background_options {
  std::size_t job_workers = 5;  ///< concurrent jobs
  std::size_t job_queue = 100;  ///< queued jobs; further ones are refused
  std::chrono::milliseconds job_limit = std::chrono::minutes(10);  ///< for one job
  std::chrono::milliseconds keep_jobs =
      std::chrono::hours(24 * 30);  ///< finished jobs, from their end on
  std::chrono::milliseconds due_period = std::chrono::minutes(1);
  std::chrono::milliseconds due_limit = std::chrono::seconds(55);  ///< for one round of due work
  std::chrono::milliseconds due_transfer_limit =
      std::chrono::seconds(5);  ///< for one due transfer or standing order
  std::chrono::milliseconds housekeeping_period = std::chrono::hours(1);
  std::chrono::milliseconds keep_keys = std::chrono::hours(24);  ///< idempotency keys, at least
  std::chrono::milliseconds keep_requests =
      std::chrono::hours(24 * 30);  ///< rows of the request log
  std::chrono::milliseconds meter_period =
      std::chrono::minutes(1);  ///< between two sums of all balances
};

}  // namespace bank::node
