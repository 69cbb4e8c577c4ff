#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/messages/steps.hpp"

namespace lifeline::ledger::detail {

/// One shard of the directory: knows which of its accounts are awake, starts the others on demand,
/// and puts idle ones to rest. Messages to an account wait here while it loads or is being put to
/// rest. A successor starts only after the predecessor is down, so an account is never awake twice.
struct directory_shard {
  /// A held-back message. If it is never forwarded, its asker gets an error.
  struct waiting {
    caf::strong_actor_ptr sender;
    caf::message_id id;
    caf::message content;

    waiting(caf::strong_actor_ptr from, caf::message_id number, caf::message what)
        : sender(std::move(from)), id(number), content(std::move(what)) {}
    waiting(waiting&&) noexcept = default;
    waiting& operator=(waiting&&) noexcept = default;
    ~waiting() {
      if (sender && id.is_request())
        put(sender, nullptr, id.response_id(), nullptr, to_caf(lifeline::errc::unreachable));
    }
  };
  struct slot {
    caf::strong_actor_ptr account;
    time_point last_used{};
    bool holding = true;  ///< until the account reports that it is awake
    std::vector<waiting> held;
    /// Ends of its legs that it has not heard of. They reach it before whatever is forwarded to it,
    /// so that an account is woken half as often.
    std::vector<leg_end> unheard;
  };

  directory_shard() = default;
  directory_shard(const directory_shard&) = delete;
  directory_shard& operator=(const directory_shard&) = delete;
  /// Ends its accounts with it, with priority over their mailboxes.
  ~directory_shard() {
    for (const auto& [id, s] : slots) exit_first(s.account, caf::exit_reason::kill);
  }

  environment* env = nullptr;
  caf::strong_actor_ptr journal;
  generation group;
  std::unordered_map<account_id, slot> slots;
  bool stopping = false;
  std::optional<cancel_scope> next_sweep;
  std::shared_ptr<context_watcher> sweep_timer;

  static constexpr const char* name = "directory_shard";
};

caf::behavior run_directory_shard(caf::stateful_actor<directory_shard>* self, environment* env,
                                  caf::strong_actor_ptr journal, generation group);

}  // namespace lifeline::ledger::detail
