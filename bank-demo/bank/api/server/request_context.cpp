#include "bank/api/server/request_context.hpp"

namespace bank::api {

problem shutting_down() {
  return {code::shutting_down, "the node is stopping: it begins no new work", {}, {}, {}};
}

std::optional<problem> store_left_alone(const request_context& x) {
  const auto* breaker = x.server.what.store_breaker;
  if (breaker == nullptr || breaker->state() != lifeline::actors::circuit::open)
    return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::seconds>(breaker->retry_after());
  return problem{
      code::store_unavailable,
      "the store does not answer and is left alone for a moment",
      {},
      lifeline::ledger::outcome::unknown,  // an earlier one under the same id may have landed
      left};
}

}  // namespace bank::api
