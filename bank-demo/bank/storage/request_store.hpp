#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/error.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::wall_time;
using lifeline::ledger::result;

/// A request that was answered. Neither its query nor its body nor its token is among it.
struct request_row {
  wall_time at{};
  std::string request_id;
  std::string trace_id;  ///< empty if it had none
  std::string method;
  std::string route;  ///< the pattern, so that many requests have one
  std::string path;
  std::string caller;  ///< empty: nobody whom the node knows
  unsigned status = 0;
  std::int64_t took_us = 0;
  std::string code;    ///< of its problem, if it was answered with one
  std::string detail;  ///< of that problem, if it was the node's fault

  bool is_error() const noexcept { return status >= 400; }
  friend bool operator==(const request_row&, const request_row&) = default;
};

/// A figure of the node at some time.
struct figure_row {
  wall_time at{};
  std::string name;
  double value = 0;

  friend bool operator==(const figure_row&, const figure_row&) = default;
};

/// What is written at once.
struct log_batch {
  std::vector<request_row> requests;  ///< those that are errors are errors' rows, too
  std::vector<figure_row> figures;
};

struct path_summary {
  std::string method;
  std::string route;
  std::uint64_t count = 0;
  std::int64_t mean_us = 0;
  std::int64_t most_us = 0;
  std::string slowest;  ///< the id of the request that took longest

  friend bool operator==(const path_summary&, const path_summary&) = default;
};

/// The requests of a window of time.
struct request_summary {
  std::uint64_t count = 0;
  std::uint64_t server_errors = 0;  ///< 5xx
  std::uint64_t client_errors = 0;  ///< 4xx
  std::uint64_t callers = 0;        ///< different ones
  std::int64_t mean_us = 0;
  std::int64_t p50_us = 0;
  std::int64_t p95_us = 0;
  std::int64_t p99_us = 0;
  std::vector<path_summary> slowest;  ///< by their mean

  friend bool operator==(const request_summary&, const request_summary&) = default;
};

/// Errors that are alike.
struct error_pattern {
  std::string method;
  std::string route;
  unsigned status = 0;
  std::string code;
  std::uint64_t count = 0;
  wall_time last_at{};
  std::string last_request;  ///< its id
  std::string last_detail;

  friend bool operator==(const error_pattern&, const error_pattern&) = default;
};

/// Requests, errors and figures, kept for a while for whoever asks what happened. It is no part of
/// the books: what is lost of it is a pity, not a fault. Calls block. Safe from several threads.
class request_store {
 public:
  request_store() = default;
  request_store(const request_store&) = delete;
  request_store& operator=(const request_store&) = delete;
  virtual ~request_store() = default;

  /// All of it or nothing.
  virtual result<void> add(const context& ctx, const log_batch& b) = 0;

  /// Of the requests from `since` on; of their paths the `most` slowest.
  virtual result<request_summary> requests(const context& ctx, wall_time since,
                                           std::size_t most) = 0;
  /// The most frequent ones first.
  virtual result<std::vector<error_pattern>> errors(const context& ctx, wall_time since,
                                                    std::size_t most) = 0;
  /// One figure over time, the oldest first.
  virtual result<std::vector<figure_row>> figures(const context& ctx, const std::string& name,
                                                  wall_time since, std::size_t most) = 0;

  /// Deletes what is older, `most` rows of each kind at a time; gives how many went of the kind of
  /// which most did: fewer than `most`, and there is no more.
  virtual result<std::uint64_t> forget(const context& ctx, wall_time before, std::size_t most) = 0;
};

/// The place of a share `q` in `count` things in order, from 0: the nearest rank.
constexpr std::uint64_t rank_of(double q, std::uint64_t count) noexcept {
  const auto place = static_cast<std::uint64_t>(q * static_cast<double>(count) + 0.999999);
  return place == 0 ? 0 : place - 1;
}

}  // namespace bank::storage
