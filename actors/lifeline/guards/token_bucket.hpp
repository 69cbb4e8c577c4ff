#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/time/clock.hpp"

namespace lifeline::guards {

/// A refill rate: `tokens` in every `per`, evenly. Whole numbers keep the bucket exact for any
/// time: a third of a token per second is `{1, 3s}`.
struct token_rate {
  std::int64_t tokens = 0;  ///< 0: no tokens ever
  duration per = std::chrono::seconds(1);
  bool unlimited = false;

  static constexpr token_rate per_second(std::int64_t n) { return {n, std::chrono::seconds(1)}; }
  /// One token in every `d`; unlimited if `d` is zero or less.
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

/// A rate and a burst, in the units of levels: each nanosecond adds `units_per_ns`, a token is
/// `units_per_token`. No fraction is ever lost.
class bucket_terms {
 public:
  /// Levels stay within plus and minus this, so that the sum of two can't overflow.
  static constexpr std::int64_t farthest = std::int64_t{1} << 61;

  /// Throws `std::invalid_argument` for a negative rate or burst, or one too large: `burst × per`
  /// must stay below 2^61 nanoseconds once the rate is in its lowest terms.
  bucket_terms(token_rate rate, std::int64_t burst);

  const token_rate& rate() const noexcept { return rate_; }
  std::int64_t burst() const noexcept { return burst_; }
  std::int64_t units_per_ns() const noexcept { return units_per_ns_; }
  std::int64_t units_per_token() const noexcept { return units_per_token_; }
  std::int64_t full() const noexcept { return full_; }
  bool unlimited() const noexcept { return rate_.unlimited; }

  /// Time for `units` to be added, rounded up; `duration::max()` if never.
  duration time_for(std::int64_t units) const noexcept;
  /// The units of `n` tokens, limited to the largest number.
  std::int64_t units_of(std::int64_t n) const noexcept;
  /// The whole tokens in `units`; negative if they are owed.
  std::int64_t tokens_in(std::int64_t units) const noexcept;

 private:
  token_rate rate_;
  std::int64_t burst_;
  std::int64_t units_per_ns_ = 0;
  std::int64_t units_per_token_ = 1;
  std::int64_t full_ = 0;
};

/// The state of a bucket: 16 bytes. Negative: tokens are owed to reservations.
struct bucket_level {
  std::int64_t units = 0;
  time_point at{};

  /// Adds the tokens due by `now`. If time went back, the level stays and refills from there.
  void refill(const bucket_terms& terms, time_point now) noexcept;
  bool is_full(const bucket_terms& terms, time_point now) const noexcept;
};

/// The same number of tokens under other terms, up to the burst.
bucket_level converted(bucket_level level, const bucket_terms& from, const bucket_terms& to,
                       time_point now) noexcept;

/// Tokens reserved for a time; made by `token_bucket::reserve`.
struct reservation {
  std::int64_t tokens = 0;
  time_point act_at{};  ///< the holder may not act before this

  // For `cancel`: the state of the bucket after the reservation.
  std::uint64_t taken = 0;     ///< tokens taken since the bucket was made
  std::int64_t left = 0;       ///< units left
  std::int64_t per_token = 1;  ///< units per token at that time
};

/// The pure core of a rate limit, with the rules of Go's `x/time/rate`: the bucket starts full,
/// holds at most `burst` tokens and is refilled at a steady rate; tokens that are not there yet can
/// be reserved. Time is an argument, so it may stand still or go back. Not safe from two threads.
class token_bucket {
 public:
  token_bucket(token_rate rate, std::int64_t burst, time_point now);

  /// Takes `n` tokens if they are there; else changes nothing. More than the burst are never there,
  /// unless the rate is unlimited.
  bool allow(time_point now, std::int64_t n = 1) noexcept;
  /// Takes `n` tokens in advance, for a time at most `longest` from now. Empty if they will never
  /// be there, or not in time.
  std::optional<reservation> reserve(time_point now, std::int64_t n = 1,
                                     duration longest = duration::max()) noexcept;
  /// Returns a reservation's tokens, except those promised to later reservations since. No effect
  /// once its time has come. Counted in tokens, not in times, so nothing is lost by rounding or by
  /// a change of the rate.
  void cancel(const reservation& r, time_point now) noexcept;

  /// Returns tokens that were taken and not used.
  void give_back(std::int64_t n, time_point now) noexcept;

  /// Applies from now on; earlier reservations keep their times.
  void set_rate(token_rate rate, time_point now);
  void set_burst(std::int64_t burst, time_point now);

  const bucket_terms& terms() const noexcept { return terms_; }
  /// Whole tokens there now; negative if some are owed.
  std::int64_t tokens(time_point now) const noexcept;
  /// Time until `n` tokens are there; `duration::max()` if never.
  duration wait_for(time_point now, std::int64_t n = 1) const noexcept;
  /// Time until the bucket is full.
  duration full_after(time_point now) const noexcept;

 private:
  void change(const bucket_terms& terms, time_point now);

  bucket_terms terms_;
  bucket_level level_;
  std::uint64_t taken_ = 0;  // total taken, less cancelled reservations that had none behind
};

// The functions below run for every request; they stand here to be inlined.

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

}  // namespace lifeline::guards
