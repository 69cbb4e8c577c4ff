#include <gtest/gtest.h>

#include <vector>

#include "ledger/account_legs.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;

account_state with(std::int64_t posted, std::int64_t pending_out = 0, std::int64_t pending_in = 0) {
  account_record a = account_of("alice", posted);
  a.pending_out = pending_out;
  a.pending_in = pending_in;
  return account_state(a);
}

TEST(account_holds, a_durable_hold_is_not_spendable_and_lets_the_account_rest) {
  account_state a = with(100);
  ASSERT_FALSE(reserve(a, transfer("hold"), {60, usd}, {}, pending));
  EXPECT_EQ(a.spendable(), 40);
  EXPECT_FALSE(a.may_rest());
  a.settle(transfer("hold"));
  EXPECT_EQ(a.record().posted, 100);
  EXPECT_EQ(a.record().pending_out, 60);
  EXPECT_EQ(a.record().version, 2U);
  EXPECT_TRUE(a.may_rest());
  EXPECT_EQ(a.spendable(), 40);
  EXPECT_EQ(code(reserve(a, transfer("more"), {41, usd})), errc::insufficient_funds);
}

TEST(account_holds, a_hold_is_posted_in_part_and_the_rest_is_free_again) {
  account_state a = with(100, 60);
  ASSERT_FALSE(prepare(a, transfer("hold"), {.posted = -25, .pending_out = -60}));
  EXPECT_EQ(a.spendable(), 40) << "nothing is free before it is durable";
  EXPECT_FALSE(a.may_rest());
  a.settle(transfer("hold"));
  EXPECT_EQ(a.record().posted, 75);
  EXPECT_EQ(a.record().pending_out, 0);
  EXPECT_EQ(a.spendable(), 75);
}

TEST(account_holds, a_resolution_that_came_to_nothing_leaves_the_hold) {
  account_state a = with(100, 60);
  ASSERT_FALSE(prepare(a, transfer("hold"), {.pending_out = -60}));
  a.release(transfer("hold"));
  EXPECT_EQ(a.record().pending_out, 60);
  EXPECT_EQ(a.record().version, 1U);
  EXPECT_EQ(a.spendable(), 40);
  EXPECT_TRUE(a.may_rest());
}

TEST(account_holds, the_receiver_counts_a_hold_toward_its_balance_limit) {
  account_state a = with(0, 0, max_minor - 10);
  EXPECT_EQ(code(accept(a, transfer("t"), {11, usd})), errc::balance_limit);
  EXPECT_EQ(code(accept(a, transfer("t"), {11, usd}, pending)), errc::balance_limit);
  ASSERT_FALSE(accept(a, transfer("t"), {10, usd}, pending));
  a.settle(transfer("t"));
  EXPECT_EQ(a.record().pending_in, max_minor);
  EXPECT_EQ(a.record().posted, 0);
  EXPECT_EQ(a.spendable(), 0) << "what is only held for it can't be spent";
}

TEST(account_holds, of_a_frozen_account_can_still_end_but_no_new_one_begins) {
  account_record r = account_of("alice", 100);
  r.status = account_status::frozen;
  r.pending_out = 60;
  account_state a(r);
  for (const auto becomes : {posted, pending, scheduled})
    EXPECT_EQ(code(reserve(a, transfer("new"), {1, usd}, {}, becomes)), errc::account_frozen);
  EXPECT_FALSE(prepare(a, transfer("hold"), {.posted = -60, .pending_out = -60}));
  a.settle(transfer("hold"));
  EXPECT_EQ(a.record().posted, 40);
}

TEST(account_holds, are_ended_by_their_owner_only_and_once_at_a_time) {
  account_state a = with(100, 60);
  EXPECT_EQ(code(prepare(a, transfer("hold"), {.pending_out = -60}, "mallory")), errc::forbidden);
  ASSERT_FALSE(prepare(a, transfer("hold"), {.pending_out = -60}, "alice"));
  EXPECT_EQ(code(prepare(a, transfer("hold"), {.pending_out = -60})), errc::in_progress);
  a.settle(transfer("hold"));
  a.settle(transfer("hold"));
  EXPECT_EQ(a.record().pending_out, 0);
}

TEST(account_holds, a_later_attempt_releases_nothing_of_an_earlier_one) {
  account_state a = with(100);
  ASSERT_FALSE(reserve(a, transfer("t"), {60, usd}, {}, posted, 1));
  EXPECT_EQ(code(reserve(a, transfer("t"), {60, usd}, {}, posted, 2)), errc::in_progress);
  a.release(transfer("t"), 2);
  EXPECT_EQ(a.reserved(), 60) << "the journal has no verdict on the first attempt";
  EXPECT_FALSE(a.settle(transfer("t"), 2)) << "nor of this one";
  EXPECT_EQ(a.record().posted, 100);
  EXPECT_TRUE(a.settle(transfer("t"), 1));
  EXPECT_EQ(a.record().posted, 40);
}

