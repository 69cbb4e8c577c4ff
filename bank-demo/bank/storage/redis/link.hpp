#pragma once

#include <memory>

#include "bank/storage/redis/address.hpp"
#include "lifeline/guards/tier_link.hpp"

namespace bank::storage {

/// A Redis server as the second tier of a cache: GET and PTTL, SET with PX, many in one round trip.
/// Does not connect yet.
std::unique_ptr<lifeline::guards::tier_link> make_redis_link(const redis_address& at);

}  // namespace bank::storage
