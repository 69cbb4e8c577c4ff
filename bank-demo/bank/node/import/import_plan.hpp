#pragma once

#include <string>
#include <vector>

#include "bank/api/jobs/import_parameters.hpp"
#include "bank/books/lanes.hpp"
#include "lifeline/ledger/records.hpp"

namespace bank::node {

/// Recorded books as accounts and transfers. All identifiers are derived from the import's digest
/// and the row, so that an import that is repeated, or goes on after a crash, moves nothing twice.
struct import_plan {
  books::recorded_books recorded;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;
  std::string owner;
  bool has_closing = false;  ///< the books said what they close with
  std::vector<books::account_lane> lanes;

  std::size_t rows() const noexcept { return recorded.accounts.size() + recorded.bookings.size(); }
};

/// `recorded` is what the parameters' files hold.
import_plan make_import_plan(const api::import_parameters& p, books::recorded_books recorded);

/// What the rows become. A booking's day is its transfer's memo: the bank's own times are those at
/// which it booked.
lifeline::ledger::account_record account_of(const import_plan& plan, std::size_t lane,
                                            lifeline::wall_time now);
lifeline::ledger::transfer_record transfer_of(const import_plan& plan, std::size_t lane,
                                              std::size_t transfer, lifeline::wall_time now);

}  // namespace bank::node
