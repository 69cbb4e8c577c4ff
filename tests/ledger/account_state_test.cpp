#include "lifeline/ledger/core/account_state.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "ledger/account_legs.hpp"

namespace lifeline::ledger::testing {
namespace {

account_state with(std::int64_t posted, std::int64_t overdraft_limit = 0) {
  account_record a = account_of("alice", posted);
  a.overdraft_limit = overdraft_limit;
  return account_state(a);
}

TEST(account_state, refuses_a_debit_beyond_the_overdraft_limit) {
  struct row {
    std::int64_t posted;
    std::int64_t limit;
    std::int64_t debit;
    std::optional<errc> refused;
  };
  for (const row& r : {row{100, 0, 100, {}}, row{100, 0, 101, errc::insufficient_funds},
                       row{0, 50, 50, {}}, row{0, 50, 51, errc::insufficient_funds},
                       row{-30, 50, 20, {}}, row{-30, 50, 21, errc::insufficient_funds}}) {
    account_state a = with(r.posted, r.limit);
    EXPECT_EQ(code(reserve(a, transfer("t"), {r.debit, usd})), r.refused)
        << r.posted << " posted, limit " << r.limit << ", debit " << r.debit;
  }
}

TEST(account_state, sets_funds_aside_so_that_they_are_spent_once) {
  account_state a = with(100);
  EXPECT_FALSE(reserve(a, transfer("one"), {60, usd}));
  EXPECT_EQ(code(reserve(a, transfer("two"), {60, usd})), errc::insufficient_funds);
  a.release(transfer("one"));
  EXPECT_FALSE(reserve(a, transfer("two"), {60, usd}));
}

TEST(account_state, does_not_let_incoming_money_be_spent_before_it_is_settled) {
  account_state a = with(0);
  EXPECT_FALSE(accept(a, transfer("in"), {100, usd}));
  EXPECT_EQ(code(reserve(a, transfer("out"), {1, usd})), errc::insufficient_funds);
  a.settle(transfer("in"));
  EXPECT_FALSE(reserve(a, transfer("out"), {100, usd}));
}

TEST(account_state, knows_which_refusals_of_a_debit_the_commit_in_progress_may_lift) {
  constexpr auto poor = errc::insufficient_funds;
  const money five{5, usd};
  struct row {
    const char* what;
    std::function<void(account_state&)> in_progress;
    std::int64_t minor;
    errc refused;
    bool lifted;
  };
  const balance_change voided{0, 0, -30};
  const balance_change posted_in_part{-10, 0, -30};
  const row rows[] = {
      {"nothing", [](auto&) {}, 71, poor, false},
      {"a credit", [&](auto& a) { (void)accept(a, transfer("in"), five); }, 75, poor, true},
      {"too small", [&](auto& a) { (void)accept(a, transfer("in"), five); }, 76, poor, false},
      {"a hold for it",
       [&](auto& a) { (void)accept(a, transfer("in"), five, transfer_status::pending); }, 71, poor,
       false},
      {"a hold's end", [&](auto& a) { (void)prepare(a, transfer("h"), voided); }, 100, poor, true},
      {"in part", [&](auto& a) { (void)prepare(a, transfer("h"), posted_in_part); }, 90, poor,
       true},
      {"and no more", [&](auto& a) { (void)prepare(a, transfer("h"), posted_in_part); }, 91, poor,
       false},
      {"a debit beside it",
       [&](auto& a) {
         (void)accept(a, transfer("in"), five);
         (void)reserve(a, transfer("out"), five);
       },
       71, poor, false},
      {"a higher limit",
       [](auto& a) {
         (void)a.begin_change({{}, 9});
       },
       79, poor, true},
      {"too low",
       [](auto& a) {
         (void)a.begin_change({{}, 9});
       },
       80, poor, false},
      {"a lower limit",
       [](auto& a) {
         (void)a.begin_change({{}, 9});
         a.end_change(true);
         (void)a.begin_change({{}, 0});
       },
       75, poor, false},
      {"its own earlier attempt",
       [&](auto& a) {
         (void)accept(a, transfer("in"), five);
         (void)reserve(a, transfer("t"), five);
       },
       5, errc::in_progress, false},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.what);
    account_record record = account_of("alice", 100);
    record.pending_out = 30;
    account_state a(record);
    r.in_progress(a);
    const auto refused = reserve(a, transfer("t"), {r.minor, usd});
    ASSERT_EQ(code(refused), r.refused);
    EXPECT_EQ(refused->may_lift, r.lifted);
  }
}

TEST(account_state, knows_which_refusals_of_a_credit_the_commit_in_progress_may_lift) {
  using enum transfer_status;
  struct row {
    const char* what;
    std::int64_t room;
    std::int64_t others;
    transfer_status become;
    std::int64_t minor;
    bool lifted;
  };
  for (const row& r : {row{"another's credit is in the way", 10, 8, posted, 10, true},
                       row{"another's hold is", 10, 8, pending, 10, true},
                       row{"it is too much by itself", 10, 8, posted, 11, false}}) {
    SCOPED_TRACE(r.what);
    account_state a = with(max_minor - r.room);
    ASSERT_FALSE(accept(a, transfer("other"), {r.others, usd}, r.become));
    const auto refused = accept(a, transfer("t"), {r.minor, usd});
    ASSERT_EQ(code(refused), errc::balance_limit);
    EXPECT_EQ(refused->may_lift, r.lifted);
  }
  account_record held = account_of("alice", -max_minor);
  held.pending_in = max_minor - 10;
  account_state a(held);
  ASSERT_FALSE(accept(a, transfer("other"), {8, usd}, pending));
  EXPECT_TRUE(accept(a, transfer("t"), {10, usd}, pending)->may_lift);
  EXPECT_FALSE(accept(a, transfer("t"), {11, usd}, pending)->may_lift);
}

TEST(account_state, knows_that_the_end_of_its_freezing_may_be_in_progress) {
  account_record frozen = account_of("alice", 100);
  frozen.status = account_status::frozen;
  account_state a(frozen);
  for (const bool being_opened : {false, true}) {
    if (being_opened) {
      ASSERT_FALSE(a.begin_change({account_status::open, {}}));
    }
    const auto debit = reserve(a, transfer("t"), {5, usd});
    ASSERT_EQ(code(debit), errc::account_frozen);
    EXPECT_EQ(debit->may_lift, being_opened);
    const auto credit = accept(a, transfer("t"), {5, usd});
    ASSERT_EQ(code(credit), errc::account_frozen);
    EXPECT_EQ(credit->may_lift, being_opened);
  }
}

TEST(account_state, counts_incoming_money_toward_the_balance_limit) {
  account_state a = with(max_minor - 10);
  EXPECT_FALSE(accept(a, transfer("one"), {10, usd}));
  EXPECT_EQ(code(accept(a, transfer("two"), {1, usd})), errc::balance_limit);
  a.release(transfer("one"));
  EXPECT_FALSE(accept(a, transfer("two"), {1, usd}));
}

TEST(account_state, settles_and_releases_once_and_ignores_unknown_transfers) {
  account_state a = with(100);
  ASSERT_FALSE(reserve(a, transfer("t"), {40, usd}));
  a.settle(transfer("t"));
  a.settle(transfer("t"));
  a.release(transfer("t"));
  a.release(transfer("never seen"));
  a.settle(transfer("never seen"));
  EXPECT_EQ(a.record().posted, 60);
  EXPECT_EQ(a.record().version, 2U);
  EXPECT_EQ(a.reserved(), 0);
}

TEST(account_state, refuses_a_transfer_that_holds_something_already) {
  account_state a = with(100);
  ASSERT_FALSE(reserve(a, transfer("t"), {40, usd}));
  EXPECT_EQ(code(reserve(a, transfer("t"), {40, usd})), errc::in_progress);
  EXPECT_EQ(code(accept(a, transfer("t"), {40, usd})), errc::in_progress);
  EXPECT_FALSE(a.begin_change({account_status::frozen, {}}));
  EXPECT_EQ(code(reserve(a, transfer("t"), {40, usd})), errc::in_progress)
      << "it may still be committed, whatever has changed since";
  const auto refused = reserve(a, transfer("t"), {40, usd});
  EXPECT_EQ(refused->why.detail.find(transfer("t").str()), std::string::npos)
      << "it may come to nothing: then nobody is to know its identifier";
  EXPECT_EQ(a.reserved(), 40);
}

TEST(account_state, refuses_other_currencies_states_and_owners) {
  account_state a = with(100);
  EXPECT_EQ(code(reserve(a, transfer("t"), {1, eur})), errc::currency_mismatch);
  EXPECT_EQ(code(accept(a, transfer("t"), {1, eur})), errc::currency_mismatch);
  EXPECT_EQ(code(reserve(a, transfer("t"), {1, usd}, "mallory")), errc::forbidden);
  EXPECT_FALSE(reserve(a, transfer("t"), {1, usd}, "alice"));
  for (const auto& [status, refused] : {std::pair(account_status::frozen, errc::account_frozen),
                                        std::pair(account_status::closed, errc::account_closed)}) {
    account_record r = account_of("alice", 100);
    r.status = status;
    account_state s(r);
    EXPECT_EQ(code(reserve(s, transfer("u"), {1, usd})), refused);
    EXPECT_EQ(code(accept(s, transfer("u"), {1, usd})), refused);
  }
}

TEST(account_state, lets_world_go_as_far_below_zero_as_numbers_are_exact) {
  account_record w = account_of("", 0);
  w.type = account_type::world;
  account_state a(w);
  EXPECT_FALSE(reserve(a, transfer("one"), {max_minor, usd}));
  EXPECT_EQ(code(reserve(a, transfer("two"), {1, usd})), errc::balance_limit);
}

TEST(account_state, may_rest_only_when_nothing_is_on_its_way) {
  account_state a = with(100);
  EXPECT_TRUE(a.may_rest());
  ASSERT_FALSE(reserve(a, transfer("out"), {1, usd}));
  EXPECT_FALSE(a.may_rest());
  ASSERT_FALSE(accept(a, transfer("in"), {1, usd}));
  a.settle(transfer("out"));
  EXPECT_FALSE(a.may_rest());
  a.release(transfer("in"));
  EXPECT_TRUE(a.may_rest());
}

}  // namespace
}  // namespace lifeline::ledger::testing
