#include "lifeline/ledger/core/batch_hash.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

template <class Backend>
class ledger_store_commit : public any_ledger_store<Backend> {};
TYPED_TEST_SUITE(ledger_store_commit, every_store, store_names);

TYPED_TEST(ledger_store_commit, keeps_an_opened_account_as_it_was_asked_for) {
  account_record asked = account(1, 500);
  asked.type = account_type::savings;
  asked.ref = "rent";
  asked.status = account_status::frozen;
  this->commit({open(asked)});
  EXPECT_EQ(this->stored(acct(1)), asked);
}

TYPED_TEST(ledger_store_commit, marks_each_version_with_the_batch_that_made_it) {
  this->open_funded(3, 100);
  const auto mark = [&](std::uint32_t n) {
    return this->store().find_account(background(), acct(n)).value().value().made_by;
  };
  const auto last = [&] { return mark_of(this->store().totals(background()).value().head); };
  const auto third = mark(3);
  EXPECT_EQ(third, last());
  this->commit({post(transfer(1, acct(1), acct(2), 5))});
  EXPECT_EQ(mark(1), last());
  EXPECT_EQ(mark(2), last());
  EXPECT_EQ(mark(3), third);
  EXPECT_NE(mark(3), last());
  const auto second = mark(2);
  this->commit({change_entry{acct(1), account_status::open, 0, to_frozen}, open(account(4))});
  EXPECT_EQ(mark(1), last());
  EXPECT_EQ(mark(2), second);
  EXPECT_EQ(mark(4), last());
}

TYPED_TEST(ledger_store_commit, opens_the_world_account_with_the_first_account_of_a_currency) {
  EXPECT_FALSE(this->store().find_account(background(), world_account(usd)).value());
  const auto results = this->commit({open(account(1)), open(account(2))});
  EXPECT_EQ(results[0].sequence, 1U);
  EXPECT_EQ(results[1].sequence, 2U);
  const auto world = this->stored(world_account(usd));
  EXPECT_EQ(world.type, account_type::world);
  EXPECT_EQ(world.unit, usd);
  EXPECT_EQ(world.owner, "");
  EXPECT_EQ(world.version, 1U);
  EXPECT_EQ(world.created_at, noon);
}

TYPED_TEST(ledger_store_commit, posts_a_transfer_with_the_batchs_time_and_a_sequence) {
  this->open_funded(2, 100);
  transfer_record asked = transfer(1, acct(1), acct(2), 30);
  asked.kind = "rent";
  asked.memo = "for \xc3\xa4pril";
  asked.metadata = R"({"flat":7})";
  const auto results = this->commit({post(asked)});
  transfer_record expected = asked;
  expected.posted_at = noon;
  expected.sequence = expected.first_sequence = results[0].sequence;
  EXPECT_EQ(this->store().find_transfer(background(), tran(1)).value(), expected);
  EXPECT_EQ(this->balance(acct(1)), 70);
  EXPECT_EQ(this->balance(acct(2)), 130);
}

TYPED_TEST(ledger_store_commit, raises_an_accounts_version_by_one_per_entry_that_touches_it) {
  this->open_funded(2, 100);
  EXPECT_EQ(this->stored(acct(1)).version, 2U);
  this->commit({post(transfer(1, acct(1), acct(2), 1)), post(transfer(2, acct(2), acct(1), 1)),
                post(transfer(1, acct(1), acct(2), 1))});
  EXPECT_EQ(this->stored(acct(1)).version, 4U);
  EXPECT_EQ(this->stored(acct(2)).version, 4U);
}

