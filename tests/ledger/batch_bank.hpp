#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ledger/builders.hpp"
#include "lifeline/ledger/core/account_state.hpp"
#include "lifeline/ledger/core/transfer_batch.hpp"

namespace lifeline::ledger::testing::batches {

using lifeline_errc = lifeline::errc;
inline constexpr auto alive = lifeline_errc::none;

/// Simple accounts around one batch, answering in any order chosen by the test.
struct bank {
  struct question {
    std::uint32_t item = 0;
    leg what;
  };
  std::map<account_id, account_state> accounts;
  std::vector<question> asked;  ///< not yet answered
  std::optional<transfer_batch> core;
  std::mt19937_64 random{1};
  bool append = false;
  bool await_commit = false;
  bool look_up = false;
  bool answered = false;

  void add(const std::string& name, std::int64_t balance,
           account_status status = account_status::open) {
    account_record a = account_of(name, balance);
    a.status = status;
    accounts.emplace(a.id, account_state(a));
  }
  account_state& state(const std::string& name) { return accounts.at(account(name)); }

  void obey(const batch_actions& o) {
    for (const held_leg& back : o.release) {
      accounts.at(back.account).release(back.transfer, 1);
      std::erase_if(asked, [&](const question& q) {
        return q.what.transfer == back.transfer && q.what.account == back.account;
      });
    }
    for (const std::uint32_t i : o.ask_from)
      asked.push_back({i, legs_of_opening(core->items()[i].transfer).from});
    for (const std::uint32_t i : o.ask_to)
      asked.push_back({i, legs_of_opening(core->items()[i].transfer).to});
    append |= o.append;
    await_commit |= o.await_commit;
    look_up |= o.look_up;
    answered |= o.answer;
  }
  void start(std::vector<batch_item> items, bool atomic = false,
             std::optional<std::string> digest = {}) {
    core.emplace(std::move(items), atomic, std::move(digest));
    obey(core->start(wall_time()));
  }
  /// Answers the question at this place.
  void answer(std::size_t n, lifeline_errc ended = alive) {
    const question q = asked[n];
    asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(n));
    account_state& a = accounts.at(q.what.account);
    obey(core->answered(q.item, q.what.account, a.take(q.what, {}, 1), ended));
  }
  /// Any account answers its oldest question.
  void answer_one(lifeline_errc ended = alive) {
    const account_id by = asked[random() % asked.size()].what.account;
    const auto oldest =
        std::ranges::find_if(asked, [&](const question& q) { return q.what.account == by; });
    answer(static_cast<std::size_t>(oldest - asked.begin()), ended);
  }
  void answer_all() {
    while (!asked.empty()) answer_one();
  }
  /// All accounts answer, and each commit that the batch waits for ends.
  void play() {
    for (answer_all(); std::exchange(await_commit, false); answer_all()) obey(core->commit_ended());
  }
  /// The journal commits all.
  void commit() {
    std::vector<entry_verdict> verdicts{{verdict::committed}};
    for (const std::uint32_t i : core->members()) {
      const transfer_record& t = core->items()[i].transfer;
      verdicts.push_back(
          {verdict::committed, verdicts.size(), after_opening(t, verdicts.size(), wall_time())});
      accounts.at(t.from).settle(t.id, 1);
      accounts.at(t.to).settle(t.id, 1);
    }
    obey(core->journaled(verdicts));
  }
  /// Another request's credit for `name`, in progress.
  void begin_credit(const std::string& name, std::int64_t minor) {
    const auto t = transfer_of("credit", account("elsewhere"), account(name), minor);
    ASSERT_FALSE(state(name).take(legs_of_opening(t).to, {}, 2));
  }
  void end_credit(const std::string& name, bool durable) {
    account_state& a = state(name);
    durable ? a.settle(transfer("credit"), 2) : a.release(transfer("credit"), 2);
  }
  std::int64_t balance(const std::string& name) { return state(name).record().posted; }
  std::optional<errc> refused(std::size_t i) const {
    const auto& f = core->items()[i].refused;
    return f ? std::optional(f->code) : std::nullopt;
  }
  void expect_nothing_set_aside() const {
    for (const auto& [id, a] : accounts) {
      EXPECT_EQ(a.reserved(), 0) << id.str();
      EXPECT_EQ(a.incoming(), 0) << id.str();
    }
  }
};

inline batch_item move(const std::string& name, const std::string& from, const std::string& to,
                       std::int64_t minor) {
  return {transfer_of(name, account(from), account(to), minor)};
}

}  // namespace lifeline::ledger::testing::batches
