#include <algorithm>

#include "lifeline/time/manual_clock.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

template <class Backend>
class ledger_store_read : public any_ledger_store<Backend> {
 protected:
  /// Transfers 1 to `count` from account 1 to 2, of 1 each.
  void post_many(std::uint32_t count) {
    std::vector<entry> entries;
    for (std::uint32_t n = 1; n <= count; ++n)
      entries.push_back(post(transfer(n, acct(1), acct(2), 1)));
    this->commit(std::move(entries));
  }
  page<history_row> history(account_id id, std::uint64_t before, std::size_t limit) {
    return this->store().history(background(), id, before, limit).value();
  }
  std::vector<account_id> list(const account_filter& filter) {
    std::vector<account_id> ids;
    for (const auto& a : this->store().list_accounts(background(), filter).value().rows)
      ids.push_back(a.id);
    return ids;
  }
};
TYPED_TEST_SUITE(ledger_store_read, every_store, store_names);

TYPED_TEST(ledger_store_read, knows_nothing_at_first) {
  EXPECT_EQ(this->last(), 0U);
  EXPECT_FALSE(this->store().find_account(background(), acct(1)).value());
  EXPECT_FALSE(this->store().find_transfer(background(), tran(1)).value());
  EXPECT_TRUE(this->store().totals(background()).value().currencies.empty());
  EXPECT_TRUE(this->list({}).empty());
  EXPECT_TRUE(this->history(acct(1), 0, 10).rows.empty());
}

TYPED_TEST(ledger_store_read, gives_history_newest_first_with_the_balance_after_each_row) {
  this->open_funded(3, 100);
  this->commit({post(transfer(1, acct(1), acct(2), 30)), post(transfer(2, acct(3), acct(1), 5))});
  this->commit({post(transfer(3, acct(2), acct(3), 7)), post(transfer(4, acct(1), acct(3), 75))});
  const auto found = this->history(acct(1), 0, 10);
  EXPECT_FALSE(found.more);
  ASSERT_EQ(found.rows.size(), 4U);
  const std::int64_t balances[] = {0, 75, 70, 100};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(found.rows[i].balance_after, balances[i]) << i;
  EXPECT_EQ(found.rows[0].transfer, *this->store().find_transfer(background(), tran(4)).value());
  EXPECT_EQ(found.rows[1].transfer.id, tran(2));
}

