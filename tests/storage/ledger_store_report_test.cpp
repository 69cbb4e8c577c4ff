#include <random>

#include "random_seed.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

using std::chrono::seconds;

/// Accounts 1 to 4; 1 and 2 are alice's. One transfer per second from `noon` on.
template <class Backend>
class ledger_store_report : public any_ledger_store<Backend> {
 protected:
  void SetUp() override {
    std::vector<entry> entries;
    for (std::uint32_t n = 1; n <= 4; ++n) {
      account_record a = account(n, 1'000'000);
      a.owner = n <= 2 ? "alice" : "bob";
      if (n == 3) a.ref = "Rent 50%";
      entries.push_back(open(a));
    }
    this->commit(std::move(entries));
  }
  void post_at(std::int64_t second, transfer_record t) {
    this->at = noon + seconds(second);
    this->commit({post(std::move(t))});
  }
  /// Transfer n at second n: from account 1 + n % 3 to the next.
  void post_many(std::uint32_t count) {
    for (std::uint32_t n = 1; n <= count; ++n)
      post_at(n, transfer(n, acct(1 + n % 3), acct(2 + n % 3), n));
  }
  std::vector<transfer_id> list(const transfer_filter& f) {
    std::vector<transfer_id> ids;
    for (const auto& t : this->store().list_transfers(background(), f).value().rows)
      ids.push_back(t.id);
    return ids;
  }
  std::optional<dated_balance> at_second(account_id id, std::int64_t second) {
    return this->store().balance_at(background(), id, noon + seconds(second)).value();
  }
  statement statement_of(account_id id, std::int64_t from, std::int64_t to,
                         std::size_t limit = 1'000) {
    return this->store()
        .account_statement(background(), id, noon + seconds(from), noon + seconds(to), limit)
        .value();
  }
};
TYPED_TEST_SUITE(ledger_store_report, every_store, store_names);

using ids = std::vector<transfer_id>;

TYPED_TEST(ledger_store_report, lists_transfers_newest_first) {
  this->post_many(6);
  EXPECT_EQ(this->list({}), (ids{tran(6), tran(5), tran(4), tran(3), tran(2), tran(1)}));
  transfer_filter f;
  f.account = acct(4);
  EXPECT_EQ(this->list(f), (ids{tran(5), tran(2)}));
  f.account = acct(99);
  EXPECT_EQ(this->list(f), ids{});
}

TYPED_TEST(ledger_store_report, lists_those_of_an_owner_once_each) {
  this->post_many(6);
  transfer_filter f;
  f.owner = "alice";  // 3 and 6 go from 1 to 2: both are hers
  EXPECT_EQ(this->list(f), (ids{tran(6), tran(4), tran(3), tran(1)}));
  f.account = acct(3);
  EXPECT_EQ(this->list(f), (ids{tran(4), tran(1)})) << "of account 3, but only what touches hers";
  f.account.reset();
  f.owner = "eve";
  EXPECT_EQ(this->list(f), ids{});
}

TYPED_TEST(ledger_store_report, lists_a_span_of_time_and_a_state) {
  this->post_many(6);
  transfer_filter f;
  f.from = noon + seconds(2);
  f.to = noon + seconds(5);
  EXPECT_EQ(this->list(f), (ids{tran(4), tran(3), tran(2)}));
  f.account = acct(1);
  EXPECT_EQ(this->list(f), (ids{tran(3)}));
  f.status = transfer_status::voided;
  EXPECT_EQ(this->list(f), ids{});
  f = {};
  f.status = transfer_status::posted;
  f.from = noon + seconds(6);
  EXPECT_EQ(this->list(f), ids{tran(6)});
  f.from = noon + seconds(7);
  EXPECT_EQ(this->list(f), ids{});
}

