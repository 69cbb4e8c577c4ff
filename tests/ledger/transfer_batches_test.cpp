#include <map>
#include <random>
#include <set>

#include "ledger/books_fixture.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

class transfer_batches : public books_fixture {
 protected:
  transfer_batches() {
    open_with("alice", 100);
    open_with("bob", 0);
    open_with("carol", 0);
  }

  static batch_item move(const std::string& name, const std::string& from, const std::string& to,
                         std::int64_t minor) {
    return {transfer_of(name, account(from), account(to), minor)};
  }
  static submit_batch batch_of(const std::string& name, std::vector<batch_item> items,
                               bool atomic = false) {
    submit_batch m;
    m.id = uuid::derive({"batch", name});
    m.items = std::move(items);
    m.atomic = atomic;
    return m;
  }
  static submit_batch keyed(submit_batch m, const std::string& digest = "digest") {
    m.key = idempotency_key{"alice", "k", digest};
    for (auto& i : m.items) i.may_be_repeated = true;
    return m;
  }
  std::future<batch_answer> submit_later(const context& ctx, submit_batch m) {
    const caf::actor to = books_->processor_of(m.id);
    return ask_later<batch_answer>(to, ctx, std::move(m));
  }
  batch_answer submit(submit_batch m) { return submit_later(rt_.background(), std::move(m)).get(); }
  using books_fixture::submit;
  static std::vector<std::optional<errc>> codes(const batch_answer& a) {
    std::vector<std::optional<errc>> all;
    for (const auto& i : a.items) all.push_back(code(i.refused));
    return all;
  }
};

TEST_F(transfer_batches, move_money_durably_in_one_commit) {
  const std::size_t commits = store_.commits();
  const auto a =
      submit(batch_of("g", {move("1", "alice", "bob", 30), move("2", "alice", "carol", 20)}));
  ASSERT_FALSE(a.refused) << a.refused->detail;
  ASSERT_EQ(a.items.size(), 2U);
  EXPECT_EQ(a.items[0].transfer.status, transfer_status::posted);
  EXPECT_EQ(a.items[1].transfer.sequence, a.items[0].transfer.sequence + 1);
  EXPECT_EQ(store_.commits(), commits + 1);
  EXPECT_EQ(stored("alice"), 50);
  EXPECT_EQ(stored("bob"), 30);
  EXPECT_EQ(stored("carol"), 20);
  expect_nothing_in_flight();
  EXPECT_FALSE(submit(transfer_of("all", account("alice"), account("bob"), 50)).refused)
      << "what was settled can be spent, and nothing else is set aside";
}

TEST_F(transfer_batches, answer_each_transfer_for_itself) {
  const auto a =
      submit(batch_of("g", {move("1", "alice", "bob", 60), move("2", "alice", "bob", 60),
                            move("3", "alice", "nobody", 1), move("4", "bob", "carol", 1)}));
  EXPECT_EQ(codes(a),
            (std::vector<std::optional<errc>>{
                {}, errc::insufficient_funds, errc::not_found, errc::insufficient_funds}));
  EXPECT_EQ(stored("bob"), 60);
  expect_nothing_in_flight();
}

TEST_F(transfer_batches, that_are_atomic_stand_or_fall_together) {
  const auto refused =
      submit(batch_of("g", {move("1", "alice", "bob", 60), move("2", "bob", "carol", 60)}, true));
  EXPECT_EQ(codes(refused),
            (std::vector<std::optional<errc>>{errc::insufficient_funds, errc::insufficient_funds}));
  EXPECT_FALSE(is_stored("1"));
  const auto done =
      submit(batch_of("g", {move("1", "alice", "bob", 60), move("2", "alice", "carol", 40)}, true));
  EXPECT_EQ(codes(done), (std::vector<std::optional<errc>>{{}, {}}));
  EXPECT_EQ(stored("alice"), 0);
}

