#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "bank/api/auth/token_cache_options.hpp"
#include "bank/api/http/request_values.hpp"
#include "lifeline/actors/ttl_cache.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// What the store said of a token: whose it is, or why it is no good.
struct token_verdict {
  caller_ptr caller = {};  ///< null: it is no good
  std::optional<lifeline::wall_time> expires_at = {};
  std::string denied = {};
};

/// What is remembered of a token.
struct token_finding {
  enum class freshness : std::uint8_t { absent, fresh, stale };

  freshness how = freshness::absent;
  token_verdict what = {};
  bool wants_refresh = false;  ///< fresh, but not for long
};

/// Verdicts by the hash of the secret: good ones, and apart from them bad ones, so that guessing
/// crowds nobody out. One that is past its own expiry is not found, one that was denied never
/// stale. Safe from any thread; time is an argument.
///
/// A verdict that is being asked for may be out of date before it arrives: so asking begins with
/// `begin` and ends with `finish`, which keeps nothing if the token was forgotten, or asked for
/// anew, meanwhile.
class token_cache {
 public:
  explicit token_cache(const token_cache_options& options, std::uint64_t seed = 0);

  token_finding find(const std::string& hash, lifeline::time_point now, lifeline::wall_time wall);

  std::uint64_t begin(const std::string& hash);
  void finish(const std::string& hash, std::uint64_t fill, const token_verdict& v,
              lifeline::time_point now);
  void abandon(const std::string& hash, std::uint64_t fill);
  /// From now on it is not found, until the store was asked again.
  void forget(const std::string& hash);
  /// The same, and it is found to be no good for a moment, without the store.
  void deny(const std::string& hash, std::string why, lifeline::time_point now);

  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  lifeline::actors::ttl_cache good_;
  lifeline::actors::ttl_cache denied_;
};

}  // namespace bank::api
