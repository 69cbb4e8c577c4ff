#include "lifeline/actors/failure_window.hpp"

#include <algorithm>
#include <stdexcept>

namespace lifeline::actors {

failure_window::failure_window(duration length, std::size_t parts)
    : step_(parts == 0 ? duration::zero() : length / static_cast<duration::rep>(parts)),
      parts_(parts) {
  if (parts == 0) throw std::invalid_argument("a window has one part at least");
  if (length < duration::zero()) throw std::invalid_argument("a window's length is not negative");
}

void failure_window::clear(time_point now) noexcept {
  std::fill(parts_.begin(), parts_.end(), part{});
  at_ = 0;
  sums_ = {};
  next_ = step_ == duration::zero() ? time_point::max() : lifeline::detail::time_after(now, step_);
}

void failure_window::advance(time_point now) noexcept {
  const auto steps = static_cast<std::uint64_t>((now - next_) / step_) + 1;
  if (steps >= parts_.size()) {
    const time_point begun = next_ + (steps - 1) * step_;
    return clear(begun);
  }
  for (std::uint64_t i = 0; i < steps; ++i) {
    at_ = (at_ + 1) % parts_.size();
    sums_.successes -= here().successes;
    sums_.failures -= here().failures;
    here() = {};
  }
  next_ += static_cast<duration::rep>(steps) * step_;
}

}  // namespace lifeline::actors
