#pragma once

#include <memory>

#include "bank/storage/redis/address.hpp"
#include "lifeline/guards/tier_link.hpp"

namespace bank::storage {

/// A Redis server as the second level of a cache: GET and PTTL, SET with PX, UNLINK, many in one
/// round trip. Needs Redis 4 or later. Does not connect yet.
std::unique_ptr<lifeline::guards::tier_link> make_redis_link(const redis_address& at);

}  // namespace bank::storage