TEST_F(transfer_batches, hold_and_schedule_too) {
  auto hold = move("hold", "alice", "bob", 60);
  hold.transfer.two_phase = true;
  auto later = move("later", "alice", "bob", 40);
  later.transfer.execute_at = clock_.wall_now() + std::chrono::hours(1);
  const auto a = submit(batch_of("g", {hold, later}, true));
  EXPECT_EQ(a.items[0].transfer.status, transfer_status::pending);
  EXPECT_EQ(a.items[1].transfer.status, transfer_status::scheduled);
  EXPECT_EQ(store_.find_account(rt_.background(), account("alice"))->value().pending_out, 60);
}

TEST_F(transfer_batches, debit_only_the_accounts_of_their_caller) {
  auto m = batch_of("g", {move("1", "alice", "bob", 10), move("2", "bob", "alice", 10)});
  m.debits_only = "alice";
  EXPECT_EQ(codes(submit(m)), (std::vector<std::optional<errc>>{{}, errc::forbidden}));
}

TEST_F(transfer_batches, under_one_key_are_done_once_and_answered_the_same) {
  const auto m =
      keyed(batch_of("g", {move("1", "alice", "bob", 60), move("2", "alice", "bob", 60)}));
  const auto first = submit(m);
  EXPECT_FALSE(first.replayed);
  open_with("donor", 100);
  ASSERT_FALSE(submit(transfer_of("gift", account("donor"), account("alice"), 100)).refused);
  for (int i = 0; i < 2; ++i) {
    const auto again = submit(m);
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(codes(again), codes(first)) << "although the second could be done today";
    EXPECT_EQ(again.items[0].transfer, first.items[0].transfer);
    EXPECT_FALSE(again.items[0].replayed) << "as at first";
    restart();
  }
  EXPECT_EQ(stored("bob"), 60);
  EXPECT_EQ(code(submit(keyed(m, "another digest")).refused), errc::idempotency_mismatch);
}

