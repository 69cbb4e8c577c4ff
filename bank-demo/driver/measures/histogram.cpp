#include "driver/measures/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

namespace bank::driver {

namespace {

// Values below 2^11 have a bucket each; every doubling above has 2^10 buckets.
constexpr unsigned fine_bits = 10;
constexpr std::uint64_t fine = 1ULL << fine_bits;
constexpr std::uint64_t longest_us = (1ULL << 37) - 1;
constexpr std::size_t buckets = (37 - fine_bits) * fine + fine;

std::size_t bucket_of(std::uint64_t us) noexcept {
  if (us < 2 * fine) return us;
  const auto shift = static_cast<unsigned>(std::bit_width(us)) - fine_bits - 1;
  return static_cast<std::size_t>(shift) * fine + (us >> shift);
}

/// The longest time that the bucket holds.
std::uint64_t longest_of(std::size_t bucket) noexcept {
  if (bucket < 2 * fine) return bucket;
  const std::size_t shift = bucket / fine - 1;
  return ((bucket - shift * fine + 1) << shift) - 1;
}

}  // namespace

void histogram::add(lifeline::duration d, std::uint64_t times) {
  const auto signed_us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  const auto us =
      std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(signed_us, 0)), longest_us);
  if (counts_.empty()) counts_.resize(buckets);
  counts_[bucket_of(us)] += times;
  count_ += times;
  sum_us_ += us * times;
  max_us_ = std::max(max_us_, us);
}

void histogram::merge(const histogram& other) {
  if (other.count_ == 0) return;
  if (counts_.empty()) counts_.resize(buckets);
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_us_ += other.sum_us_;
  max_us_ = std::max(max_us_, other.max_us_);
}

void histogram::clear() noexcept {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = sum_us_ = max_us_ = 0;
}

double histogram::mean_ms() const noexcept {
  return count_ == 0 ? 0 : static_cast<double>(sum_us_) / static_cast<double>(count_) / 1000;
}

double histogram::percentile_ms(double share) const noexcept {
  if (count_ == 0) return 0;
  const double rank = std::ceil(share * static_cast<double>(count_));
  auto left = static_cast<std::uint64_t>(std::max(rank, 1.0));
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] >= left) return static_cast<double>(std::min(longest_of(i), max_us_)) / 1000;
    left -= counts_[i];
  }
  return max_ms();
}

std::vector<histogram::step> histogram::steps() const {
  std::vector<step> all;
  std::uint64_t up_to = 1;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    while (longest_of(i) > up_to) {
      if (below > 0 || !all.empty()) all.push_back({static_cast<double>(up_to) / 1000, below});
      below = 0;
      const bool is_two = std::to_string(up_to).front() == '2';
      up_to = is_two ? up_to * 5 / 2 : up_to * 2;
      if (up_to > 2 * max_us_ + 2) return all;
    }
    below += counts_[i];
  }
  return all;
}

}  // namespace bank::driver
