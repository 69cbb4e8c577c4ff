#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <variant>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/core/key_claim.hpp"
#include "lifeline/ledger/core/order_request.hpp"
#include "lifeline/ledger/messages/order_requests.hpp"

namespace lifeline::ledger::detail {

/// Opens, deletes and advances standing orders, and claims keys for objects in other stores; one
/// core per request, many concurrently. One actor for all of them: they are few, and nothing moves
/// here. The store decides races (an occurrence with a deletion, two rounds, two requests with one
/// key), because it applies only what matches the expected state.
struct order_processor {
  struct in_flight {
    std::variant<order_opening, order_deletion, order_advance, key_claim> core;
    context ctx;
    std::optional<idempotency_key> key;
    reply answer;
    work_counter::token under_way;
  };

  environment* env = nullptr;
  caf::strong_actor_ptr journal;
  std::unordered_map<std::uint64_t, in_flight> requests;  ///< by attempt
  /// Openings by order id: a second request with the same key must wait.
  std::unordered_map<standing_order_id, std::uint64_t> openings;
  std::uint64_t last_attempt = 0;
  bool stopping = false;

  static constexpr const char* name = "order_processor";
};

caf::behavior run_order_processor(caf::stateful_actor<order_processor>* self, environment* env,
                                  caf::strong_actor_ptr journal);

}  // namespace lifeline::ledger::detail
