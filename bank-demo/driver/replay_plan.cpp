#include "driver/replay_plan.hpp"

#include <boost/json.hpp>

namespace bank::driver {

namespace {

namespace json = boost::json;
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
  return json::serialize(json::object{{"type", "checking"},
                                      {"currency", plan.settings.unit.code()},
                                      {"owner", plan.owner},
                                      {"id", plan.lanes[lane].id.str()},
                                      {"ref", plan.recorded.accounts[lane].ref},
                                      {"overdraft_limit", plan.settings.overdraft_limit}});
}

std::string transfer_body(const replay_plan& plan, std::size_t lane, std::size_t transfer) {
  const replay_lane& from = plan.lanes[lane];
  const booking& line = plan.recorded.bookings[from.transfers[transfer].booking];
  const std::string account = from.id.str();
  const bool is_credit = line.way == direction::credit;
  json::object body{{"from", is_credit ? "world" : account},
                    {"to", is_credit ? account : "world"},
                    {"amount", line.amount_minor},
                    {"currency", plan.settings.unit.code()},
                    {"id", from.transfers[transfer].id.str()},
                    {"memo", line.date}};
  if (!line.kind.empty()) body["kind"] = line.kind;
  return json::serialize(body);
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
  boost::system::error_code error;
  const json::value found = json::parse(body, error);
  if (error || !found.is_object()) return false;
  const json::value planned = json::parse(account_body(plan, lane));
  for (const auto& [key, value] : planned.as_object()) {
    const json::value* other = found.as_object().if_contains(key);
    if (other == nullptr || *other != value) return false;
  }
  return true;
}

}  // namespace bank::driver
