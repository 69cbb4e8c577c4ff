#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/ledger/internal_messages.hpp"
#include "lifeline/ledger/parts.hpp"
#include "lifeline/ledger/resolution_saga.hpp"
#include "lifeline/ledger/transfer_saga.hpp"
#include "lifeline/observe/trace.hpp"

namespace lifeline::ledger::detail {

/// Runs transfers and their resolutions, one saga each, many concurrently. Each id belongs to one
/// processor, so that two requests with one id meet here: post, void, expiry and a repetition never
/// run concurrently.
struct transaction_processor {
  struct in_flight {
    std::variant<transfer_saga, resolution_saga> saga;
    std::uint64_t attempt;
    context ctx;
    std::optional<idempotency_key> key;
    std::optional<std::string> debits_only;
    reply answer;
    work_counter::token under_way;
    std::shared_ptr<context_watcher> watcher = {};
    caf::strong_actor_ptr from = {};  ///< accounts with a reservation
    caf::strong_actor_ptr to = {};
    std::optional<cancel_scope> looking = {};  ///< context of the look-up
    time_point began = {};                     ///< for metrics
    span appending = {};                       ///< from the commit point to the journal's verdict
  };

  environment* env = nullptr;
  caf::strong_actor_ptr journal;
  std::vector<caf::strong_actor_ptr> shards;
  std::unordered_map<transfer_id, in_flight> transfers;
  /// Some of this processor's transfers that became holds lately, as committed: most are resolved
  /// soon.
  std::unordered_map<transfer_id, transfer_record> holds;
  std::uint64_t last_attempt = 0;
  bool stopping = false;

  static constexpr const char* name = "transaction_processor";
};

caf::behavior run_transaction_processor(caf::stateful_actor<transaction_processor>* self,
                                        environment* env, caf::strong_actor_ptr journal,
                                        std::vector<caf::strong_actor_ptr> shards);

}  // namespace lifeline::ledger::detail
