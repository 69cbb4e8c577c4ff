#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

#include "bank/api/routes/router.hpp"
#include "lifeline/observe/metrics.hpp"

namespace bank::api {

/// Counts requests by route and status. A route is its pattern, never the requested path; requests
/// without a route count as `unmatched`. So clients can't create labels. Safe from any thread.
class http_meters {
 public:
  explicit http_meters(lifeline::metrics& to);

  /// `at` is one of `all_routes()`, or null.
  void answered(const route* at, unsigned status, lifeline::duration took) noexcept;

 private:
  static constexpr std::size_t statuses = 600;
  /// Each is made at its first request: unused ones are not in the scrape.
  struct route_meters {
    std::atomic<lifeline::histogram*> took{nullptr};
    std::unique_ptr<std::atomic<lifeline::counter*>[]> counts;  ///< by status
  };
  lifeline::histogram& times_of(std::size_t number);
  lifeline::counter& counter_of(std::size_t number, unsigned status);

  lifeline::metrics& to_;
  std::unique_ptr<route_meters[]> routes_;  ///< as `all_routes()`, then the unmatched
};

/// `GET`, or `-` for a method that the API does not know.
std::string_view name_of(method m) noexcept;

}  // namespace bank::api