TYPED_TEST(ledger_store_read, pages_through_a_long_history_without_gaps_or_repetitions) {
  this->open_funded(2, 1'000);
  this->post_many(500);
  std::vector<transfer_id> seen;
  std::uint64_t before = 0;
  bool more = true;
  while (more) {
    const auto page = this->history(acct(1), before, 37);
    for (const auto& row : page.rows) seen.push_back(row.transfer.id);
    before = page.rows.back().transfer.sequence;
    more = page.more;
  }
  ASSERT_EQ(seen.size(), 501U);
  for (std::uint32_t n = 0; n < 500; ++n) EXPECT_EQ(seen[n], tran(500 - n));
}

TYPED_TEST(ledger_store_read, enters_a_history_anywhere) {
  this->open_funded(2, 1'000);
  this->post_many(300);
  this->commit({open(account(9))});
  const std::uint64_t end = this->last();
  for (std::uint64_t before = 1; before <= end + 5; ++before) {
    const auto page = this->history(acct(2), before, 1);
    // Account 2 was opened as entry 3 and funded as 4; transfers follow from 5 on.
    const std::uint64_t newest = std::min({before - 1, end - 1});
    ASSERT_EQ(page.rows.size(), newest >= 4 ? 1U : 0U) << before;
    for (const auto& row : page.rows) EXPECT_EQ(row.transfer.sequence, newest) << before;
    EXPECT_EQ(page.more, newest > 4) << before;
  }
}

TYPED_TEST(ledger_store_read, gives_the_worlds_history_too) {
  this->open_funded(2, 10);
  const auto found = this->history(world_account(usd), 0, 10);
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[0].balance_after, -20);
}

TYPED_TEST(ledger_store_read, says_whether_a_page_is_the_last) {
  this->open_funded(2, 100);
  this->post_many(3);
  EXPECT_FALSE(this->history(acct(1), 0, 4).more);
  EXPECT_TRUE(this->history(acct(1), 0, 3).more);
  EXPECT_TRUE(this->history(acct(1), 0, 0).more);
  account_filter filter;
  filter.limit = 3;  // two accounts and the world
  EXPECT_FALSE(this->store().list_accounts(background(), filter).value().more);
  filter.limit = 2;
  EXPECT_TRUE(this->store().list_accounts(background(), filter).value().more);
}

TYPED_TEST(ledger_store_read, lists_accounts_in_order_of_id_page_by_page) {
  for (const std::uint32_t n : {5, 2, 9, 1, 7}) this->commit({open(account(n))});
  account_filter filter;
  filter.limit = 2;
  std::vector<account_id> seen;
  for (bool more = true; more;) {
    const auto page = this->store().list_accounts(background(), filter).value();
    for (const auto& a : page.rows) seen.push_back(a.id);
    filter.after = seen.back();
    more = page.more;
  }
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TYPED_TEST(ledger_store_read, lists_only_what_passes_all_filters) {
  account_record rent = account(1);
  rent.owner = "alice";
  rent.ref = "rent";
  account_record frozen = account(2);
  frozen.owner = "alice";
  frozen.status = account_status::frozen;
  account_record bobs = account(3);
  bobs.owner = "bob";
  bobs.ref = "rent";
  this->commit({open(rent), open(frozen), open(bobs)});
  using ids = std::vector<account_id>;
  const auto list = [&](auto owner, auto ref, auto status) {
    return this->list({owner, ref, status, {}, 50});
  };
  const std::optional<std::string> any;
  const std::optional<account_status> any_status;
  const std::optional<std::string> alice("alice"), rent_ref("rent"), eve("eve");
  EXPECT_EQ(list(alice, any, any_status), (ids{acct(1), acct(2)}));
  EXPECT_EQ(list(any, rent_ref, any_status), (ids{acct(1), acct(3)}));
  EXPECT_EQ(list(alice, rent_ref, any_status), ids{acct(1)});
  EXPECT_EQ(list(any, any, std::optional(account_status::frozen)), ids{acct(2)});
  EXPECT_EQ(list(alice, rent_ref, std::optional(account_status::frozen)), ids{});
  EXPECT_EQ(list(eve, any, any_status), ids{});
}

TYPED_TEST(ledger_store_read, sums_every_currency_to_zero) {
  this->open_funded(3, 100);
  this->commit({open(account(8, 0, jpy)), post(transfer(1, world_account(jpy), acct(8), 5, jpy)),
                post(transfer(2, acct(1), acct(2), 60))});
  const auto totals = this->store().totals(background()).value();
  EXPECT_EQ(totals.sequence, this->last());
  ASSERT_EQ(totals.currencies.size(), 2U);
  EXPECT_EQ(totals.currencies[0].unit, jpy);
  EXPECT_EQ(totals.currencies[1].unit, usd);
  for (const auto& total : totals.currencies) {
    EXPECT_EQ(total.sum, 0);
    EXPECT_EQ(total.pending, 0);
  }
}

TYPED_TEST(ledger_store_read, sums_balances_of_which_a_part_would_not_fit_in_64_bits) {
  constexpr std::uint32_t pairs = 1'100;
  std::vector<entry> entries;
  for (std::uint32_t n = 1; n <= pairs; ++n) {
    entries.push_back(open(account(2 * n, max_minor)));
    entries.push_back(open(account(2 * n + 1)));
    entries.push_back(post(transfer(n, acct(2 * n), acct(2 * n + 1), max_minor)));
  }
  this->commit(std::move(entries));
  EXPECT_EQ(this->balance(acct(3)), max_minor);
  const auto totals = this->store().totals(background());
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->currencies.at(0).sum, 0);
}

/// Every call, for use with a context that has ended.
template <class Check>
void with_each_call(ledger_store& store, const lifeline::context& ctx, Check&& check) {
  check(store.find_account(ctx, acct(1)));
  check(store.find_transfer(ctx, tran(1)));
  check(store.find_key(ctx, "alice", "k"));
  check(store.list_accounts(ctx, {}));
  check(store.history(ctx, acct(1), 0, 10));
  check(store.list_transfers(ctx, {}));
  check(store.balance_at(ctx, acct(1), noon));
  check(store.account_statement(ctx, acct(1), noon, noon, 10));
  check(store.list_owners(ctx, "a", {}, 10));
  check(store.totals(ctx));
  check(store.last_sequence(ctx));
  check(store.fence(ctx));
  check(store.find_batch(ctx, batch{}));
}

TYPED_TEST(ledger_store_read, is_not_begun_for_a_cancelled_context) {
  auto scope = lifeline::with_cancel(background());
  scope.cancel();
  with_each_call(this->store(), scope.ctx(), [](const auto& answer) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, lifeline::ledger::errc::canceled);
    EXPECT_EQ(answer.error().known, outcome::none);
  });
  this->commit({open(account(1))});
}

TYPED_TEST(ledger_store_read, is_not_begun_after_the_deadline) {
  lifeline::manual_clock clock;
  const auto scope =
      lifeline::with_timeout(lifeline::background(clock), std::chrono::milliseconds(5));
  clock.advance(std::chrono::milliseconds(5));
  with_each_call(this->store(), scope.ctx(), [](const auto& answer) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, lifeline::ledger::errc::deadline_exceeded);
  });
}

}  // namespace bank::storage::tests
