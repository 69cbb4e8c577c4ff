#pragma once

#include <chrono>
#include <cstddef>

namespace bank::api {

/// How many tokens are remembered, and for how long. A revocation that this node makes counts at
/// once whatever stands here; `ttl` is how long one made behind its back may go unnoticed.
struct token_cache_options {
  std::size_t entries = 10'000;  ///< good ones
  std::size_t denied = 1'000;    ///< secrets that are no good, in a room of their own
  std::chrono::milliseconds ttl{300'000};
  std::chrono::milliseconds refresh{60'000};     ///< before its end, one that is used is asked anew
  std::chrono::milliseconds stale_for{600'000};  ///< after its end, while the store does not answer
  std::chrono::milliseconds denied_for{10'000};
};

}  // namespace bank::api
