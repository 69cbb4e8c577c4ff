#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

template <class Backend>
class ledger_store_epoch : public any_ledger_store<Backend> {};
TYPED_TEST_SUITE(ledger_store_epoch, every_store, store_names);

TYPED_TEST(ledger_store_epoch, grows_with_every_fence) {
  const std::uint64_t first = this->epoch;
  EXPECT_GT(first, 0U);
  EXPECT_EQ(this->raise(), first + 1);
  EXPECT_EQ(this->raise(), first + 2);
}

TYPED_TEST(ledger_store_epoch, fences_off_batches_of_an_older_or_unknown_one) {
  const batch old = this->make({open(account(1))});
  this->raise();
  expect_error(this->store().commit(old), commit_error::fenced);
  batch future = old;
  future.id.epoch = this->epoch + 1;
  expect_error(this->store().commit(future), commit_error::fenced);
  EXPECT_FALSE(this->store().find_account(background(), acct(1)).value());
  EXPECT_EQ(this->commit({open(account(1))})[0].outcome, entry_outcome::committed);
}

TYPED_TEST(ledger_store_epoch, finds_a_batch_with_the_results_that_its_commit_gave) {
  this->open_funded(2, 100);
  const batch b =
      this->make({post(transfer(1, acct(1), acct(2), 1)), post(transfer(1, acct(1), acct(2), 1)),
                  keyed(open(account(3)), "alice", "k"), keyed(open(account(4)), "alice", "k"),
                  open(account(5))});
  EXPECT_FALSE(this->store().find_batch(background(), b).value());
  const auto given = std::get<0>(this->store().commit(b)).results;
  this->raise();
  const auto found = this->store().find_batch(background(), b).value();
  ASSERT_TRUE(found);
  ASSERT_EQ(found->results.size(), given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    EXPECT_EQ(found->results[i].outcome, given[i].outcome) << i;
    EXPECT_EQ(found->results[i].sequence, given[i].sequence) << i;
  }
}

TYPED_TEST(ledger_store_epoch, finds_batches_of_which_all_or_nothing_was_committed) {
  const batch all = this->make({open(account(1)), open(account(2))});
  const batch nothing = this->make({open(account(1))});
  const batch empty = this->make({});
  for (const batch& b : {all, nothing, empty}) ASSERT_EQ(this->store().commit(b).index(), 0U);
  const auto found = [&](const batch& b) {
    return this->store().find_batch(background(), b).value()->results;
  };
  EXPECT_EQ(found(all).at(1).sequence, 2U);
  EXPECT_EQ(found(nothing).at(0).outcome, entry_outcome::duplicate_id);
  EXPECT_EQ(found(nothing).at(0).sequence, 0U);
  EXPECT_TRUE(found(empty).empty());
}

TYPED_TEST(ledger_store_epoch, keeps_the_books_across_fences) {
  this->open_funded(2, 100);
  this->raise();
  this->commit({post(transfer(1, acct(1), acct(2), 40))});
  this->raise();
  this->commit({post(transfer(2, acct(2), acct(1), 10))});
  EXPECT_EQ(this->balance(acct(1)), 70);
  EXPECT_EQ(this->balance(acct(2)), 130);
}

}  // namespace bank::storage::tests
