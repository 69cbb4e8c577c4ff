#include <algorithm>
#include <array>

#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

using enum transfer_status;

template <class Backend>
class ledger_store_hold : public any_ledger_store<Backend> {
 protected:
  /// Accounts 1 and 2, the first with 100.
  void SetUp() override { this->open_funded(2, 0), this->commit({post(funds())}); }

  static transfer_record funds() { return transfer(9'000, world_account(usd), acct(1), 100); }
  static transfer_record hold(std::uint32_t n, std::int64_t amount,
                              std::optional<std::chrono::seconds> expires_in = {}) {
    transfer_record t = transfer(n, acct(1), acct(2), amount);
    t.two_phase = true;
    t.status = pending;
    t.expires_in = expires_in;
    if (expires_in) t.expires_at = noon + *expires_in;  // they are committed at noon
    return t;
  }
  static transfer_record schedule(std::uint32_t n, std::int64_t amount, std::chrono::seconds in) {
    transfer_record t = transfer(n, acct(1), acct(2), amount);
    t.status = scheduled;
    t.execute_at = noon + in;
    return t;
  }
  static entry end(std::uint32_t n, transfer_status becomes, std::int64_t minor = 0,
                   transfer_status expects = pending) {
    return resolve_entry{tran(n), {becomes, expects, minor, {}}, {}};
  }
  transfer_record found(std::uint32_t n) {
    return this->store().find_transfer(background(), tran(n)).value().value_or(transfer_record{});
  }
  void expect_balances(std::int64_t posted, std::int64_t held, std::int64_t received) {
    const auto from = this->stored(acct(1));
    const auto to = this->stored(acct(2));
    EXPECT_EQ(from.posted, posted);
    EXPECT_EQ(from.pending_out, held);
    EXPECT_EQ(to.posted, received);
    EXPECT_EQ(to.pending_in, held);
  }
};
TYPED_TEST_SUITE(ledger_store_hold, every_store, store_names);

TYPED_TEST(ledger_store_hold, sets_funds_aside_without_moving_them) {
  const auto asked = this->hold(1, 60, std::chrono::seconds(30));
  const auto results = this->commit({post(asked)});
  transfer_record expected = asked;
  expected.sequence = expected.first_sequence = results[0].sequence;
  expected.held = 60;
  EXPECT_EQ(this->found(1), expected);
  this->expect_balances(100, 60, 0);
  const auto totals = this->store().totals(background());
  EXPECT_EQ(totals->currencies[0].pending, 60);
  EXPECT_EQ(totals->currencies[0].sum, 0);
  EXPECT_TRUE(this->store().history(background(), acct(2), 0, 10)->rows.empty());
}

TYPED_TEST(ledger_store_hold, is_known_by_its_age_while_it_is_the_oldest) {
  const auto oldest = [&] { return this->store().totals(background())->oldest_hold; };
  EXPECT_EQ(oldest(), std::nullopt);
  auto first = this->hold(1, 10);
  auto second = this->hold(2, 10);
  auto later = this->schedule(3, 10, std::chrono::seconds(5));
  this->commit({post(later)});  // scheduled: it holds nothing
  this->at = noon + std::chrono::seconds(10);
  this->commit({post(first)});
  this->at = noon + std::chrono::seconds(20);
  this->commit({post(second)});
  EXPECT_EQ(oldest(), noon + std::chrono::seconds(10));
  this->commit({this->end(1, voided)});
  EXPECT_EQ(oldest(), noon + std::chrono::seconds(20));
  this->commit({this->end(2, posted, 10)});
  EXPECT_EQ(oldest(), std::nullopt);
}

TYPED_TEST(ledger_store_hold, is_posted_wholly_or_in_part_and_the_rest_is_released) {
  this->commit({post(this->hold(1, 60)), post(this->hold(2, 30))});
  const auto results = this->commit({this->end(1, posted, 60), this->end(2, posted, 10)});
  EXPECT_EQ(results[1].outcome, entry_outcome::committed);
  this->expect_balances(30, 0, 70);
  const auto part = this->found(2);
  EXPECT_EQ(part.status, posted);
  EXPECT_EQ(part.amount.minor, 10);
  EXPECT_EQ(part.held, 30);
  EXPECT_EQ(part.posted_at, noon);
  EXPECT_EQ(part.sequence, results[1].sequence);
  EXPECT_LT(part.first_sequence, part.sequence);
  const auto history = this->store().history(background(), acct(1), 0, 10)->rows;
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[0].transfer, part);
  EXPECT_EQ(history[0].balance_after, 30);
}

TYPED_TEST(ledger_store_hold, that_is_voided_or_expires_is_kept_in_no_history) {
  this->commit({post(this->hold(1, 60)), post(this->hold(2, 30))});
  this->commit({this->end(1, voided), this->end(2, expired)});
  this->expect_balances(100, 0, 0);
  EXPECT_EQ(this->found(1).status, voided);
  EXPECT_EQ(this->found(2).status, expired);
  EXPECT_EQ(this->found(1).amount.minor, 60);
  EXPECT_EQ(this->store().history(background(), acct(1), 0, 10)->rows.size(), 1U);
  this->commit({post(transfer(3, acct(1), acct(2), 100))});
  EXPECT_EQ(this->store().history(background(), acct(1), 0, 10)->rows.size(), 2U);
}

TYPED_TEST(ledger_store_hold, is_ended_by_the_first_of_post_void_and_expiry_in_any_order) {
  std::array<transfer_status, 3> order{voided, expired, posted};
  std::sort(order.begin(), order.end());
  std::uint32_t n = 0;
  do {
    ++n;
    this->commit({post(this->hold(n, 10))});
    const auto before = this->stored(acct(2)).posted;
    const auto results = this->commit({this->end(n, order[0], order[0] == posted ? 10 : 0),
                                       this->end(n, order[1], order[1] == posted ? 10 : 0),
                                       this->end(n, order[2], order[2] == posted ? 10 : 0)});
    EXPECT_EQ(results[0].outcome, entry_outcome::committed);
    EXPECT_EQ(results[1].outcome, entry_outcome::wrong_state);
    EXPECT_EQ(results[2].outcome, entry_outcome::wrong_state);
    EXPECT_EQ(results[2].sequence, 0U);
    EXPECT_EQ(this->found(n).status, order[0]);
    EXPECT_EQ(this->stored(acct(2)).posted - before, order[0] == posted ? 10 : 0);
    EXPECT_EQ(this->stored(acct(1)).pending_out, 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TYPED_TEST(ledger_store_hold,
           is_not_ended_twice_by_a_later_batch_nor_after_a_restart_of_the_journal) {
  this->commit({post(this->hold(1, 60))});
  this->commit({this->end(1, posted, 60)});
  for (const entry& again :
       {this->end(1, posted, 60), this->end(1, posted, 5), this->end(1, voided),
        this->end(1, expired), this->end(1, posted, 60, posted)}) {
    EXPECT_EQ(this->outcome_of(again), entry_outcome::wrong_state);
    this->raise();
  }
  this->expect_balances(40, 0, 60);
  EXPECT_EQ(this->outcome_of(this->end(77, voided)), entry_outcome::wrong_state);
}

TYPED_TEST(ledger_store_hold, shares_its_id_with_no_other_transfer) {
  this->commit({post(this->hold(1, 10)), post(this->schedule(2, 10, std::chrono::seconds(1)))});
  for (const std::uint32_t n : {1U, 2U}) {
    EXPECT_EQ(this->outcome_of(post(transfer(n, acct(1), acct(2), 10))),
              entry_outcome::duplicate_id);
    EXPECT_EQ(this->outcome_of(post(this->hold(n, 10))), entry_outcome::duplicate_id);
  }
  EXPECT_EQ(this->outcome_of(post(this->hold(9'000, 10))), entry_outcome::duplicate_id);
  this->commit({this->end(1, voided)});
  EXPECT_EQ(this->outcome_of(post(transfer(1, acct(1), acct(2), 10))), entry_outcome::duplicate_id);
  const auto results = this->commit({post(this->hold(5, 1)), post(transfer(5, acct(1), acct(2), 1)),
                                     this->end(5, voided), post(this->hold(5, 1))});
  EXPECT_EQ(results[1].outcome, entry_outcome::duplicate_id);
  EXPECT_EQ(results[2].outcome, entry_outcome::committed);
  EXPECT_EQ(results[3].outcome, entry_outcome::duplicate_id);
}

TYPED_TEST(ledger_store_hold, can_not_be_overdrawn_by_other_transfers) {
  this->commit({post(this->hold(1, 60))});
  expect_error(this->try_commit({post(transfer(2, acct(1), acct(2), 41))}), commit_error::violated);
  expect_error(this->try_commit({post(this->hold(2, 41))}), commit_error::violated);
  expect_error(this->try_commit({this->end(1, posted, 61)}), commit_error::violated);
  expect_error(this->try_commit({this->end(1, posted, 0)}), commit_error::violated);
  EXPECT_EQ(this->outcome_of(post(transfer(2, acct(1), acct(2), 40))), entry_outcome::committed);
  EXPECT_EQ(this->outcome_of(this->end(1, posted, 60)), entry_outcome::committed);
  this->expect_balances(0, 0, 100);
}

TYPED_TEST(ledger_store_hold, takes_room_under_the_receivers_balance_limit) {
  transfer_record all = this->hold(1, max_minor);
  all.from = world_account(usd);
  expect_error(this->try_commit({post(all)}), commit_error::violated);  // world is at -100
  all.amount.minor = max_minor - 100;
  this->commit({post(all)});
  transfer_record more = transfer(2, acct(1), acct(2), 100);
  EXPECT_EQ(this->outcome_of(post(more)), entry_outcome::committed);
  EXPECT_EQ(this->outcome_of(this->end(1, posted, max_minor - 100)), entry_outcome::committed);
  EXPECT_EQ(this->stored(acct(2)).posted, max_minor);
}

TYPED_TEST(ledger_store_hold, that_is_scheduled_touches_no_balance_until_it_is_executed) {
  const auto plain = this->schedule(1, 30, std::chrono::seconds(5));
  auto held = this->schedule(2, 20, std::chrono::seconds(5));
  held.two_phase = true;
  held.expires_in = std::chrono::seconds(9);
  const auto first = this->commit({post(plain), post(held)});
  this->expect_balances(100, 0, 0);
  EXPECT_EQ(this->stored(acct(1)).version, 2U);

  transfer_record now = plain;
  now.status = posted;
  transfer_record hold_now = held;
  hold_now.status = pending;
  this->at = noon + std::chrono::seconds(5);
  const auto then =
      this->commit({transfer_entry{now, {}, scheduled}, transfer_entry{hold_now, {}, scheduled},
                    transfer_entry{now, {}, scheduled}});
  EXPECT_EQ(then[0].outcome, entry_outcome::committed);
  EXPECT_EQ(then[1].outcome, entry_outcome::committed);
  EXPECT_EQ(then[2].outcome, entry_outcome::wrong_state) << "executed once";
  this->expect_balances(70, 20, 30);
  EXPECT_EQ(this->found(1).first_sequence, first[0].sequence);
  EXPECT_EQ(this->found(1).sequence, then[0].sequence);
  EXPECT_EQ(this->found(1).execute_at, plain.execute_at);
  EXPECT_EQ(this->found(2).expires_at, noon + std::chrono::seconds(14));
  EXPECT_EQ(this->found(2).held, 20);
}

TYPED_TEST(ledger_store_hold, that_is_scheduled_can_be_voided_or_rejected_with_a_reason) {
  this->commit({post(this->schedule(1, 30, std::chrono::seconds(5))),
                post(this->schedule(2, 500, std::chrono::seconds(5)))});
  entry rejection = resolve_entry{tran(2), {rejected, scheduled, 0, "insufficient_funds"}, {}};
  this->commit({this->end(1, voided, 0, scheduled), rejection});
  EXPECT_EQ(this->found(1).status, voided);
  EXPECT_EQ(this->found(2).status, rejected);
  EXPECT_EQ(this->found(2).reason, "insufficient_funds");
  this->expect_balances(100, 0, 0);
  expect_error(this->try_commit({post(this->schedule(3, 1, std::chrono::seconds(5))),
                                 this->end(3, posted, 1, scheduled)}),
               commit_error::violated);
}

TYPED_TEST(ledger_store_hold, is_ended_only_in_the_state_that_its_end_expects) {
  this->commit({post(this->hold(1, 30)), post(this->schedule(2, 40, std::chrono::seconds(5)))});
  const auto results =
      this->commit({this->end(1, voided, 0, scheduled), this->end(2, voided, 0, pending)});
  ASSERT_EQ(results.size(), 2U) << "a lost race, not a broken rule";
  EXPECT_EQ(results[0].outcome, entry_outcome::wrong_state);
  EXPECT_EQ(results[1].outcome, entry_outcome::wrong_state);
  EXPECT_EQ(this->found(1).status, pending);
  EXPECT_EQ(this->found(2).status, scheduled);
  this->expect_balances(100, 30, 0);
}

TYPED_TEST(ledger_store_hold, is_listed_as_due_in_order_of_time) {
  using std::chrono::seconds;
  this->commit({post(this->hold(1, 1, seconds(30))), post(this->schedule(2, 1, seconds(10))),
                post(this->hold(3, 1)), post(this->schedule(4, 1, seconds(20))),
                post(this->hold(5, 1, seconds(10)))});
  const auto ids = [](const due_list& list) {
    std::vector<transfer_id> out;
    for (const auto& t : list.transfers) out.push_back(t.id);
    return out;
  };
  const auto due = [&](seconds now, const due_place& after, std::size_t limit) {
    return this->store().due(background(), noon + now, after, limit).value();
  };
  EXPECT_TRUE(due(seconds(9), {}, 10).transfers.empty());
  EXPECT_EQ(due(seconds(9), {}, 10).next, noon + seconds(10));
  EXPECT_EQ(ids(due(seconds(20), {}, 10)), (std::vector{tran(2), tran(5), tran(4)}));
  EXPECT_EQ(due(seconds(20), {}, 10).next, noon + seconds(30));
  const auto page = due(seconds(20), {}, 1);
  EXPECT_EQ(ids(page), (std::vector{tran(2)}));
  EXPECT_EQ(page.next, noon + seconds(10));
  EXPECT_EQ(ids(due(seconds(20), {noon + seconds(10), tran(2)}, 10)),
            (std::vector{tran(5), tran(4)}));
  EXPECT_EQ(ids(due(seconds(60), {}, 10)).size(), 4U) << "a hold without an end is never due";
  EXPECT_FALSE(due(seconds(60), {}, 10).next);
  this->commit({this->end(1, voided), this->end(2, voided, 0, scheduled)});
  EXPECT_EQ(ids(due(seconds(60), {}, 10)), (std::vector{tran(5), tran(4)}));
}

TYPED_TEST(ledger_store_hold, leaves_every_entry_readable_by_its_sequence) {
  this->commit({post(this->hold(1, 1)), post(this->hold(2, 1)), post(this->hold(3, 1)),
                post(this->schedule(4, 1, std::chrono::seconds(1)))});
  this->commit({this->end(1, posted, 1), this->end(2, voided), this->end(3, expired),
                this->end(4, rejected, 0, scheduled)});
  const auto all = this->store().entries(background(), 0, 100).value();
  ASSERT_EQ(all.size(), this->last());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].sequence, i + 1);
  EXPECT_EQ(all[0].kind, entry_kind::account_opened);
  EXPECT_EQ(all[0].object, acct(1));
  const std::vector<committed_entry> tail(all.end() - 8, all.end());
  const std::uint64_t first = this->last() - 7;
  EXPECT_EQ(tail, (std::vector<committed_entry>{{first, entry_kind::pending, tran(1)},
                                                {first + 1, entry_kind::pending, tran(2)},
                                                {first + 2, entry_kind::pending, tran(3)},
                                                {first + 3, entry_kind::scheduled, tran(4)},
                                                {first + 4, entry_kind::posted, tran(1)},
                                                {first + 5, entry_kind::voided, tran(2)},
                                                {first + 6, entry_kind::expired, tran(3)},
                                                {first + 7, entry_kind::rejected, tran(4)}}));
  EXPECT_EQ(this->store().entries(background(), first, 2).value(),
            std::vector<committed_entry>(tail.begin() + 1, tail.begin() + 3));
}

TYPED_TEST(ledger_store_hold, keeps_a_new_key_of_a_repeated_request_and_no_key_of_another) {
  const auto t = transfer(1, acct(1), acct(2), 10);
  this->commit({post(t), post(this->hold(2, 10))});
  const auto object = [&](const char* key) {
    return this->store().find_key(background(), "alice", key).value();
  };
  EXPECT_EQ(this->outcome_of(keyed(post(t), "alice", "same")), entry_outcome::duplicate_id);
  EXPECT_EQ(object("same")->object, tran(1));
  auto other = t;
  other.amount.minor = 11;
  EXPECT_EQ(this->outcome_of(keyed(post(other), "alice", "other")), entry_outcome::duplicate_id);
  EXPECT_FALSE(object("other"));
  EXPECT_EQ(this->outcome_of(keyed(post(this->hold(2, 10)), "alice", "hold")),
            entry_outcome::duplicate_id);
  EXPECT_EQ(object("hold")->object, tran(2));

  this->commit({keyed(this->end(2, posted, 10), "alice", "posted")});
  EXPECT_EQ(this->outcome_of(keyed(this->end(2, posted, 10), "alice", "again")),
            entry_outcome::wrong_state);
  EXPECT_EQ(object("again")->object, tran(2));
  EXPECT_EQ(this->outcome_of(keyed(this->end(2, voided), "alice", "void")),
            entry_outcome::wrong_state);
  EXPECT_FALSE(object("void"));
  this->commit({post(this->hold(3, 10))});
  EXPECT_EQ(this->outcome_of(keyed(this->end(3, voided), "alice", "again")),
            entry_outcome::duplicate_key);
  EXPECT_EQ(this->found(3).status, pending);
}

TYPED_TEST(ledger_store_hold, keeps_histories_whole_however_often_accounts_hold_and_post) {
  for (std::uint32_t n = 1; n <= 200; ++n) {
    this->commit({post(this->hold(2 * n, 1))});
    this->commit({this->end(2 * n, posted, 1)});
    this->commit({post(transfer(2 * n + 1, acct(2), acct(1), 1))});
  }
  const auto all = this->store().history(background(), acct(1), 0, 1'000)->rows;
  ASSERT_EQ(all.size(), 401U);
  for (const std::size_t i : {std::size_t{50}, std::size_t{200}, std::size_t{399}}) {
    const auto page =
        this->store().history(background(), acct(1), all[i].transfer.sequence, 1)->rows;
    ASSERT_EQ(page.size(), 1U);
    EXPECT_EQ(page[0].transfer, all[i + 1].transfer);
  }
}

}  // namespace bank::storage::tests
