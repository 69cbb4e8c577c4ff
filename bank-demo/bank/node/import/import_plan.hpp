#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bank/api/jobs/import_parameters.hpp"
#include "bank/books/lanes.hpp"
#include "lifeline/ledger/id_deriver.hpp"
#include "lifeline/ledger/ledger_store.hpp"

namespace bank::node {

/// Recorded books as accounts and transfers. All identifiers are derived by the ledger from the
/// import's digest and the row, so that an import that is repeated, or goes on after a crash, moves
/// nothing twice, and nobody else can take them.
struct import_plan {
  std::string name;  ///< the import's digest
  books::recorded_books recorded;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;
  std::string owner;
  bool has_closing = false;  ///< the books said what they close with
  std::vector<books::account_lane> lanes;

  std::size_t rows() const noexcept { return recorded.accounts.size() + recorded.bookings.size(); }
};

/// `recorded` is what the parameters' files hold.
import_plan make_import_plan(const api::import_parameters& p, books::recorded_books recorded,
                             const lifeline::ledger::id_deriver& ids);

/// An import that a version without a secret has begun goes on where that one ended: what it has
/// opened and booked keeps its identifiers in the plan. Blocks; does nothing to a ledger that no
/// such version kept.
lifeline::ledger::result<void> keep_ids_without_secret(const lifeline::context& ctx,
                                                       lifeline::ledger::ledger_store& store,
                                                       const lifeline::ledger::id_deriver& ids,
                                                       import_plan& plan);

/// What the rows become. A booking's day is its transfer's memo: the bank's own times are those at
/// which it booked.
lifeline::ledger::account_record account_of(const import_plan& plan, std::size_t lane,
                                            lifeline::wall_time now);
lifeline::ledger::transfer_record transfer_of(const import_plan& plan, std::size_t lane,
                                              std::size_t transfer, lifeline::wall_time now);

/// Is this what the import opens for the lane? Its limit may have been changed since only where the
/// account `has_rows` of the import, for nobody else books such.
bool is_account_of(const import_plan& plan, std::size_t lane,
                   const lifeline::ledger::account_record& found, bool has_rows);
/// Is this what the import books there?
bool is_row_of(const import_plan& plan, std::size_t lane, std::size_t transfer,
               const std::optional<lifeline::ledger::transfer_record>& found);

}  // namespace bank::node
