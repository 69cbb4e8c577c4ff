#pragma once

#include <chrono>
#include <cstddef>

namespace bank::api {

/// Number and lifetime of cached tokens. A revocation at this node takes effect at once. One made
/// elsewhere may go unnoticed for `ttl`.
struct token_cache_options {
  std::size_t entries = 10'000;  ///< valid tokens
  std::size_t denied = 1'000;    ///< refused secrets, counted apart
  std::chrono::milliseconds ttl{300'000};
  std::chrono::milliseconds refresh{60'000};     ///< before it ends: a token in use is renewed
  std::chrono::milliseconds stale_for{600'000};  ///< past `ttl`, while the store does not answer
  std::chrono::milliseconds denied_for{10'000};
};

}  // namespace bank::api
