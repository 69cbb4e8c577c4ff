#include "bank/api/auth/token_cache.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bank::api {

namespace guards = lifeline::guards;

namespace {

using found = guards::cache_finding::freshness;

guards::ttl_cache_options part(std::size_t entries, lifeline::duration ttl,
                               lifeline::duration refresh, lifeline::duration stale,
                               std::uint64_t seed) {
  guards::ttl_cache_options o;
  o.most_entries = std::max<std::size_t>(1, entries);
  o.ttl = ttl;
  o.refresh_ahead = refresh;
  o.stale_for = stale;
  o.seed = seed;
  return o;
}

/// Role, expiry in milliseconds (or nothing), a line break, the owner.
std::string pack(const token_verdict& v) {
  std::string text(1, static_cast<char>('0' + static_cast<int>(v.caller->role)));
  if (v.expires_at) text += std::to_string(v.expires_at->time_since_epoch().count());
  return text.append("\n").append(v.caller->owner);
}

token_verdict unpack(std::string_view text) {
  token_verdict v;
  const auto end = text.find('\n');
  v.caller = std::make_shared<const identity>(static_cast<storage::role>(text[0] - '0'),
                                              std::string(text.substr(end + 1)));
  std::int64_t ms = 0;
  if (end > 1 && std::from_chars(text.data() + 1, text.data() + end, ms).ec == std::errc())
    v.expires_at = lifeline::wall_time(std::chrono::milliseconds(ms));
  return v;
}

}  // namespace

token_cache::token_cache(const token_cache_options& o, std::uint64_t seed)
    : good_(part(o.entries, o.ttl, o.refresh, o.stale_for, seed)),
      denied_(part(o.denied, o.denied_for, {}, {}, seed)) {}

token_finding token_cache::find(const std::string& hash, lifeline::time_point now,
                                lifeline::wall_time wall) {
  const std::lock_guard lock(mutex_);
  const auto good = good_.get(hash, now);
  if (good.how != found::absent) {
    token_finding f{good.how == found::fresh ? token_finding::freshness::fresh
                                             : token_finding::freshness::stale,
                    unpack(*good.value), good.wants_refresh};
    if (f.what.expires_at && *f.what.expires_at <= wall) return {};
    return f;
  }
  const auto bad = denied_.get(hash, now);
  if (bad.how != found::fresh) return {};
  return {token_finding::freshness::fresh, {.denied = *bad.value}};
}

std::uint64_t token_cache::begin(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  return good_.begin_fill(hash);
}

void token_cache::finish(const std::string& hash, std::uint64_t fill, const token_verdict& v,
                         lifeline::time_point now) {
  const std::lock_guard lock(mutex_);
  if (v.caller) {
    const auto packed = std::make_shared<const std::string>(pack(v));
    if (good_.finish_fill(hash, fill, packed, now)) denied_.erase(hash);
  } else if (good_.abandon_fill(hash, fill)) {
    good_.erase(hash);
    denied_.set(hash, std::make_shared<const std::string>(v.denied), now);
  }
}

void token_cache::abandon(const std::string& hash, std::uint64_t fill) {
  const std::lock_guard lock(mutex_);
  good_.abandon_fill(hash, fill);
}

void token_cache::forget(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  good_.erase(hash);
  denied_.erase(hash);
}

void token_cache::deny(const std::string& hash, std::string why, lifeline::time_point now) {
  const std::lock_guard lock(mutex_);
  good_.erase(hash);
  denied_.set(hash, std::make_shared<std::string>(std::move(why)), now);
}

std::size_t token_cache::size() const {
  const std::lock_guard lock(mutex_);
  return good_.entries() + denied_.entries();
}

}  // namespace bank::api
