#include "ledger/request_builders.hpp"

// A request that makes a transfer which an earlier request may have made.

namespace lifeline::ledger::testing {
namespace {

using namespace requests;

TEST(transfer_repetition, looks_for_an_earlier_request_before_it_refuses_an_id_that_a_client_gave) {
  transfer_request r = repeatable();
  payer_answers(r, of_payer);
  EXPECT_EQ(payee_answers(r), (actions{.release_to = true, .look_up = true}));
  EXPECT_EQ(r.looked_up(earlier_request{}, later), (actions{.answer = true}));
  EXPECT_EQ(r.refused(), poor) << "there was none";
}

TEST(transfer_repetition, looks_before_it_says_that_nothing_happened) {
  transfer_request r = repeatable();
  EXPECT_EQ(r.context_ended(lifeline::errc::canceled),
            (actions{.release_from = true, .release_to = true, .look_up = true}));
  EXPECT_EQ(r.looked_up(earlier_request{some(), "digest", some()}, later),
            (actions{.answer = true}));
  EXPECT_TRUE(r.replayed());

  transfer_request absent = repeatable();
  absent.context_ended(lifeline::errc::deadline_exceeded);
  absent.looked_up(earlier_request{}, later);
  EXPECT_EQ(absent.refused()->code, errc::deadline_exceeded);
  EXPECT_EQ(absent.refused()->known, outcome::none);

  transfer_request unasked = repeatable();
  unasked.context_ended(lifeline::errc::deadline_exceeded);
  unasked.looked_up(std::nullopt, later);
  EXPECT_EQ(unasked.refused()->code, errc::deadline_exceeded);
  EXPECT_EQ(unasked.refused()->known, outcome::unknown);
}

TEST(transfer_repetition, reveals_no_transfer_to_a_caller_that_may_not_make_it) {
  transfer_request r = repeatable();
  payee_answers(r);
  EXPECT_EQ(payer_answers(r, leg_refusal{{errc::forbidden, outcome::none, ""}}),
            (actions{.release_to = true, .answer = true}));
  EXPECT_EQ(r.refused()->code, errc::forbidden);
}

transfer_request looking_up() {
  transfer_request r = committing(repeatable());
  EXPECT_EQ(r.journaled({verdict::duplicate, 0, {}}), (actions{.look_up = true}));
  return r;
}

TEST(transfer_repetition, looks_a_duplicate_up_whoever_made_its_id) {
  transfer_record first = some();
  first.sequence = first.first_sequence = 17;
  transfer_request r = committing(asking());
  EXPECT_EQ(r.journaled({verdict::duplicate, 0, {}}), (actions{.look_up = true}));
  EXPECT_EQ(r.looked_up(earlier_request{first, {}, {}}, later), (actions{.answer = true}));
  EXPECT_TRUE(r.replayed());
  EXPECT_EQ(r.transfer(), first);
}

TEST(transfer_repetition, gives_the_first_answer_again_for_the_same_content) {
  transfer_record first = some();
  first.sequence = first.first_sequence = 17;
  first.posted_at = later;
  transfer_request r = started(transfer_request::create(some(), {}, true));
  payer_answers(r, of_payer);
  payee_answers(r);
  EXPECT_EQ(r.looked_up(earlier_request{first, {}, {}}, later), (actions{.answer = true}));
  EXPECT_TRUE(r.replayed());
  EXPECT_FALSE(r.refused());
  EXPECT_EQ(r.transfer(), first);
}

TEST(transfer_repetition, refuses_the_same_id_for_other_content) {
  transfer_record first = some();
  first.amount.minor = 6;
  transfer_request r = looking_up();
  r.looked_up(earlier_request{first, {}, {}}, later);
  EXPECT_EQ(r.refused()->code, errc::idempotency_mismatch);
  EXPECT_FALSE(r.replayed());
}

TEST(transfer_repetition, judges_a_used_key_by_its_digest) {
  const transfer_record first = transfer_of("another id", account("a"), account("b"), 5);
  transfer_request same = looking_up();
  same.looked_up(earlier_request{{}, "digest", first}, later);
  EXPECT_TRUE(same.replayed());
  EXPECT_EQ(same.transfer().id, first.id);

  transfer_request other = looking_up();
  other.looked_up(earlier_request{{}, "another digest", first}, later);
  EXPECT_EQ(other.refused()->code, errc::idempotency_mismatch);
}

TEST(transfer_repetition, does_not_claim_to_know_when_the_store_cannot_be_asked) {
  transfer_request r = looking_up();
  EXPECT_EQ(r.looked_up(std::nullopt, later), (actions{.answer = true}));
  EXPECT_EQ(r.refused()->code, errc::store_unavailable);
  EXPECT_EQ(r.refused()->known, outcome::unknown);

  transfer_request ended = looking_up();
  EXPECT_EQ(ended.context_ended(lifeline::errc::deadline_exceeded), (actions{.answer = true}));
  EXPECT_EQ(ended.refused()->known, outcome::unknown);
}

TEST(transfer_repetition, has_a_repeated_ids_new_key_kept_before_it_answers) {
  transfer_request r = looking_up();
  EXPECT_EQ(r.looked_up(earlier_request{some(), {}, {}}, later), (actions{.append = true}));
  EXPECT_EQ(std::get<transfer_entry>(r.to_append()).key->digest, "digest");
  EXPECT_EQ(r.context_ended(lifeline::errc::canceled), actions{});
  EXPECT_EQ(r.journaled({verdict::duplicate, 0, {}}), (actions{.look_up = true}));
  transfer_request forgotten = r;
  EXPECT_EQ(r.looked_up(earlier_request{some(), "digest", some()}, later),
            (actions{.answer = true}));
  EXPECT_TRUE(r.replayed());
  EXPECT_EQ(forgotten.looked_up(earlier_request{some(), {}, {}}, later), (actions{.answer = true}))
      << "a key is offered once";

  transfer_request unkept = looking_up();
  unkept.looked_up(earlier_request{some(), {}, {}}, later);
  unkept.journaled({verdict::unavailable, 0, {}});
  EXPECT_EQ(unkept.refused()->known, outcome::unknown) << "the first request's";
}

TEST(transfer_repetition, replays_what_was_first_answered_whatever_became_of_it) {
  transfer_record voided = some();
  voided.two_phase = true;
  voided.status = transfer_status::voided;
  voided.held = 5;
  voided.first_sequence = 4;
  voided.sequence = 9;
  transfer_request r = repeatable();
  payer_answers(r, of_payer);
  payee_answers(r);
  r.looked_up(earlier_request{voided, "digest", voided}, later);
  EXPECT_TRUE(r.replayed());
  EXPECT_EQ(r.transfer().status, transfer_status::pending);
  EXPECT_EQ(r.transfer().sequence, 4U);
}

}  // namespace
}  // namespace lifeline::ledger::testing
