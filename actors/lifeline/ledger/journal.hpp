#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "lifeline/actor/caf.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/internal_messages.hpp"
#include "lifeline/ledger/parts.hpp"

namespace lifeline::ledger::detail {

/// Makes entries durable, many in one commit: while one batch is being written the next one
/// gathers, so there is no timer. It outlives its askers: it, and not they, tells the accounts how
/// a transfer ended.
///
/// A commit whose outcome is unknown stops it: it commits nothing more until the store has said, on
/// another connection and under a raised epoch, what became of the batch. Meanwhile reservations
/// stay, and once the first such attempt has failed, new entries are refused.
struct journal {
  /// Who appended an entry and must hear of its end.
  struct asker {
    uuid id;
    std::uint64_t attempt = 0;
    caf::strong_actor_ptr who;
    caf::strong_actor_ptr from;  ///< the accounts of a transfer, else null
    caf::strong_actor_ptr to;
    work_counter::token under_way;
  };

  environment* env = nullptr;
  std::optional<commit_batch> core;
  std::deque<asker> askers;  ///< in the order of the core's entries
  std::optional<cancel_scope> time_limit;
  std::shared_ptr<context_watcher> limit_watcher;
  bool refusing = false;

  static constexpr const char* name = "journal";
};

/// `epoch`: raised for this journal, so that no older one can write.
caf::behavior run_journal(caf::stateful_actor<journal>* self, environment* env,
                          std::uint64_t epoch);

}  // namespace lifeline::ledger::detail
