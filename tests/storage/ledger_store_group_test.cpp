#include "storage/ledger_store_fixture.hpp"

// Groups of transfers: independent under one key, or all or none.

namespace bank::storage::tests {

using enum entry_outcome;

template <class Backend>
class ledger_store_group : public any_ledger_store<Backend> {
 protected:
  void SetUp() override { this->open_funded(3, 100); }

  /// A batch of one group.
  static std::vector<entry> group(group_entry head, std::vector<transfer_record> transfers) {
    head.id = numbered(9, 1);
    head.size = static_cast<std::uint32_t>(transfers.size());
    std::vector<entry> all{std::move(head)};
    for (transfer_record& t : transfers) all.push_back(post(std::move(t)));
    return all;
  }
  static group_entry under_key(const std::string& answer, bool atomic = false) {
    group_entry g;
    g.atomic = atomic;
    g.key = idempotency_key{"alice", "k", "digest"};
    g.answer = answer;
    return g;
  }
  static group_entry atomic() {
    group_entry g;
    g.atomic = true;
    return g;
  }
  std::vector<entry_outcome> outcomes(std::vector<entry> entries) {
    std::vector<entry_outcome> found;
    for (const entry_result& r : this->commit(std::move(entries))) found.push_back(r.outcome);
    return found;
  }
  std::optional<key_record> kept() {
    return this->store().find_key(background(), "alice", "k").value();
  }
  std::vector<std::int64_t> balances() {
    return {this->balance(acct(1)), this->balance(acct(2)), this->balance(acct(3))};
  }
};
TYPED_TEST_SUITE(ledger_store_group, every_store, store_names);

TYPED_TEST(ledger_store_group, takes_places_for_its_transfers_and_none_for_itself) {
  const std::uint64_t before = this->last();
  const auto results = this->commit(
      this->group({}, {transfer(11, acct(1), acct(2), 10), transfer(12, acct(1), acct(3), 20)}));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].outcome, noted);
  EXPECT_EQ(results[0].sequence, 0U);
  EXPECT_EQ(results[1].sequence, before + 1);
  EXPECT_EQ(results[2].sequence, before + 2);
  EXPECT_EQ(this->balances(), (std::vector<std::int64_t>{70, 110, 120}));
  EXPECT_EQ(this->last(), before + 2);
}

TYPED_TEST(ledger_store_group, keeps_its_answer_with_its_key) {
  this->commit(
      this->group(this->under_key("the second was refused"), {transfer(11, acct(1), acct(2), 10)}));
  const auto kept = this->kept();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->answer, "the second was refused");
  EXPECT_EQ(kept->object, numbered(9, 1));
}

TYPED_TEST(ledger_store_group, keeps_its_answer_although_it_has_no_transfers) {
  const std::uint64_t before = this->last();
  EXPECT_EQ(this->outcomes(this->group(this->under_key("all refused"), {})),
            std::vector<entry_outcome>{noted});
  EXPECT_EQ(this->kept()->answer, "all refused");
  EXPECT_EQ(this->last(), before);
}

TYPED_TEST(ledger_store_group, commits_the_others_beside_one_that_was_committed_before) {
  this->commit({post(transfer(11, acct(1), acct(2), 10))});
  EXPECT_EQ(this->outcomes(this->group(
                {}, {transfer(11, acct(1), acct(2), 10), transfer(12, acct(1), acct(2), 10)})),
            (std::vector<entry_outcome>{noted, duplicate_id, committed}));
  EXPECT_EQ(this->balances(), (std::vector<std::int64_t>{80, 120, 100}));
}

