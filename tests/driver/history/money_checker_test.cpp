#include "driver/history/money_checker.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "random_seed.hpp"

namespace bank::driver {
namespace {

using about = money_checker::question::about;
constexpr std::size_t accounts = 20;
constexpr std::int64_t initial = 1'000;

/// A simple bank that answers like a node. A test plants a fault by changing it without the
/// checker.
struct model_bank {
  std::map<lifeline::ledger::uuid, stored_transfer> stored;
  std::vector<money_checker::account_state> books =
      std::vector<money_checker::account_state>(accounts, {initial, 0, 0, 1});
  std::int64_t snapshot_sum = 0;

  void move(const planned_transfer& t, std::int64_t amount) {
    books[t.from].posted -= amount;
    books[t.to].posted += amount;
    ++*books[t.from].rows;
    ++*books[t.to].rows;
  }
  void hold(const planned_transfer& t, std::int64_t amount) {
    books[t.from].pending_out += amount;
    books[t.to].pending_in += amount;
  }
  void post(const planned_transfer& t) {
    stored[t.id] = {"posted", t.from, t.to, t.amount};
    move(t, t.amount);
  }
  void make_hold(const planned_transfer& t) {
    stored[t.id] = {"pending", t.from, t.to, t.amount};
    hold(t, t.amount);
  }
  void end_hold(const planned_transfer& t, std::int64_t posted) {
    hold(t, -t.amount);
    if (posted > 0) move(t, posted);
    stored[t.id].state = posted > 0 ? "posted" : "voided";
    if (posted > 0) stored[t.id].amount = posted;
  }
  std::optional<stored_transfer> find(const lifeline::ledger::uuid& id) const {
    const auto at = stored.find(id);
    return at == stored.end() ? std::nullopt : std::optional(at->second);
  }
};

/// A history with every kind of outcome, for the checker and the bank.
class played_history {
 public:
  explicit played_history(std::uint64_t seed, int operations = 2'000)
      : checker(accounts, initial, seed), from_(seed, 0, 0) {
    for (int i = 0; i < operations; ++i) play();
  }

  std::vector<finding> judge() {
    checker.snapshot(bank.snapshot_sum);
    for (const auto& q : checker.questions()) checker.answered(q, bank.find(q.transfer.id));
    for (std::size_t i = 0; i < accounts; ++i) checker.account_found(i, bank.books[i]);
    return checker.conclude();
  }
  std::set<std::string> broken() {
    std::set<std::string> names;
    for (const finding& f : judge()) {
      EXPECT_EQ(f.held, f.name != "conserved" ? f.examples.empty() : f.held);
      if (!f.held) names.insert(f.name);
    }
    return names;
  }

  model_bank bank;
  money_checker checker;
  std::vector<planned_transfer> posted, failed, voided, half_posted, open, unknown;

 private:
  planned_transfer make() {
    const std::size_t one = from_.below(accounts);
    return {from_.id(), one, (one + 1 + from_.below(accounts - 1)) % accounts,
            from_.between(2, 50)};
  }

  void play() {
    const planned_transfer t = make();
    switch (from_.below(9)) {
      case 0: return play_failed(t);
      case 1: return play_unknown(t, true);
      case 2: return play_unknown(t, false);
      case 3: return play_hold(t, t.amount / 2, half_posted);
      case 4: return play_hold(t, 0, voided);
      case 5: return play_open(t);
      case 6: return play_unknown_end(t);
      default: return play_posted(t);
    }
  }
  void play_posted(const planned_transfer& t) {
    bank.post(t);
    checker.posted(t);
    posted.push_back(t);
  }
  void play_failed(const planned_transfer& t) {
    checker.failed(t);
    failed.push_back(t);
  }
  void play_unknown(const planned_transfer& t, bool happened) {
    if (happened) bank.post(t);
    checker.unknown(t, false);
    unknown.push_back(t);
  }
  void play_hold(const planned_transfer& t, std::int64_t amount,
                 std::vector<planned_transfer>& in) {
    bank.make_hold(t);
    checker.held(t);
    bank.end_hold(t, amount);
    if (amount > 0) checker.hold_posted(t, amount);
    if (amount == 0) checker.hold_voided(t);
    in.push_back(t);
  }
  void play_open(const planned_transfer& t) {
    bank.make_hold(t);
    checker.held(t);
    open.push_back(t);
  }
  void play_unknown_end(const planned_transfer& t) {
    bank.make_hold(t);
    checker.held(t);
    if (from_.unit() < 0.7) bank.end_hold(t, from_.unit() < 0.5 ? t.amount : 0);
    checker.unknown_end(t);
  }

  draws from_;
};

TEST(money_checker, finds_nothing_wrong_where_nothing_is) {
  const std::uint64_t seed = lifeline::testing::random_seed();
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_TRUE(played_history(seed + i).broken().empty());
}

/// Faults of a bank, each with an invariant that it breaks.
struct planted {
  const char* what;
  const char* breaks;
  std::function<void(played_history&)> plant;
};

const planted faults[] = {
    {"an acknowledged transfer is lost", "acknowledged_stored",
     [](auto& h) {
       const planned_transfer& t = h.posted.back();
       h.bank.stored.erase(t.id);
       h.bank.move(t, -t.amount);
     }},
    {"an acknowledged transfer has another amount", "acknowledged_stored",
     [](auto& h) { h.bank.stored[h.posted.back().id].amount += 1; }},
    {"an acknowledged transfer went to somebody else", "acknowledged_stored",
     [](auto& h) {
       stored_transfer& s = h.bank.stored[h.posted.back().id];
       std::swap(s.from, s.to);
     }},
    {"a transfer moved twice", "exactly_once",
     [](auto& h) { h.bank.move(h.posted.front(), h.posted.front().amount); }},
    {"a transfer moved there and back again", "exactly_once",
     [](auto& h) {
       h.bank.move(h.posted.front(), 1);
       h.bank.move(h.posted.front(), -1);
     }},
    {"an old transfer was lost, id and all", "exactly_once",
     [](auto& h) {
       h.bank.stored.erase(h.posted.front().id);
       h.bank.move(h.posted.front(), -h.posted.front().amount);
       h.bank.books[h.posted.front().from].rows = h.checker.expected_rows(h.posted.front().from);
     }},
    {"a refused transfer moved", "no_error_moves_money",
     [](auto& h) { h.bank.post(h.failed.front()); }},
    {"a refused transfer became a hold", "no_error_moves_money",
     [](auto& h) { h.bank.make_hold(h.failed.front()); }},
    {"a voided hold was posted too", "holds_resolve_once",
     [](auto& h) {
       h.bank.stored[h.voided.front().id].state = "posted";
       h.bank.move(h.voided.front(), h.voided.front().amount);
     }},
    {"a hold was posted above what was asked", "holds_resolve_once",
     [](auto& h) { h.bank.stored[h.half_posted.front().id].amount += 1; }},
    {"a hold never gave its money free", "holds_resolve_once",
     [](auto& h) { h.bank.hold(h.voided.front(), 1); }},
    {"an open hold vanished", "holds_resolve_once",
     [](auto& h) { h.bank.hold(h.open.front(), -h.open.front().amount); }},
    {"an unknown outcome is stored otherwise than asked", "acknowledged_stored",
     [](auto& h) {
       for (const auto& t : h.unknown)
         if (h.bank.find(t.id)) h.bank.stored[t.id].amount += 1;
     }},
    {"money came from nowhere in a snapshot", "conserved",
     [](auto& h) { h.bank.snapshot_sum = 1; }},
    {"money came from nowhere at the end", "conserved",
     [](auto& h) { h.bank.books[3].posted += 7; }},
};

TEST(money_checker, finds_every_planted_fault) {
  const std::uint64_t seed = lifeline::testing::random_seed();
  for (const planted& fault : faults)
    for (std::uint64_t i = 0; i < 5; ++i) {
      played_history h(seed + i);
      fault.plant(h);
      EXPECT_TRUE(h.broken().contains(fault.breaks)) << fault.what << ", seed " << seed + i;
    }
}

TEST(money_checker, keeps_no_more_than_a_sample_of_a_long_history) {
  played_history h(3, 200'000);
  std::size_t known = 0;
  for (const auto& q : h.checker.questions())
    known += q.what != about::outcome && q.what != about::end_of_hold ? 1 : 0;
  EXPECT_LE(known, 17'000U);
  EXPECT_TRUE(h.broken().empty());
}

TEST(money_checker, gives_old_unknown_outcomes_while_the_load_goes_on_and_forgets_them) {
  played_history h(5);
  const std::size_t unknown = h.checker.unknown_outcomes();
  for (int i = 0; i < 9; ++i) h.checker.tick();
  EXPECT_TRUE(h.checker.questions_older_than(10).empty());
  h.checker.tick();
  const auto old = h.checker.questions_older_than(10);
  EXPECT_EQ(old.size(), unknown);
  for (const auto& q : old) h.checker.answered(q, h.bank.find(q.transfer.id));
  EXPECT_EQ(h.checker.unknown_outcomes(), 0U);
  EXPECT_TRUE(h.broken().empty());
}

TEST(money_checker, has_no_unknown_outcome_left_when_all_was_asked) {
  played_history h(4);
  EXPECT_GT(h.checker.unknown_outcomes(), 0U);
  h.judge();
  EXPECT_EQ(h.checker.unknown_outcomes(), 0U);
}

}  // namespace
}  // namespace bank::driver
