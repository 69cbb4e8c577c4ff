#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <list>
#include <random>
#include <unordered_map>
#include <vector>

#include "lifeline/guards/s3_fifo.hpp"

namespace lifeline::guards::testing {

using trace = std::vector<std::uint32_t>;

/// Ranks drawn in proportion to 1 / r^skew for rank r; the same with every standard library.
class zipf {
 public:
  explicit zipf(std::size_t n, double skew = 1.0) : sums_(n) {
    double sum = 0;
    for (std::size_t r = 0; r < n; ++r)
      sums_[r] = sum += 1 / std::pow(static_cast<double>(r + 1), skew);
  }
  std::uint32_t operator()(std::mt19937_64& random) const {
    const double u = static_cast<double>(random() >> 11) * 0x1.0p-53 * sums_.back();
    return static_cast<std::uint32_t>(std::upper_bound(sums_.begin(), sums_.end(), u) -
                                      sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

/// Requests by Zipf; a fifth of all are scans over keys that are never requested again.
inline trace zipf_with_scans(std::size_t keys, std::size_t length, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const zipf draw(keys, 0.9);
  auto scanned = static_cast<std::uint32_t>(keys);
  trace t;
  while (t.size() < length) {
    for (std::size_t i = 0; i < keys / 2; ++i) t.push_back(draw(random));
    for (std::size_t i = 0; i < keys / 8; ++i) t.push_back(scanned++);
  }
  return t;
}

inline double hit_rate_of_s3_fifo(const trace& t, std::size_t entries) {
  s3_fifo order(entries, SIZE_MAX);
  std::vector<bool> in;
  std::size_t hits = 0;
  for (const std::uint32_t key : t) {
    if (key >= in.size()) in.resize(key * 2 + 1);
    if (in[key]) {
      order.hit(key);
      ++hits;
      continue;
    }
    order.insert(key, key * 0x9e3779b97f4a7c15ULL, 1);
    in[key] = true;
    while (order.is_over()) in[*order.evict()] = false;
  }
  return static_cast<double>(hits) / static_cast<double>(t.size());
}

inline double hit_rate_of_lru(const trace& t, std::size_t entries) {
  std::list<std::uint32_t> order;  // newest first
  std::unordered_map<std::uint32_t, std::list<std::uint32_t>::iterator> in;
  std::size_t hits = 0;
  for (const std::uint32_t key : t) {
    if (const auto found = in.find(key); found != in.end()) {
      order.splice(order.begin(), order, found->second);
      ++hits;
      continue;
    }
    order.push_front(key);
    in[key] = order.begin();
    if (in.size() <= entries) continue;
    in.erase(order.back());
    order.pop_back();
  }
  return static_cast<double>(hits) / static_cast<double>(t.size());
}

}  // namespace lifeline::guards::testing
