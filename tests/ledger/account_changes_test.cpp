#include "ledger/books_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

class account_changes : public books_fixture {
 protected:
  std::future<account_answer> change_later(const std::string& name, account_change c) {
    return ask_later<account_answer>(books_->shard_of(account(name)), rt_.background(),
                                     change_account{account(name), c});
  }
  account_answer change(const std::string& name, account_change c) {
    return change_later(name, c).get();
  }
  account_record stored_account(const std::string& name) {
    return store_.find_account(rt_.background(), account(name))->value();
  }
  static transfer_record from_to(const std::string& from, const std::string& to, std::int64_t n,
                                 const std::string& name = "t") {
    return transfer_of(name, account(from), account(to), n);
  }
};

constexpr account_change freeze{account_status::frozen, {}};
constexpr account_change thaw{account_status::open, {}};
constexpr account_change close{account_status::closed, {}};
constexpr account_change limit(std::int64_t n) { return {{}, n}; }

TEST_F(account_changes, are_durable_and_numbered_when_they_are_answered) {
  open_with("alice", 100);
  const auto answer = change("alice", freeze);
  ASSERT_FALSE(answer.refused) << answer.refused->detail;
  EXPECT_EQ(answer.account.status, account_status::frozen);
  EXPECT_EQ(answer.account, stored_account("alice"));
  EXPECT_EQ(answer.account.version, 3U);
  EXPECT_EQ(*store_.last_sequence(rt_.background()), 3U);
  restart();
  open_with("bob", 10);
  EXPECT_EQ(code(submit(from_to("alice", "bob", 1)).refused), errc::account_frozen);
  EXPECT_EQ(code(submit(from_to("bob", "alice", 1)).refused), errc::account_frozen);
  ASSERT_FALSE(change("alice", thaw).refused);
  EXPECT_FALSE(submit(from_to("alice", "bob", 1)).refused);
}

TEST_F(account_changes, are_refused_where_they_are_meant_for_another_version) {
  open_with("alice", 100);
  const auto change_at = [&](std::uint64_t version) {
    return ask_later<account_answer>(books_->shard_of(account("alice")), rt_.background(),
                                     change_account{account("alice"), freeze, version})
        .get();
  };
  for (const std::uint64_t other : {0U, 1U, 3U}) {
    const auto answer = change_at(other);
    EXPECT_EQ(code(answer.refused), errc::invalid_state) << other;
    EXPECT_TRUE(answer.is_outdated);
    EXPECT_EQ(answer.account, stored_account("alice"));
  }
  EXPECT_EQ(stored_account("alice").version, 2U);
  EXPECT_FALSE(change_at(2).refused);
  EXPECT_TRUE(change_at(2).is_outdated) << "also where it is as wanted";
  EXPECT_EQ(stored_account("alice").version, 3U);
}

TEST_F(account_changes, repeated_change_nothing_and_are_answered_alike) {
  open_with("alice", 0);
  const auto first = change("alice", freeze);
  const auto sequence = *store_.last_sequence(rt_.background());
  const auto again = change("alice", freeze);
  EXPECT_FALSE(again.refused);
  EXPECT_EQ(again.account, first.account);
  ASSERT_FALSE(change("alice", limit(7)).refused);
  ASSERT_FALSE(change("alice", limit(7)).refused);
  EXPECT_EQ(*store_.last_sequence(rt_.background()), sequence + 1);
}

TEST_F(account_changes, that_are_refused_leave_all_as_it_was) {
  open_with("alice", 10);
  const auto before = stored_account("alice");
  EXPECT_EQ(code(change("alice", close).refused), errc::invalid_state);
  EXPECT_EQ(code(change("nobody", freeze).refused), errc::not_found);
  const auto world = world_account(usd);
  EXPECT_EQ(code(ask_later<account_answer>(books_->shard_of(world), rt_.background(),
                                           change_account{world, freeze})
                     .get()
                     .refused),
            errc::invalid_state);
  EXPECT_EQ(stored_account("alice"), before);
}

