#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bank/node/stores.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::node {

/// What `--demo` opens: two accounts each for alice and bob, and what is in them.
struct demo_books {
  std::vector<std::string> owners;
  std::vector<lifeline::ledger::account_record> accounts;
  std::vector<lifeline::ledger::transfer_record> deposits;
};

/// All identifiers are derived: made again, they are the same, so that a demo that was cut off goes
/// on where it was, and nothing is doubled.
demo_books plan_demo(lifeline::wall_time now, const lifeline::ledger::id_deriver& ids);

/// A demo that a version without a secret has begun goes on where that one ended: what it has
/// opened and booked keeps its identifiers.
lifeline::ledger::result<void> keep_ids_without_secret(const lifeline::context& ctx,
                                                       lifeline::ledger::ledger_store& store,
                                                       const lifeline::ledger::id_deriver& ids,
                                                       demo_books& demo);

enum class demo_outcome : std::uint8_t {
  seeded,
  not_empty,  ///< the store had accounts, and was left as it is
};

/// Opens the demo accounts through the ledger and writes `alice TOKEN` and `bob TOKEN` to
/// `data_dir/demo.tokens` (0600), if the store has no account yet. While it works there is a file
/// `demo.unfinished` in the folder: with it, a later call goes on. Blocks; ends early, with
/// storage::startup_error, when `ctx` does.
demo_outcome seed_demo(const lifeline::context& ctx, lifeline::runtime& rt,
                       const lifeline::ledger::ledger& books, const stores& kept,
                       const std::filesystem::path& data_dir);

}  // namespace bank::node