TYPED_TEST(ledger_store_commit, applies_entries_in_order_so_that_an_account_can_be_used_at_once) {
  const auto results =
      this->commit({open(account(1)), post(transfer(1, world_account(usd), acct(1), 50)),
                    open(account(2)), post(transfer(2, acct(1), acct(2), 50))});
  ASSERT_EQ(results.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(results[i].sequence, i + 1);
  EXPECT_EQ(this->balance(acct(2)), 50);
  EXPECT_EQ(this->balance(world_account(usd)), -50);
}

TYPED_TEST(ledger_store_commit, takes_an_empty_batch) {
  EXPECT_TRUE(this->commit({}).empty());
  EXPECT_EQ(this->last(), 0U);
}

TYPED_TEST(ledger_store_commit, refuses_an_id_that_is_stored) {
  this->open_funded(2, 100);
  EXPECT_EQ(this->outcome_of(open(account(1))), entry_outcome::duplicate_id);
  this->commit({post(transfer(1, acct(1), acct(2), 30))});
  EXPECT_EQ(this->outcome_of(post(transfer(1, acct(1), acct(2), 30))), entry_outcome::duplicate_id);
  EXPECT_EQ(this->balance(acct(1)), 70);
}

TYPED_TEST(ledger_store_commit, refuses_an_id_that_stands_earlier_in_the_batch) {
  this->open_funded(2, 100);
  const auto results =
      this->commit({open(account(7)), open(account(7)), post(transfer(1, acct(1), acct(2), 30)),
                    post(transfer(1, acct(2), acct(1), 5))});
  EXPECT_EQ(results[1].outcome, entry_outcome::duplicate_id);
  EXPECT_EQ(results[1].sequence, 0U);
  EXPECT_EQ(results[3].outcome, entry_outcome::duplicate_id);
  EXPECT_EQ(this->balance(acct(1)), 70);
}

TYPED_TEST(ledger_store_commit, calls_a_repeated_transfer_a_duplicate_even_if_it_would_now_fail) {
  this->open_funded(2, 100);
  const auto all = post(transfer(1, acct(1), acct(2), 100));
  this->commit({all});
  EXPECT_EQ(this->outcome_of(all), entry_outcome::duplicate_id);
  EXPECT_EQ(this->outcome_of(post(transfer(1, acct(55), acct(2), 100))),
            entry_outcome::duplicate_id);
}

TYPED_TEST(ledger_store_commit, numbers_committed_entries_without_gaps_past_duplicates) {
  this->open_funded(2, 100);
  const std::uint64_t before = this->last();
  const auto results =
      this->commit({post(transfer(1, acct(1), acct(2), 1)), post(transfer(1, acct(1), acct(2), 1)),
                    open(account(2)), post(transfer(2, acct(1), acct(2), 1)), open(account(3))});
  EXPECT_EQ(results[0].sequence, before + 1);
  EXPECT_EQ(results[3].sequence, before + 2);
  EXPECT_EQ(results[4].sequence, before + 3);
  EXPECT_EQ(this->last(), before + 3);
  EXPECT_EQ(this->commit({open(account(4))})[0].sequence, before + 4);
}

TYPED_TEST(ledger_store_commit, refuses_a_key_that_its_caller_used_before) {
  this->open_funded(2, 100);
  const auto first = keyed(post(transfer(1, acct(1), acct(2), 1)), "alice", "k", "d1");
  this->commit({first});
  EXPECT_EQ(this->outcome_of(keyed(post(transfer(2, acct(1), acct(2), 1)), "alice", "k", "d2")),
            entry_outcome::duplicate_key);
  EXPECT_EQ(this->outcome_of(keyed(open(account(9)), "alice", "k")), entry_outcome::duplicate_key);
  EXPECT_EQ(this->outcome_of(first), entry_outcome::duplicate_id);
  EXPECT_EQ(this->outcome_of(keyed(post(transfer(3, acct(1), acct(2), 1)), "bob", "k")),
            entry_outcome::committed);
  EXPECT_EQ(this->balance(acct(1)), 98);
}

TYPED_TEST(ledger_store_commit, refuses_a_key_that_stands_earlier_in_the_batch) {
  const auto results =
      this->commit({keyed(open(account(1)), "alice", "k"), keyed(open(account(2)), "alice", "k")});
  EXPECT_EQ(results[1].outcome, entry_outcome::duplicate_key);
}

TYPED_TEST(ledger_store_commit, keeps_a_key_with_its_digest_and_object) {
  const std::string digest("\0\xff digest", 9);
  this->commit({keyed(open(account(1)), "alice", "k", digest)});
  const auto found = this->store().find_key(background(), "alice", "k").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->digest, digest);
  EXPECT_EQ(found->object, acct(1));
  EXPECT_FALSE(this->store().find_key(background(), "alice", "other").value());
  EXPECT_FALSE(this->store().find_key(background(), "bob", "k").value());
}

TYPED_TEST(ledger_store_commit, forgets_keys_of_before_a_time_and_keeps_what_they_did) {
  for (std::uint32_t n = 1; n <= 450; ++n)
    this->commit({keyed(open(account(n)), "alice", "k" + std::to_string(n))});
  this->at = noon + std::chrono::hours(1);
  this->commit({keyed(open(account(900)), "bob", "k")});
  EXPECT_EQ(this->store().forget_keys(background(), noon).value(), 0U);
  EXPECT_EQ(this->store().forget_keys(background(), this->at).value(), 450U);
  EXPECT_EQ(this->store().forget_keys(background(), this->at).value(), 0U);
  EXPECT_FALSE(this->store().find_key(background(), "alice", "k7").value());
  EXPECT_TRUE(this->store().find_key(background(), "bob", "k").value());
  EXPECT_EQ(this->outcome_of(keyed(open(account(7)), "alice", "k7")), entry_outcome::duplicate_id);
  EXPECT_EQ(this->outcome_of(keyed(open(account(901)), "alice", "k7")), entry_outcome::committed);
  auto over = with_cancel(background());
  over.cancel();
  EXPECT_FALSE(this->store().forget_keys(over.ctx(), this->at));
}

TYPED_TEST(ledger_store_commit, keeps_no_key_of_an_entry_that_was_not_committed) {
  this->commit({open(account(1))});
  EXPECT_EQ(this->outcome_of(keyed(open(account(1)), "alice", "k")), entry_outcome::duplicate_id);
  EXPECT_FALSE(this->store().find_key(background(), "alice", "k").value());
  EXPECT_EQ(this->outcome_of(keyed(open(account(2)), "alice", "k")), entry_outcome::committed);
}

