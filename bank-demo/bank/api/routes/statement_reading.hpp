#pragma once

#include <optional>

#include "bank/api/routes/statement_text.hpp"

namespace bank::api {

/// The time span of a statement.
struct statement_span {
  std::optional<lifeline::wall_time> from = {};  ///< none: from the account's opening
  std::optional<lifeline::wall_time> to = {};    ///< first moment after the span; none: now
};

/// Closes the past up to the span's end and reads the statement, which never changes from then on.
/// A span that reaches into the future ends now; the statement's `to` has that time. If there are
/// more than `limit` rows, reads the newest. Blocks.
lifeline::ledger::result<dated_statement> read_statement(const lifeline::context& ctx,
                                                         lifeline::ledger::ledger_reader& store,
                                                         lifeline::ledger::account_record account,
                                                         const statement_span& span,
                                                         std::size_t limit);

}  // namespace bank::api
