#include "ledger/request_builders.hpp"

// A request that makes a transfer, or executes one that is due.

namespace lifeline::ledger::testing {
namespace {

using namespace requests;

// -- the accounts ---------------------------------------------------------------------------------

TEST(transfer_request, asks_both_accounts_at_once_and_walks_to_the_answer) {
  transfer_request r = asking();
  EXPECT_EQ(r.legs().from.account, account("a"));
  EXPECT_EQ(r.legs().from.kind, leg_kind::debit);
  EXPECT_EQ(r.legs().from.change, balance_change{.posted = -5});
  EXPECT_EQ(r.legs().to.account, account("b"));
  EXPECT_EQ(r.legs().to.kind, leg_kind::credit);
  EXPECT_EQ(r.legs().to.change, balance_change{.posted = 5});
  EXPECT_EQ(payee_answers(r), actions{});
  EXPECT_EQ(payer_answers(r), (actions{.append = true}));
  EXPECT_EQ(std::get<transfer_entry>(r.to_append()).transfer, r.transfer());
  EXPECT_EQ(r.journaled(stored(r, 42, later)), (actions{.answer = true}));
  EXPECT_FALSE(r.refused());
  EXPECT_EQ(r.transfer().sequence, 42U);
  EXPECT_EQ(r.transfer().posted_at, later);
}

TEST(transfer_request, of_a_large_amount_asks_the_payee_only_when_the_payer_can_pay) {
  const auto large = [](std::int64_t minor) {
    return transfer_request::create(transfer_of("t", account("a"), account("b"), minor), {}, false);
  };
  transfer_request r = large(most_asked_at_once);
  EXPECT_EQ(r.start(noon), (actions{.ask_from = true, .ask_to = true}));

  r = large(most_asked_at_once + 1);
  EXPECT_EQ(r.start(noon), actions{.ask_from = true});
  transfer_request ended = r;
  EXPECT_EQ(ended.context_ended(lifeline::errc::canceled),
            (actions{.release_from = true, .answer = true}));
  transfer_request refused = r;
  EXPECT_EQ(payer_answers(refused, of_payer), actions{.answer = true});
  transfer_request later = r;
  EXPECT_EQ(payer_answers(later, of_payer_for_now), actions{.await_commit = true});
  EXPECT_EQ(later.commit_ended(), actions{.ask_from = true});
  EXPECT_EQ(payer_answers(r), actions{.ask_to = true});
  EXPECT_EQ(payer_answers(r), actions{});
  refused = r;
  EXPECT_EQ(payee_answers(refused, of_payee), (actions{.release_from = true, .answer = true}));
  EXPECT_EQ(payee_answers(r), actions{.append = true});
}

TEST(transfer_request, that_looks_up_because_its_context_ended_waits_for_the_answer) {
  transfer_request r = repeatable();
  payer_answers(r);
  EXPECT_EQ(payee_answers(r, {}, lifeline::errc::deadline_exceeded),
            (actions{.release_from = true, .release_to = true, .look_up = true}));
  EXPECT_EQ(r.context_ended(lifeline::errc::deadline_exceeded), actions{});
  EXPECT_EQ(r.looked_up(earlier_request{}, noon), (actions{.answer = true}));
  EXPECT_EQ(r.refused()->code, errc::deadline_exceeded);
  EXPECT_EQ(r.refused()->known, outcome::none);
}

TEST(transfer_request, whose_record_the_store_does_not_give_is_not_called_done_or_undone) {
  transfer_request r = committing(asking());
  EXPECT_EQ(r.journaled({verdict::committed, 7, {}}), (actions{.answer = true}));
  EXPECT_EQ(r.refused()->code, errc::store_unavailable);
  EXPECT_EQ(r.refused()->known, outcome::unknown);
}

TEST(transfer_request, needs_two_accounts) {
  auto r = transfer_request::create(transfer_of("t", account("a"), account("a"), 5), {}, false);
  EXPECT_EQ(r.start(noon), (actions{.answer = true}));
  EXPECT_EQ(r.refused()->code, errc::same_account);
}

TEST(transfer_request, releases_what_the_other_account_took_and_nothing_where_it_was_refused) {
  struct row {
    std::optional<leg_refusal> payer;
    std::optional<leg_refusal> payee;
    actions then;
    failure why;
  };
  for (const row& r : {row{of_payer, {}, {.release_to = true, .answer = true}, of_payer.why},
                       row{{}, of_payee, {.release_from = true, .answer = true}, of_payee.why},
                       row{of_payer, of_payee, {.answer = true}, of_payer.why}})
    for (const bool payer_first : {true, false}) {
      transfer_request asked = asking();
      EXPECT_EQ(payer_first ? payer_answers(asked, r.payer) : payee_answers(asked, r.payee),
                actions{})
          << "the other account may have taken its leg";
      EXPECT_EQ(payer_first ? payee_answers(asked, r.payee) : payer_answers(asked, r.payer), r.then)
          << r.why.detail;
      EXPECT_EQ(asked.refused(), r.why);
    }
}

TEST(transfer_request, releases_all_it_asked_for_when_the_context_ends_before_the_commit_point) {
  transfer_request early = asking();
  EXPECT_EQ(early.context_ended(lifeline::errc::canceled),
            (actions{.release_from = true, .release_to = true, .answer = true}));
  EXPECT_EQ(early.refused()->code, errc::canceled);
  EXPECT_EQ(early.refused()->known, outcome::none);

  transfer_request late = asking();
  payee_answers(late);
  EXPECT_EQ(late.context_ended(lifeline::errc::deadline_exceeded),
            (actions{.release_from = true, .release_to = true, .answer = true}));

  transfer_request refused = asking();
  payer_answers(refused, of_payer);
  EXPECT_EQ(refused.context_ended(lifeline::errc::canceled),
            (actions{.release_to = true, .answer = true}));

  transfer_request last = asking();
  payer_answers(last);
  EXPECT_EQ(payee_answers(last, {}, lifeline::errc::deadline_exceeded),
            (actions{.release_from = true, .release_to = true, .answer = true}));
  EXPECT_EQ(last.refused()->code, errc::deadline_exceeded);
}

TEST(transfer_request, is_not_ended_by_its_context_past_the_commit_point) {
  transfer_request r = committing(asking());
  EXPECT_EQ(r.context_ended(lifeline::errc::canceled), actions{});
  EXPECT_EQ(r.journaled(stored(r, 1, later)), (actions{.answer = true}));
  EXPECT_FALSE(r.refused());
}

TEST(transfer_request, ignores_late_answers) {
  transfer_request ended = asking();
  ended.context_ended(lifeline::errc::canceled);
  EXPECT_EQ(payer_answers(ended), actions{});
  EXPECT_EQ(payee_answers(ended, of_payee), actions{});
  EXPECT_EQ(ended.commit_ended(), actions{});
  EXPECT_EQ(ended.journaled(stored(ended, 1, later)), actions{});
  EXPECT_EQ(ended.looked_up(earlier_request{}, later), actions{});
  EXPECT_EQ(ended.refused()->code, errc::canceled);
}

TEST(transfer_request, takes_only_the_event_that_it_waits_for) {
  enum class event { account, commit, store, journal };
  using enum event;
  struct row {
    event awaited;
    transfer_request request;
  };
  transfer_request awaiting = asking();
  payer_answers(awaiting, of_payer_for_now);
  payee_answers(awaiting);
  transfer_request rejecting = started(transfer_request::execute(some()));
  payer_answers(rejecting, of_payer);
  payee_answers(rejecting);
  transfer_request looking = repeatable();
  looking.context_ended(lifeline::errc::canceled);
  transfer_request keeping = looking;
  keeping.looked_up(earlier_request{some(), {}, {}}, later);
  for (const row& r : std::vector<row>{{account, asking()},
                                       {commit, awaiting},
                                       {journal, committing(asking())},
                                       {journal, rejecting},
                                       {store, looking},
                                       {journal, keeping}})
    for (const event said : {account, commit, store, journal}) {
      transfer_request asked = r.request;
      const actions then = said == account  ? (payer_answers(asked), payee_answers(asked))
                           : said == commit ? asked.commit_ended()
                           : said == store  ? asked.looked_up(earlier_request{}, later)
                                            : asked.journaled({verdict::unavailable, 0, {}});
      EXPECT_EQ(then != actions{}, said == r.awaited);
    }
}

// -- refusals that the commit in progress may lift ------------------------------------------------

TEST(transfer_request,
     waits_for_the_commit_that_may_lift_its_refusals_and_holds_nothing_meanwhile) {
  struct row {
    std::optional<leg_refusal> payer;
    std::optional<leg_refusal> payee;
    actions then;
  };
  for (const row& r : {row{of_payer_for_now, {}, {.release_to = true, .await_commit = true}},
                       row{{}, of_payee_for_now, {.release_from = true, .await_commit = true}},
                       row{of_payer_for_now, of_payee_for_now, {.await_commit = true}}}) {
    transfer_request asked = asking();
    payer_answers(asked, r.payer);
    EXPECT_EQ(payee_answers(asked, r.payee), r.then);
    transfer_request given_up = asked;
    EXPECT_EQ(asked.commit_ended(), (actions{.ask_from = true, .ask_to = true}));
    transfer_request appended = committing(asked);
    EXPECT_EQ(appended.journaled(stored(appended, 1, later)), (actions{.answer = true}));
    EXPECT_EQ(given_up.context_ended(lifeline::errc::canceled), (actions{.answer = true}))
        << "nothing to release";
    EXPECT_EQ(given_up.commit_ended(), actions{});
  }
}

TEST(transfer_request, is_refused_at_once_for_what_no_commit_can_lift) {
  struct row {
    leg_refusal payer;
    leg_refusal payee;
    failure why;
  };
  for (const row& r : {row{of_payer, of_payee_for_now, of_payer.why},
                       row{of_payer_for_now, of_payee, of_payee.why}}) {
    transfer_request asked = asking();
    payee_answers(asked, r.payee);
    EXPECT_EQ(payer_answers(asked, r.payer), (actions{.answer = true}));
    EXPECT_EQ(asked.refused(), r.why);
  }
}

TEST(transfer_request, is_tried_again_only_so_many_times) {
  transfer_request r = asking();
  for (std::size_t tries = 0; tries < most_tries; ++tries) {
    payer_answers(r, of_payer_for_now);
    EXPECT_EQ(payee_answers(r, of_payee_for_now), (actions{.await_commit = true}));
    EXPECT_EQ(r.commit_ended(), (actions{.ask_from = true, .ask_to = true}));
  }
  payee_answers(r, of_payee_for_now);
  EXPECT_EQ(payer_answers(r, of_payer_for_now), (actions{.answer = true}));
  EXPECT_EQ(r.refused(), of_payer_for_now.why);
}

// -- the journal --------------------------------------------------------------------------------

TEST(transfer_request, says_what_is_known_after_each_verdict_of_the_journal) {
  struct row {
    verdict said;
    errc code;
    outcome known;
  };
  for (const row& r : {row{verdict::unavailable, errc::store_unavailable, outcome::none},
                       row{verdict::unknown, errc::store_unavailable, outcome::unknown},
                       row{verdict::overloaded, errc::overloaded, outcome::none},
                       row{verdict::violated, errc::internal, outcome::none}}) {
    transfer_request asked = committing(asking());
    EXPECT_EQ(asked.journaled({r.said, 0, {}}), (actions{.answer = true}));
    EXPECT_EQ(asked.refused()->code, r.code);
    EXPECT_EQ(asked.refused()->known, r.known);
    EXPECT_FALSE(asked.holds_legs()) << "the journal has told the accounts";
    EXPECT_EQ(committing(repeatable()).journaled({r.said, 0, {}}).look_up,
              r.known == outcome::none);
  }
}

TEST(transfer_request, says_what_is_known_after_each_end_of_its_context) {
  struct row {
    lifeline::errc ended;
    errc code;
    outcome known;
  };
  using from = lifeline::errc;
  for (const row& r : {row{from::canceled, errc::canceled, outcome::none},
                       row{from::deadline_exceeded, errc::deadline_exceeded, outcome::none},
                       row{from::overloaded, errc::overloaded, outcome::none},
                       row{from::broken_promise, errc::store_unavailable, outcome::unknown},
                       row{from::unreachable, errc::store_unavailable, outcome::unknown}}) {
    transfer_request asked = asking();
    asked.context_ended(r.ended);
    EXPECT_EQ(asked.refused()->code, r.code);
    EXPECT_EQ(asked.refused()->known, r.known);
  }
}

// -- holds and schedules --------------------------------------------------------------------------

TEST(transfer_request, says_what_the_transfer_is_to_become) {
  transfer_record hold = some();
  hold.two_phase = true;
  hold.expires_in = std::chrono::seconds(30);
  const transfer_request held = started(transfer_request::create(hold, {}, false));
  EXPECT_EQ(held.transfer().status, transfer_status::pending);
  EXPECT_EQ(held.transfer().created_at, noon);
  EXPECT_EQ(held.legs().from.change, balance_change{.pending_out = 5});
  EXPECT_EQ(held.legs().to.change, balance_change{.pending_in = 5});

  hold.execute_at = later;
  const transfer_request planned = started(transfer_request::create(hold, {}, false));
  EXPECT_EQ(planned.transfer().status, transfer_status::scheduled);
  EXPECT_TRUE(planned.legs().from.change.is_nothing());
  EXPECT_FALSE(std::get<transfer_entry>(committing(planned).to_append()).expects);
}

TEST(transfer_request, refuses_a_time_that_has_passed_unless_it_is_a_repetition) {
  transfer_record planned = some();
  planned.execute_at = noon;
  auto r = transfer_request::create(planned, key(), true);
  EXPECT_EQ(r.start(noon + latest_execute_at + std::chrono::milliseconds(1)),
            (actions{.look_up = true}));
  transfer_request again = r;
  r.looked_up(earlier_request{}, later);
  EXPECT_EQ(r.refused()->code, errc::invalid_field);
  transfer_record first = planned;
  first.status = transfer_status::scheduled;
  again.looked_up(earlier_request{first, "digest", first}, later);
  EXPECT_TRUE(again.replayed());

  auto just_now = transfer_request::create(planned, {}, false);
  EXPECT_EQ(just_now.start(noon + latest_execute_at), (actions{.ask_from = true, .ask_to = true}));
}

transfer_record scheduled_one() {
  transfer_record planned = some();
  planned.execute_at = noon;
  planned.status = transfer_status::scheduled;
  planned.sequence = planned.first_sequence = 3;
  return planned;
}
transfer_request due() { return started(transfer_request::execute(scheduled_one())); }

TEST(transfer_request, executes_what_is_due_and_expects_it_to_be_scheduled) {
  transfer_request r = committing(due());
  EXPECT_EQ(std::get<transfer_entry>(r.to_append()).expects, transfer_status::scheduled);
  r.journaled(stored(r, 8, later));
  EXPECT_EQ(r.transfer().status, transfer_status::posted);
  EXPECT_EQ(r.transfer().first_sequence, 3U);
  EXPECT_EQ(r.transfer().sequence, 8U);
}

TEST(transfer_request, rejects_what_is_due_only_where_an_account_refuses_the_transfer_itself) {
  struct row {
    errc code;
    bool rejects;
  };
  for (const row& r : {row{errc::insufficient_funds, true}, row{errc::account_frozen, true},
                       row{errc::account_closed, true}, row{errc::currency_mismatch, true},
                       row{errc::balance_limit, true}, row{errc::in_progress, false},
                       row{errc::store_unavailable, false}, row{errc::overloaded, false},
                       row{errc::deadline_exceeded, false}, row{errc::internal, false}}) {
    transfer_request asked = due();
    payer_answers(asked);
    EXPECT_EQ(payee_answers(asked, leg_refusal{{r.code, outcome::none, ""}}),
              (actions{.release_from = true, .append = r.rejects, .answer = !r.rejects}))
        << to_string(r.code);
  }
  transfer_request r = due();
  payee_answers(r);
  EXPECT_EQ(payer_answers(r, of_payer), (actions{.release_to = true, .append = true}));
  EXPECT_EQ(
      std::get<resolve_entry>(r.to_append()).what,
      (resolution{transfer_status::rejected, transfer_status::scheduled, 0, "insufficient_funds"}));
  EXPECT_EQ(r.context_ended(lifeline::errc::canceled), actions{}) << "past the commit point";
  EXPECT_EQ(r.journaled(stored(r, 8, later)), (actions{.answer = true}));
  EXPECT_FALSE(r.refused());
  EXPECT_EQ(r.transfer().status, transfer_status::rejected);
  EXPECT_EQ(r.transfer().reason, "insufficient_funds");
}

TEST(transfer_request, rejects_nothing_that_the_commit_in_progress_may_make_possible) {
  transfer_request r = due();
  payer_answers(r, of_payer_for_now);
  EXPECT_EQ(payee_answers(r), (actions{.release_to = true, .await_commit = true}));
  EXPECT_EQ(r.commit_ended(), (actions{.ask_from = true, .ask_to = true}));
  committing(r);
}

TEST(transfer_request, rejects_a_hold_as_it_was_scheduled) {
  transfer_record planned = scheduled_one();
  planned.two_phase = true;
  planned.expires_in = std::chrono::seconds(30);
  transfer_request r = started(transfer_request::execute(planned));
  payee_answers(r);
  payer_answers(r, of_payer);
  EXPECT_EQ(r.transfer(), planned) << "what the journal is told";
}

TEST(transfer_request, leaves_what_is_due_as_it_was_when_its_context_ends_or_another_was_first) {
  transfer_request ended = due();
  EXPECT_EQ(ended.context_ended(lifeline::errc::canceled),
            (actions{.release_from = true, .release_to = true, .answer = true}));
  transfer_request lost = committing(due());
  EXPECT_EQ(lost.journaled({verdict::wrong_state, 0, {}}), (actions{.answer = true}));
  EXPECT_TRUE(lost.refused());
}

}  // namespace
}  // namespace lifeline::ledger::testing
