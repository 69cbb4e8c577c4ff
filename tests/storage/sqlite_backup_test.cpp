#include "bank/storage/sqlite/backup.hpp"

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "bank/storage/sqlite/verify.hpp"
#include "bank/storage/startup_error.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

namespace fs = std::filesystem;

class sqlite_backup : public any_ledger_store<in_sqlite> {
 protected:
  fs::path file() const { return backend.folder / "ledger.db"; }
  fs::path copy() const { return backend.folder / "copies" / "books.backup"; }
  void SetUp() override { fs::create_directory(backend.folder / "copies"); }
  std::size_t files_beside_the_copy() const {
    const fs::directory_iterator all(copy().parent_path());
    return static_cast<std::size_t>(std::distance(fs::begin(all), fs::end(all)));
  }
  bool back_up(const lifeline::context& ctx = background()) {
    return back_up_sqlite(ctx, file(), copy(), [](std::uint64_t, std::uint64_t) {});
  }
  std::string refusal() {
    try {
      back_up();
      return "";
    } catch (const startup_error& e) {
      return e.what();
    }
  }
};

TEST_F(sqlite_backup, is_a_store_of_its_own_with_all_that_was_committed) {
  open_funded(3, 100);
  commit({post(transfer(1, acct(1), acct(2), 30))});
  std::uint64_t last_done = 0, last_total = 1;
  ASSERT_TRUE(
      back_up_sqlite(background(), file(), copy(), [&](std::uint64_t done, std::uint64_t total) {
        last_done = done;
        last_total = total;
      }));
  EXPECT_EQ(last_done, last_total);
  EXPECT_EQ(files_beside_the_copy(), 1U);
  struct stat s {};
  ASSERT_EQ(::stat(copy().c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777U, 0600U);
  const auto restored = open_sqlite_ledger(copy());
  EXPECT_EQ(restored->find_account(background(), acct(1)).value()->posted, 70);
  EXPECT_EQ(restored->last_sequence(background()).value(), last());
  EXPECT_EQ(restored->secret(background()).value().bytes,
            store().secret(background()).value().bytes)
      << "the same books derive the same";
  const auto theirs = restored->fence(background()).value();
  EXPECT_EQ(restored->commit({{theirs, 1}, noon, {post(transfer(2, acct(1), acct(2), 1))}}).index(),
            0U);
}

TEST_F(sqlite_backup, is_consistent_while_the_node_writes) {
  open_funded(3, 1'000'000);
  std::atomic<bool> stop{false};
  std::atomic<std::uint32_t> written{0};
  std::thread writer([&] {
    for (std::uint32_t n = 1; !stop; ++n) {
      std::vector<entry> entries;
      for (std::uint32_t i = 0; i < 50; ++i)
        entries.push_back(post(transfer(100 * n + i, acct(1 + i % 2), acct(2 + i % 2), 1)));
      commit(std::move(entries));
      written = n;
      written.notify_all();
    }
  });
  written.wait(0);
  for (int i = 0; i < 5; ++i) {
    fs::remove(copy());
    std::uint32_t seen = written;
    // Writes between two portions of the copy.
    ASSERT_TRUE(back_up_sqlite(background(), file(), copy(), [&](std::uint64_t, std::uint64_t) {
      written.wait(seen);
      seen = written;
    }));
    const auto found = verify_sqlite_ledger(background(), copy(), [](const verify_progress&) {});
    EXPECT_EQ(found->broken, std::nullopt);
    fs::remove(copy().string() + "-wal");
    fs::remove(copy().string() + "-shm");
  }
  stop = true;
  writer.join();
}

TEST_F(sqlite_backup, never_overwrites) {
  open_funded(1, 1);
  std::ofstream(copy()) << "precious";
  EXPECT_NE(refusal().find("already exists"), std::string::npos);
  EXPECT_EQ(fs::file_size(copy()), 8U);
  fs::remove(copy());
  fs::create_symlink("nowhere", copy());
  EXPECT_NE(refusal().find("already exists"), std::string::npos);
  EXPECT_EQ(files_beside_the_copy(), 1U);
}

TEST_F(sqlite_backup, does_not_overwrite_what_appeared_meanwhile) {
  open_funded(1, 1);
  EXPECT_THROW(back_up_sqlite(background(), file(), copy(),
                              [&](std::uint64_t, std::uint64_t) { std::ofstream(copy()) << "x"; }),
               startup_error);
  EXPECT_EQ(fs::file_size(copy()), 1U);
  EXPECT_EQ(files_beside_the_copy(), 1U);
}

TEST_F(sqlite_backup, leaves_nothing_behind_when_it_is_called_off) {
  open_funded(1, 1);
  auto scope = lifeline::with_cancel(background());
  scope.cancel();
  EXPECT_FALSE(back_up(scope.ctx()));
  EXPECT_EQ(files_beside_the_copy(), 0U);
}

TEST_F(sqlite_backup, leaves_nothing_behind_when_it_fails) {
  open_funded(1, 1);
  fs::remove_all(copy().parent_path());
  EXPECT_NE(refusal().find("can't be written"), std::string::npos);
  SetUp();
  backend.store.reset();
  std::ofstream(file(), std::ios::trunc) << std::string(8'192, 'x');
  fs::remove(file().string() + "-wal");
  EXPECT_NE(refusal().find("can't be opened"), std::string::npos);
  EXPECT_EQ(files_beside_the_copy(), 0U);
  fs::remove(file());
  EXPECT_NE(refusal().find("there is no ledger"), std::string::npos);
  EXPECT_FALSE(fs::exists(file()));
}

}  // namespace bank::storage::tests
