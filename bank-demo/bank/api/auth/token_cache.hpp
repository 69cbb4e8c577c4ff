#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "bank/api/auth/token_cache_options.hpp"
#include "bank/api/http/request_values.hpp"
#include "lifeline/guards/ttl_cache.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// What the store knows of a token: its owner, or why it is refused.
struct token_verdict {
  caller_ptr caller = {};  ///< null: refused
  std::optional<lifeline::wall_time> expires_at = {};
  std::string denied = {};
};

/// A cached verdict.
struct token_finding {
  enum class freshness : std::uint8_t { absent, fresh, stale };

  freshness how = freshness::absent;
  token_verdict what = {};
  bool wants_refresh = false;  ///< fresh, but about to expire
};

/// Cached verdicts by the hash of the secret. Valid and refused ones are kept apart, so guessing
/// secrets evicts no valid token. A verdict past its token's expiry is not found; a denied one is
/// never stale. Safe from any thread; time is an argument.
///
/// A query's verdict may be out of date when it arrives. So a query starts with `begin` and ends
/// with `finish`. `finish` keeps nothing if the token was forgotten, or queried again, since then.
class token_cache {
 public:
  explicit token_cache(const token_cache_options& options, std::uint64_t seed = 0);

  token_finding find(const std::string& hash, lifeline::time_point now, lifeline::wall_time wall);

  std::uint64_t begin(const std::string& hash);
  void finish(const std::string& hash, std::uint64_t fill, const token_verdict& v,
              lifeline::time_point now);
  void abandon(const std::string& hash, std::uint64_t fill);
  /// The token is not found until the store was asked again.
  void forget(const std::string& hash);
  /// Forgets the token and refuses it, without the store, for `denied_for`.
  void deny(const std::string& hash, std::string why, lifeline::time_point now);

  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  lifeline::guards::ttl_cache good_;
  lifeline::guards::ttl_cache denied_;
};

}  // namespace bank::api
