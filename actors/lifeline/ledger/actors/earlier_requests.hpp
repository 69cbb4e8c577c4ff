#pragma once

#include <optional>
#include <vector>

#include "lifeline/ledger/core/transfer_batch.hpp"
#include "lifeline/ledger/core/transfer_request.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

// What the store knows of earlier requests for the same. The calls block: make them behind the
// blocking door. Empty: the store could not be read.

namespace lifeline::ledger::detail {

/// With a transfer's id or key.
std::optional<earlier_request> find_earlier(ledger_reader& store, const context& ctx,
                                            const transfer_id& id,
                                            const std::optional<idempotency_key>& key);

/// The question about a batch.
struct batch_question {
  std::vector<transfer_id> ids;          ///< of the items to look up
  std::vector<uuid> ids_without_secret;  ///< the batch's, followed by those of these items; or none
  std::optional<idempotency_key> key;    ///< if it is looked up
};
std::optional<earlier_batch> find_earlier(ledger_reader& store, const context& ctx,
                                          const batch_question& asked);

}  // namespace lifeline::ledger::detail
