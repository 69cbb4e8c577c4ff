#include "bank/api/observe/http_meters.hpp"

#include <string>

namespace bank::api {

namespace {

constexpr std::string_view unmatched = "unmatched";

std::string_view pattern_of(std::size_t number) noexcept {
  return number < all_routes().size() ? all_routes()[number].pattern : unmatched;
}
std::string_view method_of(std::size_t number) noexcept {
  return number < all_routes().size() ? name_of(all_routes()[number].method) : "-";
}
lifeline::metric_labels labels_of(std::size_t number) {
  return {{"method", std::string(method_of(number))}, {"route", std::string(pattern_of(number))}};
}

}  // namespace

http_meters::http_meters(lifeline::metrics& to)
    : to_(to), routes_(std::make_unique<route_meters[]>(all_routes().size() + 1)) {
  for (std::size_t i = 0; i <= all_routes().size(); ++i)
    routes_[i].counts = std::make_unique<std::atomic<lifeline::counter*>[]>(statuses);
}

lifeline::histogram& http_meters::times_of(std::size_t number) {
  auto& place = routes_[number].took;
  if (auto* known = place.load(std::memory_order_acquire)) return *known;
  auto& made = to_.make_histogram("bank_http_request_duration_seconds",
                                  "Time from a request's arrival to its answer, in seconds.",
                                  lifeline::histogram_buckets::times(), labels_of(number));
  place.store(&made, std::memory_order_release);
  return made;
}

lifeline::counter& http_meters::counter_of(std::size_t number, unsigned status) {
  auto& place = routes_[number].counts[status < statuses ? status : 0];
  if (auto* known = place.load(std::memory_order_acquire)) return *known;
  auto labels = labels_of(number);
  labels.emplace_back("status", std::to_string(status));
  auto& made =
      to_.make_counter("bank_http_requests_total", "Answered requests.", std::move(labels));
  place.store(&made, std::memory_order_release);
  return made;
}

void http_meters::answered(const route* at, unsigned status, lifeline::duration took) noexcept {
  const auto number =
      at == nullptr ? all_routes().size() : static_cast<std::size_t>(at - all_routes().data());
  times_of(number).observe(took);
  counter_of(number, status).add();
}

}  // namespace bank::api
