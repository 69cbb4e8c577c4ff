#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "bank/storage/postgres/verify.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "random_seed.hpp"
#include "storage/ledger_store_fixture.hpp"
#include "storage/naive_bank.hpp"

namespace bank::storage::tests {

/// Makes batches with identifiers, keys and names from small ranges, so that they collide.
class batch_source {
 public:
  explicit batch_source(std::uint64_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

  std::vector<entry> entries(const naive_bank& bank) {
    std::vector<entry> all(below(12));
    for (entry& e : all) e = an_entry(bank);
    if (one_in(4) && !bank.accounts.empty()) all.emplace_back(a_change(bank));
    return all;
  }

 private:
  entry an_entry(const naive_bank& bank) {
    switch (below(8)) {
      case 0: return maybe_keyed(open(an_account()));
      case 1: return maybe_keyed(post(with_phases(a_transfer(bank))));
      case 2: return due_now(bank);
      case 3:
      case 4: return maybe_keyed(an_end(bank));
      default: return maybe_keyed(post(a_transfer(bank)));
    }
  }

  transfer_record with_phases(transfer_record t) {
    t.two_phase = !one_in(3);
    if (!t.two_phase || one_in(3)) t.execute_at = noon + std::chrono::seconds(below(50));
    if (t.two_phase && one_in(2)) t.expires_in = std::chrono::seconds(1 + below(50));
    t.status = t.execute_at ? transfer_status::scheduled : transfer_status::pending;
    return t;
  }

  std::optional<transfer_record> known(const naive_bank& bank, bool only_open) {
    std::vector<const transfer_record*> fitting;
    for (const auto& [id, t] : bank.transfers)
      if (!only_open || is_open(t.status)) fitting.push_back(&t);
    if (fitting.empty()) return std::nullopt;
    return *fitting[below(static_cast<std::uint32_t>(fitting.size()))];
  }

  entry due_now(const naive_bank& bank) {
    transfer_record t = known(bank, !one_in(10)).value_or(a_transfer(bank));
    t.status = t.two_phase ? transfer_status::pending : transfer_status::posted;
    return transfer_entry{t, {}, transfer_status::scheduled};
  }

  /// Mostly a possible one; never one that violates a rule.
  entry an_end(const naive_bank& bank) {
    const auto t = known(bank, !one_in(5));
    if (!t) return resolve_entry{tran(below(1'500)), {}, {}};
    resolution r;
    r.expects = one_in(2) ? transfer_status::scheduled : transfer_status::pending;
    if (!one_in(4) && is_open(t->status)) r.expects = t->status;
    if (r.expects == transfer_status::scheduled) {
      r.becomes = one_in(2) ? transfer_status::voided : transfer_status::rejected;
      if (r.becomes == transfer_status::rejected) r.reason = "insufficient_funds";
    } else {
      r.becomes = std::array{transfer_status::posted, transfer_status::voided,
                             transfer_status::expired}[below(3)];
      const auto held = static_cast<std::uint32_t>(t->held.value_or(1));
      if (r.becomes == transfer_status::posted) r.minor = one_in(2) ? held : 1 + below(held);
    }
    return resolve_entry{t->id, r, {}};
  }

  entry maybe_keyed(entry e) {
    if (!one_in(5)) return e;
    return keyed(std::move(e), one_in(2) ? "alice" : "bob", std::to_string(below(200)));
  }

  account_record an_account() {
    account_record a = account(below(60), below(3) * 100, one_in(3) ? jpy : usd);
    a.owner = "owner-" + std::to_string(below(5));
    if (one_in(2)) a.ref = "ref-" + std::to_string(below(20));
    return a;
  }

  /// Mostly one that fits the account's state.
  change_entry a_change(const naive_bank& bank) {
    const auto place = below(static_cast<std::uint32_t>(bank.accounts.size()));
    const account_record& a = std::next(bank.accounts.begin(), place)->second;
    change_entry e{a.id, a.status, a.overdraft_limit, {}};
    if (one_in(20)) e.expected_status = account_status::frozen;
    if (one_in(2)) {
      e.change.overdraft_limit = below(4) * 100;
    } else if (a.posted == 0 && one_in(3)) {
      e.change.status = account_status::closed;
    } else {
      e.change.status =
          a.status == account_status::open ? account_status::frozen : account_status::open;
    }
    return e;
  }

  transfer_record a_transfer(const naive_bank& bank) {
    const currency unit = one_in(3) ? jpy : usd;
    const account_id from = one_in(4) ? world_account(unit) : any(bank, unit);
    account_id to = any(bank, unit);
    if (to == from) to = world_account(unit);
    const std::int64_t amount = from == world_account(unit) ? 500 : 1 + below(40);
    transfer_record t = transfer(below(1'500), from == to ? acct(99) : from, to, amount, unit);
    t.status = transfer_status::posted;
    return t;
  }

  /// Mostly an account of that currency; rarely a missing one or one of another currency.
  account_id any(const naive_bank& bank, currency unit) {
    std::vector<account_id> fitting;
    for (const auto& [id, a] : bank.accounts)
      if (a.unit == unit && a.type != account_type::world &&
          (a.status != account_status::closed || one_in(200)))
        fitting.emplace_back(id);
    if (fitting.empty() || one_in(150)) return acct(below(60));
    return fitting[below(static_cast<std::uint32_t>(fitting.size()))];
  }

  std::mt19937_64 random_;
};

template <class Backend>
class ledger_store_random : public any_ledger_store<Backend> {
 protected:
  void expect_same(const commit_result& got, const commit_result& expected) {
    ASSERT_EQ(got.index(), expected.index());
    if (got.index() == 1) {
      EXPECT_EQ(std::get<1>(got), std::get<1>(expected));
      return;
    }
    EXPECT_EQ(std::get<0>(got).at, std::get<0>(expected).at);
    const auto& left = std::get<0>(got).results;
    const auto& right = std::get<0>(expected).results;
    ASSERT_EQ(left.size(), right.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(left[i].outcome, right[i].outcome) << i;
      EXPECT_EQ(left[i].sequence, right[i].sequence) << i;
    }
  }

  void expect_same_books(const naive_bank& bank) {
    EXPECT_EQ(this->last(), bank.sequence);
    account_filter everything;
    everything.limit = 1'000;
    const auto listed = this->store().list_accounts(background(), everything).value().rows;
    std::vector<account_record> accounts;
    for (const auto& [id, a] : bank.accounts) accounts.push_back(a);
    EXPECT_EQ(listed, accounts);
    for (const account_record& a : accounts) expect_same_history(bank, a.id);
    for (const auto& [id, t] : bank.transfers)
      EXPECT_EQ(this->store().find_transfer(background(), transfer_id(id)).value(), t);
    expect_same_due(bank);
    for (const auto& [name, key] : bank.keys)
      EXPECT_EQ(this->store().find_key(background(), name.first, name.second).value()->object,
                key.object);
    const auto totals = this->store().totals(background());
    for (const auto& total : totals->currencies) EXPECT_EQ(total.sum, 0);
  }

  void expect_same_due(const naive_bank& bank) {
    std::map<due_place, transfer_record> due;
    for (const auto& [id, t] : bank.transfers)
      if (const auto when = due_at(t)) due.emplace(due_place{*when, t.id}, t);
    std::vector<transfer_record> expected;
    for (const auto& [place, t] : due) expected.push_back(t);
    const auto listed =
        this->store().due(background(), noon + std::chrono::hours(1), {}, 10'000).value();
    EXPECT_EQ(listed.transfers, expected);
    EXPECT_FALSE(listed.next);
  }

  void expect_same_history(const naive_bank& bank, account_id id) {
    auto history = this->store().history(background(), id, 0, 100'000).value().rows;
    std::ranges::reverse(history);
    std::size_t next = 0;
    for (const auto& row : bank.rows) {
      const auto after = row.balances_after.find(id);
      if (after == row.balances_after.end()) continue;
      ASSERT_LT(next, history.size());
      EXPECT_EQ(history[next].transfer, row.transfer);
      EXPECT_EQ(history[next++].balance_after, after->second);
    }
    EXPECT_EQ(next, history.size());
  }
};
TYPED_TEST_SUITE(ledger_store_random, every_store, store_names);

/// A batch may change a transfer twice; what a store finds of it later is the last of that.
std::vector<transfer_record> as_left_at_last(const std::vector<transfer_record>& each) {
  std::map<std::uint64_t, transfer_record> last;
  for (const transfer_record& t : each) {
    std::erase_if(last, [&](const auto& earlier) { return earlier.second.id == t.id; });
    last.emplace(t.sequence, t);
  }
  std::vector<transfer_record> all;
  for (const auto& [sequence, t] : last) all.push_back(t);
  return all;
}

TYPED_TEST(ledger_store_random, agrees_with_the_naive_bank_on_every_batch_and_row) {
  batch_source source(lifeline::testing::random_seed());
  naive_bank bank;
  bank.epoch = this->epoch;
  memory_ledger_store mirror;
  ASSERT_EQ(mirror.fence(background()).value(), this->epoch);
  std::size_t stored = 0;
  for (int round = 0; round < 1'200 && !this->HasFailure(); ++round) {
    if (source.one_in(50)) {
      bank.epoch = this->raise();
      ASSERT_EQ(mirror.fence(background()).value(), this->epoch);
    }
    this->at = noon + std::chrono::seconds(round) - std::chrono::seconds(source.below(100));
    batch b = this->make(source.entries(bank));
    if (source.one_in(40)) --b.id.epoch;
    const commit_result expected = bank.commit(b);
    const commit_result got = this->store().commit(b);
    this->expect_same(got, expected);
    this->expect_same(mirror.commit(b), expected);
    const auto found = this->store().find_batch(background(), b).value();
    EXPECT_EQ(found.has_value(), expected.index() == 0);
    if (found) this->expect_same(*found, expected);
    if (found && !std::is_same_v<TypeParam, in_memory>) {
      EXPECT_EQ(found->transfers, as_left_at_last(std::get<committed_batch>(got).transfers));
    }
    stored += expected.index() == 0 ? 1 : 0;
  }
  this->expect_same_books(bank);
  EXPECT_GT(stored, 100U);
  EXPECT_EQ(this->store().totals(background())->head, mirror.totals(background())->head)
      << "the same batches give the same hashes in every store";
  if constexpr (std::is_same_v<TypeParam, in_sqlite>) {
    const auto found = verify_sqlite_ledger(background(), this->backend.folder / "ledger.db",
                                            [](const verify_progress&) {});
    EXPECT_EQ(found.value().broken, std::nullopt);
    EXPECT_EQ(found.value().transfers, bank.transfers.size());
  }
  if constexpr (std::is_same_v<TypeParam, in_postgres>) {
    const auto found = verify_postgres_ledger(background(), this->backend.options.url,
                                              [](const verify_progress&) {});
    EXPECT_EQ(found.value().broken, std::nullopt);
    EXPECT_EQ(found.value().transfers, bank.transfers.size());
  }
}

}  // namespace bank::storage::tests
