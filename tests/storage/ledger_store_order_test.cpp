#include <algorithm>

#include "storage/order_builders.hpp"

namespace bank::storage::tests {

using enum entry_outcome;

template <class Backend>
class ledger_store_order : public any_ledger_store<Backend> {
 protected:
  /// Accounts 1 and 2, the first with 100.
  void SetUp() override {
    this->open_funded(2, 0);
    this->commit({post(transfer(9'000, world_account(usd), acct(1), 100))});
  }
  std::optional<standing_order> found(std::uint32_t n) {
    return this->store().find_order(background(), order_number(n)).value();
  }
  std::optional<transfer_record> made(std::uint32_t n, std::uint64_t place) {
    const auto id = occurrence_id(daily(n), day_of(place));
    return this->store().find_transfer(background(), id).value();
  }
  std::vector<std::uint64_t> listed(const order_filter& f) {
    std::vector<std::uint64_t> numbers;
    for (const auto& o : this->store().list_orders(background(), f).value().rows)
      numbers.push_back(o.number);
    return numbers;
  }
};
TYPED_TEST_SUITE(ledger_store_order, every_store, store_names);

TYPED_TEST(ledger_store_order, begins_without_a_place_in_the_ledger) {
  const auto last = this->last();
  const auto results = this->commit({begin(daily(1)), begin(daily(2))});
  EXPECT_EQ(results[0].outcome, noted);
  EXPECT_EQ(results[0].sequence, 0U);
  EXPECT_EQ(this->last(), last);
  standing_order expected = daily(1);
  expected.number = 1;
  expected.next_at = noon;
  EXPECT_EQ(this->found(1), expected);
  EXPECT_EQ(this->found(2)->number, 2U);
  EXPECT_EQ(this->found(3), std::nullopt);
}

TYPED_TEST(ledger_store_order, tells_what_became_of_a_batch_with_noted_entries) {
  this->commit({begin(daily(1))});
  const batch b = this->make({begin(daily(2)), occur(1, 0), occur(1, 0), erase(2)});
  const auto r = this->store().commit(b);
  const auto results = std::get<0>(r).results;
  EXPECT_EQ(results[0].outcome, noted);
  EXPECT_EQ(results[1].outcome, committed);
  EXPECT_EQ(results[2].outcome, wrong_state);
  EXPECT_EQ(results[3].outcome, noted);
  const auto again = this->store().find_batch(background(), b).value()->results;
  ASSERT_EQ(again.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(again[i].outcome, results[i].outcome) << i;
    EXPECT_EQ(again[i].sequence, results[i].sequence) << i;
  }
}

TYPED_TEST(ledger_store_order, makes_each_occurrence_once_and_in_order) {
  this->commit({begin(daily(1))});
  EXPECT_EQ(this->outcome_of(occur(1, 1)), wrong_state) << "the first comes first";
  const auto results = this->commit({occur(1, 0), occur(1, 1), occur(1, 1)});
  EXPECT_EQ(results[0].outcome, committed);
  EXPECT_EQ(results[1].outcome, committed);
  EXPECT_EQ(results[2].outcome, wrong_state);
  EXPECT_EQ(this->outcome_of(occur(1, 0)), wrong_state);
  EXPECT_EQ(this->found(1)->made, 2U);
  EXPECT_EQ(this->found(1)->next_at, day_of(2));

  const auto t = this->made(1, 1);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->status, transfer_status::scheduled);
  EXPECT_EQ(t->execute_at, day_of(1));
  EXPECT_EQ(t->from, acct(1));
  EXPECT_EQ(t->to, acct(2));
  EXPECT_EQ(t->amount, (money{5, usd}));
  EXPECT_EQ(t->kind, "standing_order");
  EXPECT_EQ(t->memo, "rent");
  EXPECT_EQ(t->metadata, R"({"standing_order":")" + order_number(1).str() + "\"}");
  EXPECT_EQ(t->created_at, this->at);
  EXPECT_EQ(t->sequence, results[1].sequence);
  EXPECT_EQ(t->first_sequence, results[1].sequence);
  const auto entries = this->store().entries(background(), results[0].sequence - 1, 9).value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1], (committed_entry{results[1].sequence, entry_kind::scheduled, t->id}));
  EXPECT_EQ(this->balance(acct(1)), 100) << "nothing moved";
}

TYPED_TEST(ledger_store_order, hands_its_occurrences_to_what_is_due) {
  this->commit({begin(daily(1)), occur(1, 0), occur(1, 1)});
  const auto due = this->store().due(background(), day_of(0), {}, 9).value();
  ASSERT_EQ(due.transfers.size(), 1U);
  EXPECT_EQ(due.next, day_of(1));
  transfer_record now = due.transfers[0];
  now.status = transfer_status::posted;
  this->commit({transfer_entry{now, {}, transfer_status::scheduled}});
  EXPECT_EQ(this->balance(acct(2)), 5);
  EXPECT_EQ(this->made(1, 0)->status, transfer_status::posted);
  EXPECT_EQ(this->outcome_of(occur(1, 0)), wrong_state);
}

TYPED_TEST(ledger_store_order, ends_with_its_last_time) {
  this->commit({begin(daily(1, day_of(1)))});
  const auto results = this->commit({occur(1, 0), occur(1, 1), occur(1, 2), erase(1)});
  EXPECT_EQ(results[1].outcome, committed);
  EXPECT_EQ(results[2].outcome, wrong_state);
  EXPECT_EQ(results[3].outcome, wrong_state) << "it is over";
  EXPECT_EQ(status_of(*this->found(1)), order_status::ended);
  EXPECT_EQ(this->found(1)->next_at, std::nullopt);
}

TYPED_TEST(ledger_store_order, makes_nothing_any_more_once_it_is_deleted) {
  this->commit({begin(daily(1)), occur(1, 0)});
  this->at = noon + std::chrono::hours(1);
  const auto results = this->commit({erase(1), occur(1, 1), erase(1), erase(7), occur(7, 0)});
  EXPECT_EQ(results[0].outcome, noted);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(results[i].outcome, wrong_state) << i;
  EXPECT_EQ(this->found(1)->deleted_at, this->at);
  EXPECT_EQ(status_of(*this->found(1)), order_status::deleted);
  EXPECT_EQ(this->made(1, 0)->status, transfer_status::scheduled) << "what was made stays";
  EXPECT_EQ(this->made(1, 1), std::nullopt);
}

TYPED_TEST(ledger_store_order, asks_no_account_so_that_a_closed_one_can_be_rejected) {
  this->commit({open(account(3)), begin([] {
                  auto o = daily(1);
                  o.to = acct(3);
                  return o;
                }())});
  this->commit({change(3, to_closed)});
  const auto results = this->commit({occur(1, 0)});
  ASSERT_EQ(results[0].outcome, committed);
  const auto id = occurrence_id(daily(1), noon);
  EXPECT_EQ(
      this->outcome_of(resolve_entry{
          id, {transfer_status::rejected, transfer_status::scheduled, 0, "account_closed"}, {}}),
      committed);
  EXPECT_EQ(this->store().find_transfer(background(), id)->value().reason, "account_closed");
}

TYPED_TEST(ledger_store_order, keeps_the_key_that_it_was_opened_with) {
  this->commit({keyed(begin(daily(1)), "alice", "k")});
  const auto key = this->store().find_key(background(), "alice", "k").value();
  ASSERT_TRUE(key);
  EXPECT_EQ(key->object, order_number(1));
  EXPECT_EQ(this->outcome_of(keyed(begin(daily(2)), "alice", "k")), duplicate_key);
  EXPECT_EQ(this->found(2), std::nullopt);
  EXPECT_EQ(this->outcome_of(keyed(begin(daily(1)), "alice", "again")), duplicate_id);
  EXPECT_TRUE(this->store().find_key(background(), "alice", "again").value());
  auto other = daily(1);
  other.amount.minor = 6;
  EXPECT_EQ(this->outcome_of(keyed(begin(other), "alice", "other")), duplicate_id);
  EXPECT_FALSE(this->store().find_key(background(), "alice", "other").value());
}

TYPED_TEST(ledger_store_order, that_could_never_pay_is_a_violation) {
  const auto refused = [&](auto meddle) {
    auto o = daily(9);
    meddle(o);
    expect_error(this->try_commit({begin(daily(8)), begin(o)}), commit_error::violated);
    EXPECT_EQ(this->found(8), std::nullopt) << "all or nothing";
  };
  refused([](auto& o) { o.to = acct(77); });
  refused([](auto& o) { o.from = acct(77); });
  refused([](auto& o) { o.to = o.from; });
  refused([](auto& o) { o.amount.minor = 0; });
  refused([](auto& o) { o.amount.unit = jpy; });
  refused([](auto& o) { o.schedule.last_at = noon - std::chrono::seconds(1); });
}

TYPED_TEST(ledger_store_order, whose_occurrence_is_there_already_is_a_violation) {
  this->commit({begin(daily(1))});
  auto thief = transfer(1, acct(1), acct(2), 1);
  thief.id = occurrence_id(daily(1), noon);
  this->commit({post(thief)});
  expect_error(this->try_commit({occur(1, 0)}), commit_error::violated);
  EXPECT_EQ(this->found(1)->made, 0U);
}

TYPED_TEST(ledger_store_order, is_listed_newest_first_in_pages) {
  this->commit({open(account(3)), open(account(4))});
  for (std::uint32_t n = 1; n <= 6; ++n) {
    auto o = daily(n, n == 6 ? std::optional(noon) : std::nullopt);
    if (n % 2 == 0) o.from = acct(3), o.to = acct(1);
    this->commit({begin(o)});
  }
  this->commit({erase(1), erase(4), occur(6, 0)});
  using numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(this->listed({}), (numbers{6, 5, 4, 3, 2, 1}));
  order_filter page;
  page.limit = 4;
  EXPECT_EQ(this->listed(page), (numbers{6, 5, 4, 3}));
  EXPECT_TRUE(this->store().list_orders(background(), page)->more);
  page.before = 3;
  EXPECT_EQ(this->listed(page), (numbers{2, 1}));
  EXPECT_FALSE(this->store().list_orders(background(), page)->more);
  const auto with = [](auto set) {
    order_filter f;
    set(f);
    return f;
  };
  EXPECT_EQ(this->listed(with([](auto& f) { f.from = acct(3); })), (numbers{6, 4, 2}));
  EXPECT_EQ(this->listed(with([](auto& f) { f.from = acct(77); })), numbers());
  EXPECT_EQ(this->listed(with([](auto& f) { f.owner = "owner-1"; })), (numbers{5, 3, 1}));
  EXPECT_EQ(this->listed(with([](auto& f) { f.owner = "owner-1", f.from = acct(3); })), numbers());
  EXPECT_EQ(this->listed(with([](auto& f) { f.status = order_status::active; })),
            (numbers{5, 3, 2}));
  EXPECT_EQ(this->listed(with([](auto& f) { f.status = order_status::ended; })), (numbers{6}));
  EXPECT_EQ(this->listed(with([](auto& f) { f.status = order_status::deleted; })), (numbers{4, 1}));
}

TYPED_TEST(ledger_store_order, comes_due_in_the_order_of_time) {
  for (std::uint32_t n = 1; n <= 4; ++n) this->commit({begin(daily(n))});
  this->commit({occur(1, 0), occur(3, 0), erase(4)});
  const auto due = [&](wall_time now, due_place after, std::size_t limit) {
    return this->store().due_orders(background(), now, after, limit).value();
  };
  const auto first = due(noon, {}, 9);
  ASSERT_EQ(first.orders.size(), 1U);
  EXPECT_EQ(first.orders[0], this->found(2));
  EXPECT_EQ(first.next, day_of(1));
  const auto all = due(day_of(1), {}, 9);
  ASSERT_EQ(all.orders.size(), 3U);
  EXPECT_EQ(all.orders[0].id, order_number(2));
  EXPECT_EQ(all.orders[1].id, order_number(1));
  EXPECT_EQ(all.orders[2].id, order_number(3));
  EXPECT_EQ(all.next, std::nullopt);
  const auto some = due(day_of(1), {noon, order_number(2)}, 1);
  ASSERT_EQ(some.orders.size(), 1U);
  EXPECT_EQ(some.orders[0].id, order_number(1));
  EXPECT_EQ(some.next, day_of(1));
  EXPECT_EQ(due(noon - std::chrono::seconds(1), {}, 9).next, noon);
}

}  // namespace bank::storage::tests
