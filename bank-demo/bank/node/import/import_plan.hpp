#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bank/api/jobs/import_parameters.hpp"
#include "bank/books/lanes.hpp"
#include "lifeline/ledger/core/id_deriver.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::node {

/// Recorded books as accounts and transfers. The ledger derives all identifiers from the import's
/// digest and the row: a repeated or continued import moves nothing twice, and no other client can
/// use the identifiers.
struct import_plan {
  std::string name;  ///< the import's digest
  books::recorded_books recorded;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;
  std::string owner;
  bool has_closing = false;  ///< there are closing balances
  std::vector<books::account_lane> lanes;

  std::size_t rows() const noexcept { return recorded.accounts.size() + recorded.bookings.size(); }
};

/// `recorded` is the parsed content of the parameters' files.
import_plan make_import_plan(const api::import_parameters& p, books::recorded_books recorded,
                             const lifeline::ledger::id_deriver& ids);

/// Keeps the identifiers of rows that a version without a ledger secret has imported, so that an
/// import interrupted there continues. Blocks; does nothing if the ledger always had a secret.
lifeline::ledger::result<void> keep_ids_without_secret(const lifeline::context& ctx,
                                                       lifeline::ledger::ledger_reader& store,
                                                       const lifeline::ledger::id_deriver& ids,
                                                       import_plan& plan);

/// The account or transfer of a row. A booking's day becomes the transfer's memo: the bank's own
/// times are those of the import.
lifeline::ledger::account_record account_of(const import_plan& plan, std::size_t lane,
                                            lifeline::wall_time now);
lifeline::ledger::transfer_record transfer_of(const import_plan& plan, std::size_t lane,
                                              std::size_t transfer, lifeline::wall_time now);

/// Is `found` the account that the import opens for the lane? A changed overdraft limit is accepted
/// only if the account `has_rows` of the import, which prove that the import opened it.
bool is_account_of(const import_plan& plan, std::size_t lane,
                   const lifeline::ledger::account_record& found, bool has_rows);
/// Is `found` the transfer that the import books for the row?
bool is_row_of(const import_plan& plan, std::size_t lane, std::size_t transfer,
               const std::optional<lifeline::ledger::transfer_record>& found);

}  // namespace bank::node
