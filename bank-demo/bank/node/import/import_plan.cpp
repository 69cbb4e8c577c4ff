#include "bank/node/import/import_plan.hpp"

#include <utility>

namespace bank::node {

using books::direction;
using namespace lifeline::ledger;

import_plan make_import_plan(const api::import_parameters& p, books::recorded_books recorded) {
  const std::string name = import_digest(p).str();
  import_plan plan;
  plan.unit = p.unit;
  plan.overdraft_limit = p.overdraft_limit;
  plan.owner = p.owner.empty() ? "import-" + name.substr(0, 8) : p.owner;
  plan.has_closing = p.files.closing.has_value();
  plan.lanes = books::plan_lanes(recorded, name);
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

}  // namespace bank::node
