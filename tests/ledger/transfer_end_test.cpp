#include <gtest/gtest.h>

#include "ledger/request_builders.hpp"
#include "lifeline/ledger/core/transfer_request.hpp"

// A request that posts or voids a hold, or ends one that has expired.

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;
using actions = transfer_request::actions;
constexpr auto alive = lifeline::errc::none;

const wall_time noon{std::chrono::hours(490'000)};
const wall_time later = noon + std::chrono::hours(1);
const failure not_now{errc::store_unavailable, outcome::none, "not now"};

transfer_record held(std::optional<wall_time> expires_at = {}) {
  transfer_record t = transfer_of("t", account("a"), account("b"), 50);
  t.two_phase = true;
  t.status = pending;
  t.expires_at = expires_at;
  t = after_opening(std::move(t), 7, noon);
  t.expires_at = expires_at;
  return t;
}
transfer_record ended(transfer_status how, std::int64_t minor = 0) {
  return after_resolution(held(), {how, pending, minor, {}}, 9, noon);
}
idempotency_key key() { return {"alice", "k", "digest"}; }

transfer_request looking(transfer_request r, wall_time now = noon) {
  EXPECT_EQ(r.start(now), (actions{.look_up = true}));
  return r;
}
transfer_request posting(std::optional<std::int64_t> minor = {},
                         std::optional<idempotency_key> k = {}) {
  return looking(transfer_request::post(transfer("t"), minor, std::move(k)));
}
transfer_request voiding(std::optional<idempotency_key> k = {}) {
  return looking(transfer_request::make_void(transfer("t"), std::move(k)));
}
std::optional<earlier_request> found(std::optional<transfer_record> t) {
  return earlier_request{std::move(t), {}, {}};
}
transfer_request asking(std::optional<std::int64_t> minor = {}) {
  auto r = posting(minor);
  EXPECT_EQ(r.looked_up(found(held()), noon), (actions{.ask_from = true, .ask_to = true}));
  return r;
}
void expect_taken(transfer_request& r) {
  EXPECT_EQ(r.answered(account("a"), {}, alive), actions{});
  EXPECT_EQ(r.answered(account("b"), {}, alive), (actions{.append = true}));
  expect_sides(r);
}
transfer_request committing() {
  auto r = asking();
  expect_taken(r);
  return r;
}
resolve_entry appended(const transfer_request& r) { return std::get<resolve_entry>(r.to_append()); }
std::optional<errc> refused(const transfer_request& r) {
  return r.refused() ? std::optional(r.refused()->code) : std::nullopt;
}

TEST(transfer_end, walks_from_the_look_up_to_the_answer) {
  auto r = asking(20);
  EXPECT_EQ(r.legs().from.kind, leg_kind::end);
  EXPECT_EQ(r.legs().from.change, (balance_change{.posted = -20, .pending_out = -50}));
  EXPECT_EQ(r.legs().to.change, (balance_change{.posted = 20, .pending_in = -50}));
  EXPECT_EQ(r.answered(account("b"), {}, alive), actions{});
  EXPECT_EQ(r.answered(account("a"), {}, alive), (actions{.append = true}));
  EXPECT_EQ(appended(r).what, (resolution{posted, pending, 20, {}}));
  EXPECT_EQ(r.journaled(stored(r, 9, later)), (actions{.answer = true}));
  EXPECT_FALSE(r.refused());
  EXPECT_EQ(r.transfer(), after_resolution(held(), {posted, pending, 20, {}}, 9, later));
}

TEST(transfer_end, spares_the_look_up_of_a_hold_that_is_known_and_believes_the_store_all_the_same) {
  auto r = transfer_request::post(transfer("t"), 20, {});
  r.known(held());
  EXPECT_EQ(r.start(noon), (actions{.ask_from = true, .ask_to = true}));
  expect_taken(r);
  EXPECT_EQ(r.journaled({verdict::wrong_state, 0, {}}), (actions{.look_up = true}));
  EXPECT_EQ(r.looked_up(found(ended(voided)), noon), (actions{.answer = true}));
  EXPECT_EQ(refused(r), errc::invalid_state);
}

TEST(transfer_end, of_a_large_hold_asks_both_accounts_at_once) {
  transfer_record large = held();
  large.amount.minor = *(large.held = most_asked_at_once + 1);
  auto r = voiding();
  EXPECT_EQ(r.looked_up(found(large), noon), (actions{.ask_from = true, .ask_to = true}));
}

TEST(transfer_end, voids_what_is_only_scheduled_without_asking_the_accounts) {
  transfer_record t = held();
  t.status = scheduled;
  auto r = voiding();
  EXPECT_EQ(r.looked_up(found(t), noon), (actions{.append = true}));
  EXPECT_EQ(appended(r).what.expects, scheduled);
}

TEST(transfer_end, judges_each_state_as_a_ledger_page_says) {
  struct row {
    const char* what;
    transfer_request request;
    std::optional<transfer_record> found;
    std::optional<errc> refused;  ///< none: replayed
  };
  const transfer_record direct =
      after_opening(transfer_of("t", account("a"), account("b"), 50), 3, noon);
  transfer_record planned = held();
  planned.status = scheduled;
  for (row& r : std::vector<row>{
           {"post what there is not", posting(), {}, errc::not_found},
           {"post more than held", posting(51), held(), errc::amount_above_hold},
           {"post what is scheduled", posting(), planned, errc::invalid_state},
           {"post what never was a hold", posting(), direct, errc::invalid_state},
           {"post what is voided", posting(), ended(voided), errc::invalid_state},
           {"post what is expired", posting(), ended(expired), errc::invalid_state},
           {"post again", posting(), ended(posted, 50), {}},
           {"post the same part again", posting(20), ended(posted, 20), {}},
           {"post another part", posting(21), ended(posted, 20), errc::invalid_state},
           {"post all after a part", posting(), ended(posted, 20), errc::invalid_state},
           {"void what is posted", voiding(), ended(posted, 50), errc::invalid_state},
           {"void what moved at once", voiding(), direct, errc::invalid_state},
           {"void again", voiding(), ended(voided), {}},
       }) {
    EXPECT_EQ(r.request.looked_up(found(r.found), noon), (actions{.answer = true})) << r.what;
    EXPECT_EQ(refused(r.request), r.refused) << r.what;
    EXPECT_EQ(r.request.replayed(), !r.refused) << r.what;
    if (!r.refused) {
      EXPECT_EQ(r.request.transfer(), *r.found) << r.what;
    }
  }
}

TEST(transfer_end, posts_up_to_the_expiry_and_voids_after_it) {
  EXPECT_TRUE(
      posting().looked_up(found(held(later)), later - std::chrono::milliseconds(1)).ask_from);
  auto r = voiding();
  EXPECT_TRUE(r.looked_up(found(held(later)), later).ask_from);
  expect_taken(r);
  EXPECT_EQ(appended(r).what.becomes, voided);
}

TEST(transfer_end, commits_the_expiry_of_a_hold_before_it_refuses_to_post_it) {
  auto r = looking(transfer_request::post(transfer("t"), std::nullopt, key()), later);
  EXPECT_EQ(r.looked_up(found(held(later)), later), (actions{.ask_from = true, .ask_to = true}));
  EXPECT_EQ(r.legs().from.change, balance_change{.pending_out = -50});
  EXPECT_EQ(r.legs().to.change, balance_change{.pending_in = -50});
  expect_taken(r);
  EXPECT_EQ(appended(r).what.becomes, expired);
  EXPECT_FALSE(appended(r).key) << "the request was refused";
  auto lost = r;
  EXPECT_EQ(r.journaled(stored(r, 9, later)), (actions{.answer = true}));
  EXPECT_EQ(refused(r), errc::invalid_state);
  EXPECT_EQ(r.transfer().status, expired);

  lost.journaled({verdict::wrong_state, 0, {}});
  EXPECT_EQ(lost.looked_up(found(ended(expired)), later), (actions{.answer = true}));
  EXPECT_EQ(refused(lost), errc::invalid_state) << "the ticker was faster";
}

TEST(transfer_end, expires_a_hold_only_when_it_is_due) {
  EXPECT_EQ(transfer_request::expire(held(later)).start(later),
            (actions{.ask_from = true, .ask_to = true}));
  auto early = transfer_request::expire(held(later));
  EXPECT_EQ(early.start(noon), (actions{.answer = true}));
  EXPECT_EQ(refused(early), errc::invalid_state);
  auto endless = transfer_request::expire(held());
  EXPECT_TRUE(endless.start(later).answer);
}

TEST(transfer_end, releases_what_was_taken_when_an_account_does_not_answer_well) {
  auto payer = asking();
  EXPECT_EQ(payer.answered(account("a"), leg_refusal{not_now}, alive), actions{});
  EXPECT_EQ(payer.answered(account("b"), {}, alive), (actions{.release_to = true, .answer = true}));
  EXPECT_EQ(payer.refused(), not_now);

  auto both = asking();
  const failure of_payee{errc::overloaded, outcome::none, "too many"};
  EXPECT_EQ(both.answered(account("b"), leg_refusal{of_payee}, alive), actions{});
  EXPECT_EQ(both.answered(account("a"), leg_refusal{not_now}, alive), (actions{.answer = true}));
  EXPECT_EQ(both.refused(), not_now) << "the payer's counts";
}

TEST(transfer_end, releases_both_when_the_context_ends_before_the_commit_point) {
  const actions release_and_answer{.release_from = true, .release_to = true, .answer = true};
  auto early = asking();
  EXPECT_EQ(early.context_ended(lifeline::errc::canceled), release_and_answer);
  EXPECT_EQ(early.refused()->known, outcome::none);
  EXPECT_EQ(early.answered(account("a"), {}, alive), actions{});

  auto last = asking();
  last.answered(account("a"), {}, alive);
  EXPECT_EQ(last.answered(account("b"), {}, lifeline::errc::deadline_exceeded), release_and_answer);

  auto late = committing();
  EXPECT_EQ(late.context_ended(lifeline::errc::canceled), actions{});
}

TEST(transfer_end, does_not_claim_to_know_while_it_looks_up) {
  auto r = posting();
  EXPECT_EQ(r.context_ended(lifeline::errc::canceled), (actions{.answer = true}));
  EXPECT_EQ(r.refused()->known, outcome::unknown);
  auto unasked = posting();
  unasked.looked_up(std::nullopt, noon);
  EXPECT_EQ(refused(unasked), errc::store_unavailable);
  EXPECT_EQ(unasked.refused()->known, outcome::unknown);
}

TEST(transfer_end, that_lost_the_race_answers_what_the_winner_made) {
  struct row {
    transfer_record winner;
    std::optional<errc> refused;
  };
  for (const row& r : {row{ended(posted, 50), {}}, row{ended(posted, 49), errc::invalid_state},
                       row{ended(voided), errc::invalid_state},
                       row{ended(expired), errc::invalid_state}, row{held(), errc::in_progress}}) {
    auto lost = committing();
    EXPECT_EQ(lost.journaled({verdict::wrong_state, 0, {}}), (actions{.look_up = true}));
    EXPECT_EQ(lost.looked_up(found(r.winner), later), (actions{.answer = true}));
    EXPECT_EQ(refused(lost), r.refused);
  }
  auto keyed = posting({}, key());
  keyed.looked_up(found(held()), noon);
  expect_taken(keyed);
  keyed.journaled({verdict::wrong_state, 0, {}});
  EXPECT_EQ(keyed.looked_up(found(ended(posted, 50)), later), (actions{.answer = true}))
      << "a key is offered once";
  auto unasked = committing();
  unasked.journaled({verdict::wrong_state, 0, {}});
  unasked.looked_up(std::nullopt, later);
  EXPECT_EQ(refused(unasked), errc::store_unavailable);
  EXPECT_EQ(unasked.refused()->known, outcome::unknown);
}

TEST(transfer_end, judges_a_used_key_by_its_digest) {
  auto other = voiding(key());
  other.looked_up(earlier_request{held(), "another digest", held()}, noon);
  EXPECT_EQ(refused(other), errc::idempotency_mismatch);
  auto same = voiding(key());
  EXPECT_EQ(same.looked_up(earlier_request{ended(voided), "digest", ended(voided)}, noon),
            (actions{.answer = true}));
  EXPECT_TRUE(same.replayed());
}

TEST(transfer_end, has_a_repetitions_new_key_kept_before_it_answers) {
  auto r = voiding(key());
  EXPECT_EQ(r.looked_up(found(ended(voided)), noon), (actions{.append = true}));
  EXPECT_EQ(appended(r).key->digest, "digest");
  EXPECT_EQ(r.journaled({verdict::wrong_state, 0, {}}), (actions{.look_up = true}));
  auto forgotten = r;
  EXPECT_EQ(r.looked_up(earlier_request{ended(voided), "digest", ended(voided)}, noon),
            (actions{.answer = true}));
  EXPECT_TRUE(r.replayed());
  EXPECT_FALSE(r.refused());
  EXPECT_EQ(forgotten.looked_up(found(ended(voided)), noon), (actions{.answer = true}))
      << "a key is offered once";

  auto unkept = voiding(key());
  unkept.looked_up(found(ended(voided)), noon);
  unkept.journaled({verdict::unavailable, 0, {}});
  EXPECT_EQ(unkept.refused()->known, outcome::unknown) << "the first request's";
}

TEST(transfer_end, says_what_is_known_after_each_verdict_of_the_journal) {
  struct row {
    verdict said;
    errc code;
    outcome known;
  };
  for (const row& r : {row{verdict::unavailable, errc::store_unavailable, outcome::none},
                       row{verdict::unknown, errc::store_unavailable, outcome::unknown},
                       row{verdict::overloaded, errc::overloaded, outcome::none},
                       row{verdict::violated, errc::internal, outcome::none}}) {
    auto asked = committing();
    EXPECT_EQ(asked.journaled({r.said, 0, {}}), (actions{.answer = true}));
    EXPECT_EQ(refused(asked), r.code);
    EXPECT_EQ(asked.refused()->known, r.known);
  }
}

}  // namespace
}  // namespace lifeline::ledger::testing
