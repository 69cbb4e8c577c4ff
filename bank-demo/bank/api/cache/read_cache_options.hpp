#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace bank::api {

/// How much of what accounts' owners read is kept, and for how long.
struct read_cache_options {
  std::size_t entries = 100'000;                 ///< in all shards together; 0: nothing is kept
  std::size_t bytes = std::size_t{64} << 20;     ///< likewise
  std::size_t shards = 4;                        ///< actors, each with a part of the accounts
  std::chrono::milliseconds ttl{300'000};        ///< up to a tenth less, by chance
  std::chrono::milliseconds refresh{60'000};     ///< before its end, what is asked for is read anew
  std::chrono::milliseconds stale_for{600'000};  ///< after its end, if the store can't be read
  std::string redis_url = {};         ///< where more is kept than in memory; empty: nowhere
  std::string redis_prefix = "bank";  ///< names there begin so
  std::chrono::milliseconds redis_timeout{100};  ///< for what is asked of it
};

}  // namespace bank::api
