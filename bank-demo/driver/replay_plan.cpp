#include "driver/replay_plan.hpp"

#include "bank/json/document.hpp"
#include "bank/json/object_writer.hpp"

namespace bank::driver {

namespace {

using books::booking;
using books::direction;
using lifeline::ledger::uuid;

std::string_view to_string(direction way) { return way == direction::credit ? "credit" : "debit"; }

maybe_problem check_overdraft(const books::recorded_books& recorded, std::int64_t limit) {
  const books::deepest_dip dip = books::find_deepest_dip(recorded);
  if (dip.minor <= limit) return std::nullopt;
  const booking& line = recorded.bookings[dip.booking];
  return problem{"account " + recorded.accounts[line.account].ref + " goes " +
                 std::to_string(dip.minor) + " below zero with transaction " + line.id +
                 ", but \"replay.overdraft_limit\" is " + std::to_string(limit)};
}

}  // namespace

result<replay_plan> make_replay_plan(books::recorded_books recorded,
                                     const replay_settings& settings) {
  if (auto wrong = check_overdraft(recorded, settings.overdraft_limit)) return *wrong;
  const std::string name = uuid::derive({"replay", recorded.fingerprint.str(), settings.unit.code(),
                                         std::to_string(settings.overdraft_limit)})
                               .str();
  replay_plan plan;
  plan.owner = "replay-" + name.substr(0, 8);
  plan.lanes = books::plan_lanes(recorded, [&](std::string_view kind, std::string_view row) {
    return uuid::derive({name, kind, row});
  });
  plan.recorded = std::move(recorded);
  plan.settings = settings;
  return plan;
}

std::string account_body(const replay_plan& plan, std::size_t lane) {
  std::string out;
  {
    json::object_writer body(out);
    body.text("type", "checking");
    body.text("currency", plan.settings.unit.code());
    body.text("owner", plan.owner);
    body.text("id", plan.lanes[lane].id.str());
    body.text("ref", plan.recorded.accounts[lane].ref);
    body.number("overdraft_limit", plan.settings.overdraft_limit);
  }
  return out;
}

std::string transfer_body(const replay_plan& plan, std::size_t lane, std::size_t transfer) {
  const replay_lane& from = plan.lanes[lane];
  const booking& line = plan.recorded.bookings[from.transfers[transfer].booking];
  const std::string account = from.id.str();
  const bool is_credit = line.way == direction::credit;
  std::string out;
  {
    json::object_writer body(out);
    body.text("from", is_credit ? "world" : account);
    body.text("to", is_credit ? account : "world");
    body.number("amount", line.amount_minor);
    body.text("currency", plan.settings.unit.code());
    body.text("id", from.transfers[transfer].id.str());
    body.text("memo", line.date);
    if (!line.kind.empty()) body.text("kind", line.kind);
  }
  return out;
}

std::string describe_account(const replay_plan& plan, std::size_t lane) {
  return "account " + plan.recorded.accounts[lane].ref;
}

std::string describe_transfer(const replay_plan& plan, std::size_t lane, std::size_t transfer) {
  const booking& line = plan.recorded.bookings[plan.lanes[lane].transfers[transfer].booking];
  return "transaction " + line.id + " of " + describe_account(plan, lane) + " (" +
         std::string(to_string(line.way)) + " " + std::to_string(line.amount_minor) + ")";
}

bool is_planned_account(const replay_plan& plan, std::size_t lane, std::string_view body) {
  const json::document found(body);
  const auto planned = json::document::owning(account_body(plan, lane));
  if (!found.is_sound()) return false;
  for (const json::value& m : planned.root().children()) {
    const json::value& other = found.root()[m.key()];
    if (other.what() != m.what() || other.spelled() != m.spelled()) return false;
  }
  return true;
}

}  // namespace bank::driver
