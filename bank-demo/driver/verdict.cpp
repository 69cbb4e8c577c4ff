#include "driver/verdict.hpp"

#include <unordered_map>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

std::string expected_found(const std::string& what, std::integral auto expected,
                           std::integral auto found) {
  return what + ": expected " + grouped(expected) + ", found " + grouped(found);
}

finding judge_conserved(const evidence& found) {
  breaches all;
  std::string currencies;
  for (const auto& c : found.money) {
    currencies += (currencies.empty() ? "" : ", ") + c.currency;
    if (c.sum_minor != 0) all.add(expected_found("sum of all " + c.currency, 0, c.sum_minor));
  }
  if (found.money.empty()) all.add("the node reports no currency");
  return all.conclude("conserved", "every currency sums to 0 (" + currencies + ")",
                      " currencies do not sum to 0");
}

void compare_account(const replay_plan& plan, const books::book_account& expected,
                     const evidence::account& found, breaches& all) {
  const std::string name = "account " + expected.ref;
  if (found.currency != plan.settings.unit.code())
    all.add(name + ": expected " + std::string(plan.settings.unit.code()) + ", found " +
            found.currency);
  else if (found.posted_minor != expected.closing_minor)
    all.add(expected_found(name, expected.closing_minor, found.posted_minor));
}

finding judge_closing(const replay_plan& plan, const evidence& found) {
  std::unordered_map<std::string_view, const evidence::account*> by_ref;
  breaches all;
  for (const auto& account : found.accounts)
    if (!by_ref.emplace(account.ref, &account).second)
      all.add("account " + account.ref + ": present twice");
  for (const books::book_account& expected : plan.recorded.accounts) {
    const auto it = by_ref.find(expected.ref);
    if (it == by_ref.end())
      all.add("account " + expected.ref + ": missing on the node");
    else
      compare_account(plan, expected, *it->second, all);
  }
  if (found.accounts.size() > plan.recorded.accounts.size())
    all.add(
        expected_found("number of accounts", plan.recorded.accounts.size(), found.accounts.size()));
  return all.conclude("closing_balances",
                      "all " + grouped(plan.lanes.size()) + " balances are exact",
                      " of " + grouped(plan.lanes.size()) + " balances are wrong");
}

finding judge_sum(const replay_plan& plan, const evidence& found) {
  const std::int64_t expected = plan.recorded.closing_sum();
  std::int64_t sum = 0;
  for (const auto& account : found.accounts) sum += account.posted_minor;
  const std::string unit(plan.settings.unit.code());
  breaches all;
  if (sum != expected) all.add(expected_found("minor units of " + unit, expected, sum));
  return all.conclude("books_sum", "the accounts hold " + grouped(sum) + " minor units of " + unit,
                      " sum is wrong");
}

finding judge_once(const replay_plan& plan, const evidence& found) {
  breaches all;
  for (std::size_t i = 0; i < plan.lanes.size(); ++i) {
    const std::size_t rows = i < found.history_lengths.size() ? found.history_lengths[i] : 0;
    if (rows != plan.lanes[i].transfers.size())
      all.add(expected_found("rows of " + describe_account(plan, i), plan.lanes[i].transfers.size(),
                             rows));
  }
  return all.conclude("exactly_once",
                      "each of " + grouped(plan.transfers()) +
                          " transactions is in its account's history exactly once",
                      " accounts have too many or too few history rows");
}

}  // namespace

std::vector<finding> judge(const replay_plan& plan, const evidence& found) {
  return {judge_conserved(found), judge_closing(plan, found), judge_sum(plan, found),
          judge_once(plan, found)};
}

}  // namespace bank::driver
