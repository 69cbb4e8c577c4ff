#pragma once

#include <optional>

#include "bank/api/routes/statement_text.hpp"

namespace bank::api {

/// Which part of the past a statement is about.
struct statement_span {
  std::optional<lifeline::wall_time> from = {};  ///< none: from the account's opening
  std::optional<lifeline::wall_time> to = {};    ///< the first moment after it; none: up to now
};

/// Closes the past up to the span's end and reads the statement, which stays the same from then on.
/// A span that reaches into the future ends now: `to` of the statement says when. Of more than
/// `limit` rows, the newest. Blocks.
lifeline::ledger::result<dated_statement> read_statement(const lifeline::context& ctx,
                                                         lifeline::ledger::ledger_store& store,
                                                         lifeline::ledger::account_record account,
                                                         const statement_span& span,
                                                         std::size_t limit);

}  // namespace bank::api
