#include <future>
#include <thread>

#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

class memory_ledger_store_faults : public any_ledger_store<in_memory> {
 protected:
  memory_ledger_store& memory() { return static_cast<memory_ledger_store&>(store()); }
  bool found(const batch& b) { return store().find_batch(background(), b).value().has_value(); }
};

TEST_F(memory_ledger_store_faults, fail_the_commits_that_come_next_in_order) {
  memory().fail_next_commit(commit_fault::unavailable);
  memory().fail_next_commit(commit_fault::violated);
  memory().fail_next_commit(commit_fault::fenced);
  expect_error(try_commit({open(account(1))}), commit_error::unavailable);
  expect_error(try_commit({open(account(1))}), commit_error::violated);
  expect_error(try_commit({open(account(1))}), commit_error::fenced);
  EXPECT_EQ(commit({open(account(1))})[0].sequence, 1U);
  EXPECT_EQ(memory().commits(), 1U);
}

TEST_F(memory_ledger_store_faults, leave_an_unknown_commit_stored_or_lost_as_told) {
  const batch stored = make({open(account(1))});
  const batch lost = make({open(account(2))});
  memory().fail_next_commit(commit_fault::unknown_but_stored);
  memory().fail_next_commit(commit_fault::unknown_and_lost);
  expect_error(store().commit(stored), commit_error::unknown);
  expect_error(store().commit(lost), commit_error::unknown);
  raise();
  EXPECT_TRUE(found(stored));
  EXPECT_FALSE(found(lost));
}

TEST_F(memory_ledger_store_faults, let_a_late_commit_land_only_before_the_fence) {
  const batch late = make({open(account(1))});
  memory().fail_next_commit(commit_fault::unknown_then_late);
  expect_error(store().commit(late), commit_error::unknown);
  EXPECT_FALSE(found(late));
  raise();
  EXPECT_TRUE(found(late));
}

TEST_F(memory_ledger_store_faults, fail_reads_and_fences_until_healed) {
  memory().fail_reads(1);
  EXPECT_EQ(store().find_account(background(), acct(1)).error().code,
            lifeline::ledger::errc::store_unavailable);
  EXPECT_TRUE(store().find_account(background(), acct(1)));
  memory().fail_fences();
  EXPECT_FALSE(store().fence(background()));
  EXPECT_FALSE(store().find_batch(background(), batch{}));
  EXPECT_TRUE(store().last_sequence(background()));
  memory().heal();
  EXPECT_TRUE(store().fence(background()));
}

TEST_F(memory_ledger_store_faults, let_a_test_stop_a_commit_before_it_looks_at_the_epoch) {
  std::promise<void> begun, go_on;
  memory().on_commit([&](const batch&) {
    begun.set_value();
    go_on.get_future().wait();
  });
  const batch b = make({open(account(1))});
  auto committed = std::async(std::launch::async, [&] { return store().commit(b); });
  begun.get_future().wait();
  raise();
  go_on.set_value();
  expect_error(committed.get(), commit_error::fenced);
}

TEST_F(memory_ledger_store_faults, let_a_test_stop_a_commit_after_it_was_stored) {
  std::promise<void> stored, go_on;
  memory().on_commit({}, [&](const batch&) {
    stored.set_value();
    go_on.get_future().wait();
  });
  const batch b = make({open(account(1))});
  auto committed = std::async(std::launch::async, [&] { return store().commit(b); });
  stored.get_future().wait();
  raise();
  EXPECT_TRUE(found(b));
  go_on.set_value();
  EXPECT_EQ(committed.get().index(), 0U);
}

}  // namespace bank::storage::tests