TEST_F(transfer_batches, of_which_all_is_refused_keep_that_under_their_key) {
  const auto m = keyed(batch_of("g", {move("1", "alice", "bob", 600)}, true));
  EXPECT_EQ(codes(submit(m)), std::vector<std::optional<errc>>{errc::insufficient_funds});
  open_with("donor", 1'000);
  ASSERT_FALSE(submit(transfer_of("gift", account("donor"), account("alice"), 1'000)).refused);
  const auto again = submit(m);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(codes(again), std::vector<std::optional<errc>>{errc::insufficient_funds});
  EXPECT_EQ(stored("bob"), 0);
}

TEST_F(transfer_batches, repeated_by_the_ids_of_their_transfers_move_nothing) {
  auto m = batch_of("g", {move("1", "alice", "bob", 60), move("2", "alice", "bob", 40)}, true);
  for (auto& i : m.items) i.may_be_repeated = true;
  EXPECT_EQ(codes(submit(m)), (std::vector<std::optional<errc>>{{}, {}}));
  m.id = uuid::derive({"batch", "again"});
  const auto again = submit(m);
  EXPECT_EQ(codes(again), (std::vector<std::optional<errc>>{{}, {}}));
  EXPECT_TRUE(again.items[0].replayed);
  m.items[1] = move("3", "alice", "bob", 1);
  m.items[1].may_be_repeated = true;
  m.id = uuid::derive({"batch", "other"});
  const auto other = submit(m);
  EXPECT_EQ(code(other.items[0].refused), errc::already_exists);
  EXPECT_TRUE(other.items[1].refused);
  EXPECT_EQ(stored("bob"), 100);
}

TEST_F(transfer_batches, that_still_run_are_not_begun_twice) {
  held_commits hold(store_);
  const auto m = keyed(batch_of("g", {move("1", "alice", "bob", 60)}));
  auto first = submit_later(rt_.background(), m);
  hold.wait_until_one_began();
  EXPECT_EQ(code(submit(m).refused), errc::in_progress);
  hold.let_go();
  EXPECT_FALSE(first.get().refused);
}

TEST_F(transfer_batches, cancelled_before_the_commit_point_leave_no_reservation) {
  auto scope = with_cancel(rt_.background());
  scope.cancel();
  const auto m = batch_of("g", {move("1", "alice", "bob", 100)});
  submit_later(scope.ctx(), m).get();
  EXPECT_FALSE(is_stored("1"));
  EXPECT_FALSE(submit(transfer_of("all", account("alice"), account("bob"), 100)).refused);
}

TEST_F(transfer_batches, whose_commit_failed_give_all_back) {
  store_.fail_next_commit(commit_fault::unavailable);
  const auto m = batch_of("g", {move("1", "alice", "bob", 60), move("2", "alice", "carol", 40)});
  const auto a = submit(m);
  EXPECT_EQ(code(a.refused), errc::store_unavailable);
  EXPECT_EQ(a.refused->known, outcome::none);
  EXPECT_FALSE(submit(m).refused);
  EXPECT_EQ(stored("alice"), 0);
}

TEST_F(transfer_batches, whose_commit_is_unknown_are_found_out) {
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  const auto m = batch_of("g", {move("1", "alice", "bob", 60), move("2", "alice", "carol", 40)});
  EXPECT_EQ(codes(submit(m)), (std::vector<std::optional<errc>>{{}, {}}));
  EXPECT_EQ(stored("alice"), 0);
  EXPECT_EQ(stored("carol"), 40);
}

TEST_F(transfer_batches, whose_commit_stays_unknown_report_that_and_keep_reservations) {
  store_.fail_fences();
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  const auto m = keyed(batch_of("g", {move("1", "alice", "bob", 60)}));
  const auto a = submit(m);
  EXPECT_EQ(code(a.refused), errc::store_unavailable);
  EXPECT_EQ(a.refused->known, outcome::unknown);
  EXPECT_EQ(code(submit(transfer_of("more", account("alice"), account("bob"), 41)).refused),
            errc::insufficient_funds);
  const auto behind = submit(batch_of("h", {move("2", "alice", "bob", 40)}));
  EXPECT_EQ(code(behind.refused), errc::store_unavailable);
  EXPECT_EQ(behind.refused->known, outcome::none) << "it never reached the store";
  store_.fail_fences(0);
  while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
  EXPECT_TRUE(submit(m).replayed);
  EXPECT_EQ(stored("bob"), 60);
}

TEST_F(transfer_batches, of_as_many_transfers_as_there_may_be_are_one_commit) {
  open_with("rich", 100'000);
  std::vector<batch_item> items;
  for (int i = 0; i < 8'190; ++i)
    items.push_back(move("m" + std::to_string(i), "rich", i % 2 == 0 ? "bob" : "carol", 1));
  const std::size_t commits = store_.commits();
  const auto a = submit(batch_of("g", std::move(items), true));
  ASSERT_FALSE(a.refused) << a.refused->detail;
  EXPECT_EQ(store_.commits(), commits + 1);
  EXPECT_EQ(stored("bob"), 4'095);
  EXPECT_EQ(stored("rich"), 100'000 - 8'190);
}

TEST_F(transfer_batches, are_refused_once_the_ledger_stops) {
  EXPECT_TRUE(books_->stop(rt_.background()));
  const auto a = submit(batch_of("g", {move("1", "alice", "bob", 1)}));
  EXPECT_EQ(code(a.refused), errc::shutting_down);
}

/// Batches of both kinds and single transfers with the same ids, with faults, cancels and crashes:
/// acknowledged transfers are stored, an atomic batch is stored completely or not at all, and
/// balances match the stored transfers.
TEST_F(transfer_batches, in_trouble_keep_every_invariant) {
  constexpr std::size_t accounts = 5;
  std::mt19937_64 random(lifeline::testing::random_seed());
  const auto name = [](std::size_t i) { return "account " + std::to_string(i); };
  for (std::size_t i = 0; i < accounts; ++i) open_with(name(i), 1'000);
  std::map<std::string, transfer_record> asked;
  std::set<std::string> acknowledged;
  std::set<std::string> maybe_stored;
  std::vector<std::vector<std::string>> atomic_batches;
  for (int round = 0; round < 60; ++round) {
    if (random() % 3 == 0) fail_some_commit(random);
    std::vector<std::tuple<std::vector<std::string>, cancel_scope, std::future<batch_answer>>> open;
    std::vector<std::pair<std::string, std::future<transfer_answer>>> singles;
    for (int g = 0; g < 5; ++g) {
      std::vector<std::string> ids;
      std::vector<batch_item> items;
      const bool atomic = random() % 2 == 0;
      const std::size_t n = 1 + random() % 5;
      for (std::size_t i = 0; i < n; ++i) {
        const std::string id =
            std::to_string(round) + "/" + std::to_string(g) + "/" + std::to_string(i);
        const std::size_t from = random() % accounts;
        asked[id] = transfer_of(id, account(name(from)),
                                account(name((from + 1 + random() % (accounts - 1)) % accounts)),
                                static_cast<std::int64_t>(random() % 300 + 1));
        ids.push_back(id);
        items.push_back({asked[id], true});
      }
      auto m = batch_of(ids.front(), std::move(items), atomic);
      if (random() % 2 == 0) m.key = idempotency_key{"alice", ids.front(), "digest"};
      if (atomic) atomic_batches.push_back(ids);
      for (int times = random() % 3 == 0 ? 2 : 1; times > 0; --times) {
        auto scope = with_cancel(rt_.background());
        auto answer = submit_later(scope.ctx(), m);
        open.emplace_back(ids, std::move(scope), std::move(answer));
      }
      if (!atomic && random() % 3 == 0)
        singles.emplace_back(ids.front(),
                             books_fixture::submit_later(repeatable(asked[ids.front()])));
    }
    if (random() % 8 == 0) {
      clock_.advance(std::chrono::minutes(1));
      crash(books_->processor_of(uuid::derive({std::to_string(random())})));
    }
    for (auto& [ids, scope, answer] : open)
      if (random() % 5 == 0) scope.cancel();
    for (auto& [ids, scope, answer] : open) {
      const auto a = answer.get();
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto& refused = a.refused ? a.refused : a.items[i].refused;
        if (!refused) acknowledged.insert(ids[i]);
        if (!refused || refused->known == outcome::unknown) maybe_stored.insert(ids[i]);
      }
    }
    for (auto& [id, answer] : singles) {
      const auto a = answer.get();
      if (!a.refused) acknowledged.insert(id);
      if (!a.refused || a.refused->known == outcome::unknown) maybe_stored.insert(id);
    }
    recover();
  }
  heal();

  std::map<account_id, std::int64_t> balances;
  for (std::size_t i = 0; i < accounts; ++i) balances[account(name(i))] = 1'000;
  for (const auto& [id, t] : asked) {
    if (!is_stored(id)) {
      EXPECT_FALSE(acknowledged.contains(id)) << id << " was acknowledged and is lost";
      continue;
    }
    EXPECT_TRUE(maybe_stored.contains(id)) << id << " was refused each time and moved money";
    balances[t.from] -= t.amount.minor;
    balances[t.to] += t.amount.minor;
  }
  for (const auto& ids : atomic_batches) {
    std::set<bool> kept;
    for (const auto& id : ids) kept.insert(is_stored(id));
    EXPECT_EQ(kept.size(), 1U) << "the batch of " << ids.front() << " is stored in part";
  }
  open_with("sink", 0);
  for (const auto& [id, balance] : balances) {
    EXPECT_EQ(stored(id), balance);
    EXPECT_GE(balance, 0);
    if (balance == 0) continue;
    EXPECT_FALSE(submit(transfer_of("sweep " + id.str(), id, account("sink"), balance)).refused)
        << "something stayed set aside";
  }
  expect_sums_of_zero();
}

}  // namespace
}  // namespace lifeline::ledger::testing
