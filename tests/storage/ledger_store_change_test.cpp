#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

template <class Backend>
class ledger_store_change : public any_ledger_store<Backend> {
 protected:
  void expect_violated(entry e) {
    const std::uint64_t before = this->last();
    expect_error(this->try_commit({std::move(e)}), commit_error::violated);
    EXPECT_EQ(this->last(), before);
  }
};
TYPED_TEST_SUITE(ledger_store_change, every_store, store_names);

TYPED_TEST(ledger_store_change, changes_state_and_limit_with_a_sequence_each) {
  this->open_funded(1, 100);
  const auto frozen = this->commit({change(1, to_frozen)});
  EXPECT_EQ(frozen.at(0).outcome, entry_outcome::committed);
  EXPECT_EQ(frozen.at(0).sequence, 3U);
  EXPECT_EQ(this->stored(acct(1)).status, account_status::frozen);
  EXPECT_EQ(this->stored(acct(1)).version, 3U);
  auto limit = change(1, to_limit(500));
  limit.expected_status = account_status::frozen;
  EXPECT_EQ(this->commit({limit}).at(0).sequence, 4U);
  const auto a = this->stored(acct(1));
  EXPECT_EQ(a.overdraft_limit, 500);
  EXPECT_EQ(a.status, account_status::frozen);
  EXPECT_EQ(a.posted, 100);
  EXPECT_EQ(a.version, 4U);
}

TYPED_TEST(ledger_store_change, is_in_force_for_what_follows_in_the_batch) {
  this->open_funded(2, 100);
  this->commit({change(1, to_limit(50)), post(transfer(1, acct(1), acct(2), 150))});
  EXPECT_EQ(this->balance(acct(1)), -50);
  expect_error(this->try_commit({post(transfer(2, acct(2), world_account(usd), 250)),
                                 change(2, to_closed), post(transfer(3, acct(1), acct(2), 1))}),
               commit_error::violated);
  EXPECT_EQ(this->balance(acct(2)), 250);
}

TYPED_TEST(ledger_store_change, does_not_disturb_the_history) {
  this->open_funded(2, 1'000);
  for (std::uint32_t n = 1; n <= 100; ++n) {
    this->commit({post(transfer(n, acct(1), acct(2), 1)), change(2, to_frozen)});
    auto thaw = change(2, to_open);
    thaw.expected_status = account_status::frozen;
    this->commit({thaw});
  }
  const auto rows = this->store().history(background(), acct(2), 0, 1'000).value().rows;
  ASSERT_EQ(rows.size(), 101U);
  EXPECT_EQ(rows.front().balance_after, 1'100);
  const auto middle =
      this->store().history(background(), acct(2), rows[50].transfer.sequence, 1).value().rows;
  EXPECT_EQ(middle.at(0).transfer, rows[51].transfer);
}

TYPED_TEST(ledger_store_change, of_what_is_not_as_expected_is_a_violation) {
  this->open_funded(2, 100);
  auto other_state = change(1, to_frozen);
  other_state.expected_status = account_status::frozen;
  this->expect_violated(other_state);
  auto other_limit = change(1, to_frozen);
  other_limit.expected_limit = 1;
  this->expect_violated(other_limit);
  this->expect_violated(change(99, to_frozen));
  this->expect_violated(change_entry{world_account(usd), account_status::open, 0, to_frozen});
  this->expect_violated(change(1, to_closed));
  this->expect_violated(change(1, to_limit(-1)));
  this->expect_violated(change(1, to_limit(max_minor + 1)));
}

TYPED_TEST(ledger_store_change, lowers_no_limit_below_the_balance) {
  this->commit({open(account(1, 100)), open(account(2))});
  this->commit({post(transfer(1, acct(1), acct(2), 60))});
  change_entry lower{acct(1), account_status::open, 100, to_limit(59)};
  this->expect_violated(lower);
  lower.change = to_limit(60);
  this->commit({lower});
  this->expect_violated(post(transfer(2, acct(1), acct(2), 1)));
}

TYPED_TEST(ledger_store_change, to_closed_is_final_and_stops_all_money) {
  this->open_funded(2, 0);
  this->commit({change(1, to_closed)});
  EXPECT_EQ(this->stored(acct(1)).status, account_status::closed);
  for (const auto& c : {to_open, to_frozen, to_limit(5)}) {
    auto e = change(1, c);
    e.expected_status = account_status::closed;
    this->expect_violated(e);
  }
  this->expect_violated(post(transfer(1, world_account(usd), acct(1), 5)));
}

TYPED_TEST(ledger_store_change, is_told_as_an_entry_with_the_terms_that_it_left) {
  this->commit({open(account(1, 3))});
  change_entry freeze{acct(1), account_status::open, 3, to_frozen};
  this->commit({freeze});
  change_entry limit{acct(1), account_status::frozen, 3, to_limit(5)};
  change_entry thaw{acct(1), account_status::frozen, 5, to_open};
  change_entry close{acct(1), account_status::open, 5, to_closed};
  this->commit({open(account(2, 7)), limit, thaw, close});
  using enum account_status;
  using entries = std::vector<committed_entry>;
  constexpr auto changed = entry_kind::account_changed;
  EXPECT_EQ(this->store().entries(background(), 0, 10).value(),
            (entries{{1, entry_kind::account_opened, acct(1), {{acct(1), account_status::open, 3}}},
                     {2, changed, acct(1), {{acct(1), frozen, 3}}},
                     {3, entry_kind::account_opened, acct(2), {{acct(2), account_status::open, 7}}},
                     {4, changed, acct(1), {{acct(1), frozen, 5}}},
                     {5, changed, acct(1), {{acct(1), account_status::open, 5}}},
                     {6, changed, acct(1), {{acct(1), closed, 5}}}}));
  EXPECT_EQ(this->store().entries(background(), 3, 1).value(),
            (entries{{4, changed, acct(1), {{acct(1), frozen, 5}}}}));
}

TYPED_TEST(ledger_store_change, to_closed_lets_a_schedule_end_but_not_begin) {
  this->open_funded(2, 0);
  transfer_record t = transfer(1, acct(1), acct(2), 5);
  t.status = transfer_status::scheduled;
  t.execute_at = noon;
  transfer_record other = t;
  other.id = tran(2);
  this->commit({post(t), post(other)});
  this->commit({change(2, to_closed)});
  using enum transfer_status;
  const resolution no{rejected, scheduled, 0, "account_closed"};
  EXPECT_EQ(this->outcome_of(resolve_entry{tran(1), no, {}}), entry_outcome::committed);
  EXPECT_EQ(this->outcome_of(resolve_entry{tran(2), {voided, scheduled, 0, {}}, {}}),
            entry_outcome::committed);
  t.id = tran(3);
  this->expect_violated(post(t));
}

TYPED_TEST(ledger_store_change, is_found_by_state) {
  this->open_funded(4, 0);
  this->commit({change(2, to_frozen), change(4, to_frozen), change(3, to_closed)});
  const auto list = [&](account_status s) {
    account_filter f;
    f.status = s;
    std::vector<account_id> ids;
    for (const auto& a : this->store().list_accounts(background(), f).value().rows)
      if (a.type != account_type::world) ids.push_back(a.id);
    return ids;
  };
  EXPECT_EQ(list(account_status::frozen), (std::vector{acct(2), acct(4)}));
  EXPECT_EQ(list(account_status::closed), (std::vector{acct(3)}));
  EXPECT_EQ(list(account_status::open), (std::vector{acct(1)}));
}

}  // namespace bank::storage::tests