TEST_F(account_changes, to_closed_are_final) {
  open_with("alice", 10);
  open_with("bob", 0);
  ASSERT_FALSE(submit(from_to("alice", "bob", 10)).refused);
  ASSERT_FALSE(change("alice", close).refused);
  EXPECT_FALSE(change("alice", close).refused);
  for (const auto& c : {thaw, freeze, limit(5)})
    EXPECT_EQ(code(change("alice", c).refused), errc::account_closed);
  EXPECT_EQ(code(submit(from_to("bob", "alice", 10, "u")).refused), errc::account_closed);
  restart();
  EXPECT_EQ(code(change("alice", thaw).refused), errc::account_closed);
}

// -- races, in chosen orders ----------------------------------------------------------------------

TEST_F(account_changes, freeze_before_they_are_durable_what_comes_after_them) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto frozen = change_later("alice", freeze);
  hold.wait_until_one_began();
  EXPECT_EQ(code(submit(from_to("alice", "bob", 1)).refused), errc::account_frozen);
  hold.let_go();
  EXPECT_FALSE(frozen.get().refused);
}

TEST_F(account_changes, to_frozen_let_a_transfer_that_was_reserved_before_end) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto t = submit_later(of(from_to("alice", "bob", 60)));
  hold.wait_until_one_began();
  auto frozen = change_later("alice", freeze);
  hold.let_go();
  EXPECT_FALSE(t.get().refused);
  const auto answer = frozen.get();
  ASSERT_FALSE(answer.refused);
  EXPECT_EQ(stored("alice"), 40);
  EXPECT_EQ(stored_account("alice").status, account_status::frozen);
}

TEST_F(account_changes, to_closed_are_refused_while_money_is_on_its_way_to_the_account) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto t = submit_later(of(from_to("alice", "bob", 60)));
  hold.wait_until_one_began();
  EXPECT_EQ(code(change("bob", close).refused), errc::invalid_state);
  hold.let_go();
  EXPECT_FALSE(t.get().refused);
  EXPECT_EQ(code(change("bob", close).refused), errc::invalid_state) << "it has the money now";
}

TEST_F(account_changes, to_closed_refuse_money_that_comes_before_they_are_durable) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto closed = change_later("bob", close);
  hold.wait_until_one_began();
  EXPECT_EQ(code(submit(from_to("alice", "bob", 1)).refused), errc::account_closed);
  hold.let_go();
  EXPECT_FALSE(closed.get().refused);
  EXPECT_EQ(stored("alice"), 100);
  EXPECT_FALSE(change("alice", freeze).refused) << "nothing stayed reserved";
}

TEST_F(account_changes, of_the_limit_count_what_is_reserved) {
  open_with("bob", 0);
  account_record alice = account_of("alice");
  alice.overdraft_limit = 100;
  ASSERT_FALSE(open(alice).refused);
  held_commits hold(store_);
  auto t = submit_later(of(from_to("alice", "bob", 60)));
  hold.wait_until_one_began();
  EXPECT_EQ(code(change("alice", limit(59)).refused), errc::insufficient_funds);
  auto lower = change_later("alice", limit(60));
  hold.let_go();
  EXPECT_FALSE(t.get().refused);
  EXPECT_FALSE(lower.get().refused);
  EXPECT_EQ(stored("alice"), -60);
  EXPECT_EQ(code(submit(from_to("alice", "bob", 1, "u")).refused), errc::insufficient_funds);
}

TEST_F(account_changes, of_the_limit_hold_before_they_are_durable_if_they_lower_it) {
  open_with("bob", 0);
  account_record alice = account_of("alice");
  alice.overdraft_limit = 100;
  ASSERT_FALSE(open(alice).refused);
  held_commits hold(store_);
  auto lower = change_later("alice", limit(50));
  hold.wait_until_one_began();
  EXPECT_EQ(code(submit(from_to("alice", "bob", 51)).refused), errc::insufficient_funds);
  auto t = submit_later(of(from_to("alice", "bob", 50, "u")));
  hold.let_go();
  EXPECT_FALSE(lower.get().refused);
  EXPECT_FALSE(t.get().refused);
}

