#include "lifeline/guards/memory_budget.hpp"

#include <mutex>
#include <unordered_map>
#include <utility>

namespace lifeline::guards {
namespace {

/// `others`: bytes of all other buffers that count for the bound.
bool fits(std::size_t others, std::size_t bytes, std::size_t bound) noexcept {
  return others == 0 || (others <= bound && bytes <= bound - others);
}

}  // namespace

struct memory_budget::body {
  explicit body(const memory_limits& l) : limits(l) {}

  bool resize(const std::string& owner, std::size_t from, std::size_t to) {
    const std::lock_guard lock(mutex);
    const auto found = owners.try_emplace(owner, 0).first;
    const bool may = to <= from || (fits(used - from, to, limits.all) &&
                                    fits(found->second - from, to, limits.each));
    if (may) {
      used = used - from + to;
      found->second = found->second - from + to;
    } else {
      ++refused;
    }
    if (found->second == 0) owners.erase(found);
    return may;
  }

  const memory_limits limits;
  mutable std::mutex mutex;
  std::unordered_map<std::string, std::size_t> owners;
  std::size_t used = 0;
  std::uint64_t refused = 0;
};

memory_budget::memory_budget(const memory_limits& limits) : body_(std::make_shared<body>(limits)) {}

memory_figures memory_budget::figures() const {
  const std::lock_guard lock(body_->mutex);
  return {body_->used, body_->owners.size(), body_->refused};
}

memory_budget::holding::holding(holding&& other) noexcept
    : of_(std::move(other.of_)),
      owner_(std::move(other.owner_)),
      bytes_(std::exchange(other.bytes_, 0)) {}

memory_budget::holding& memory_budget::holding::operator=(holding&& other) noexcept {
  if (this == &other) return *this;
  (void)resize(0);
  of_ = std::move(other.of_);
  owner_ = std::move(other.owner_);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

memory_budget::holding::~holding() { (void)resize(0); }

bool memory_budget::holding::resize(std::size_t bytes) {
  if (bytes == bytes_) return true;
  if (of_ && !of_->resize(owner_, bytes_, bytes)) return false;
  bytes_ = bytes;
  return true;
}

}  // namespace lifeline::guards
