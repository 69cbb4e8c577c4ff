#include "lifeline/ledger/core/order_request.hpp"

#include <gtest/gtest.h>

#include "ledger/builders.hpp"

namespace lifeline::ledger::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
constexpr auto alive = lifeline::errc::none;

const wall_time noon{hours(490'000)};

standing_order daily(wall_time first = noon) {
  standing_order o;
  o.id = standing_order_id(uuid::derive({"order"}));
  o.from = account("alice");
  o.to = account("bob");
  o.amount = {5, usd};
  o.schedule = {interval::day, first};
  o.created_at = noon;
  return o;
}

order_findings both_accounts() {
  order_findings f;
  f.from = account_of("alice");
  f.to = account_of("bob");
  return f;
}

order_opening opening(std::optional<std::string> digest = {},
                      std::optional<std::string> owner = {}) {
  return {daily(), std::move(digest), std::move(owner)};
}

std::optional<errc> code_of(const std::optional<failure>& f) {
  return f ? std::optional(f->code) : std::nullopt;
}

/// Why this is refused at the first look-up; empty if it is appended.
std::optional<errc> refusal_of(order_opening s, const order_findings& found) {
  const auto step = s.looked_up(found, alive);
  EXPECT_EQ(step, s.refused() ? order_step::answer : order_step::append);
  return code_of(s.refused());
}

TEST(order_opening, looks_appends_and_answers) {
  auto s = opening();
  EXPECT_EQ(s.start(), order_step::look_up);
  EXPECT_EQ(s.looked_up(both_accounts(), alive), order_step::append);
  EXPECT_EQ(s.journaled(verdict::committed, noon), order_step::answer);
  EXPECT_FALSE(s.refused());
  EXPECT_EQ(s.order().next_at, noon);
  EXPECT_EQ(status_of(s.order()), order_status::active);
}

TEST(order_opening, refuses_what_could_never_be_paid) {
  auto found = both_accounts();
  EXPECT_EQ(refusal_of(opening({}, "alice"), found), std::nullopt);
  EXPECT_EQ(refusal_of(opening({}, "bob"), found), errc::forbidden);
  found.to.reset();
  EXPECT_EQ(refusal_of(opening(), found), errc::not_found);
  found = both_accounts();
  found.from.reset();
  EXPECT_EQ(refusal_of(opening({}, "alice"), found), errc::not_found);
  found = both_accounts();
  found.from->status = account_status::closed;
  EXPECT_EQ(refusal_of(opening(), found), errc::account_closed);
  found.from->status = account_status::frozen;
  EXPECT_EQ(refusal_of(opening(), found), errc::account_frozen);
  found = both_accounts();
  found.to->unit = eur;
  EXPECT_EQ(refusal_of(opening(), found), errc::currency_mismatch);
  auto same = daily();
  same.to = same.from;
  EXPECT_EQ(refusal_of(order_opening(same, {}, {}), both_accounts()), errc::same_account);
}

TEST(order_opening, may_begin_as_far_back_as_a_scheduled_transfer) {
  EXPECT_EQ(refusal_of(order_opening(daily(noon - seconds(60)), {}, {}), both_accounts()),
            std::nullopt);
  EXPECT_EQ(refusal_of(order_opening(daily(noon - seconds(61)), {}, {}), both_accounts()),
            errc::invalid_field);
}

TEST(order_opening, answers_a_repetition_as_the_first_time_before_it_checks_anything) {
  order_findings found;
  found.key_digest = "d";
  found.by_key = as_opened(daily(), 3, noon);
  found.by_key = after_deletion(after_occurrence(*found.by_key), noon + hours(30));
  auto s = opening("d");
  EXPECT_EQ(s.looked_up(found, alive), order_step::answer);
  EXPECT_TRUE(s.replayed());
  EXPECT_EQ(s.order(), as_opened(daily(), 3, noon));
  EXPECT_EQ(refusal_of(opening("other"), found), errc::idempotency_mismatch);
  EXPECT_EQ(refusal_of(opening(), found), errc::idempotency_mismatch);
}

TEST(order_opening, knows_an_order_whose_key_was_forgotten) {
  order_findings found = both_accounts();
  found.by_id = as_opened(daily(), 1, noon);
  auto s = opening("d");
  EXPECT_EQ(s.looked_up(found, alive), order_step::answer);
  EXPECT_TRUE(s.replayed());
  found.by_id->amount.minor = 6;
  EXPECT_EQ(refusal_of(opening("d"), found), errc::idempotency_mismatch);
}

TEST(order_opening, looks_once_more_where_the_store_says_duplicate) {
  auto s = opening("d");
  s.looked_up(both_accounts(), alive);
  EXPECT_EQ(s.journaled(verdict::duplicate, noon), order_step::look_up);
  auto found = both_accounts();
  found.key_digest = "d";
  found.by_key = as_opened(daily(), 1, noon);
  EXPECT_EQ(s.looked_up(found, alive), order_step::answer);
  EXPECT_TRUE(s.replayed());

  auto lost = opening("d");
  lost.looked_up(both_accounts(), alive);
  lost.journaled(verdict::duplicate, noon);
  EXPECT_EQ(lost.looked_up(both_accounts(), alive), order_step::answer);
  EXPECT_EQ(code_of(lost.refused()), errc::in_progress);
}

TEST(order_opening, says_what_is_known_when_it_fails) {
  const auto failed = [](std::optional<std::string> digest, auto event) {
    auto s = opening(std::move(digest));
    event(s);
    return *s.refused();
  };
  const auto no_store = [](order_opening& s) { s.looked_up(std::nullopt, alive); };
  EXPECT_EQ(failed({}, no_store).code, errc::store_unavailable);
  EXPECT_EQ(failed({}, no_store).known, outcome::none);
  EXPECT_EQ(failed("d", no_store).known, outcome::unknown) << "an earlier request may have done it";
  const auto late = [](order_opening& s) {
    s.looked_up(both_accounts(), lifeline::errc::deadline_exceeded);
  };
  EXPECT_EQ(failed({}, late).code, errc::deadline_exceeded);
  EXPECT_EQ(failed({}, late).known, outcome::none);
  const auto after = [](verdict v) {
    return [v](order_opening& s) {
      s.looked_up(both_accounts(), alive);
      s.journaled(v, noon);
    };
  };
  EXPECT_EQ(failed({}, after(verdict::unknown)).known, outcome::unknown);
  EXPECT_EQ(failed({}, after(verdict::unavailable)).known, outcome::none);
  EXPECT_EQ(failed({}, after(verdict::violated)).code, errc::internal);
  EXPECT_EQ(failed({}, after(verdict::overloaded)).code, errc::overloaded);
}

TEST(order_deletion, appends_what_is_active_and_answers_what_is_over) {
  order_findings found = both_accounts();
  found.by_id = as_opened(daily(), 1, noon);
  order_deletion s(daily().id, "alice");
  EXPECT_EQ(s.start(), order_step::look_up);
  EXPECT_EQ(s.looked_up(found, alive), order_step::append);
  EXPECT_EQ(s.journaled(verdict::committed), order_step::answer);
  EXPECT_FALSE(s.refused());

  found.by_id = after_deletion(*found.by_id, noon);
  order_deletion again(daily().id, {});
  EXPECT_EQ(again.looked_up(found, alive), order_step::answer);
  EXPECT_FALSE(again.refused());
}

TEST(order_deletion, is_content_when_another_was_faster) {
  order_findings found = both_accounts();
  found.by_id = as_opened(daily(), 1, noon);
  order_deletion s(daily().id, {});
  s.looked_up(found, alive);
  EXPECT_EQ(s.journaled(verdict::wrong_state), order_step::answer);
  EXPECT_FALSE(s.refused());
}

TEST(order_deletion, finds_no_order_of_others) {
  order_findings found = both_accounts();
  order_deletion absent(daily().id, {});
  EXPECT_EQ(absent.looked_up(found, alive), order_step::answer);
  EXPECT_EQ(code_of(absent.refused()), errc::not_found);
  found.by_id = as_opened(daily(), 1, noon);
  order_deletion bobs(daily().id, "bob");
  EXPECT_EQ(bobs.looked_up(found, alive), order_step::answer);
  EXPECT_EQ(code_of(bobs.refused()), errc::not_found);
  EXPECT_EQ(bobs.refused()->detail, absent.refused()->detail);
  found.from.reset();
  order_deletion unowned(daily().id, "bob");
  unowned.looked_up(found, alive);
  EXPECT_EQ(code_of(unowned.refused()), errc::not_found);
}

TEST(order_deletion, does_not_claim_to_know_an_order_that_it_could_not_read) {
  order_findings found = both_accounts();
  found.by_id = as_opened(daily(), 1, noon);
  order_deletion unasked(daily().id, {});
  EXPECT_EQ(unasked.looked_up(std::nullopt, alive), order_step::answer);
  EXPECT_EQ(code_of(unasked.refused()), errc::store_unavailable);
  EXPECT_EQ(unasked.refused()->known, outcome::unknown);
  order_deletion late(daily().id, {});
  EXPECT_EQ(late.looked_up(found, lifeline::errc::canceled), order_step::answer);
  EXPECT_EQ(late.refused()->known, outcome::unknown);
}

TEST(order_advance, makes_what_is_due_up_to_a_number) {
  const standing_order o = as_opened(daily(), 1, noon);
  EXPECT_TRUE(order_advance(o, noon - seconds(1), 10).dues().empty());
  EXPECT_EQ(order_advance(o, noon, 10).dues(), (std::vector{noon}));
  order_advance three(o, noon + hours(99), 3);
  EXPECT_EQ(three.dues(), (std::vector{noon, noon + hours(24), noon + hours(48)}));
  EXPECT_FALSE(three.journaled(verdict::committed));
  EXPECT_FALSE(three.journaled(verdict::committed));
  EXPECT_TRUE(three.journaled(verdict::committed));
  EXPECT_EQ(three.order().made, 3U);
  EXPECT_EQ(three.order().next_at, noon + hours(72));
  EXPECT_FALSE(three.refused());
}

TEST(order_advance, stops_with_the_schedule) {
  auto o = daily();
  o.schedule.last_at = noon + hours(24);
  order_advance a(as_opened(o, 1, noon), noon + hours(99), 10);
  ASSERT_EQ(a.dues().size(), 2U);
  a.journaled(verdict::committed);
  a.journaled(verdict::committed);
  EXPECT_EQ(status_of(a.order()), order_status::ended);
}

TEST(order_advance, counts_nothing_behind_the_first_that_failed) {
  order_advance a(as_opened(daily(), 1, noon), noon + hours(99), 3);
  a.journaled(verdict::committed);
  EXPECT_FALSE(a.journaled(verdict::unavailable));
  EXPECT_TRUE(a.journaled(verdict::committed));
  EXPECT_EQ(a.order().made, 1U);
  EXPECT_EQ(code_of(a.refused()), errc::store_unavailable);
  order_advance deleted(as_opened(daily(), 1, noon), noon, 3);
  EXPECT_TRUE(deleted.journaled(verdict::wrong_state));
  EXPECT_EQ(code_of(deleted.refused()), errc::invalid_state);
}

TEST(standing_order, derives_identifiers_that_only_its_seed_gives) {
  standing_order o = as_opened(daily(), 1, noon);
  o.seed = uuid::derive({"seed"});
  const auto id = next_occurrence(o).id;
  EXPECT_NE(next_occurrence(after_occurrence(o)).id, id);
  standing_order other = o;
  other.seed = uuid::derive({"another seed"});
  EXPECT_NE(next_occurrence(other).id, id);
}

}  // namespace
}  // namespace lifeline::ledger::testing