TEST_F(account_changes, take_turns) {
  open_with("alice", 0);
  held_commits hold(store_);
  auto first = change_later("alice", freeze);
  hold.wait_until_one_began();
  EXPECT_EQ(code(change("alice", limit(5)).refused), errc::in_progress);
  hold.let_go();
  EXPECT_FALSE(first.get().refused);
  EXPECT_FALSE(change("alice", limit(5)).refused);
}

// -- trouble --------------------------------------------------------------------------------------

TEST_F(account_changes, that_could_not_be_committed_leave_the_account_as_it_was) {
  open_with("alice", 100);
  open_with("bob", 0);
  store_.fail_next_commit(commit_fault::unavailable);
  const auto answer = change("alice", freeze);
  EXPECT_EQ(code(answer.refused), errc::store_unavailable);
  EXPECT_EQ(answer.refused->known, outcome::none);
  EXPECT_FALSE(submit(from_to("alice", "bob", 100)).refused);
  EXPECT_FALSE(change("alice", freeze).refused);
}

TEST_F(account_changes, in_doubt_forbid_until_the_truth_is_known) {
  open_with("alice", 100);
  open_with("bob", 0);
  for (const auto fault : {commit_fault::unknown_and_lost, commit_fault::unknown_but_stored}) {
    store_.fail_next_commit(fault);
    store_.fail_fences();
    const auto answer = change("alice", freeze);
    EXPECT_EQ(code(answer.refused), errc::store_unavailable);
    EXPECT_EQ(answer.refused->known, outcome::unknown);
    EXPECT_EQ(code(submit(from_to("alice", "bob", 1)).refused), errc::account_frozen);
    EXPECT_EQ(code(change("alice", limit(1)).refused), errc::in_progress);
    store_.fail_fences(0);
    while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
    const bool kept = fault == commit_fault::unknown_but_stored;
    EXPECT_EQ(stored_account("alice").status, kept ? account_status::frozen : account_status::open);
    // The final verdict is on its way to the account by now, or has arrived.
    account_answer thawed;
    do {
      thawed = change("alice", thaw);
    } while (code(thawed.refused) == errc::in_progress);
    ASSERT_FALSE(thawed.refused);
    EXPECT_FALSE(submit(from_to("alice", "bob", 1, kept ? "b" : "a")).refused);
  }
}

TEST_F(account_changes, whose_context_is_done_are_not_begun) {
  open_with("alice", 0);
  auto scope = with_cancel(rt_.background());
  scope.cancel();
  EXPECT_EQ(code(ask_later<account_answer>(books_->shard_of(account("alice")), scope.ctx(),
                                           change_account{account("alice"), freeze})
                     .get()
                     .refused),
            errc::canceled);
  EXPECT_EQ(stored_account("alice").status, account_status::open);
}

TEST_F(account_changes, are_refused_once_the_ledger_stops_and_one_on_its_way_ends_first) {
  open_with("alice", 0);
  open_with("bob", 0);
  held_commits hold(store_);
  auto first = change_later("alice", freeze);
  hold.wait_until_one_began();
  auto no_time = with_cancel(rt_.background());
  no_time.cancel();
  EXPECT_FALSE(books_->stop(no_time.ctx()));
  EXPECT_EQ(code(change("bob", freeze).refused), errc::shutting_down);
  hold.let_go();
  EXPECT_FALSE(first.get().refused);
  EXPECT_TRUE(books_->stop(rt_.background()));
}

TEST_F(account_changes, are_not_in_the_first_answer_of_an_opening_that_is_repeated) {
  account_record alice = account_of("alice");
  alice.overdraft_limit = 100;
  const idempotency_key key{"alice", "k", "digest"};
  const auto first = open(alice, key);
  ASSERT_FALSE(change("alice", limit(5)).refused);
  ASSERT_FALSE(change("alice", freeze).refused);
  const auto again = open(alice, key);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.account, first.account);
}

}  // namespace
}  // namespace lifeline::ledger::testing