TYPED_TEST(ledger_store_group, that_is_atomic_commits_nothing_beside_one_committed_before) {
  this->commit({post(transfer(12, acct(1), acct(2), 10))});
  const std::uint64_t before = this->last();
  auto all = this->group(this->under_key("", true),
                         {transfer(11, acct(1), acct(2), 10), transfer(12, acct(1), acct(2), 10),
                          transfer(13, acct(2), acct(3), 10)});
  all.push_back(post(transfer(14, acct(3), acct(1), 1)));
  EXPECT_EQ(this->outcomes(std::move(all)),
            (std::vector<entry_outcome>{duplicate_id, left_out, duplicate_id, left_out, committed}))
      << "what is behind the group is none of it";
  EXPECT_EQ(this->balances(), (std::vector<std::int64_t>{91, 110, 99}));
  EXPECT_FALSE(this->kept());
  EXPECT_EQ(this->last(), before + 1);
}

TYPED_TEST(ledger_store_group, under_a_used_key_is_left_out_as_a_whole) {
  this->commit(this->group(this->under_key("first"), {transfer(11, acct(1), acct(2), 10)}));
  EXPECT_EQ(
      this->outcomes(this->group(this->under_key("second"), {transfer(11, acct(1), acct(2), 10),
                                                             transfer(12, acct(1), acct(2), 10)})),
      (std::vector<entry_outcome>{duplicate_key, left_out, left_out}));
  EXPECT_EQ(this->kept()->answer, "first");
  EXPECT_EQ(this->balances(), (std::vector<std::int64_t>{90, 110, 100}));
}

TYPED_TEST(ledger_store_group, may_hold_money_and_schedule_it_too) {
  transfer_record hold = transfer(11, acct(1), acct(2), 40);
  hold.two_phase = true;
  hold.status = transfer_status::pending;
  transfer_record later = transfer(12, acct(1), acct(2), 10);
  later.execute_at = noon + std::chrono::hours(1);
  later.status = transfer_status::scheduled;
  this->commit(this->group(this->atomic(), {hold, later}));
  EXPECT_EQ(this->stored(acct(1)).pending_out, 40);
  EXPECT_EQ(this->store().find_transfer(background(), tran(12)).value()->status,
            transfer_status::scheduled);
}

TYPED_TEST(ledger_store_group, that_would_break_the_books_leaves_nothing_behind) {
  const std::uint64_t before = this->last();
  const auto r =
      this->try_commit(this->group(this->under_key(""), {transfer(11, acct(1), acct(2), 10),
                                                         transfer(12, acct(2), acct(1), 500)}));
  EXPECT_EQ(std::get<commit_error>(r), commit_error::violated);
  EXPECT_FALSE(this->kept());
  EXPECT_EQ(this->last(), before);
}

TYPED_TEST(ledger_store_group, that_is_no_group_is_a_violation) {
  const auto refuses = [&](std::vector<entry> all) {
    EXPECT_EQ(std::get<commit_error>(this->try_commit(std::move(all))), commit_error::violated);
  };
  group_entry longer;
  longer.size = 2;
  refuses({longer, post(transfer(11, acct(1), acct(2), 10))});
  auto keyed_member = this->group({}, {transfer(11, acct(1), acct(2), 10)});
  keyed_member[1] = keyed(keyed_member[1], "alice", "own");
  refuses(keyed_member);
  auto account_member = this->group({}, {transfer(11, acct(1), acct(2), 10)});
  account_member[1] = open(account(9));
  refuses(account_member);
  refuses(this->group(this->atomic(),
                      {transfer(11, acct(1), acct(2), 10), transfer(11, acct(1), acct(2), 10)}));
}

TYPED_TEST(ledger_store_group, is_told_of_as_it_was_committed) {
  auto b = this->make(this->group(this->under_key("x"), {transfer(11, acct(1), acct(2), 10)}));
  const auto results = std::get<0>(this->store().commit(b)).results;
  const auto found = this->store().find_batch(background(), b).value();
  ASSERT_TRUE(found);
  ASSERT_EQ(found->results.size(), 2U);
  EXPECT_EQ(found->results[0].outcome, noted);
  EXPECT_EQ(found->results[1].outcome, committed);
  EXPECT_EQ(found->results[1].sequence, results[1].sequence);
}

}  // namespace bank::storage::tests
