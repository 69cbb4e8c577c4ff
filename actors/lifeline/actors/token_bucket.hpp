#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/time/clock.hpp"

namespace lifeline::actors {

/// How fast tokens come: `tokens` in every `per`, evenly. Whole numbers, so that a bucket is exact
/// for as long as it runs: a third of a token a second is `{1, 3s}`.
struct token_rate {
  std::int64_t tokens = 0;  ///< none ever come if zero
  duration per = std::chrono::seconds(1);
  bool unlimited = false;

  static constexpr token_rate per_second(std::int64_t n) { return {n, std::chrono::seconds(1)}; }
  /// One in every `d`; without limit if that is zero or less.
  static constexpr token_rate every(duration d) {
    return {1, d, /*unlimited=*/d <= duration::zero()};
  }
  template <class Rep, class Period>
  static constexpr token_rate every(std::chrono::duration<Rep, Period> d) {
    return every(saturating_cast(d));
  }
  static constexpr token_rate infinite() { return {0, std::chrono::seconds(1), true}; }

  friend bool operator==(const token_rate&, const token_rate&) = default;
};

/// A rate and how many tokens may gather, in the units that levels are counted in: each nanosecond
/// brings `units_per_ns` of them, and a token is worth `units_per_token`. No fraction is ever lost.
class bucket_terms {
 public:
  /// Levels stay between minus and plus so many units, so that the sum of two does not overflow.
  static constexpr std::int64_t farthest = std::int64_t{1} << 61;

  /// Throws `std::invalid_argument` for a negative rate or burst, or one that can't be counted:
  /// `burst × per` must stay below 2^61 nanoseconds once the rate is in its lowest terms.
  bucket_terms(token_rate rate, std::int64_t burst);

  const token_rate& rate() const noexcept { return rate_; }
  std::int64_t burst() const noexcept { return burst_; }
  std::int64_t units_per_ns() const noexcept { return units_per_ns_; }
  std::int64_t units_per_token() const noexcept { return units_per_token_; }
  std::int64_t full() const noexcept { return full_; }
  bool unlimited() const noexcept { return rate_.unlimited; }

  /// How long `units` take to come, rounded up; `duration::max()` if they never do.
  duration time_for(std::int64_t units) const noexcept;
  /// What `n` tokens are worth; the end of the scale where that would overflow.
  std::int64_t units_of(std::int64_t n) const noexcept;
  /// The whole tokens in `units`; below zero if they are owed.
  std::int64_t tokens_in(std::int64_t units) const noexcept;

 private:
  token_rate rate_;
  std::int64_t burst_;
  std::int64_t units_per_ns_ = 0;
  std::int64_t units_per_token_ = 1;
  std::int64_t full_ = 0;
};

/// All that a bucket has to remember: 16 bytes. Below zero, tokens are owed to what was reserved.
struct bucket_level {
  std::int64_t units = 0;
  time_point at{};

  /// Lets the tokens come that are due by `now`. Should time have gone back, the level stays and
  /// counts on from there.
  void refill(const bucket_terms& terms, time_point now) noexcept;
  bool is_full(const bucket_terms& terms, time_point now) const noexcept;
};

/// The same number of tokens under other terms, as far as they fit.
bucket_level converted(bucket_level level, const bucket_terms& from, const bucket_terms& to,
                       time_point now) noexcept;

/// Tokens that were promised for a time; `token_bucket::reserve` makes it.
struct reservation {
  std::int64_t tokens = 0;
  time_point act_at{};  ///< not before this may its holder act

  // For `cancel`: where the bucket stood after it.
  std::uint64_t taken = 0;     ///< tokens taken since the bucket was made
  std::int64_t left = 0;       ///< units that were there still
  std::int64_t per_token = 1;  ///< units in a token at that time
};

/// The pure core of a rate limit, by the rules of Go's `x/time/rate`: the bucket begins full, holds
/// `burst` tokens at most and is refilled at a steady rate; what does not fit now can be reserved
/// for later. Time is an argument, so it may stand still or go back. Not safe from two threads.
class token_bucket {
 public:
  token_bucket(token_rate rate, std::int64_t burst, time_point now);

  /// Takes `n` tokens if they are there now; else changes nothing. More than the burst are never
  /// there, unless the rate is unlimited.
  bool allow(time_point now, std::int64_t n = 1) noexcept;
  /// Takes `n` tokens now for a time at which they will be there, `longest` from now at most. None
  /// if they never will, or not in time.
  std::optional<reservation> reserve(time_point now, std::int64_t n = 1,
                                     duration longest = duration::max()) noexcept;
  /// Gives back what a reservation holds, but for what was since promised to others behind it; too
  /// late once its time has come. Counted in tokens, not in times: so nothing is lost by rounding,
  /// nor when the rate has changed since.
  void cancel(const reservation& r, time_point now) noexcept;

  /// Gives back tokens that were taken and not used.
  void give_back(std::int64_t n, time_point now) noexcept;

  /// From now on; what was reserved stays reserved, for the time that was named.
  void set_rate(token_rate rate, time_point now);
  void set_burst(std::int64_t burst, time_point now);

  const bucket_terms& terms() const noexcept { return terms_; }
  /// Whole tokens that are there; below zero if some are owed.
  std::int64_t tokens(time_point now) const noexcept;
  /// How long until `n` tokens are there; `duration::max()` if they never will be.
  duration wait_for(time_point now, std::int64_t n = 1) const noexcept;
  /// How long until the bucket is full again.
  duration full_after(time_point now) const noexcept;

 private:
  void change(const bucket_terms& terms, time_point now);

  bucket_terms terms_;
  bucket_level level_;
  std::uint64_t taken_ = 0;  // tokens, but for those of cancelled reservations with none behind
};

// What every request runs through stands here, so that it can be inlined.

inline void bucket_level::refill(const bucket_terms& terms, time_point now) noexcept {
  const std::int64_t passed = (now - at).count();
  at = now;
  if (passed <= 0 || terms.units_per_ns() == 0) return;
  // Compared by division: the product may overflow.
  const std::int64_t missing = terms.full() - units;
  const std::int64_t rate = terms.units_per_ns();
  if (passed > (rate == 1 ? missing : missing / rate))
    units = terms.full();
  else
    units += passed * rate;
}

inline bool token_bucket::allow(time_point now, std::int64_t n) noexcept {
  if (terms_.unlimited()) return true;
  level_.refill(terms_, now);
  if (n < 0 || n > terms_.burst()) return false;
  const std::int64_t price = n * terms_.units_per_token();
  if (level_.units < price) return false;
  level_.units -= price;
  taken_ += static_cast<std::uint64_t>(n);
  return true;
}

}  // namespace lifeline::actors
