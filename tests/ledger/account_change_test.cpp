#include "lifeline/ledger/core/account_change.hpp"

#include <gtest/gtest.h>

#include "ledger/account_legs.hpp"

namespace lifeline::ledger::testing {
namespace {

account_change to(account_status s) { return {s, {}}; }
account_change limit(std::int64_t n) { return {{}, n}; }

constexpr auto open = account_status::open;
constexpr auto frozen = account_status::frozen;
constexpr auto closed = account_status::closed;

TEST(account_change, follows_the_table_of_states) {
  struct row {
    account_status from;
    account_change change;
    std::optional<errc> refused;
  };
  for (const row& r : {
           row{open, to(frozen), {}},
           row{open, to(closed), {}},
           row{open, to(open), {}},
           row{frozen, to(open), {}},
           row{frozen, to(closed), {}},
           row{frozen, limit(5), {}},
           row{closed, to(closed), {}},
           row{closed, to(open), errc::account_closed},
           row{closed, to(frozen), errc::account_closed},
           row{closed, limit(5), errc::account_closed},
           row{closed, limit(0), {}},
       }) {
    account_record a = account_of("alice");
    a.status = r.from;
    EXPECT_EQ(code(refusal_of(a, r.change, {})), r.refused)
        << to_string(r.from) << " to " << (r.change.status ? to_string(*r.change.status) : "limit");
  }
}

TEST(account_change, closes_only_what_is_empty) {
  struct row {
    std::int64_t posted, pending_in, pending_out;
    under_way moves;
    std::optional<errc> refused;
  };
  for (const row& r : {
           row{0, 0, 0, {}, {}},
           row{1, 0, 0, {}, errc::invalid_state},
           row{-1, 0, 0, {}, errc::invalid_state},
           row{0, 1, 0, {}, errc::invalid_state},
           row{0, 0, 1, {}, errc::invalid_state},
           row{0, 0, 0, {0, true}, errc::invalid_state},
       }) {
    account_record a = account_of("alice", r.posted);
    a.pending_in = r.pending_in;
    a.pending_out = r.pending_out;
    EXPECT_EQ(code(refusal_of(a, to(closed), r.moves)), r.refused);
  }
}

TEST(account_change, lowers_a_limit_only_as_far_as_the_balance_allows) {
  struct row {
    std::int64_t posted, held, reserved, now, wanted;
    std::optional<errc> refused;
  };
  for (const row& r : {
           row{-50, 0, 0, 100, 50, {}},
           row{-50, 0, 0, 100, 49, errc::insufficient_funds},
           row{-50, 0, 0, 100, 200, {}},
           row{-50, 0, 0, 10, 20, {}},
           row{0, 30, 0, 100, 30, {}},
           row{0, 30, 0, 100, 29, errc::insufficient_funds},
           row{0, 0, 30, 100, 29, errc::insufficient_funds},
           row{10, 20, 30, 100, 40, {}},
           row{10, 20, 30, 100, 39, errc::insufficient_funds},
           row{0, 0, 0, 0, -1, errc::balance_limit},
           row{0, 0, 0, 0, max_minor, {}},
           row{0, 0, 0, 0, max_minor + 1, errc::balance_limit},
       }) {
    account_record a = account_of("alice", r.posted);
    a.pending_out = r.held;
    a.overdraft_limit = r.now;
    EXPECT_EQ(code(refusal_of(a, limit(r.wanted), {r.reserved, r.reserved != 0})), r.refused)
        << r.posted << ' ' << r.held << ' ' << r.reserved << " to " << r.wanted;
  }
}

TEST(account_change, never_touches_the_world) {
  account_record world = account_of("world");
  world.type = account_type::world;
  for (const auto& change : {to(frozen), to(closed), to(open), limit(1), limit(0)})
    EXPECT_EQ(code(refusal_of(world, change, {})), errc::invalid_state);
}

account_state with(std::int64_t posted, std::int64_t overdraft = 0) {
  account_record a = account_of("alice", posted);
  a.overdraft_limit = overdraft;
  return account_state(a);
}

TEST(changing_account_state, forbids_at_once_what_the_change_forbids) {
  account_state freezing = with(100);
  ASSERT_FALSE(freezing.begin_change(to(frozen)));
  EXPECT_EQ(code(reserve(freezing, transfer("t"), {1, usd})), errc::account_frozen);
  EXPECT_EQ(code(accept(freezing, transfer("t"), {1, usd})), errc::account_frozen);
  account_state closing = with(0);
  ASSERT_FALSE(closing.begin_change(to(closed)));
  EXPECT_EQ(code(accept(closing, transfer("t"), {1, usd})), errc::account_closed);
  account_state lowering = with(0, 100);
  ASSERT_FALSE(lowering.begin_change(limit(40)));
  EXPECT_EQ(code(reserve(lowering, transfer("t"), {41, usd})), errc::insufficient_funds);
  EXPECT_FALSE(reserve(lowering, transfer("t"), {40, usd}));
}

TEST(changing_account_state, allows_what_the_change_allows_only_when_it_is_durable) {
  account_state raising = with(0, 10);
  ASSERT_FALSE(raising.begin_change(limit(100)));
  EXPECT_EQ(code(reserve(raising, transfer("t"), {11, usd})), errc::insufficient_funds);
  raising.end_change(true);
  EXPECT_FALSE(reserve(raising, transfer("t"), {100, usd}));
  account_state thawing = with(5);
  ASSERT_FALSE(thawing.begin_change(to(frozen)));
  thawing.end_change(true);
  ASSERT_FALSE(thawing.begin_change(to(open)));
  EXPECT_EQ(code(reserve(thawing, transfer("t"), {1, usd})), errc::account_frozen);
  thawing.end_change(true);
  EXPECT_FALSE(reserve(thawing, transfer("t"), {1, usd}));
  EXPECT_EQ(thawing.record().version, 3U);
}

TEST(changing_account_state, is_as_before_when_the_change_came_to_nothing) {
  account_state a = with(100);
  const account_record before = a.record();
  ASSERT_FALSE(a.begin_change(to(frozen)));
  EXPECT_FALSE(a.may_rest());
  a.end_change(false);
  EXPECT_TRUE(a.may_rest());
  EXPECT_EQ(a.record(), before);
  EXPECT_FALSE(reserve(a, transfer("t"), {100, usd}));
}

TEST(changing_account_state, is_not_closed_while_a_credit_is_in_progress) {
  account_state a = with(0);
  ASSERT_FALSE(accept(a, transfer("in"), {5, usd}));
  EXPECT_EQ(code(a.begin_change(to(closed))), errc::invalid_state);
  a.release(transfer("in"));
  EXPECT_FALSE(a.begin_change(to(closed)));
}

TEST(changing_account_state, takes_one_change_at_a_time) {
  account_state a = with(100);
  ASSERT_FALSE(a.begin_change(to(frozen)));
  EXPECT_EQ(code(a.begin_change(limit(5))), errc::in_progress);
}

TEST(changing_account_state, settles_and_releases_what_was_reserved_before) {
  account_state a = with(100);
  ASSERT_FALSE(reserve(a, transfer("out"), {30, usd}));
  ASSERT_FALSE(accept(a, transfer("in"), {5, usd}));
  ASSERT_FALSE(a.begin_change(to(frozen)));
  a.settle(transfer("out"));
  a.end_change(true);
  a.release(transfer("in"));
  EXPECT_EQ(a.record().posted, 70);
  EXPECT_TRUE(a.may_rest());
}

}  // namespace
}  // namespace lifeline::ledger::testing
