#include "ledger/books_fixture.hpp"

namespace lifeline::ledger::testing {
namespace {

class accounts : public books_fixture {};

TEST_F(accounts, are_opened_once) {
  const auto first = open(account_of("alice"));
  ASSERT_FALSE(first.refused);
  EXPECT_EQ(first.account.version, 1U);
  EXPECT_EQ(first.account.created_at, clock_.wall_now());
  EXPECT_EQ(code(open(account_of("alice")).refused), errc::already_exists);
  restart();
  EXPECT_EQ(code(open(account_of("alice")).refused), errc::already_exists);
}

TEST_F(accounts, answer_a_repeated_key_with_what_they_were_when_opened) {
  const idempotency_key key{"alice", "k", "digest"};
  ASSERT_FALSE(open(account_of("alice"), key).refused);
  ASSERT_FALSE(submit(transfer_of("fund", world_account(usd), account("alice"), 5)).refused);
  const auto again = open(account_of("alice"), key);
  EXPECT_FALSE(again.refused);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.account.posted, 0);
  EXPECT_EQ(again.account.version, 1U);
  EXPECT_EQ(code(open(account_of("alice"), idempotency_key{"alice", "k", "other"}).refused),
            errc::idempotency_mismatch);
  EXPECT_EQ(code(open(account_of("bob"), idempotency_key{"alice", "k", "other"}).refused),
            errc::idempotency_mismatch);
}

TEST_F(accounts, have_a_ref_that_is_unique_per_owner) {
  account_record a = account_of("one");
  a.owner = "alice";
  a.ref = "savings";
  ASSERT_FALSE(open(a).refused);
  account_record b = a;
  b.id = account("two");
  EXPECT_EQ(code(open(b).refused), errc::already_exists);
  b.owner = "bob";
  EXPECT_FALSE(open(b).refused);
}

TEST_F(accounts, refuse_a_second_opening_while_the_first_is_on_its_way) {
  held_commits hold(store_);
  auto first = open_later(account_of("alice"));
  hold.wait_until_one_began();
  EXPECT_EQ(code(open(account_of("alice")).refused), errc::in_progress);
  hold.let_go();
  EXPECT_FALSE(first.get().refused);
}

TEST_F(accounts, that_do_not_exist_are_not_found_and_can_be_opened_later) {
  open_with("alice", 10);
  EXPECT_EQ(code(submit(transfer_of("t", account("alice"), account("bob"), 1)).refused),
            errc::not_found);
  EXPECT_EQ(code(submit(transfer_of("u", account("bob"), account("alice"), 1)).refused),
            errc::not_found);
  open_with("bob", 0);
  EXPECT_FALSE(submit(transfer_of("v", account("alice"), account("bob"), 10)).refused)
      << "nothing stayed reserved";
}

TEST_F(accounts, that_cannot_be_loaded_answer_so_and_are_loaded_the_next_time) {
  open_with("alice", 10);
  open_with("bob", 0);
  restart();
  store_.fail_reads();
  EXPECT_EQ(code(submit(transfer_of("t", account("alice"), account("bob"), 1)).refused),
            errc::store_unavailable);
  store_.fail_reads(0);
  transfer_answer later;
  do {
    later = submit(transfer_of("u", account("alice"), account("bob"), 10));
  } while (code(later.refused) ==
           errc::store_unavailable);  // until the unreadable ones have rested
  EXPECT_FALSE(later.refused);
}

class resting_accounts : public books_fixture {
 protected:
  resting_accounts() : books_fixture(restless()) {}
  static ledger_options restless() {
    ledger_options o = small();
    o.rest_after = std::chrono::seconds(2);
    return o;
  }
};

TEST_F(resting_accounts, come_back_with_their_balance) {
  open_with("alice", 100);
  open_with("bob", 0);
  for (int i = 0; i < 20; ++i) {
    // Some messages arrive while the accounts are being put to rest.
    auto t =
        submit_later(of(transfer_of("t" + std::to_string(i), account("alice"), account("bob"), 5)));
    clock_.advance(std::chrono::seconds(3));
    EXPECT_FALSE(t.get().refused);
  }
  EXPECT_EQ(stored("alice"), 0);
  EXPECT_EQ(code(submit(transfer_of("last", account("alice"), account("bob"), 1)).refused),
            errc::insufficient_funds);
}

TEST_F(resting_accounts, stay_awake_while_a_transfer_is_on_its_way) {
  open_with("alice", 100);
  open_with("bob", 0);
  held_commits hold(store_);
  auto first = submit_later(of(transfer_of("first", account("alice"), account("bob"), 60)));
  hold.wait_until_one_began();
  for (int i = 0; i < 4; ++i) clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(code(submit(transfer_of("second", account("alice"), account("bob"), 60)).refused),
            errc::insufficient_funds)
      << "the reservation was forgotten";
  hold.let_go();
  EXPECT_FALSE(first.get().refused);
}

}  // namespace
}  // namespace lifeline::ledger::testing
