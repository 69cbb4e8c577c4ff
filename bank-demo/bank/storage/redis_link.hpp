#pragma once

#include <memory>

#include "bank/storage/redis_address.hpp"
#include "lifeline/actors/tier_link.hpp"

namespace bank::storage {

/// A Redis server as where a cache's second tier keeps its values: GET and PTTL, SET with PX,
/// UNLINK, many of them in one go. It needs Redis 4 or later. The address is judged, not tried.
std::unique_ptr<lifeline::actors::tier_link> make_redis_link(const redis_address& at);

}  // namespace bank::storage
