#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

#include "bank/api/routes/router.hpp"
#include "lifeline/observe/metrics.hpp"

namespace bank::api {

/// Counts requests by route and status. A route is its pattern, never the path that was asked for:
/// what has none is `unmatched`, whatever it was, so that nobody can make labels at will. Safe from
/// any thread.
class http_meters {
 public:
  explicit http_meters(lifeline::metrics& to);

  /// `at` is one of `all_routes()`, or null.
  void answered(const route* at, unsigned status, lifeline::duration took) noexcept;

 private:
  static constexpr std::size_t statuses = 600;
  /// Made when the first request comes, each: what nobody asks for takes no room in a scrape.
  struct route_meters {
    std::atomic<lifeline::histogram*> took{nullptr};
    std::unique_ptr<std::atomic<lifeline::counter*>[]> counts;  ///< by status
  };
  lifeline::histogram& times_of(std::size_t number);
  lifeline::counter& counter_of(std::size_t number, unsigned status);

  lifeline::metrics& to_;
  std::unique_ptr<route_meters[]> routes_;  ///< as `all_routes()`, and what has none
};

/// `GET`, or `-` of a method that the API does not know.
std::string_view name_of(method m) noexcept;

}  // namespace bank::api
