#include "bank/node/import/import_plan.hpp"

#include <utility>

namespace bank::node {

using books::direction;
using namespace lifeline::ledger;

import_plan make_import_plan(const api::import_parameters& p, books::recorded_books recorded,
                             const id_deriver& ids) {
  import_plan plan;
  plan.name = import_digest(p).str();
  plan.unit = p.unit;
  plan.overdraft_limit = p.overdraft_limit;
  plan.owner = p.owner.empty() ? "import-" + plan.name.substr(0, 8) : p.owner;
  plan.has_closing = p.files.closing.has_value();
  plan.lanes = books::plan_lanes(recorded, [&](std::string_view kind, std::string_view row) {
    return ids.of({"import", plan.name, kind, row});
  });
  plan.recorded = std::move(recorded);
  return plan;
}

account_record account_of(const import_plan& plan, std::size_t lane, lifeline::wall_time now) {
  account_record a;
  a.id = plan.lanes[lane].id;
  a.owner = plan.owner;
  a.unit = plan.unit;
  a.ref = plan.recorded.accounts[lane].ref;
  a.overdraft_limit = plan.overdraft_limit;
  a.created_at = now;
  return a;
}

transfer_record transfer_of(const import_plan& plan, std::size_t lane, std::size_t transfer,
                            lifeline::wall_time now) {
  const auto& planned = plan.lanes[lane].transfers[transfer];
  const books::booking& line = plan.recorded.bookings[planned.booking];
  transfer_record t;
  t.id = planned.id;
  t.from = world_account(plan.unit);
  t.to = plan.lanes[lane].id;
  if (line.way == direction::debit) std::swap(t.from, t.to);
  t.amount = {line.amount_minor, plan.unit};
  if (!line.kind.empty()) t.kind = line.kind;
  t.memo = line.date;
  t.created_at = now;
  return t;
}

bool is_account_of(const import_plan& plan, std::size_t lane, const account_record& found,
                   bool has_rows) {
  account_record meant = account_of(plan, lane, found.created_at);
  if (has_rows) meant.overdraft_limit = found.overdraft_limit;
  return same_content(found, meant);
}

bool is_row_of(const import_plan& plan, std::size_t lane, std::size_t transfer,
               const std::optional<transfer_record>& found) {
  return found && same_content(*found, transfer_of(plan, lane, transfer, found->created_at));
}

/// Missing accounts and accounts of other content keep the plan's own identifiers.
result<void> keep_ids_without_secret(const lifeline::context& ctx, ledger_reader& store,
                                     const id_deriver& ids, import_plan& plan) {
  if (!ids.had_no_secret()) return {};
  const auto old =
      books::plan_lanes(plan.recorded, [&](std::string_view kind, std::string_view row) {
        return *ids.without_secret({plan.name, kind, row});
      });
  for (std::size_t lane = 0; lane < old.size(); ++lane) {
    const auto account = store.find_account(ctx, old[lane].id);
    if (!account) return account.error();
    if (!*account) continue;
    const auto planned = std::exchange(plan.lanes[lane], old[lane]);
    bool has_rows = false;
    for (std::size_t i = 0; i < planned.transfers.size(); ++i) {
      const auto found = store.find_transfer(ctx, old[lane].transfers[i].id);
      if (!found) return found.error();
      const bool is_row = is_row_of(plan, lane, i, *found);
      if (!is_row) plan.lanes[lane].transfers[i].id = planned.transfers[i].id;
      has_rows = has_rows || is_row;
    }
    if (!is_account_of(plan, lane, **account, has_rows)) plan.lanes[lane] = planned;
  }
  return {};
}

}  // namespace bank::node
