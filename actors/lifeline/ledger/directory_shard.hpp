#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/ledger/internal_messages.hpp"
#include "lifeline/ledger/parts.hpp"

namespace lifeline::ledger::detail {

/// One shard of the directory: knows which of its accounts are awake, starts the others on demand,
/// and puts idle ones to rest. While an account loads itself, or is being put to rest, its messages
/// wait here; a successor is started only after the predecessor is down, so that an account is
/// never awake twice.
struct directory_shard {
  struct waiting {
    caf::strong_actor_ptr sender;
    caf::message_id id;
    caf::message content;
  };
  struct slot {
    caf::strong_actor_ptr account;
    time_point last_used{};
    bool holding = true;  ///< until the account says that it is awake
    std::vector<waiting> held;
  };

  environment* env = nullptr;
  caf::strong_actor_ptr journal;
  std::unordered_map<account_id, slot> slots;
  bool stopping = false;
  std::optional<cancel_scope> next_sweep;
  std::shared_ptr<context_watcher> sweep_timer;

  static constexpr const char* name = "directory_shard";
};

caf::behavior run_directory_shard(caf::stateful_actor<directory_shard>* self, environment* env,
                                  caf::strong_actor_ptr journal);

}  // namespace lifeline::ledger::detail
