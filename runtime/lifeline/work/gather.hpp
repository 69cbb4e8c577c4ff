#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// The condition that ends a fan-out. It also ends once every target has answered or failed, and
/// when its context ends.
class gather {
 public:
  /// Requires an answer from every target; waits for every target.
  static constexpr gather all() noexcept { return {everybody, false, duration::max()}; }
  static constexpr gather first() noexcept { return quorum(1); }
  /// Requires `n` answers; ends with the n-th, or as soon as `n` are no longer possible.
  static constexpr gather quorum(std::size_t n) noexcept { return {n, true, duration::max()}; }
  /// Accepts all answers that arrive within `limit`, even none.
  static constexpr gather what_comes_within(duration limit) noexcept {
    return {everybody, false, limit, true};
  }
  template <class Rep, class Period>
  static constexpr gather what_comes_within(std::chrono::duration<Rep, Period> limit) noexcept {
    return what_comes_within(saturating_cast(limit));
  }

  constexpr duration limit() const noexcept { return limit_; }

 private:
  friend class gather_count;
  static constexpr std::size_t everybody = std::numeric_limits<std::size_t>::max();

  constexpr gather(std::size_t wanted, bool hasty, duration limit, bool any_number = false) noexcept
      : wanted_(wanted), ends_early_(hasty), accepts_any_number_(any_number), limit_(limit) {}

  std::size_t wanted_;
  bool ends_early_;          // ends as soon as the result is known
  bool accepts_any_number_;  // any number of answers is enough
  duration limit_;
};

/// The pure core of a fan-out: counts answers and failures until the result is known.
class gather_count {
 public:
  gather_count(gather how, std::size_t targets) noexcept : how_(how), targets_(targets) {}

  void answered() noexcept { ++answered_; }
  void failed() noexcept { ++failed_; }

  /// Nothing more is waited for.
  bool over() const noexcept {
    if (answered_ + failed_ >= targets_) return true;
    return how_.ends_early_ && (enough() || targets_ - failed_ < how_.wanted_);
  }
  /// The required answers have arrived.
  bool enough() const noexcept {
    if (how_.accepts_any_number_) return true;
    return answered_ >= (how_.wanted_ == gather::everybody ? targets_ : how_.wanted_);
  }

 private:
  gather how_;
  std::size_t targets_;
  std::size_t answered_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace lifeline
