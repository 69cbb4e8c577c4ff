#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bank/node/stores.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::node {

/// The accounts and deposits of `--demo`: two accounts each for alice and bob.
struct demo_books {
  std::vector<std::string> owners;
  std::vector<lifeline::ledger::account_record> accounts;
  std::vector<lifeline::ledger::transfer_record> deposits;
};

/// All identifiers are derived, so a repeat makes the same ones: an interrupted demo continues, and
/// nothing is booked twice.
demo_books plan_demo(lifeline::wall_time now, const lifeline::ledger::id_deriver& ids);

/// Keeps the identifiers of accounts and deposits that a version without a ledger secret has made,
/// so that a demo interrupted there continues.
lifeline::ledger::result<void> keep_ids_without_secret(const lifeline::context& ctx,
                                                       lifeline::ledger::ledger_reader& store,
                                                       const lifeline::ledger::id_deriver& ids,
                                                       demo_books& demo);

enum class demo_outcome : std::uint8_t {
  seeded,
  not_empty,  ///< the store had accounts and was not changed
};

/// Opens the demo accounts through the ledger and writes `alice TOKEN` and `bob TOKEN` to
/// `data_dir/demo.tokens` (0600), if the store has no account yet. The file `demo.unfinished`
/// exists in the folder while it works; if it is found, a later call continues. Blocks; when `ctx`
/// ends, it throws storage::startup_error.
demo_outcome seed_demo(const lifeline::context& ctx, lifeline::runtime& rt,
                       const lifeline::ledger::ledger& books, const stores& kept,
                       const std::filesystem::path& data_dir);

}  // namespace bank::node