TYPED_TEST(ledger_store_report, finds_text_in_kind_memo_and_id) {
  transfer_record rent = transfer(1, acct(1), acct(3), 5);
  rent.memo = "For M\xc3\xa4y, 50%_off";
  transfer_record fee = transfer(2, acct(1), acct(3), 5);
  fee.kind = "monthly.fee";
  fee.id = transfer_id(*uuid::parse("abcdef01-0000-7000-8000-000000000001"));
  this->commit({post(rent), post(fee)});
  const auto find = [&](const std::string& text, std::optional<std::string> owner = {}) {
    transfer_filter f;
    f.text = text;
    f.owner = std::move(owner);
    return this->list(f);
  };
  for (const auto& owner : {std::optional<std::string>(), std::optional<std::string>("bob")}) {
    EXPECT_EQ(find("for m", owner), ids{tran(1)});
    EXPECT_EQ(find("50%_", owner), ids{tran(1)});
    EXPECT_EQ(find("0%o", owner), ids{}) << "the per cent sign is no wildcard";
    EXPECT_EQ(find("FEE", owner), ids{fee.id});
    EXPECT_EQ(find("ABCDEF01-0", owner), ids{fee.id});
    EXPECT_EQ(find("abcdef010000", owner), ids{fee.id});
    EXPECT_EQ(find("bcdef", owner), ids{});
    EXPECT_EQ(find("m", owner), (ids{fee.id, tran(1)}));
  }
  EXPECT_EQ(find("fee", "eve"), ids{});
}

TYPED_TEST(ledger_store_report, finds_accounts_and_owners_by_text) {
  const auto accounts = [&](const std::string& text) {
    account_filter f;
    f.text = text;
    std::vector<account_id> found;
    for (const auto& a : this->store().list_accounts(background(), f).value().rows)
      found.push_back(a.id);
    return found;
  };
  EXPECT_EQ(accounts("LIC"), (std::vector{acct(1), acct(2)}));
  EXPECT_EQ(accounts("50%"), (std::vector{acct(3)}));
  EXPECT_EQ(accounts("5_%"), (std::vector<account_id>{}));
  EXPECT_EQ(accounts("01000000-0000-0000-0000-000000000004"), (std::vector{acct(4)}));
  const auto owners = [&](const std::string& text, std::optional<std::string> only = {}) {
    return this->store().list_owners(background(), text, only, 10).value();
  };
  using found = std::vector<owner_summary>;
  EXPECT_EQ(owners(""), (found{{"alice", 2}, {"bob", 2}}));
  EXPECT_EQ(owners("B"), (found{{"bob", 2}}));
  EXPECT_EQ(owners("", "alice"), (found{{"alice", 2}}));
  EXPECT_EQ(owners("b", "alice"), found{});
  EXPECT_EQ(this->store().list_owners(background(), "", {}, 1).value().size(), 1U);
}

TYPED_TEST(ledger_store_report, pages_stay_stable_while_money_moves) {
  this->post_many(60);
  for (const auto& owner : {std::optional<std::string>(), std::optional<std::string>("alice")}) {
    std::vector<transfer_id> seen;
    transfer_filter f;
    f.owner = owner;
    f.limit = 7;
    const auto expected = [&] {
      transfer_filter all = f;
      all.limit = 1'000;
      return this->list(all);
    }();
    for (bool more = true; more;) {
      const auto page = this->store().list_transfers(background(), f).value();
      for (const auto& t : page.rows) seen.push_back(t.id);
      f.before = page.rows.back().first_sequence;
      more = page.more;
      const auto n = static_cast<std::uint32_t>(1'000 + seen.size()) + (owner ? 10'000 : 0);
      this->commit({post(transfer(n, acct(1), acct(2), 1))});
    }
    EXPECT_EQ(seen, expected);
  }
}

