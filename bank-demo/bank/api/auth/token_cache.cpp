#include "bank/api/auth/token_cache.hpp"

namespace bank::api {

std::optional<known_token> token_cache::find(std::string_view hash, lifeline::time_point now,
                                             lifeline::wall_time wall) const {
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find(std::string(hash));
  if (found == tokens_.end() || !found->second.good(now, wall)) return std::nullopt;
  return found->second;
}

void token_cache::put(std::string hash, known_token token, lifeline::time_point now) {
  const std::lock_guard lock(mutex_);
  if (tokens_.size() >= capacity_)
    std::erase_if(tokens_, [now](const auto& t) { return now >= t.second.fresh_until; });
  if (tokens_.size() >= capacity_) tokens_.clear();
  tokens_.insert_or_assign(std::move(hash), std::move(token));
}

std::size_t token_cache::size() const {
  const std::lock_guard lock(mutex_);
  return tokens_.size();
}

}  // namespace bank::api
