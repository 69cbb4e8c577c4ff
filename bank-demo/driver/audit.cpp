#include "driver/audit.hpp"

#include <algorithm>

#include "driver/run/asker.hpp"
#include "driver/task_group.hpp"

namespace bank::driver {

namespace {

/// Nothing if a member is missing.
std::optional<evidence::account> to_account(const json::value& row) {
  const auto currency = row["currency"].as_text();
  const auto posted = row["balance"]["posted"].as_integer();
  if (!currency || !posted) return std::nullopt;
  return evidence::account{std::string(row["ref"].as_text().value_or("")), std::string(*currency),
                           *posted};
}

/// Shared by the readers of histories.
struct history_work {
  history_work(const replay_plan& p, std::vector<std::size_t>& l) : plan(p), lengths(l) {}
  const replay_plan& plan;
  std::vector<std::size_t>& lengths;
  std::size_t next = 0;
  maybe_problem wrong;
};

task<void> read_histories(const http_client& client, history_work& work) {
  asker from(client);
  while (work.next < work.plan.lanes.size() && !work.wrong) {
    const std::size_t lane = work.next++;
    const std::string target =
        "/v1/accounts/" + work.plan.lanes[lane].id.str() + "/history?limit=200";
    const std::function take = [&](const json::value& rows) -> maybe_problem {
      work.lengths[lane] += rows.children().size();
      return std::nullopt;
    };
    auto wrong = co_await from.list(target, take);
    if (wrong) work.wrong = std::move(wrong);
  }
}

}  // namespace

task<result<evidence>> gather_evidence(const http_client& client, const replay_plan& plan,
                                       std::size_t connections) {
  evidence found;
  asker from(client);
  // The owner's name is derived and needs no encoding.
  const std::string owned = "/v1/accounts?owner=" + plan.owner + "&limit=200";
  const std::function take = [&](const json::value& rows) -> maybe_problem {
    for (const json::value& row : rows.children()) {
      auto account = to_account(row);
      if (!account) return contract_broken("an account of the list", row["id"].spelled());
      found.accounts.push_back(std::move(*account));
    }
    return std::nullopt;
  };
  const auto no_accounts = co_await from.list(owned, take);
  if (no_accounts) co_return *no_accounts;
  auto money = co_await take_snapshot(from);
  if (!money) co_return money.error();
  found.money = std::move(money->currencies);

  found.history_lengths.assign(plan.lanes.size(), 0);
  history_work work(plan, found.history_lengths);
  task_group readers(client.io());
  for (std::size_t i = 0; i < std::min(connections, plan.lanes.size()); ++i)
    readers.spawn(read_histories(client, work));
  co_await readers.join();
  if (work.wrong) co_return *work.wrong;
  co_return found;
}

}  // namespace bank::driver