TEST(account_holds, a_scheduled_transfer_sets_nothing_aside) {
  account_state a = with(10);
  ASSERT_FALSE(reserve(a, transfer("later"), {500, usd}, {}, scheduled));
  EXPECT_EQ(a.spendable(), 10);
  EXPECT_FALSE(a.may_rest()) << "it is on its way to the journal";
  a.settle(transfer("later"));
  EXPECT_EQ(a.record(), with(10).record());
  EXPECT_EQ(code(reserve(a, transfer("later"), {1, eur}, {}, scheduled)), errc::currency_mismatch);
}

/// Each bound of account rows in the schemas, with a change that would exceed it.
TEST(account_holds, pass_no_bound_that_a_store_has) {
  const auto with = [](std::int64_t limit, std::int64_t at, std::int64_t in, std::int64_t out) {
    account_record a = account_of("alice", at);
    a.overdraft_limit = limit;
    a.pending_in = in;
    a.pending_out = out;
    return a;
  };
  const auto world = [&](std::int64_t at, std::int64_t in, std::int64_t out) {
    account_record a = with(0, at, in, out);
    a.type = account_type::world;
    return a;
  };
  struct row {
    const char* bound;
    account_record account;
    bool debit;
    transfer_status becomes;
    errc why;
  };
  const std::vector<row> table{
      {"posted >= -max", with(max_minor, -max_minor, 0, 0), true, posted, errc::insufficient_funds},
      {"posted >= -max", world(-max_minor, 0, 0), true, posted, errc::balance_limit},
      {"posted <= max", with(0, max_minor, 0, 0), false, posted, errc::balance_limit},
      {"posted <= max", world(max_minor, 0, 0), false, posted, errc::balance_limit},
      {"pending_out <= max", with(max_minor, max_minor, 0, max_minor), true, pending,
       errc::balance_limit},
      {"pending_out <= max", world(max_minor, 0, max_minor), true, pending, errc::balance_limit},
      {"pending_in <= max", with(max_minor, -max_minor, max_minor, 0), false, pending,
       errc::balance_limit},
      {"pending_in <= max", world(-max_minor, max_minor, 0), false, pending, errc::balance_limit},
      {"posted + pending_in <= max", with(0, max_minor - 5, 5, 0), false, posted,
       errc::balance_limit},
      {"posted + pending_in <= max", with(0, max_minor - 5, 5, 0), false, pending,
       errc::balance_limit},
      {"posted - pending_out + limit >= 0", with(10, 0, 0, 10), true, posted,
       errc::insufficient_funds},
      {"posted - pending_out >= -max", world(0, 0, max_minor), true, posted, errc::balance_limit}};
  for (const row& r : table) {
    SCOPED_TRACE(r.bound + (" of a " + std::string(to_string(r.account.type))));
    account_state a(r.account);
    const auto ask = [&](const char* name) {
      return r.debit ? reserve(a, transfer(name), {1, usd}, {}, r.becomes)
                     : accept(a, transfer(name), {1, usd}, r.becomes);
    };
    EXPECT_EQ(code(ask("one too many")), r.why);
    EXPECT_TRUE(a.may_rest()) << "nothing is set aside";
  }
}

TEST(account_holds, on_their_way_count_toward_the_bounds_until_they_end) {
  account_record r = account_of("alice", max_minor);
  r.overdraft_limit = max_minor;
  account_state a(r);
  ASSERT_FALSE(reserve(a, transfer("one"), {max_minor - 1, usd}, {}, pending));
  EXPECT_EQ(code(reserve(a, transfer("two"), {2, usd}, {}, pending)), errc::balance_limit);
  ASSERT_FALSE(reserve(a, transfer("three"), {2, usd})) << "that is no hold";
  a.release(transfer("one"));
  ASSERT_FALSE(reserve(a, transfer("two"), {max_minor, usd}, {}, pending));
  a.settle(transfer("two"));
  EXPECT_EQ(code(reserve(a, transfer("four"), {1, usd}, {}, pending)), errc::balance_limit);
  ASSERT_FALSE(prepare(a, transfer("two"), {.pending_out = -max_minor}));
  EXPECT_EQ(code(reserve(a, transfer("four"), {1, usd}, {}, pending)), errc::balance_limit)
      << "its end is not durable yet";
  a.settle(transfer("two"));
  EXPECT_FALSE(reserve(a, transfer("four"), {1, usd}, {}, pending));
}

}  // namespace
}  // namespace lifeline::ledger::testing
