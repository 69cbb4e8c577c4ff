#include "bank/api/routes/statement_reading.hpp"

#include <algorithm>

#include "lifeline/ledger/values/uuid.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// Text of a row besides what its owner wrote, at most.
constexpr std::size_t row_text = 640;
constexpr std::size_t part_text = 64 * 1024;
constexpr std::chrono::milliseconds one_moment{1};

std::size_t text_of(const ledger::history_row& row) {
  const ledger::transfer_record& t = row.transfer;
  return row_text + t.kind.size() + t.memo.value_or("").size() + t.metadata.size();
}

std::string text_of(const std::optional<std::int64_t>& sum) {
  return sum ? std::to_string(*sum) : "-";
}

/// Before its opening an account has nothing.
ledger::result<ledger::dated_balance> balance_before(const lifeline::context& ctx,
                                                     ledger::ledger_reader& store,
                                                     const ledger::account_id& id,
                                                     lifeline::wall_time at) {
  const auto found = store.balance_at(ctx, id, at - one_moment);
  if (!found) return found.error();
  return found->value_or(ledger::dated_balance{});
}

}  // namespace

statement_walk::statement_walk(ledger::account_record account, lifeline::wall_time from,
                               lifeline::wall_time to, const ledger::dated_balance& before,
                               const ledger::dated_balance& after)
    : frame_{std::move(account), from, to, before.posted, after.posted},
      first_(before.sequence),
      last_(after.sequence) {
  if (last_ > first_) next_ = last_ + 1;
}

void statement_walk::add(const ledger::page<ledger::history_row>& page) {
  next_.reset();
  for (const ledger::history_row& row : page.rows) {
    if (row.transfer.sequence <= first_) return;
    add(row);
  }
  if (page.more && !page.rows.empty()) next_ = page.rows.back().transfer.sequence;
}

void statement_walk::add(const ledger::history_row& row) {
  frame_.totals.add(row.transfer, frame_.account.id);
  const std::size_t bytes = text_of(row);
  if (parts_.empty() || part_bytes_ + bytes > part_text) {
    parts_.push_back({row.transfer.sequence + 1, 0});
    part_bytes_ = 0;
  }
  ++parts_.back().rows;
  part_bytes_ += bytes;
}

std::string statement_walk::tag(statement_format f) const {
  const statement_totals& all = frame_.totals;
  return "\"" +
         ledger::uuid::derive(
             {f == statement_format::csv ? "csv" : "json", frame_.account.id.str(),
              frame_.account.owner, std::to_string(frame_.from.time_since_epoch().count()),
              std::to_string(frame_.to.time_since_epoch().count()), std::to_string(first_),
              std::to_string(last_), std::to_string(frame_.opening), std::to_string(frame_.closing),
              text_of(all.credits), text_of(all.debits)})
             .str() +
         "\"";
}

ledger::result<statement_walk> begin_walk(const lifeline::context& ctx,
                                          ledger::ledger_reader& store,
                                          ledger::account_record account,
                                          const statement_span& span) {
  const auto to =
      store.close_past(ctx, span.to.value_or(lifeline::wall_time::max()), ctx.time().wall_now());
  if (!to) return to.error();
  const auto from = std::min(span.from.value_or(account.created_at), *to);
  const auto before = balance_before(ctx, store, account.id, from);
  if (!before) return before.error();
  const auto after = balance_before(ctx, store, account.id, *to);
  if (!after) return after.error();
  return statement_walk(std::move(account), from, *to, *before, *after);
}

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
