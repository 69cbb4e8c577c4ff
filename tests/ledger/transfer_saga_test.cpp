#include "lifeline/ledger/core/transfer_request.hpp"

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

TEST(transfer_saga, ignores_late_answers) {
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
  EXPECT_EQ(s.looked_up(earlier_request{some(), "digest", some()}), (orders{.answer = true}));
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

TEST(transfer_saga, reveals_no_transfer_to_a_caller_that_may_not_make_it) {
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

TEST(transfer_saga, looks_a_duplicate_up_whoever_made_its_id) {
  transfer_record first = some();
  first.sequence = first.first_sequence = 17;
  transfer_saga s = committing();
  EXPECT_EQ(s.journaled({verdict::duplicate}, later), (orders{.look_up = true}));
  EXPECT_EQ(s.looked_up(earlier_request{first, {}, {}}), (orders{.answer = true}));
  EXPECT_TRUE(s.replayed());
  EXPECT_EQ(s.transfer(), first);
}

TEST(transfer_saga, gives_the_first_answer_again_for_the_same_content) {
  transfer_record first = some();
  first.sequence = first.first_sequence = 17;
  first.posted_at = later;
  transfer_saga s(some(), {}, true);
  s.start();
  s.reserved(poor);
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

TEST(transfer_saga, says_what_the_transfer_is_to_become) {
  transfer_record hold = some();
  hold.two_phase = true;
  hold.expires_in = std::chrono::seconds(30);
  transfer_saga s(hold, {}, false);
  s.created(later);
  EXPECT_EQ(s.transfer().status, transfer_status::pending);

  hold.execute_at = later + std::chrono::hours(1);
  transfer_saga planned(hold, {}, false);
  planned.created(later);
  EXPECT_EQ(planned.transfer().status, transfer_status::scheduled);
  EXPECT_FALSE(planned.expects());
}

TEST(transfer_saga, refuses_a_time_that_has_passed_unless_it_is_a_repetition) {
  transfer_record planned = some();
  planned.execute_at = later;
  transfer_saga s(planned, "digest", true);
  s.created(later + latest_execute_at + std::chrono::milliseconds(1));
  EXPECT_EQ(s.start(), (orders{.look_up = true}));
  transfer_saga again = s;
  s.looked_up(earlier_request{});
  EXPECT_EQ(s.refused()->code, errc::invalid_field);
  transfer_record first = planned;
  first.status = transfer_status::scheduled;
  again.looked_up(earlier_request{first, "digest", first});
  EXPECT_TRUE(again.replayed());

  transfer_saga just_now(planned, {}, false);
  just_now.created(later + latest_execute_at);
  EXPECT_EQ(just_now.start(), (orders{.reserve = true}));
}

transfer_saga due() {
  transfer_record planned = some();
  planned.execute_at = later;
  planned.status = transfer_status::scheduled;
  planned.sequence = planned.first_sequence = 3;
  transfer_saga s = transfer_saga::due(planned);
  EXPECT_EQ(s.start(), (orders{.reserve = true}));
  return s;
}

TEST(transfer_saga, executes_what_is_due_and_expects_it_to_be_scheduled) {
  transfer_saga s = due();
  s.reserved({});
  EXPECT_EQ(s.accepted({}, lifeline::errc::none), (orders{.append = true}));
  EXPECT_EQ(s.expects(), transfer_status::scheduled);
  s.journaled({verdict::committed, 8}, later);
  EXPECT_EQ(s.transfer().status, transfer_status::posted);
  EXPECT_EQ(s.transfer().first_sequence, 3U);
  EXPECT_EQ(s.transfer().sequence, 8U);
}

TEST(transfer_saga, rejects_what_is_due_only_where_an_account_refuses_the_transfer_itself) {
  struct row {
    errc code;
    bool rejects;
  };
  for (const row& r : {row{errc::insufficient_funds, true}, row{errc::account_frozen, true},
                       row{errc::account_closed, true}, row{errc::currency_mismatch, true},
                       row{errc::balance_limit, true}, row{errc::in_progress, false},
                       row{errc::store_unavailable, false}, row{errc::overloaded, false},
                       row{errc::deadline_exceeded, false}, row{errc::internal, false}}) {
    transfer_saga s = due();
    s.reserved({});
    const auto o = s.accepted(failure{r.code, outcome::none, ""}, lifeline::errc::none);
    EXPECT_TRUE(o.release_from) << to_string(r.code);
    EXPECT_EQ(o.resolve, r.rejects) << to_string(r.code);
    EXPECT_EQ(o.answer, !r.rejects) << to_string(r.code);
  }
  transfer_saga s = due();
  EXPECT_EQ(s.reserved(poor), (orders{.resolve = true}));
  EXPECT_EQ(s.ending(), (resolution{transfer_status::rejected, transfer_status::scheduled, 0,
                                    "insufficient_funds"}));
  EXPECT_EQ(s.context_ended(lifeline::errc::canceled), orders{}) << "past the commit point";
  EXPECT_EQ(s.journaled({verdict::committed, 8}, later), (orders{.answer = true}));
  EXPECT_FALSE(s.refused());
  EXPECT_EQ(s.transfer().status, transfer_status::rejected);
  EXPECT_EQ(s.transfer().reason, "insufficient_funds");
}

TEST(transfer_saga, rejects_a_hold_as_it_was_scheduled) {
  transfer_record planned = some();
  planned.two_phase = true;
  planned.expires_in = std::chrono::seconds(30);
  planned.execute_at = later;
  planned.status = transfer_status::scheduled;
  planned.sequence = planned.first_sequence = 3;
  transfer_saga s = transfer_saga::due(planned);
  s.start();
  EXPECT_EQ(s.reserved(poor), (orders{.resolve = true}));
  EXPECT_EQ(s.transfer(), planned) << "what the journal is told";
}

TEST(transfer_saga, leaves_what_is_due_as_it_was_when_its_context_ends_or_another_was_first) {
  transfer_saga ended = due();
  EXPECT_EQ(ended.context_ended(lifeline::errc::canceled),
            (orders{.release_from = true, .answer = true}));
  transfer_saga lost = due();
  lost.reserved({});
  lost.accepted({}, lifeline::errc::none);
  EXPECT_EQ(lost.journaled({verdict::wrong_state}, later), (orders{.answer = true}));
  EXPECT_TRUE(lost.refused());
}

TEST(transfer_saga, has_a_repeated_ids_new_key_kept_before_it_answers) {
  transfer_saga s = looking_up();
  EXPECT_EQ(s.looked_up(earlier_request{some(), {}, {}}), (orders{.append = true}));
  EXPECT_EQ(s.context_ended(lifeline::errc::canceled), orders{});
  EXPECT_EQ(s.journaled({verdict::duplicate}, later), (orders{.look_up = true}));
  EXPECT_EQ(s.looked_up(earlier_request{some(), "digest", some()}), (orders{.answer = true}));
  EXPECT_TRUE(s.replayed());

  transfer_saga unkept = looking_up();
  unkept.looked_up(earlier_request{some(), {}, {}});
  unkept.journaled({verdict::unavailable}, later);
  EXPECT_EQ(unkept.refused()->known, outcome::unknown) << "the first request's";
}

TEST(transfer_saga, replays_what_was_first_answered_whatever_became_of_it) {
  transfer_record voided = some();
  voided.two_phase = true;
  voided.status = transfer_status::voided;
  voided.held = 5;
  voided.first_sequence = 4;
  voided.sequence = 9;
  transfer_saga s = repeatable();
  s.start();
  s.reserved(poor);
  s.looked_up(earlier_request{voided, "digest", voided});
  EXPECT_TRUE(s.replayed());
  EXPECT_EQ(s.transfer().status, transfer_status::pending);
  EXPECT_EQ(s.transfer().sequence, 4U);
}

}  // namespace
}  // namespace lifeline::ledger::testing