TYPED_TEST(ledger_store_report, tells_a_balance_of_old) {
  this->post_at(10, transfer(1, acct(1), acct(2), 5));
  this->post_at(20, transfer(2, acct(2), acct(1), 2));
  this->post_at(20, transfer(3, acct(3), acct(2), 100));
  this->post_at(30, transfer(4, acct(2), acct(1), 1));
  const auto balance = [&](std::int64_t second) {
    return this->at_second(acct(2), second)->posted;
  };
  EXPECT_EQ(balance(9), 0);
  EXPECT_EQ(balance(10), 5);
  EXPECT_EQ(balance(19), 5);
  EXPECT_EQ(balance(20), 103) << "all of that moment";
  EXPECT_EQ(balance(29), 103);
  EXPECT_EQ(balance(30), 102);
  EXPECT_EQ(balance(1'000), 102);
  EXPECT_EQ(this->at_second(acct(4), 1'000)->posted, 0);
  EXPECT_EQ(this->at_second(acct(2), 20)->sequence, 7U);
  EXPECT_FALSE(this->at_second(acct(2), -1)) << "it was opened at noon";
  EXPECT_TRUE(this->at_second(acct(2), 0));
  EXPECT_FALSE(this->at_second(acct(99), 5));
}

TYPED_TEST(ledger_store_report, makes_statements_between_two_balances) {
  for (std::uint32_t n = 1; n <= 9; ++n)
    this->post_at(10 * n, transfer(n, world_account(usd), acct(1), n));
  const auto whole = this->statement_of(acct(1), 0, 100);
  EXPECT_EQ(whole.opening, 0);
  EXPECT_EQ(whole.closing, 45);
  ASSERT_EQ(whole.rows.size(), 9U);
  EXPECT_EQ(whole.rows[2].balance_after, 6);
  const auto part = this->statement_of(acct(1), 20, 50);
  EXPECT_EQ(part.opening, 1);
  EXPECT_EQ(part.closing, 10);
  ASSERT_EQ(part.rows.size(), 3U);
  EXPECT_EQ(part.rows.front().transfer.id, tran(2));
  EXPECT_FALSE(part.more);
  const auto nothing = this->statement_of(acct(1), 51, 59);
  EXPECT_TRUE(nothing.rows.empty());
  EXPECT_EQ(nothing.opening, 15);
  EXPECT_EQ(nothing.closing, 15);
  const auto early = this->statement_of(acct(1), -100, 0);
  EXPECT_EQ(early.opening, 0);
  EXPECT_EQ(early.closing, 0);
  const auto newest = this->statement_of(acct(1), 0, 100, 2);
  EXPECT_TRUE(newest.more);
  EXPECT_EQ(newest.opening, 28);
  EXPECT_EQ(newest.rows.size(), 2U);
  EXPECT_FALSE(this->statement_of(acct(1), 0, 100, 9).more);
  EXPECT_TRUE(this->statement_of(acct(99), 0, 100).rows.empty());
}

/// Compares the stores with each other for every kind of filter.
TEST(ledger_store_reports, of_both_stores_agree) {
  in_memory memory;
  in_sqlite sqlite;
  std::mt19937_64 random(lifeline::testing::random_seed());
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
  const auto both = [&](auto&& act) {
    auto left = act(*memory.store);
    auto right = act(*sqlite.store);
    EXPECT_EQ(left, right);
    return left;
  };
  const auto epoch = both([](ledger_store& s) { return s.fence(background()).value(); });
  std::vector<entry> entries;
  for (std::uint32_t n = 1; n <= 8; ++n) {
    account_record a = account(n, 1'000'000);
    a.owner = n % 2 == 0 ? "even" : "odd";
    entries.push_back(open(a));
  }
  const auto commit = [&](std::uint64_t number, wall_time at, const std::vector<entry>& all) {
    both([&](ledger_store& s) { return s.commit({{epoch, number}, at, all}).index(); });
  };
  commit(1, noon, entries);
  for (std::uint32_t n = 1; n <= 400; ++n) {
    const auto from = 1 + below(8);
    transfer_record t = transfer(n, acct(from), acct(1 + (from + below(7)) % 8), 1 + below(50));
    t.memo = "memo " + std::to_string(below(20));
    if (t.from != t.to) commit(n + 1, noon + seconds(n / 3), {post(t)});
  }
  for (int round = 0; round < 300; ++round) {
    transfer_filter f;
    if (below(2) == 0) f.account = acct(1 + below(9));
    if (below(3) == 0) f.owner = below(2) == 0 ? "even" : "odd";
    if (below(3) == 0) f.text = "memo " + std::to_string(below(20));
    if (below(2) == 0) f.from = noon + seconds(below(140));
    if (below(2) == 0) f.to = noon + seconds(below(140));
    if (below(3) == 0) f.before = 1 + below(420);
    f.limit = 1 + below(60);
    both([&](ledger_store& s) {
      const auto page = s.list_transfers(background(), f).value();
      std::vector<std::uint64_t> found{page.more ? 1U : 0U};
      for (const auto& t : page.rows) found.push_back(t.sequence);
      return found;
    });
    const account_id id = acct(1 + below(9));
    const wall_time at = noon + seconds(below(150)) - seconds(10);
    both([&](ledger_store& s) {
      const auto b = s.balance_at(background(), id, at).value();
      return b ? std::optional(std::pair(b->posted, b->sequence)) : std::nullopt;
    });
    const wall_time to = at + seconds(below(60));
    both([&](ledger_store& s) {
      const auto found = s.account_statement(background(), id, at, to, 30).value();
      std::vector<std::int64_t> all{found.opening, found.closing, found.more ? 1 : 0};
      for (const auto& row : found.rows) all.push_back(row.balance_after);
      return all;
    });
  }
}

}  // namespace bank::storage::tests
