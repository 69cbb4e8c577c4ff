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

/// Takes transfers and their resolutions, one saga each, many side by side; each id by one
/// processor only, so that two requests under one id meet here: post, void, expiry and a repetition
/// are never under way together.
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
    caf::strong_actor_ptr from = {};  ///< the accounts where something is set aside
    caf::strong_actor_ptr to = {};
    std::optional<cancel_scope> looking = {};  ///< the look-up's own life
    time_point began = {};                     ///< if somebody measures
    span appending = {};                       ///< from the commit point to the journal's word
  };

  environment* env = nullptr;
  caf::strong_actor_ptr journal;
  std::vector<caf::strong_actor_ptr> shards;
  std::unordered_map<transfer_id, in_flight> transfers;
  /// Of this processor's ids, some that were made holds lately, as they were committed: most are
  /// ended soon.
  std::unordered_map<transfer_id, transfer_record> holds;
  std::uint64_t last_attempt = 0;
  bool stopping = false;

  static constexpr const char* name = "transaction_processor";
};

caf::behavior run_transaction_processor(caf::stateful_actor<transaction_processor>* self,
                                        environment* env, caf::strong_actor_ptr journal,
                                        std::vector<caf::strong_actor_ptr> shards);

}  // namespace lifeline::ledger::detail
