#include "bank/node/demo.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "bank/storage/memory/ledger_store.hpp"
#include "bank/storage/memory/token_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/work/ask_and_wait.hpp"
#include "node/scratch_folder.hpp"

namespace bank::node {
namespace {

namespace ledger = lifeline::ledger;

// The real ledger on memory stores.
class demo : public ::testing::Test {
 protected:
  explicit demo(const ledger::ledger_secret& secret = {}) {
    auto books = std::make_unique<storage::memory_ledger_store>(secret);
    store = books.get();
    kept.books = std::move(books);
    kept.tokens = std::make_unique<storage::memory_token_store>();
    running = *ledger::ledger::start(rt, *kept.books, {}, [](std::string) {});
  }

  demo_outcome seed() { return seed_demo(rt.background(), rt, *running, kept, folder.path()); }

  std::vector<ledger::account_record> accounts_of(const std::string& owner) {
    ledger::account_filter filter;
    filter.owner = owner;
    return kept.books->list_accounts(rt.background(), filter)->rows;
  }
  std::int64_t wealth_of(const std::string& owner) {
    std::int64_t sum = 0;
    for (const auto& a : accounts_of(owner)) sum += a.posted;
    return sum;
  }
  void expect_the_whole_demo() {
    EXPECT_EQ(accounts_of("alice").size(), 2U);
    EXPECT_EQ(accounts_of("bob").size(), 2U);
    EXPECT_EQ(wealth_of("alice"), 6'000'00);
    EXPECT_EQ(wealth_of("bob"), 3'250'00);
    const auto totals = kept.books->totals(rt.background());
    ASSERT_EQ(totals->currencies.size(), 1U);
    EXPECT_EQ(totals->currencies[0].sum, 0);
    EXPECT_EQ(totals->sequence, 8U);  // four accounts and four deposits
    EXPECT_FALSE(std::filesystem::exists(folder / "demo.unfinished"));
  }

  testing::scratch_folder folder;
  lifeline::runtime rt;
  stores kept;
  storage::memory_ledger_store* store = nullptr;
  std::unique_ptr<ledger::ledger> running;
};

TEST_F(demo, opens_accounts_and_fills_them) {
  EXPECT_EQ(seed(), demo_outcome::seeded);
  expect_the_whole_demo();
}

TEST_F(demo, writes_tokens_that_open_what_their_owner_has) {
  seed();
  std::istringstream lines(testing::text_of(folder / "demo.tokens"));
  EXPECT_EQ(testing::mode_of(folder / "demo.tokens"), 0600U);
  std::string owner;
  std::string secret;
  std::vector<std::string> owners;
  while (lines >> owner >> secret) {
    const auto found = kept.tokens->find(rt.background(), storage::hash_secret(secret));
    ASSERT_TRUE(found.has_value() && found->has_value());
    EXPECT_EQ((*found)->granted, storage::role::customer);
    EXPECT_EQ((*found)->owner, owner);
    owners.push_back(owner);
  }
  EXPECT_EQ(owners, (std::vector<std::string>{"alice", "bob"}));
}

TEST_F(demo, does_nothing_on_a_store_with_accounts) {
  seed();
  const std::string tokens = testing::text_of(folder / "demo.tokens");
  EXPECT_EQ(seed(), demo_outcome::not_empty);
  EXPECT_EQ(testing::text_of(folder / "demo.tokens"), tokens);
  expect_the_whole_demo();
}

// Each start gets one commit further, and nothing is booked twice.
TEST_F(demo, goes_on_where_it_was_cut_off) {
  constexpr int commits = 8;
  for (int start = 1; start < commits; ++start) {
    // Shared with the hook: a commit may still run when its start has failed.
    store->on_commit([this, begun = std::make_shared<std::atomic<int>>(0)](const ledger::batch&) {
      if (++*begun == 2) store->fail_next_commit(storage::commit_fault::unavailable);
    });
    EXPECT_THROW(seed(), storage::startup_error) << "start " << start;
    EXPECT_TRUE(std::filesystem::exists(folder / "demo.unfinished"));
    EXPECT_FALSE(std::filesystem::exists(folder / "demo.tokens"));
  }
  EXPECT_EQ(seed(), demo_outcome::seeded);
  expect_the_whole_demo();
}

/// With a ledger written by a version without a ledger secret.
class earlier_demo : public demo {
 protected:
  earlier_demo() : demo({ledger::random_secret(), true}) {}

  template <class Answer, class Message>
  void ask(const caf::actor& who, Message m) {
    EXPECT_FALSE(
        lifeline::ask_and_wait<Answer>(rt.system(), rt.background(), who, std::move(m))->refused);
  }
  /// The accounts and deposits made by that version before it was interrupted.
  void begin(std::size_t accounts, std::size_t deposits) {
    std::ofstream(folder / "demo.unfinished") << "cut off\n";
    demo_books d = plan_demo({}, running->ids());
    for (std::size_t i = 0; i < accounts; ++i) {
      const std::string_view type = to_string(d.accounts[i].type);
      d.accounts[i].id =
          ledger::account_id(ledger::uuid::derive({"demo account", d.accounts[i].owner, type}));
      ask<ledger::account_answer>(running->shard_of(d.accounts[i].id),
                                  ledger::open_account{d.accounts[i], {}, true});
      if (i >= deposits) continue;
      ledger::submit_transfer m;
      m.transfer = d.deposits[i];
      m.transfer.to = d.accounts[i].id;
      m.transfer.id =
          ledger::transfer_id(ledger::uuid::derive({"demo deposit", d.accounts[i].owner, type}));
      ask<ledger::transfer_answer>(running->processor_of(m.transfer.id), m);
    }
  }
};

TEST_F(earlier_demo, goes_on_where_it_was_cut_off) {
  begin(2, 1);
  EXPECT_EQ(seed(), demo_outcome::seeded);
  expect_the_whole_demo();
}

TEST_F(earlier_demo, that_was_whole_is_repeated_without_effect) {
  begin(4, 4);
  EXPECT_EQ(seed(), demo_outcome::seeded);
  expect_the_whole_demo();
}

TEST_F(demo, opens_nothing_over_an_account_of_another) {
  std::ofstream(folder / "demo.unfinished") << "cut off\n";
  ledger::open_account m;
  m.account = plan_demo({}, running->ids()).accounts[0];
  m.account.owner = "mallory";
  m.client_chose_id = true;
  ASSERT_FALSE(lifeline::ask_and_wait<ledger::account_answer>(rt.system(), rt.background(),
                                                              running->shard_of(m.account.id), m)
                   ->refused);
  EXPECT_THROW(seed(), storage::startup_error);
  EXPECT_EQ(wealth_of("mallory"), 0);
}

TEST_F(demo, ends_when_its_start_is_called_off) {
  auto scope = with_cancel(rt.background());
  scope.cancel();
  EXPECT_THROW(seed_demo(scope.ctx(), rt, *running, kept, folder.path()), storage::startup_error);
}

TEST(demo_plan, is_the_same_each_time) {
  const ledger::id_deriver ids({});
  const demo_books a = plan_demo({}, ids);
  const demo_books b = plan_demo(lifeline::wall_time(std::chrono::hours(1)), ids);
  ASSERT_EQ(a.accounts.size(), b.accounts.size());
  for (std::size_t i = 0; i < a.accounts.size(); ++i) {
    EXPECT_TRUE(same_content(a.accounts[i], b.accounts[i]));
    EXPECT_TRUE(same_content(a.deposits[i], b.deposits[i]));
    EXPECT_EQ(a.deposits[i].to, a.accounts[i].id);
  }
}

}  // namespace
}  // namespace bank::node
