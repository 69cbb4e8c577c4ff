#include <map>
#include <random>

#include "random_seed.hpp"
#include "storage/ledger_store_fixture.hpp"

// Lists of transfers in every state, while some of them resolve.

namespace bank::storage::tests {

using std::chrono::seconds;
using enum transfer_status;
using ids = std::vector<transfer_id>;

/// Accounts 1 to 4; 1 and 2 are alice's. Each call of `at_second` sets the next batches' time.
template <class Backend>
class ledger_store_list : public any_ledger_store<Backend> {
 protected:
  void SetUp() override {
    for (std::uint32_t n = 1; n <= 4; ++n) {
      account_record a = account(n, 1'000'000);
      a.owner = n <= 2 ? "alice" : "bob";
      this->commit({open(a)});
    }
  }
  static transfer_record hold(std::uint32_t n, std::uint32_t from, std::uint32_t to) {
    transfer_record t = transfer(n, acct(from), acct(to), 10);
    t.two_phase = true;
    t.status = pending;
    return t;
  }
  static transfer_record schedule(std::uint32_t n, std::uint32_t from, std::uint32_t to) {
    transfer_record t = transfer(n, acct(from), acct(to), 10);
    t.status = scheduled;
    t.execute_at = noon + seconds(1'000);
    return t;
  }
  void at_second(std::int64_t second, std::vector<entry> entries) {
    this->at = noon + seconds(second);
    for (const entry_result& r : this->commit(std::move(entries)))
      EXPECT_EQ(r.outcome, entry_outcome::committed);
  }
  static entry end(std::uint32_t n, transfer_status becomes, std::int64_t minor = 0,
                   transfer_status expects = pending) {
    return resolve_entry{tran(n), {becomes, expects, minor, {}}, {}};
  }
  static entry execute(transfer_record t) {
    t.status = posted;
    return transfer_entry{std::move(t), {}, scheduled};
  }
  /// One in each state, with a posting before and after: 1 posted at once, 2 pending, 3 posted in
  /// part, 4 voided, 5 expired, 6 scheduled, 7 rejected, 8 executed, 9 posted at once.
  void make_one_of_each() {
    at_second(1, {post(transfer(1, acct(1), acct(2), 10))});
    at_second(2, {post(hold(2, 1, 3))});
    at_second(3, {post(hold(3, 3, 4))});
    at_second(4, {post(hold(4, 4, 1))});
    at_second(5, {post(hold(5, 1, 2))});
    at_second(6, {post(schedule(6, 3, 4))});
    at_second(7, {post(schedule(7, 2, 3))});
    at_second(8, {post(schedule(8, 1, 4))});
    at_second(9, {post(transfer(9, acct(4), acct(3), 10))});
    at_second(20, {end(3, posted, 4), end(4, voided), end(5, expired),
                   end(7, rejected, 0, scheduled), execute(schedule(8, 1, 4))});
  }
  ids list(const transfer_filter& f) {
    ids found;
    for (const auto& t : this->store().list_transfers(background(), f).value().rows)
      found.push_back(t.id);
    return found;
  }
  ids list_of(std::optional<transfer_status> status, std::optional<std::uint32_t> account = {},
              std::optional<std::string> owner = {}) {
    transfer_filter f;
    f.status = status;
    if (account) f.account = acct(*account);
    f.owner = std::move(owner);
    return list(f);
  }
  static ids numbers(std::initializer_list<std::uint32_t> all) {
    ids found;
    for (const auto n : all) found.push_back(tran(n));
    return found;
  }
};
TYPED_TEST_SUITE(ledger_store_list, every_store, store_names);

TYPED_TEST(ledger_store_list, shows_every_state_in_the_order_of_first_entries) {
  this->make_one_of_each();
  EXPECT_EQ(this->list({}), this->numbers({9, 8, 7, 6, 5, 4, 3, 2, 1}));
  for (const auto& t : this->store().list_transfers(background(), {}).value().rows)
    EXPECT_EQ(t, this->store().find_transfer(background(), t.id).value());
}

TYPED_TEST(ledger_store_list, shows_those_of_an_account_and_of_an_owner) {
  this->make_one_of_each();
  EXPECT_EQ(this->list_of({}, 1), this->numbers({8, 5, 4, 2, 1}));
  EXPECT_EQ(this->list_of({}, 4), this->numbers({9, 8, 6, 4, 3}));
  EXPECT_EQ(this->list_of({}, {}, "alice"), this->numbers({8, 7, 5, 4, 2, 1}));
  EXPECT_EQ(this->list_of({}, {}, "bob"), this->numbers({9, 8, 7, 6, 4, 3, 2}));
  EXPECT_EQ(this->list_of({}, 3, "alice"), this->numbers({7, 2}));
  EXPECT_EQ(this->list_of({}, 99), ids{});
  EXPECT_EQ(this->list_of({}, {}, "eve"), ids{});
}

TYPED_TEST(ledger_store_list, shows_one_state) {
  this->make_one_of_each();
  const std::vector<std::pair<transfer_status, ids>> table{
      {posted, this->numbers({9, 8, 3, 1})}, {pending, this->numbers({2})},
      {scheduled, this->numbers({6})},       {voided, this->numbers({4})},
      {expired, this->numbers({5})},         {rejected, this->numbers({7})}};
  for (const auto& [status, expected] : table) EXPECT_EQ(this->list_of(status), expected);
  EXPECT_EQ(this->list_of(posted, 4), this->numbers({9, 8, 3}));
  EXPECT_EQ(this->list_of(pending, 3), this->numbers({2}));
  EXPECT_EQ(this->list_of(pending, 4), ids{});
  EXPECT_EQ(this->list_of(voided, 1), this->numbers({4}));
  EXPECT_EQ(this->list_of(voided, 3), ids{});
  EXPECT_EQ(this->list_of(scheduled, {}, "bob"), this->numbers({6}));
  EXPECT_EQ(this->list_of(scheduled, {}, "alice"), ids{});
  EXPECT_EQ(this->list_of(pending, 3, "alice"), this->numbers({2}));
  EXPECT_EQ(this->list_of(rejected, {}, "alice"), this->numbers({7}));
}

TYPED_TEST(ledger_store_list, takes_the_time_of_the_first_entry) {
  this->make_one_of_each();
  transfer_filter f;
  f.from = noon + seconds(4);
  f.to = noon + seconds(7);
  EXPECT_EQ(this->list(f), this->numbers({6, 5, 4}));
  f.account = acct(1);
  EXPECT_EQ(this->list(f), this->numbers({5, 4}));
  f.status = voided;
  EXPECT_EQ(this->list(f), this->numbers({4}));
  f = {};
  f.from = noon + seconds(10);
  EXPECT_EQ(this->list(f), ids{}) << "what resolved at second 20 began before";
  f = {};
  f.to = noon + seconds(2) + std::chrono::milliseconds(1);
  EXPECT_EQ(this->list(f), this->numbers({2, 1}));
  f.status = pending;
  EXPECT_EQ(this->list(f), this->numbers({2}));
  f.to = noon + seconds(2);
  EXPECT_EQ(this->list(f), ids{});
}

TYPED_TEST(ledger_store_list, finds_text_in_every_state) {
  const auto marked = [](transfer_record t) {
    t.memo = "Rent";
    return t;
  };
  this->at_second(1, {post(marked(this->hold(1, 1, 3))), post(marked(this->schedule(2, 1, 3))),
                      post(marked(this->hold(3, 1, 3))), post(this->hold(4, 1, 3)),
                      post(marked(transfer(5, acct(1), acct(3), 1)))});
  this->at_second(2, {this->end(3, voided)});
  transfer_filter f;
  f.text = "rent";
  for (const auto& owner : {std::optional<std::string>(), std::optional<std::string>("bob")}) {
    f.owner = owner;
    EXPECT_EQ(this->list(f), this->numbers({5, 3, 2, 1}));
  }
  f.status = pending;
  EXPECT_EQ(this->list(f), this->numbers({1}));
  f.text = "02000000-0000-0000-0000-000000000004";
  EXPECT_EQ(this->list(f), this->numbers({4}));
}

/// Between two pages, transfers resolve and new ones begin.
TYPED_TEST(ledger_store_list, neither_misses_nor_repeats_a_row_while_transfers_resolve) {
  std::vector<std::uint32_t> open_ones;
  for (std::uint32_t n = 1; n <= 90; ++n) {
    if (n % 3 == 0) {
      this->at_second(n, {post(transfer(n, acct(1), acct(3), 1))});
    } else {
      this->at_second(n, {post(this->hold(n, 1 + n % 2, 3))});
      open_ones.push_back(n);
    }
  }
  std::uint32_t fresh = 1'000;
  for (const auto& owner : {std::optional<std::string>(), std::optional<std::string>("alice")}) {
    transfer_filter f;
    f.owner = owner;
    f.limit = 1'000;
    const ids expected = this->list(f);
    f.limit = 7;
    ids seen;
    for (bool more = true; more;) {
      const auto page = this->store().list_transfers(background(), f).value();
      for (const auto& t : page.rows) seen.push_back(t.id);
      f.before = page.rows.back().first_sequence;
      more = page.more;
      this->commit({post(this->hold(++fresh, 1, 3)), post(transfer(++fresh, acct(2), acct(4), 1))});
      for (int i = 0; i < 2 && !open_ones.empty(); ++i) {
        // Old and new transfers: on later pages and on earlier ones.
        const auto place = i == 0 ? open_ones.begin() : open_ones.end() - 1;
        this->commit(
            {this->end(*place, *place % 2 == 0 ? posted : voided, *place % 2 == 0 ? 3 : 0)});
        open_ones.erase(place);
      }
    }
    EXPECT_EQ(seen, expected);
  }
}

TYPED_TEST(ledger_store_list, leaves_balances_statements_and_histories_to_postings) {
  this->make_one_of_each();
  const auto balance = [&](std::uint32_t n, std::int64_t second) {
    const auto when = noon + seconds(second);
    return this->store().balance_at(background(), acct(n), when).value().value();
  };
  EXPECT_EQ(balance(4, 8).posted, 0) << "a hold is no posting";
  EXPECT_EQ(balance(4, 19).posted, -10);
  EXPECT_EQ(balance(4, 20).posted, 4) << "the part that was posted, and what was executed";
  EXPECT_EQ(balance(2, 100).posted, 10);
  const auto part = this->store()
                        .account_statement(background(), acct(3), noon, noon + seconds(100), 100)
                        .value();
  EXPECT_EQ(part.closing, 6);
  ASSERT_EQ(part.rows.size(), 2U);
  EXPECT_EQ(part.rows[0].transfer.id, tran(9));
  EXPECT_EQ(part.rows[1].transfer.id, tran(3));
  EXPECT_EQ(part.rows[1].transfer.amount.minor, 4);
  EXPECT_EQ(part.rows[1].transfer.held, 10);
  EXPECT_EQ(part.rows[1].balance_after, 6);
  const auto late =
      this->store()
          .account_statement(background(), acct(3), noon + seconds(10), noon + seconds(100), 100)
          .value();
  EXPECT_EQ(late.opening, 10);
  EXPECT_EQ(late.rows.size(), 1U) << "by the time of posting";
  EXPECT_EQ(this->store().history(background(), acct(3), 0, 100).value().rows.size(), 2U);
}

TYPED_TEST(ledger_store_list, knows_times_over_restarts_of_the_journal) {
  for (std::uint32_t n = 1; n <= 30; ++n) {
    if (n % 4 == 0) this->raise();
    if (n % 5 == 0) this->try_commit({});
    this->at_second(n, {post(this->hold(n, 1, 3))});
  }
  for (std::uint32_t from = 0; from <= 32; ++from) {
    transfer_filter f;
    f.from = noon + seconds(from);
    EXPECT_EQ(this->list(f).size(), 31 - std::clamp(from, 1U, 31U)) << from;
  }
}

/// Compares the stores with each other for every kind of filter.
TEST(ledger_store_lists, of_both_stores_agree) {
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
  std::uint64_t number = 0;
  const auto commit = [&](wall_time at, const std::vector<entry>& all) {
    ++number;
    EXPECT_EQ(both([&](ledger_store& s) {
                return s.commit({{epoch, number}, at, all}).index();
              }),
              0U);
  };
  for (std::uint32_t n = 1; n <= 8; ++n) {
    account_record a = account(n, 1'000'000);
    a.owner = n % 2 == 0 ? "even" : "odd";
    commit(noon, {open(a)});
  }
  std::map<std::uint32_t, transfer_record> open_ones;
  for (std::uint32_t n = 1; n <= 600; ++n) {
    const wall_time at = noon + seconds(n / 4);
    const auto from = below(8);
    transfer_record t = transfer(n, acct(1 + from), acct(1 + (from + 1 + below(7)) % 8), 5);
    t.memo = "memo " + std::to_string(below(20));
    t.two_phase = below(3) != 0;
    if (t.two_phase) t.status = pending;
    if (below(4) == 0) t.execute_at = at + seconds(5), t.status = scheduled;
    commit(at, {post(t)});
    if (is_open(t.status)) open_ones.emplace(n, t);
    if (open_ones.empty() || below(3) == 0) continue;
    auto it = std::next(open_ones.begin(), below(open_ones.size()));
    transfer_record& o = it->second;
    if (o.status == scheduled && below(2) == 0) {
      o.status = o.two_phase ? pending : posted;
      commit(at, {transfer_entry{o, {}, scheduled}});
      if (is_open(o.status)) continue;
    } else {
      const bool was_scheduled = o.status == scheduled;
      resolution r{below(2) == 0 ? voided : was_scheduled ? rejected : expired, o.status, 0, {}};
      if (!was_scheduled && below(2) == 0) r.becomes = posted, r.minor = 1 + below(5);
      commit(at, {resolve_entry{o.id, r, {}}});
    }
    open_ones.erase(it);
  }
  for (int round = 0; round < 500; ++round) {
    transfer_filter f;
    if (below(2) == 0) f.account = acct(1 + below(9));
    if (below(3) == 0) f.owner = below(2) == 0 ? "even" : "odd";
    if (below(2) == 0) f.status = static_cast<transfer_status>(below(6));
    if (below(4) == 0) f.text = "memo " + std::to_string(below(20));
    if (below(3) == 0) f.from = noon + seconds(below(160));
    if (below(3) == 0) f.to = noon + seconds(below(160));
    if (below(3) == 0) f.before = 1 + below(1'100);
    f.limit = 1 + below(60);
    both([&](ledger_store& s) {
      const auto page = s.list_transfers(background(), f).value();
      std::vector<std::uint64_t> found{page.more ? 1U : 0U};
      for (const auto& t : page.rows) found.insert(found.end(), {t.first_sequence, t.sequence});
      return found;
    });
  }
}

}  // namespace bank::storage::tests
