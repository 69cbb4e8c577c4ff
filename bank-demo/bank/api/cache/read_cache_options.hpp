#pragma once

#include <chrono>
#include <cstddef>

namespace bank::api {

/// How much of what accounts' owners read is kept, and for how long.
struct read_cache_options {
  std::size_t entries = 100'000;                 ///< in all shards together; 0: nothing is kept
  std::size_t bytes = std::size_t{64} << 20;     ///< likewise
  std::size_t shards = 4;                        ///< actors, each with a part of the accounts
  std::chrono::milliseconds ttl{300'000};        ///< up to a tenth less, by chance
  std::chrono::milliseconds refresh{60'000};     ///< before its end, what is asked for is read anew
  std::chrono::milliseconds stale_for{600'000};  ///< after its end, if the store can't be read
};

}  // namespace bank::api
