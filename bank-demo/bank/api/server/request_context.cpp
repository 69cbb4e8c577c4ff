#include "bank/api/server/request_context.hpp"

namespace bank::api {

problem shutting_down() {
  return {code::shutting_down, "the node is stopping; retry in 1 s", {}, {}, {}};
}

std::optional<problem> store_left_alone(const request_context& x) {
  const auto* breaker = x.server.what.store_breaker;
  if (breaker == nullptr || breaker->state() != lifeline::guards::circuit::open)
    return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::seconds>(breaker->retry_after());
  return problem{
      code::store_unavailable,
      "store unavailable (circuit open); retry in " + std::to_string(left.count()) + " s",
      {},
      lifeline::ledger::outcome::unknown,  // an earlier request with the same id may have succeeded
      left};
}

}  // namespace bank::api
