#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/core/account_state.hpp"
#include "lifeline/ledger/messages/steps.hpp"

namespace lifeline::ledger::detail {

/// The actor of an account, the only one that reserves its funds. It loads itself from the store,
/// then tells its shard that it is awake. If the account does not exist or can't be read, it
/// answers every request with that and asks its shard to put it to rest.
struct account_actor {
  account_id id;
  caf::strong_actor_ptr journal;
  caf::strong_actor_ptr shard;
  environment* env = nullptr;

  bool loaded = false;                   ///< the store has answered
  std::optional<account_state> account;  ///< none: no such account, or not loaded
  std::optional<failure> unreadable;     ///< why it could not be loaded
  std::uint64_t last_attempt = 0;        ///< number of openings and changes

  /// An opening in progress, or being compared with an earlier one.
  struct opening {
    open_account request;
    std::uint64_t attempt = 0;
    reply answer;
    work_counter::token under_way;
    std::optional<failure> refused;  ///< unless it is a repetition
  };
  std::optional<opening> being_opened;
  /// The attempt to open it whose outcome is unknown. Its request was answered; another may begin.
  std::optional<std::uint64_t> opening_in_doubt;

  /// A change in progress; after an unknown outcome no request waits for it.
  struct change {
    std::uint64_t attempt = 0;
    reply answer;
    work_counter::token under_way;
    bool answered = false;
  };
  std::optional<change> being_changed;
  std::size_t answers_due = 0;  ///< answers that wait for an event

  static constexpr const char* name = "account";
};

caf::behavior run_account(caf::stateful_actor<account_actor>* self, environment* env, account_id id,
                          caf::strong_actor_ptr shard, caf::strong_actor_ptr journal);

}  // namespace lifeline::ledger::detail
