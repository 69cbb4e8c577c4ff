#include "lifeline/guards/failure_window.hpp"

#include <algorithm>
#include <stdexcept>

namespace lifeline::guards {

failure_window::failure_window(duration length, std::size_t parts) : parts_(parts) {
  if (parts == 0) throw std::invalid_argument("a window needs at least 1 part, not 0");
  if (length < duration::zero())
    throw std::invalid_argument("a window's length must not be negative");
  if (length == duration::zero()) return;
  step_ = std::max(length / static_cast<duration::rep>(parts), duration(1));
}

void failure_window::clear(time_point now) noexcept {
  std::fill(parts_.begin(), parts_.end(), part{});
  at_ = 0;
  sums_ = {};
  next_ = step_ == duration::zero() ? time_point::max() : lifeline::time_after(now, step_);
}

void failure_window::advance(time_point now) noexcept {
  const auto steps = (now - next_) / step_ + 1;
  const time_point begun =
      next_ + (steps - 1) * step_;  // the start of this part: now, or a little before
  if (static_cast<std::uint64_t>(steps) >= parts_.size()) return clear(begun);
  for (auto i = steps; i > 0; --i) {
    at_ = (at_ + 1) % parts_.size();
    sums_.successes -= here().successes;
    sums_.failures -= here().failures;
    here() = {};
  }
  next_ = time_after(begun, step_);
  if (sums_.calls() == 0) sums_ = {};  // failures in a row expire with the last part
}

}  // namespace lifeline::guards
