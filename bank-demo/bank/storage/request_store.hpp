#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::wall_time;
using lifeline::ledger::result;

/// An answered request, without its query, body and token.
struct request_row {
  wall_time at{};
  std::string request_id;
  std::string trace_id;  ///< empty: none
  std::string method;
  std::string route;  ///< the route's pattern
  std::string path;
  std::string caller;  ///< empty: unknown caller
  unsigned status = 0;
  std::int64_t took_us = 0;
  std::string code;    ///< of its problem, if any
  std::string detail;  ///< of that problem, if it was an error of the node

  bool is_error() const noexcept { return status >= 400; }
  friend bool operator==(const request_row&, const request_row&) = default;
};

/// A figure of the node at a time.
struct figure_row {
  wall_time at{};
  std::string name;
  double value = 0;

  friend bool operator==(const figure_row&, const figure_row&) = default;
};

/// Rows written together.
struct log_batch {
  std::vector<request_row> requests;  ///< errors are also written as error rows
  std::vector<figure_row> figures;
};

struct path_summary {
  std::string method;
  std::string route;
  std::uint64_t count = 0;
  std::int64_t mean_us = 0;
  std::int64_t most_us = 0;
  std::string slowest;  ///< id of the longest request

  friend bool operator==(const path_summary&, const path_summary&) = default;
};

/// Summary of the requests in a time window.
struct request_summary {
  std::uint64_t count = 0;
  std::uint64_t server_errors = 0;  ///< 5xx
  std::uint64_t client_errors = 0;  ///< 4xx
  std::uint64_t callers = 0;        ///< distinct callers
  std::int64_t mean_us = 0;
  std::int64_t p50_us = 0;
  std::int64_t p95_us = 0;
  std::int64_t p99_us = 0;
  std::vector<path_summary> slowest;  ///< by mean duration

  friend bool operator==(const request_summary&, const request_summary&) = default;
};

/// Errors of one kind.
struct error_pattern {
  std::string method;
  std::string route;
  unsigned status = 0;
  std::string code;
  std::uint64_t count = 0;
  wall_time last_at{};
  std::string last_request;  ///< id of the last request
  std::string last_detail;

  friend bool operator==(const error_pattern&, const error_pattern&) = default;
};

/// The request log: requests, errors and figures, kept for a limited time. It is not part of the
/// ledger, so losing rows is acceptable. Calls block. Safe from several threads.
class request_store {
 public:
  request_store() = default;
  request_store(const request_store&) = delete;
  request_store& operator=(const request_store&) = delete;
  virtual ~request_store() = default;

  /// Writes all rows or none.
  virtual result<void> add(const context& ctx, const log_batch& b) = 0;

  /// Summary of the requests from `since` on, with the `most` slowest paths.
  virtual result<request_summary> requests(const context& ctx, wall_time since,
                                           std::size_t most) = 0;
  /// Ordered by frequency, highest first.
  virtual result<std::vector<error_pattern>> errors(const context& ctx, wall_time since,
                                                    std::size_t most) = 0;
  /// One figure over time, oldest first.
  virtual result<std::vector<figure_row>> figures(const context& ctx, const std::string& name,
                                                  wall_time since, std::size_t most) = 0;

  /// Deletes at most `most` older rows of each kind. Returns the largest number deleted of one
  /// kind; if it is below `most`, nothing is left.
  virtual result<std::uint64_t> forget(const context& ctx, wall_time before, std::size_t most) = 0;
};

/// The index of the quantile `q` in `count` ordered values, from 0 (nearest rank).
constexpr std::uint64_t rank_of(double q, std::uint64_t count) noexcept {
  const auto place = static_cast<std::uint64_t>(q * static_cast<double>(count) + 0.999999);
  return place == 0 ? 0 : place - 1;
}

}  // namespace bank::storage
