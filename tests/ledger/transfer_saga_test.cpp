#include "lifeline/ledger/transfer_saga.hpp"

#include <gtest/gtest.h>

#include "ledger/builders.hpp"

namespace lifeline::ledger::testing {
namespace {

using orders = transfer_saga::orders;

const failure poor{errc::insufficient_funds, outcome::none, "poor"};
const wall_time later{std::chrono::milliseconds(5)};

transfer_record some() { return transfer_of("t", account("a"), account("b"), 5); }

transfer_saga fresh() { return {some(), std::nullopt, false}; }
transfer_saga repeatable() { return {some(), "digest", true}; }

transfer_saga accepting() {
  transfer_saga s = fresh();
  s.start();
  s.reserved({});
  return s;
}

transfer_saga committing() {
  transfer_saga s = accepting();
  s.accepted({}, lifeline::errc::none);
  return s;
}

TEST(transfer_saga, walks_from_reserve_to_answer) {
  transfer_saga s = fresh();
  EXPECT_EQ(s.start(), (orders{.reserve = true}));
  EXPECT_EQ(s.reserved({}), (orders{.accept = true}));
  EXPECT_EQ(s.accepted({}, lifeline::errc::none), (orders{.append = true}));
  EXPECT_EQ(s.journaled({verdict::committed, 42}, later), (orders{.answer = true}));
  EXPECT_FALSE(s.refused());
  EXPECT_EQ(s.transfer().sequence, 42U);
  EXPECT_EQ(s.transfer().posted_at, later);
}

TEST(transfer_saga, needs_two_accounts) {
  transfer_saga s(transfer_of("t", account("a"), account("a"), 5), {}, false);
  EXPECT_EQ(s.start(), (orders{.answer = true}));
  EXPECT_EQ(s.refused()->code, errc::same_account);
}

TEST(transfer_saga, releases_nothing_where_the_account_itself_refused) {
  transfer_saga s = fresh();
  s.start();
  EXPECT_EQ(s.reserved(poor), (orders{.answer = true}));
  EXPECT_EQ(s.refused(), poor);
}

TEST(transfer_saga, releases_the_payer_when_the_payee_refuses) {
  transfer_saga s = accepting();
  EXPECT_EQ(s.accepted(failure{errc::account_frozen, outcome::none, ""}, lifeline::errc::none),
            (orders{.release_from = true, .answer = true}));
}

TEST(transfer_saga, releases_all_it_asked_for_when_the_context_ends_before_the_commit_point) {
  transfer_saga early = fresh();
  early.start();
  EXPECT_EQ(early.context_ended(lifeline::errc::canceled),
            (orders{.release_from = true, .answer = true}));
  EXPECT_EQ(early.refused()->code, errc::canceled);
  EXPECT_EQ(early.refused()->known, outcome::none);

  transfer_saga late = accepting();
  EXPECT_EQ(late.context_ended(lifeline::errc::deadline_exceeded),
            (orders{.release_from = true, .release_to = true, .answer = true}));

  transfer_saga last = accepting();
  EXPECT_EQ(last.accepted({}, lifeline::errc::deadline_exceeded),
            (orders{.release_from = true, .release_to = true, .answer = true}));
  EXPECT_EQ(last.refused()->code, errc::deadline_exceeded);
}

TEST(transfer_saga, is_not_ended_by_its_context_past_the_commit_point) {
  transfer_saga s = committing();
  EXPECT_EQ(s.context_ended(lifeline::errc::canceled), orders{});
  EXPECT_EQ(s.journaled({verdict::committed, 1}, later), (orders{.answer = true}));
  EXPECT_FALSE(s.refused());
}

TEST(transfer_saga, ignores_words_that_come_too_late) {
  transfer_saga s = fresh();
  s.start();
  s.context_ended(lifeline::errc::canceled);
  EXPECT_EQ(s.reserved({}), orders{});
  EXPECT_EQ(s.accepted({}, lifeline::errc::none), orders{});
  EXPECT_EQ(s.journaled({verdict::committed, 1}, later), orders{});
  EXPECT_EQ(s.looked_up(earlier_request{}), orders{});
}

TEST(transfer_saga, says_what_is_known_after_each_verdict_of_the_journal) {
  struct row {
    verdict said;
    errc code;
    outcome known;
  };
  for (const row& r : {row{verdict::unavailable, errc::store_unavailable, outcome::none},
                       row{verdict::unknown, errc::store_unavailable, outcome::unknown},
                       row{verdict::overloaded, errc::overloaded, outcome::none},
                       row{verdict::violated, errc::internal, outcome::none}}) {
    transfer_saga s = committing();
    EXPECT_EQ(s.journaled({r.said}, later), (orders{.answer = true}));
    EXPECT_EQ(s.refused()->code, r.code);
    EXPECT_EQ(s.refused()->known, r.known);
  }
}

TEST(transfer_saga, looks_for_an_earlier_request_before_it_refuses_an_id_that_a_client_gave) {
  transfer_saga s = repeatable();
  s.start();
  EXPECT_EQ(s.reserved(poor), (orders{.look_up = true}));
  EXPECT_EQ(s.looked_up(earlier_request{}), (orders{.answer = true}));
  EXPECT_EQ(s.refused(), poor) << "there was none";
}

TEST(transfer_saga, looks_before_it_says_that_nothing_happened) {
  transfer_saga s = repeatable();
  s.start();
  EXPECT_EQ(s.context_ended(lifeline::errc::canceled),
            (orders{.release_from = true, .look_up = true}));
  EXPECT_EQ(s.looked_up(earlier_request{some(), {}, {}}), (orders{.answer = true}));
  EXPECT_TRUE(s.replayed());

  transfer_saga absent = repeatable();
  absent.start();
  absent.context_ended(lifeline::errc::deadline_exceeded);
  absent.looked_up(earlier_request{});
  EXPECT_EQ(absent.refused()->code, errc::deadline_exceeded);
  EXPECT_EQ(absent.refused()->known, outcome::none);

  transfer_saga unasked = repeatable();
  unasked.start();
  unasked.context_ended(lifeline::errc::deadline_exceeded);
  unasked.looked_up(std::nullopt);
  EXPECT_EQ(unasked.refused()->code, errc::deadline_exceeded);
  EXPECT_EQ(unasked.refused()->known, outcome::unknown);
}

TEST(transfer_saga, tells_nobody_of_a_transfer_that_they_may_not_make) {
  transfer_saga s = repeatable();
  s.start();
  EXPECT_EQ(s.reserved(failure{errc::forbidden, outcome::none, ""}), (orders{.answer = true}));
  EXPECT_EQ(s.refused()->code, errc::forbidden);
}

transfer_saga looking_up() {
  transfer_saga s = repeatable();
  s.start();
  s.reserved({});
  s.accepted({}, lifeline::errc::none);
  EXPECT_EQ(s.journaled({verdict::duplicate}, later), (orders{.look_up = true}));
  return s;
}

TEST(transfer_saga, gives_the_first_answer_again_for_the_same_content) {
  transfer_record first = some();
  first.sequence = 17;
  first.posted_at = later;
  transfer_saga s = looking_up();
  EXPECT_EQ(s.looked_up(earlier_request{first, {}, {}}), (orders{.answer = true}));
  EXPECT_TRUE(s.replayed());
  EXPECT_FALSE(s.refused());
  EXPECT_EQ(s.transfer(), first);
}

TEST(transfer_saga, refuses_the_same_id_for_other_content) {
  transfer_record first = some();
  first.amount.minor = 6;
  transfer_saga s = looking_up();
  s.looked_up(earlier_request{first, {}, {}});
  EXPECT_EQ(s.refused()->code, errc::idempotency_mismatch);
  EXPECT_FALSE(s.replayed());
}

TEST(transfer_saga, judges_a_used_key_by_its_digest) {
  transfer_record first = transfer_of("another id", account("a"), account("b"), 5);
  transfer_saga same = looking_up();
  same.looked_up(earlier_request{{}, "digest", first});
  EXPECT_TRUE(same.replayed());
  EXPECT_EQ(same.transfer().id, first.id);

  transfer_saga other = looking_up();
  other.looked_up(earlier_request{{}, "another digest", first});
  EXPECT_EQ(other.refused()->code, errc::idempotency_mismatch);
}

TEST(transfer_saga, does_not_claim_to_know_when_the_store_cannot_be_asked) {
  transfer_saga s = looking_up();
  EXPECT_EQ(s.looked_up(std::nullopt), (orders{.answer = true}));
  EXPECT_EQ(s.refused()->code, errc::store_unavailable);
  EXPECT_EQ(s.refused()->known, outcome::unknown);

  transfer_saga ended = looking_up();
  EXPECT_EQ(ended.context_ended(lifeline::errc::deadline_exceeded), (orders{.answer = true}));
  EXPECT_EQ(ended.refused()->known, outcome::unknown);
}

}  // namespace
}  // namespace lifeline::ledger::testing
