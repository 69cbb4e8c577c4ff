#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "ledger/builders.hpp"
#include "lifeline/ledger/core/transfer_request.hpp"

// Requests for a transfer of 5 from `a` to `b`, at different points of their lives.

namespace lifeline::ledger::testing {

/// The verdict on what the request appends: committed.
inline entry_verdict stored(const transfer_request& r, std::uint64_t sequence, wall_time at) {
  const entry e = r.to_append();
  if (const auto* end = std::get_if<resolve_entry>(&e))
    return {verdict::committed, sequence, after_resolution(r.transfer(), end->what, sequence, at)};
  const auto& t = std::get<transfer_entry>(e);
  return {verdict::committed, sequence,
          (t.expects ? after_execution : after_opening)(t.transfer, sequence, at)};
}

/// What the request appends names the accounts of its legs, which hold them.
inline void expect_sides(const transfer_request& r) {
  const auto sides = sides_of(r.to_append());
  ASSERT_TRUE(sides);
  EXPECT_EQ(sides->transfer, r.transfer().id);
  EXPECT_EQ(sides->from, r.legs().from.account);
  EXPECT_EQ(sides->to, r.legs().to.account);
  EXPECT_TRUE(r.holds_legs());
}

}  // namespace lifeline::ledger::testing

namespace lifeline::ledger::testing::requests {

using actions = transfer_request::actions;
inline constexpr auto alive = lifeline::errc::none;

inline const failure poor{errc::insufficient_funds, outcome::none, "poor"};
inline const leg_refusal of_payer{poor};
inline const leg_refusal of_payee{{errc::account_frozen, outcome::none, "frozen"}};
inline const leg_refusal of_payer_for_now{poor, true};
inline const leg_refusal of_payee_for_now{{errc::balance_limit, outcome::none, "full"}, true};
inline const wall_time noon{std::chrono::hours(12)};
inline const wall_time later = noon + std::chrono::hours(1);

inline transfer_record some() { return transfer_of("t", account("a"), account("b"), 5); }
inline idempotency_key key() { return {"alice", "k", "digest"}; }

inline actions payer_answers(transfer_request& r, std::optional<leg_refusal> refused = {},
                             lifeline::errc ended = alive) {
  return r.answered(account("a"), std::move(refused), ended);
}
inline actions payee_answers(transfer_request& r, std::optional<leg_refusal> refused = {},
                             lifeline::errc ended = alive) {
  return r.answered(account("b"), std::move(refused), ended);
}

inline transfer_request started(transfer_request r) {
  EXPECT_EQ(r.start(noon), (actions{.ask_from = true, .ask_to = true}));
  return r;
}
inline transfer_request asking() { return started(transfer_request::create(some(), {}, false)); }
inline transfer_request repeatable() {
  return started(transfer_request::create(some(), key(), true));
}
inline transfer_request committing(transfer_request r) {
  payer_answers(r);
  EXPECT_EQ(payee_answers(r), (actions{.append = true}));
  expect_sides(r);
  return r;
}

}  // namespace lifeline::ledger::testing::requests
