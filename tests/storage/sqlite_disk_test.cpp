#include "storage/faulty_disk.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

namespace fs = std::filesystem;
using code = lifeline::ledger::errc;

struct on_faulty_disk {
  faulty_disk disk;
  temporary_folder folder;
  std::unique_ptr<ledger_store> store = open_sqlite_ledger(folder / "ledger.db");
};

class sqlite_disk : public any_ledger_store<on_faulty_disk> {
 protected:
  faulty_disk& disk() { return backend.disk; }
  bool found(ledger_store& in, const batch& b) {
    return in.find_batch(background(), b).value().has_value();
  }
  /// After a power failure now, would the batch be in the ledger?
  bool found_after_a_crash(const batch& b) {
    const temporary_folder copy;
    for (const char* name : {"ledger.db", "ledger.db-wal"})
      fs::copy_file(backend.folder / name, copy / name);
    return found(*open_sqlite_ledger(copy / "ledger.db"), b);
  }
};

TEST_F(sqlite_disk, makes_a_commit_unknown_when_its_sync_fails) {
  open_funded(2, 100);
  disk().fail_syncs(true);
  const batch b = make({post(transfer(1, acct(1), acct(2), 30))});
  expect_error(store().commit(b), commit_error::unknown);
  EXPECT_EQ(store().fence(background()).error().code, code::store_unavailable);

  disk().fail_syncs(false);
  raise();
  EXPECT_FALSE(found(store(), b));
  EXPECT_EQ(balance(acct(1)), 100);
  EXPECT_EQ(outcome_of(post(transfer(1, acct(1), acct(2), 30))), entry_outcome::committed);
  EXPECT_EQ(balance(acct(1)), 70);
}

TEST_F(sqlite_disk, may_bring_an_unknown_commit_back_in_a_crash_before_the_fence_never_after_it) {
  open_funded(2, 100);
  disk().fail_syncs(true);
  const batch b = make({post(transfer(1, acct(1), acct(2), 30))});
  expect_error(store().commit(b), commit_error::unknown);
  disk().fail_syncs(false);
  EXPECT_TRUE(found_after_a_crash(b));
  raise();
  EXPECT_FALSE(found(store(), b));
  EXPECT_FALSE(found_after_a_crash(b));
}

TEST_F(sqlite_disk, works_again_once_a_full_disk_has_room) {
  open_funded(2, 100);
  disk().fill_up(true);
  for (std::uint32_t n = 1; n <= 3; ++n) {
    const commit_result r = try_commit({post(transfer(n, acct(1), acct(2), 1))});
    ASSERT_EQ(r.index(), 1U);
    EXPECT_TRUE(std::get<1>(r) == commit_error::unknown ||
                std::get<1>(r) == commit_error::unavailable);
  }
  EXPECT_EQ(balance(acct(1)), 100);
  const auto fenced = store().fence(background());
  ASSERT_FALSE(fenced);
  EXPECT_NE(fenced.error().detail.find("ledger.db"), std::string::npos) << fenced.error().detail;
  EXPECT_NE(fenced.error().detail.find("full"), std::string::npos) << fenced.error().detail;

  disk().fill_up(false);
  raise();
  EXPECT_EQ(outcome_of(post(transfer(1, acct(1), acct(2), 1))), entry_outcome::committed);
  EXPECT_EQ(balance(acct(1)), 99);
}

TEST_F(sqlite_disk, finds_the_obstacle_of_a_full_disk_after_a_commit_failed_until_there_is_room) {
  open_funded(2, 100);
  EXPECT_EQ(store().find_obstacle(background()).value(), std::nullopt);
  disk().fill_up(true);
  EXPECT_EQ(try_commit({post(transfer(1, acct(1), acct(2), 1))}).index(), 1U);
  for (int i = 0; i < 3; ++i) {
    const auto found = store().find_obstacle(background()).value();
    ASSERT_TRUE(found) << i;
    EXPECT_EQ(found->where, (backend.folder / "ledger.db").string());
    EXPECT_NE(found->cause.find("full"), std::string::npos) << found->cause;
  }
  disk().fill_up(false);
  EXPECT_EQ(store().find_obstacle(background()).value(), std::nullopt);
}

TEST_F(sqlite_disk, is_not_written_to_by_the_search_for_an_obstacle_while_commits_succeed) {
  open_funded(2, 100);
  disk().fill_up(true);
  disk().fail_syncs(true);
  EXPECT_EQ(store().find_obstacle(background()).value(), std::nullopt);
}

TEST_F(sqlite_disk, that_cannot_be_read_is_a_failure_and_no_obstacle) {
  open_funded(2, 100);
  backend.store = open_sqlite_ledger(backend.folder / "ledger.db");
  disk().fail_reads(true);
  const auto found = store().find_obstacle(background());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, code::store_unavailable);
}

TEST_F(sqlite_disk, makes_a_commit_unavailable_when_it_fails_before_its_end) {
  open_funded(2, 100);
  backend.store = open_sqlite_ledger(backend.folder / "ledger.db");
  raise();
  disk().fail_reads(true);
  expect_error(try_commit({post(transfer(1, acct(1), acct(2), 30))}), commit_error::unavailable);
  const auto read = store().find_account(background(), acct(1));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, code::store_unavailable);
  EXPECT_NE(read.error().detail.find("ledger.db"), std::string::npos) << read.error().detail;

  disk().fail_reads(false);
  EXPECT_EQ(balance(acct(1)), 100);
  EXPECT_EQ(outcome_of(post(transfer(1, acct(1), acct(2), 30))), entry_outcome::committed);
}

TEST_F(sqlite_disk, stops_a_read_in_its_middle_when_its_context_ends) {
  std::vector<entry> entries;
  for (std::uint32_t n = 1; n <= 5'000; ++n) entries.push_back(open(account(n)));
  commit(std::move(entries));
  account_filter none_such;
  none_such.text = "none such";  // needs a full scan
  auto scope = lifeline::with_cancel(background());
  bool read_began = false;
  disk().on_read([&] {
    read_began = true;
    scope.cancel();
  });
  const auto answer = store().list_accounts(scope.ctx(), none_such);
  disk().on_read({});
  EXPECT_TRUE(read_began);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, code::canceled);
  EXPECT_TRUE(store().list_accounts(background(), none_such).value().rows.empty());
}

}  // namespace bank::storage::tests
