#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace bank::api {

/// Size and lifetime of the read cache.
struct read_cache_options {
  std::size_t entries = 100'000;                 ///< of all shards together; 0: no cache
  std::size_t bytes = std::size_t{64} << 20;     ///< of all shards together
  std::size_t shards = 4;                        ///< actors; each holds a part of the accounts
  std::chrono::milliseconds ttl{300'000};        ///< less up to a tenth, at random
  std::chrono::milliseconds refresh{60'000};     ///< before it ends: an entry in use is renewed
  std::chrono::milliseconds stale_for{600'000};  ///< past `ttl`, while the store can't be read
  std::string redis_url = {};                    ///< of a second tier; empty: none
  std::string redis_prefix = "bank";             ///< of all keys there
  std::chrono::milliseconds redis_timeout{100};  ///< per command
};

}  // namespace bank::api
