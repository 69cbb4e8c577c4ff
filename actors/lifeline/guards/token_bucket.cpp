#include "lifeline/guards/token_bucket.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

namespace lifeline::guards {
namespace {

constexpr std::int64_t farthest = bucket_terms::farthest;

/// `a × b / c` without overflow on the way; rounds down.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  const __int128 exact = static_cast<__int128>(a) * b;
  const __int128 whole = exact / c - (exact % c < 0 ? 1 : 0);
  return static_cast<std::int64_t>(std::clamp<__int128>(whole, -farthest, farthest));
}

}  // namespace

bucket_terms::bucket_terms(token_rate rate, std::int64_t burst) : rate_(rate), burst_(burst) {
  if (rate.tokens < 0 || burst < 0)
    throw std::invalid_argument("a rate of " + std::to_string(rate.tokens) + " and a burst of " +
                                std::to_string(burst) + " tokens: neither may be negative");
  if (rate.unlimited) return;
  if (rate.per <= duration::zero())
    throw std::invalid_argument("a rate's `per` must be above zero, or the rate unlimited");
  if (rate.tokens > 0) {
    const std::int64_t common = std::gcd(rate.tokens, rate.per.count());
    units_per_ns_ = rate.tokens / common;
    units_per_token_ = rate.per.count() / common;
  }
  if (burst > farthest / units_per_token_)
    throw std::invalid_argument("a burst of " + std::to_string(burst) + " tokens, each of " +
                                std::to_string(units_per_token_) + " ns, is too large");
  full_ = burst * units_per_token_;
}

duration bucket_terms::time_for(std::int64_t units) const noexcept {
  if (units <= 0 || unlimited()) return duration::zero();
  if (units_per_ns_ == 0) return duration::max();
  return duration((units - 1) / units_per_ns_ + 1);
}

std::int64_t bucket_terms::units_of(std::int64_t n) const noexcept {
  return scaled(n, units_per_token_, 1);
}

std::int64_t bucket_terms::tokens_in(std::int64_t units) const noexcept {
  return unlimited() ? burst_ : scaled(units, 1, units_per_token_);
}

bool bucket_level::is_full(const bucket_terms& terms, time_point now) const noexcept {
  bucket_level then = *this;
  then.refill(terms, now);
  return then.units >= terms.full();
}

token_bucket::token_bucket(token_rate rate, std::int64_t burst, time_point now)
    : terms_(rate, burst), level_{terms_.full(), now} {}

std::optional<reservation> token_bucket::reserve(time_point now, std::int64_t n,
                                                 duration longest) noexcept {
  if (terms_.unlimited()) return reservation{n, now};
  level_.refill(terms_, now);
  if (n < 0 || n > terms_.burst()) return std::nullopt;
  const std::int64_t price = n * terms_.units_per_token();
  const duration wait = terms_.time_for(price - level_.units);
  if (wait > longest || wait == duration::max() || level_.units - price < -farthest)
    return std::nullopt;
  level_.units -= price;
  taken_ += static_cast<std::uint64_t>(n);
  return reservation{n, time_after(now, wait), taken_, std::max<std::int64_t>(level_.units, 0),
                     terms_.units_per_token()};
}

void token_bucket::cancel(const reservation& r, time_point now) noexcept {
  if (terms_.unlimited() || r.tokens == 0 || r.act_at < now) return;
  const auto since = static_cast<std::int64_t>(taken_ - r.taken);
  if (since == 0) taken_ -= static_cast<std::uint64_t>(r.tokens);
  // Tokens taken since then count against these, as far as they exceed what was left besides.
  const std::int64_t beside = scaled(r.left, terms_.units_per_token(), r.per_token);
  const std::int64_t behind = std::max<std::int64_t>(terms_.units_of(since) - beside, 0);
  const std::int64_t back = terms_.units_of(r.tokens) - behind;
  if (back <= 0) return;
  level_.refill(terms_, now);
  level_.units = std::min(level_.units + back, terms_.full());
}

void token_bucket::give_back(std::int64_t n, time_point now) noexcept {
  if (terms_.unlimited() || n <= 0) return;
  level_.refill(terms_, now);
  level_.units = std::min(level_.units + terms_.units_of(n), terms_.full());
}

void token_bucket::set_rate(token_rate rate, time_point now) {
  change(bucket_terms(rate, terms_.burst()), now);
}

void token_bucket::set_burst(std::int64_t burst, time_point now) {
  change(bucket_terms(terms_.rate(), burst), now);
}

void token_bucket::change(const bucket_terms& terms, time_point now) {
  level_ = converted(level_, terms_, terms, now);
  terms_ = terms;
}

bucket_level converted(bucket_level level, const bucket_terms& from, const bucket_terms& to,
                       time_point now) noexcept {
  if (from.unlimited()) return {to.full(), now};
  level.refill(from, now);
  level.units =
      std::min(scaled(level.units, to.units_per_token(), from.units_per_token()), to.full());
  return level;
}

std::int64_t token_bucket::tokens(time_point now) const noexcept {
  bucket_level then = level_;
  then.refill(terms_, now);
  return terms_.tokens_in(then.units);
}

duration token_bucket::wait_for(time_point now, std::int64_t n) const noexcept {
  if (terms_.unlimited()) return duration::zero();
  if (n > terms_.burst()) return duration::max();
  bucket_level then = level_;
  then.refill(terms_, now);
  return terms_.time_for(terms_.units_of(n) - then.units);
}

duration token_bucket::full_after(time_point now) const noexcept {
  bucket_level then = level_;
  then.refill(terms_, now);
  return terms_.time_for(terms_.full() - then.units);
}

}  // namespace lifeline::guards
