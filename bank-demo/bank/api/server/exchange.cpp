#include "bank/api/server/exchange.hpp"

#include <algorithm>

namespace bank::api {

problem store_left_alone(const lifeline::actors::circuit_breaker& breaker) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(breaker.retry_after());
  return {code::store_unavailable,
          "the store has failed too often and is left alone for a moment",
          {},
          lifeline::ledger::outcome::none,
          std::max(left, std::chrono::seconds(1))};
}

}  // namespace bank::api
