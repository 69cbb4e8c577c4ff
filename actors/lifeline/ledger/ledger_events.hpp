#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace lifeline::ledger {

/// The event of one committed entry: exactly one for each, under its sequence. It is made from the
/// entry, so it is identical when made again from the store.
struct ledger_event {
  std::uint64_t sequence = 0;
  entry_kind kind = entry_kind::posted;
  /// A transfer as this entry left it; an account as it was opened; or its changed terms.
  std::variant<transfer_record, account_record, account_terms> what;

  friend bool operator==(const ledger_event&, const ledger_event&) = default;
};

/// Whether the event is about this account.
bool concerns(const ledger_event& e, const account_id& account) noexcept;

/// The event of a committed entry that has a place in the ledger.
ledger_event event_of(const entry& e, const entry_verdict& v, wall_time at);

/// The events of all entries after `after`, in order, read from the store.
result<std::vector<ledger_event>> events_behind(ledger_reader& store, const context& ctx,
                                                std::uint64_t after);

/// Publishes the event under its sequence, unless already published; as part of the work at
/// `place`.
void publish_once(const topic& to, ledger_event e,
                  const std::optional<trace_state>& place = std::nullopt);

}  // namespace lifeline::ledger
