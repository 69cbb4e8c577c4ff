#include "bank/storage/postgres/connect_back_off.hpp"

#include <algorithm>
#include <utility>

namespace bank::storage {

namespace {

constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{500};

}  // namespace

std::optional<std::string> connect_back_off::too_soon(lifeline::time_point now) const {
  const std::lock_guard lock(mutex_);
  return now < next_try_ ? std::optional(why_) : std::nullopt;
}

void connect_back_off::connected(lifeline::time_point now) {
  const std::lock_guard lock(mutex_);
  last_made_ = now;
  pause_ = {};
  next_try_ = {};
}

void connect_back_off::failed(lifeline::time_point began, lifeline::time_point now,
                              std::string why) {
  const std::lock_guard lock(mutex_);
  if (last_made_ > began || last_failed_ > began) return;
  last_failed_ = now;
  pause_ = std::clamp<lifeline::duration>(2 * pause_, first_pause, longest_pause);
  next_try_ = now + pause_;
  why_ = std::move(why);
}

}  // namespace bank::storage
