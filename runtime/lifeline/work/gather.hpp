#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// When a fan-out is over. Whatever it waits for, it is over once every target has answered or
/// failed, and when its context ends.
class gather {
 public:
  /// An answer from every target is wanted, and every target's end is waited for.
  static constexpr gather all() noexcept { return {everybody, false, duration::max()}; }
  static constexpr gather first() noexcept { return quorum(1); }
  /// Over with the n-th answer, and as soon as so many can't come any more.
  static constexpr gather quorum(std::size_t n) noexcept { return {n, true, duration::max()}; }
  /// Whatever comes within `limit` is enough, be it nothing.
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

  constexpr gather(std::size_t wanted, bool hasty, duration limit, bool modest = false) noexcept
      : wanted_(wanted), hasty_(hasty), modest_(modest), limit_(limit) {}

  std::size_t wanted_;
  bool hasty_;   // over as soon as the verdict stands
  bool modest_;  // content with less
  duration limit_;
};

/// The pure core of a fan-out: counts answers and failures until the verdict stands.
class gather_count {
 public:
  gather_count(gather how, std::size_t targets) noexcept : how_(how), targets_(targets) {}

  void answered() noexcept { ++answered_; }
  void failed() noexcept { ++failed_; }

  /// Nothing more is waited for.
  bool over() const noexcept {
    if (answered_ + failed_ >= targets_) return true;
    return how_.hasty_ && (enough() || targets_ - failed_ < how_.wanted_);
  }
  /// What was wanted has come.
  bool enough() const noexcept {
    if (how_.modest_) return true;
    return answered_ >= (how_.wanted_ == gather::everybody ? targets_ : how_.wanted_);
  }

 private:
  gather how_;
  std::size_t targets_;
  std::size_t answered_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace lifeline
