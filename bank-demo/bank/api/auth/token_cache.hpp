#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bank/api/http/request_values.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// A token that the store knew and found good, and how long that may be believed.
struct known_token {
  caller_ptr caller;
  lifeline::time_point fresh_until{};
  std::optional<lifeline::wall_time> expires_at;

  bool good(lifeline::time_point now, lifeline::wall_time wall) const noexcept {
    return caller && now < fresh_until && (!expires_at || wall < *expires_at);
  }
};

/// Good tokens by their hash, for a few seconds each: a revoked one is refused when they are over.
/// Bad ones are not kept, so that guessing fills nothing. Safe from any thread.
class token_cache {
 public:
  explicit token_cache(std::size_t capacity) : capacity_(capacity) {}

  std::optional<known_token> find(std::string_view hash, lifeline::time_point now,
                                  lifeline::wall_time wall) const;
  void put(std::string hash, known_token token, lifeline::time_point now);
  std::size_t size() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, known_token> tokens_;
};

}  // namespace bank::api
