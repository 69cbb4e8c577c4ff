#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/ledger/actors/outbox.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/core/transfer_batch.hpp"
#include "lifeline/ledger/core/transfer_request.hpp"
#include "lifeline/ledger/messages/steps.hpp"
#include "lifeline/observe/trace.hpp"

namespace lifeline::ledger::detail {

/// Runs requests for transfers, many concurrently: one core each, for one transfer or for a batch.
/// Each id belongs to one processor, so that two requests with one id meet here: post, void, expiry
/// and a repetition never run concurrently.
struct transaction_processor {
  struct in_flight {
    std::variant<transfer_request, transfer_batch> core;
    uuid id;  ///< the transfer's, or the batch's
    context ctx;
    std::optional<std::string> debits_only;
    reply answer;
    work_counter::token under_way;
    std::shared_ptr<context_watcher> watcher = {};
    std::optional<cancel_scope> looking = {};  ///< context of the look-up
    time_point began = {};                     ///< for metrics
    span appending = {};                       ///< from the commit point to the journal's verdict
    bool in_doubt = false;                     ///< the journal does not know its end yet
    // Of a batch:
    bool atomic = false;
    std::optional<idempotency_key> key = {};
    std::vector<uuid> ids_without_secret = {};
  };

  environment* env = nullptr;
  caf::strong_actor_ptr journal;
  std::unordered_map<std::uint64_t, in_flight> requests;  ///< by attempt
  std::unordered_map<transfer_id, std::uint64_t> transfers;
  std::unordered_map<uuid, std::uint64_t> batches;
  /// Requests answered before their final verdict. Their ids stay taken until then: a repetition
  /// must not hear that nothing happened.
  std::unordered_map<std::uint64_t, uuid> in_doubt;
  std::vector<std::uint64_t> awaiting;  ///< attempts that go on when the journal has answered
  std::vector<std::uint64_t> waiting;   ///< for which it is asked next
  /// Some of this processor's transfers that became holds lately, as committed: most are resolved
  /// soon.
  std::unordered_map<transfer_id, transfer_record> holds;
  std::optional<outbox> out;
  /// No other processor uses its numbers: accounts know legs by them.
  std::uint64_t last_attempt = 0;
  bool stopping = false;

  static constexpr const char* name = "transaction_processor";
};

/// `attempts`: its first attempt number.
caf::behavior run_transaction_processor(caf::stateful_actor<transaction_processor>* self,
                                        environment* env, caf::strong_actor_ptr journal,
                                        std::vector<caf::strong_actor_ptr> shards,
                                        std::uint64_t attempts);

}  // namespace lifeline::ledger::detail
