#include <map>
#include <random>
#include <set>
#include <tuple>

#include "ledger/books_fixture.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

class model : public books_fixture {
 protected:
  /// Sometimes after all answers, sometimes while requests are running.
  void crash_one(std::mt19937_64& random) {
    clock_.advance(std::chrono::minutes(1));  // so many at once would be too much for a supervisor
    const std::string some = std::to_string(random());
    caf::actor victim;
    switch (random() % 3) {
      case 0: victim = books_->journal().current(); break;
      case 1: victim = books_->processor_of(transfer(some)); break;
      default: victim = books_->shard_of(account(some)); break;
    }
    crash(victim);
  }
};

std::string name(std::size_t i) { return "account " + std::to_string(i); }

/// Many clients at once, with repetitions, cancels, a store that fails in every way and actors that
/// crash. Afterwards acknowledged transfers are stored, definitely refused ones are not, and every
/// balance matches the stored transfers.
TEST_F(model, of_a_bank_under_trouble_keeps_every_invariant) {
  constexpr std::size_t accounts = 6;
  constexpr int rounds = 120;
  constexpr int at_once = 12;
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (std::size_t i = 0; i < accounts; ++i) open_with(name(i), 500);

  std::map<std::string, transfer_record> asked;
  std::set<std::string> acknowledged;
  std::set<std::string> maybe_stored;  // acknowledged or in doubt, at least once
  for (int round = 0; round < rounds; ++round) {
    if (random() % 3 == 0) fail_some_commit(random);
    std::vector<std::tuple<std::string, cancel_scope, std::future<transfer_answer>>> open;
    for (int i = 0; i < at_once; ++i) {
      const bool repeat = !asked.empty() && random() % 4 == 0;
      const std::string id =
          repeat ? std::next(asked.begin(), static_cast<std::ptrdiff_t>(random() % asked.size()))
                       ->first
                 : std::to_string(round) + "/" + std::to_string(i);
      if (!repeat) {
        const std::size_t from = random() % accounts;
        const std::size_t to = (from + 1 + random() % (accounts - 1)) % accounts;
        asked[id] = transfer_of(id, account(name(from)), account(name(to)),
                                static_cast<std::int64_t>(random() % 400 + 1));
      }
      auto scope = with_cancel(rt_.background());
      auto answer = submit_later(scope.ctx(), repeatable(asked[id]));
      open.emplace_back(id, std::move(scope), std::move(answer));
    }
    if (random() % 6 == 0) crash_one(random);
    for (auto& [id, scope, answer] : open)
      if (random() % 5 == 0) scope.cancel();
    for (auto& [id, scope, answer] : open) {
      const auto a = answer.get();
      if (!a.refused) acknowledged.insert(id);
      if (!a.refused || a.refused->known == outcome::unknown) maybe_stored.insert(id);
    }
    recover();
    if (random() % 10 == 0) restart();
  }
  heal();

  std::map<account_id, std::int64_t> balances;
  for (std::size_t i = 0; i < accounts; ++i) balances[account(name(i))] = 500;
  for (const auto& [id, t] : asked) {
    if (!is_stored(id)) {
      EXPECT_FALSE(acknowledged.contains(id)) << id << " was acknowledged and is lost";
      continue;
    }
    EXPECT_TRUE(maybe_stored.contains(id)) << id << " was refused each time and moved money";
    balances[t.from] -= t.amount.minor;
    balances[t.to] += t.amount.minor;
  }
  for (const auto& [id, balance] : balances) {
    EXPECT_EQ(stored(id), balance);
    EXPECT_GE(balance, 0);
  }
  expect_sums_of_zero();
  // No reservation is left: each account can spend all its funds.
  open_with("sink", 0);
  for (const auto& [id, balance] : balances) {
    if (balance == 0) continue;
    EXPECT_FALSE(submit(transfer_of("sweep " + id.str(), id, account("sink"), balance)).refused);
  }
}

}  // namespace
}  // namespace lifeline::ledger::testing
