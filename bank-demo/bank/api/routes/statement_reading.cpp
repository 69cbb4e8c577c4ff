#include "bank/api/routes/statement_reading.hpp"

#include <algorithm>

namespace bank::api {

namespace ledger = lifeline::ledger;

ledger::result<dated_statement> read_statement(const lifeline::context& ctx,
                                               ledger::ledger_reader& store,
                                               ledger::account_record account,
                                               const statement_span& span, std::size_t limit) {
  const auto to =
      store.close_past(ctx, span.to.value_or(lifeline::wall_time::max()), ctx.time().wall_now());
  if (!to) return to.error();
  const auto from = std::min(span.from.value_or(account.created_at), *to);
  auto found = store.account_statement(ctx, account.id, from, *to, limit);
  if (!found) return found.error();
  return dated_statement{std::move(account), from, *to, std::move(*found)};
}

}  // namespace bank::api
