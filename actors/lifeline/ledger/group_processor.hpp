#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/ledger/group_saga.hpp"
#include "lifeline/ledger/internal_messages.hpp"
#include "lifeline/ledger/parts.hpp"

namespace lifeline::ledger::detail {

/// Runs groups of transfers, one saga each. A group's id belongs to one processor, so that a
/// repetition with its key meets the first request here. One message per account and one per
/// journal covers the whole group.
struct group_processor {
  struct in_flight {
    group_saga saga;
    std::uint64_t attempt;
    context ctx;
    bool atomic;
    std::optional<idempotency_key> key;
    std::optional<std::string> debits_only;
    std::vector<uuid> ids_without_secret;
    reply answer;
    work_counter::token under_way;
    std::shared_ptr<context_watcher> watcher = {};
    std::unordered_map<account_id, caf::strong_actor_ptr> accounts = {};  ///< those that answered
    std::optional<cancel_scope> looking = {};  ///< context of the look-up
  };

  environment* env = nullptr;
  caf::strong_actor_ptr journal;
  std::vector<caf::strong_actor_ptr> shards;
  std::unordered_map<uuid, in_flight> groups;
  std::uint64_t last_attempt = 0;
  bool stopping = false;

  static constexpr const char* name = "group_processor";
};

/// `attempts`: its first attempt number. No other processor may use its numbers: it may have
/// reserved funds for the same transfer id, which must not be released here.
caf::behavior run_group_processor(caf::stateful_actor<group_processor>* self, environment* env,
                                  caf::strong_actor_ptr journal,
                                  std::vector<caf::strong_actor_ptr> shards,
                                  std::uint64_t attempts);

}  // namespace lifeline::ledger::detail
