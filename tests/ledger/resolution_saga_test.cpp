#include "lifeline/ledger/resolution_saga.hpp"

#include <gtest/gtest.h>

#include "ledger/builders.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;
using orders = transfer_orders;

const wall_time noon{std::chrono::hours(490'000)};
const wall_time later = noon + std::chrono::hours(1);
const failure frozen{errc::store_unavailable, outcome::none, "not now"};
constexpr auto alive = lifeline::errc::none;

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

resolution_saga posting(std::optional<std::int64_t> minor = {},
                        std::optional<std::string> key = {}) {
  auto s = resolution_saga::post(transfer("t"), minor, std::move(key));
  EXPECT_EQ(s.start(noon), (orders{.look_up = true}));
  return s;
}
resolution_saga voiding(std::optional<std::string> key = {}) {
  auto s = resolution_saga::make_void(transfer("t"), std::move(key));
  EXPECT_EQ(s.start(noon), (orders{.look_up = true}));
  return s;
}
std::optional<earlier_request> found(std::optional<transfer_record> t) {
  return earlier_request{std::move(t), {}, {}};
}
resolution_saga committing(std::optional<std::int64_t> minor = {}) {
  auto s = posting(minor);
  s.looked_up(found(held()), noon);
  s.prepared(account("a"), {}, alive);
  EXPECT_EQ(s.prepared(account("b"), {}, alive), (orders{.resolve = true}));
  return s;
}

TEST(resolution_saga, walks_from_the_look_up_to_the_answer) {
  auto s = posting(20);
  EXPECT_EQ(s.looked_up(found(held()), noon), (orders{.prepare = true}));
  EXPECT_EQ(s.changes().from, (balance_change{.posted = -20, .pending_out = -50}));
  EXPECT_EQ(s.prepared(account("b"), {}, alive), orders{});
  EXPECT_EQ(s.prepared(account("a"), {}, alive), (orders{.resolve = true}));
  EXPECT_EQ(s.ending(), (resolution{posted, pending, 20, {}}));
  EXPECT_EQ(s.journaled({verdict::committed, 9}, later), (orders{.answer = true}));
  EXPECT_FALSE(s.refused());
  EXPECT_EQ(s.transfer(), after_resolution(held(), {posted, pending, 20, {}}, 9, later));
}

TEST(resolution_saga,
     spares_the_look_up_of_a_hold_that_is_known_and_believes_the_store_all_the_same) {
  auto s = resolution_saga::post(transfer("t"), 20, {});
  s.known(held());
  EXPECT_EQ(s.start(noon), (orders{.prepare = true}));
  s.prepared(account("a"), {}, alive);
  EXPECT_EQ(s.prepared(account("b"), {}, alive), (orders{.resolve = true}));
  EXPECT_EQ(s.journaled({verdict::wrong_state}, noon), (orders{.look_up = true}));
  EXPECT_EQ(s.looked_up(found(ended(voided)), noon), (orders{.answer = true}));
  EXPECT_EQ(s.refused()->code, errc::invalid_state);
}

TEST(resolution_saga, voids_what_is_only_scheduled_without_asking_the_accounts) {
  transfer_record t = held();
  t.status = scheduled;
  auto s = voiding();
  EXPECT_EQ(s.looked_up(found(t), noon), (orders{.resolve = true}));
  EXPECT_EQ(s.ending().expects, scheduled);
}

TEST(resolution_saga, judges_each_state_as_a_ledger_page_says) {
  struct row {
    const char* what;
    resolution_saga saga;
    std::optional<transfer_record> found;
    std::optional<errc> refused;  ///< none: replayed
  };
  transfer_record direct = after_opening(transfer_of("t", account("a"), account("b"), 50), 3, noon);
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
    EXPECT_EQ(r.saga.looked_up(found(r.found), noon), (orders{.answer = true})) << r.what;
    EXPECT_EQ(r.saga.refused() ? std::optional(r.saga.refused()->code) : std::nullopt, r.refused)
        << r.what;
    EXPECT_EQ(r.saga.replayed(), !r.refused) << r.what;
    if (!r.refused) {
      EXPECT_EQ(r.saga.transfer(), *r.found) << r.what;
    }
  }
}

TEST(resolution_saga, posts_up_to_the_expiry_and_voids_after_it) {
  EXPECT_TRUE(
      posting().looked_up(found(held(later)), later - std::chrono::milliseconds(1)).prepare);
  EXPECT_TRUE(voiding().looked_up(found(held(later)), later).prepare);
}

TEST(resolution_saga, commits_the_expiry_of_a_hold_before_it_refuses_to_post_it) {
  auto s = resolution_saga::post(transfer("t"), std::nullopt, "digest");
  s.start(later);
  EXPECT_EQ(s.looked_up(found(held(later)), later), (orders{.prepare = true}));
  EXPECT_EQ(s.changes(), (transfer_changes{{.pending_out = -50}, {.pending_in = -50}}));
  s.prepared(account("a"), {}, alive);
  EXPECT_EQ(s.prepared(account("b"), {}, alive), (orders{.resolve = true}));
  EXPECT_EQ(s.ending().becomes, expired);
  EXPECT_FALSE(s.keeps_key()) << "the request was refused";
  auto lost = s;
  EXPECT_EQ(s.journaled({verdict::committed, 9}, later), (orders{.answer = true}));
  EXPECT_EQ(s.refused()->code, errc::invalid_state);
  EXPECT_EQ(s.transfer().status, expired);

  lost.journaled({verdict::wrong_state}, later);
  EXPECT_EQ(lost.looked_up(found(ended(expired)), later), (orders{.answer = true}));
  EXPECT_EQ(lost.refused()->code, errc::invalid_state) << "the ticker was faster";
}

TEST(resolution_saga, expires_a_hold_only_when_it_is_due) {
  EXPECT_EQ(resolution_saga::expiry(held(later)).start(later), (orders{.prepare = true}));
  auto early = resolution_saga::expiry(held(later));
  EXPECT_EQ(early.start(noon), (orders{.answer = true}));
  EXPECT_EQ(early.refused()->code, errc::invalid_state);
  auto endless = resolution_saga::expiry(held());
  EXPECT_TRUE(endless.start(later).answer);
}

TEST(resolution_saga, releases_what_was_prepared_when_an_account_does_not_answer_well) {
  auto s = posting();
  s.looked_up(found(held()), noon);
  EXPECT_EQ(s.prepared(account("a"), frozen, alive), orders{});
  EXPECT_EQ(s.prepared(account("b"), {}, alive), (orders{.release_to = true, .answer = true}));
  EXPECT_EQ(s.refused(), frozen);
}

TEST(resolution_saga, releases_both_when_the_context_ends_before_the_commit_point) {
  auto early = posting();
  early.looked_up(found(held()), noon);
  EXPECT_EQ(early.context_ended(lifeline::errc::canceled),
            (orders{.release_from = true, .release_to = true, .answer = true}));
  EXPECT_EQ(early.refused()->known, outcome::none);
  EXPECT_EQ(early.prepared(account("a"), {}, alive), orders{});

  auto last = posting();
  last.looked_up(found(held()), noon);
  last.prepared(account("a"), {}, alive);
  EXPECT_EQ(last.prepared(account("b"), {}, lifeline::errc::deadline_exceeded),
            (orders{.release_from = true, .release_to = true, .answer = true}));

  auto late = committing();
  EXPECT_EQ(late.context_ended(lifeline::errc::canceled), orders{});
}

TEST(resolution_saga, does_not_claim_to_know_while_it_looks_up) {
  auto s = posting();
  EXPECT_EQ(s.context_ended(lifeline::errc::canceled), (orders{.answer = true}));
  EXPECT_EQ(s.refused()->known, outcome::unknown);
  auto unasked = posting();
  unasked.looked_up(std::nullopt, noon);
  EXPECT_EQ(unasked.refused()->code, errc::store_unavailable);
  EXPECT_EQ(unasked.refused()->known, outcome::unknown);
}

TEST(resolution_saga, that_lost_the_race_answers_what_the_winner_made) {
  struct row {
    transfer_record winner;
    std::optional<errc> refused;
  };
  for (const row& r : {row{ended(posted, 50), {}}, row{ended(posted, 49), errc::invalid_state},
                       row{ended(voided), errc::invalid_state},
                       row{ended(expired), errc::invalid_state}, row{held(), errc::in_progress}}) {
    auto s = committing();
    EXPECT_EQ(s.journaled({verdict::wrong_state}, later), (orders{.look_up = true}));
    EXPECT_EQ(s.looked_up(found(r.winner), later), (orders{.answer = true}));
    EXPECT_EQ(s.refused() ? std::optional(s.refused()->code) : std::nullopt, r.refused);
  }
}

TEST(resolution_saga, judges_a_used_key_by_its_digest) {
  auto other = voiding("digest");
  other.looked_up(earlier_request{held(), "another digest", held()}, noon);
  EXPECT_EQ(other.refused()->code, errc::idempotency_mismatch);
  auto same = voiding("digest");
  EXPECT_EQ(same.looked_up(earlier_request{ended(voided), "digest", ended(voided)}, noon),
            (orders{.answer = true}));
  EXPECT_TRUE(same.replayed());
}

TEST(resolution_saga, has_a_repeated_ends_new_key_kept_before_it_answers) {
  auto s = voiding("digest");
  EXPECT_EQ(s.looked_up(found(ended(voided)), noon), (orders{.resolve = true}));
  EXPECT_EQ(s.journaled({verdict::wrong_state}, later), (orders{.look_up = true}));
  EXPECT_EQ(s.looked_up(earlier_request{ended(voided), "digest", ended(voided)}, noon),
            (orders{.answer = true}));
  EXPECT_TRUE(s.replayed());

  auto unkept = voiding("digest");
  unkept.looked_up(found(ended(voided)), noon);
  unkept.journaled({verdict::unavailable}, later);
  EXPECT_EQ(unkept.refused()->known, outcome::unknown) << "the first request's";
}

TEST(resolution_saga, says_what_is_known_after_each_verdict_of_the_journal) {
  struct row {
    verdict said;
    errc code;
    outcome known;
  };
  for (const row& r : {row{verdict::unavailable, errc::store_unavailable, outcome::none},
                       row{verdict::unknown, errc::store_unavailable, outcome::unknown},
                       row{verdict::overloaded, errc::overloaded, outcome::none},
                       row{verdict::violated, errc::internal, outcome::none}}) {
    auto s = committing();
    EXPECT_EQ(s.journaled({r.said}, later), (orders{.answer = true}));
    EXPECT_EQ(s.refused()->code, r.code);
    EXPECT_EQ(s.refused()->known, r.known);
  }
}

}  // namespace
}  // namespace lifeline::ledger::testing