TYPED_TEST(ledger_store_commit, refuses_a_ref_that_its_owner_has) {
  account_record a = account(1);
  a.ref = "rent";
  account_record same_owner = account(2);
  same_owner.owner = a.owner;
  same_owner.ref = "rent";
  account_record other_owner = account(3);
  other_owner.ref = "rent";
  const auto results = this->commit({open(a), open(same_owner), open(other_owner)});
  EXPECT_EQ(results[1].outcome, entry_outcome::duplicate_ref);
  EXPECT_EQ(results[2].outcome, entry_outcome::committed);
  EXPECT_EQ(this->outcome_of(open(same_owner)), entry_outcome::duplicate_ref);
}

struct violation {
  const char* name;
  std::vector<entry> entries;
};

std::vector<violation> violations() {
  account_record with_funds = account(20);
  with_funds.posted = 5;
  account_record a_world = account(21);
  a_world.type = account_type::world;
  return {
      {"more than the balance", {post(transfer(1, acct(1), acct(2), 101))}},
      {"more than the balance in two steps",
       {post(transfer(1, acct(1), acct(2), 60)), post(transfer(2, acct(1), acct(2), 60))}},
      {"from an account that does not exist", {post(transfer(1, acct(50), acct(2), 1))}},
      {"to an account that does not exist", {post(transfer(1, acct(1), acct(50), 1))}},
      {"to an account that is opened later",
       {post(transfer(1, acct(1), acct(8), 1)), open(account(8))}},
      {"in another currency", {post(transfer(1, acct(1), acct(2), 1, jpy))}},
      {"between currencies", {open(account(8, 0, jpy)), post(transfer(1, acct(1), acct(8), 1))}},
      {"to itself", {post(transfer(1, acct(1), acct(1), 1))}},
      {"nothing", {post(transfer(1, acct(1), acct(2), 0))}},
      {"a negative amount", {post(transfer(1, acct(1), acct(2), -1))}},
      {"above the greatest amount",
       {post(transfer(1, world_account(usd), acct(2), max_minor + 1))}},
      {"a balance above the greatest amount",
       {post(transfer(1, world_account(usd), acct(2), max_minor))}},
      {"an account that is born with money", {open(with_funds)}},
      {"a second world", {open(a_world)}},
      {"a negative overdraft limit", {open(account(23, -1))}},
  };
}

TYPED_TEST(ledger_store_commit, rolls_the_whole_batch_back_when_a_rule_would_be_broken) {
  this->open_funded(2, 100);
  const std::uint64_t before = this->last();
  for (const violation& v : violations()) {
    SCOPED_TRACE(v.name);
    std::vector<entry> entries = {open(account(30)),
                                  keyed(post(transfer(99, acct(1), acct(2), 1)), "alice", "k")};
    entries.insert(entries.end(), v.entries.begin(), v.entries.end());
    const batch b = this->make(std::move(entries));
    expect_error(this->store().commit(b), commit_error::violated);
    EXPECT_FALSE(this->store().find_account(background(), acct(30)).value());
    EXPECT_FALSE(this->store().find_transfer(background(), tran(99)).value());
    EXPECT_FALSE(this->store().find_key(background(), "alice", "k").value());
    EXPECT_FALSE(this->store().find_batch(background(), b).value());
    EXPECT_EQ(this->balance(acct(1)), 100);
    EXPECT_EQ(this->last(), before);
  }
  const auto results = this->commit({open(account(30)), post(transfer(99, acct(1), acct(2), 1))});
  EXPECT_EQ(results[0].sequence, before + 1);
  EXPECT_EQ(this->balance(acct(1)), 99);
}

TYPED_TEST(ledger_store_commit, lets_an_overdraft_go_to_its_limit_and_not_beyond) {
  this->commit({open(account(1, 50)), open(account(2))});
  this->commit({post(transfer(1, acct(1), acct(2), 50))});
  EXPECT_EQ(this->balance(acct(1)), -50);
  expect_error(this->try_commit({post(transfer(2, acct(1), acct(2), 1))}), commit_error::violated);
}

TYPED_TEST(ledger_store_commit, refuses_an_account_in_the_worlds_place) {
  account_record thief = account(1);
  thief.id = world_account(usd);
  expect_error(this->try_commit({open(thief)}), commit_error::violated);
  this->commit({open(account(1))});
  EXPECT_EQ(this->outcome_of(open(thief)), entry_outcome::duplicate_id);
}

TYPED_TEST(ledger_store_commit, refuses_a_batch_number_that_was_used) {
  const batch b = this->make({open(account(1))});
  ASSERT_EQ(this->store().commit(b).index(), 0U);
  batch again = b;
  again.entries = {open(account(2))};
  expect_error(this->store().commit(again), commit_error::violated);
  EXPECT_FALSE(this->store().find_account(background(), acct(2)).value());
}

}  // namespace bank::storage::tests
