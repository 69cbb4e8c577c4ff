#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/ledger/actors/announcement.hpp"
#include "lifeline/ledger/actors/commit_watch.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/messages/steps.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace lifeline::ledger::detail {

/// Makes entries durable, many in one commit. While one batch is written the next one gathers, so
/// there is no timer. It outlives the requests, and itself sends the accounts the end of each
/// transfer.
///
/// A commit with an unknown outcome stops it: it commits nothing more until the batch is resolved
/// on another connection, under a raised epoch. Meanwhile reservations stay, and new entries are
/// refused once the first such attempt has failed.
///
/// It begins by raising the store's epoch, so that no older journal can write, and is ready after
/// that. If that fails, the first journal of a ledger fails; a later one retries until it succeeds,
/// because the ledger has served before. Told to exit, it first finishes all appended entries.
struct journal {
  environment* env = nullptr;
  std::optional<incarnation> run;
  std::optional<commit_batch> core;  ///< none until it has an epoch
  std::deque<asker> askers;          ///< in the order of the core's entries
  /// Requests that wait until the askers before them have their verdicts.
  struct barrier {
    std::size_t before = 0;
    reply passed;
  };
  std::vector<barrier> barriers;
  std::optional<cancel_scope> time_limit;
  std::shared_ptr<context_watcher> limit_watcher;
  commit_watch watch{};
  bool refusing = false;
  bool leaving = false;

  static constexpr const char* name = "journal";
};

caf::behavior run_journal(caf::stateful_actor<journal>* self, environment* env,
                          const incarnation& run);

}  // namespace lifeline::ledger::detail
