#include "lifeline/ledger/core/transfer_steps.hpp"

#include <gtest/gtest.h>

#include <set>

#include "ledger/builders.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;

const wall_time noon{std::chrono::hours(490'000)};
const wall_time later = noon + std::chrono::hours(1);

transfer_record some() { return transfer_of("t", account("a"), account("b"), 50); }

transfer_record held() {
  transfer_record t = some();
  t.two_phase = true;
  t.status = pending;
  return after_opening(t, 7, noon);
}

TEST(transfer_steps, change_both_sides_by_the_same_amount) {
  EXPECT_EQ(changes_of_opening(posted, 5), (transfer_changes{{.posted = -5}, {.posted = 5}}));
  EXPECT_EQ(changes_of_opening(pending, 5),
            (transfer_changes{{.pending_out = 5}, {.pending_in = 5}}));
  EXPECT_EQ(changes_of_opening(scheduled, 5), transfer_changes{});
  EXPECT_EQ(changes_of({posted, pending, 3, {}}, 5),
            (transfer_changes{{.posted = -3, .pending_out = -5}, {.posted = 3, .pending_in = -5}}));
  for (const auto end : {voided, expired})
    EXPECT_EQ(changes_of({end, pending, 3, {}}, 5),
              (transfer_changes{{.pending_out = -5}, {.pending_in = -5}}));
  for (const auto end : {voided, rejected})
    EXPECT_EQ(changes_of({end, scheduled, 0, {}}, 5), transfer_changes{});
}

TEST(transfer_steps, keep_what_was_held_and_say_what_was_posted) {
  const auto t = after_resolution(held(), {posted, pending, 20, {}}, 9, later);
  EXPECT_EQ(t.status, posted);
  EXPECT_EQ(t.amount.minor, 20);
  EXPECT_EQ(t.held, 50);
  EXPECT_EQ(t.posted_at, later);
  EXPECT_EQ(t.sequence, 9U);
  EXPECT_EQ(t.first_sequence, 7U);
}

TEST(transfer_steps, date_a_transfer_by_the_ledger_and_not_by_its_requester) {
  transfer_record t = held();
  t.created_at = later;
  t.expires_in = std::chrono::seconds(30);
  t.reason = "a requester's";
  EXPECT_EQ(after_opening(t, 7, noon).created_at, noon);
  EXPECT_FALSE(after_opening(t, 7, noon).reason);
  EXPECT_EQ(after_opening(t, 7, noon).expires_at, noon + std::chrono::seconds(30));
  t.status = scheduled;
  t.execute_at = later;
  t = after_opening(t, 7, noon);
  EXPECT_FALSE(t.expires_at) << "the hold begins when it is executed";
  t.status = pending;
  t = after_execution(t, 8, later);
  EXPECT_EQ(t.created_at, noon);
  EXPECT_EQ(t.expires_at, later + std::chrono::seconds(30));
}

TEST(transfer_steps, lead_back_to_the_first_answer) {
  const auto first = held();
  for (const resolution& r :
       {resolution{posted, pending, 20, {}}, resolution{voided, pending, 0, {}},
        resolution{expired, pending, 0, {}}}) {
    const auto t = after_resolution(first, r, 9, later);
    EXPECT_EQ(as_first_answered(t), first);
    EXPECT_TRUE(same_content(t, some()) == false && same_content(t, first));
  }
  transfer_record planned = some();
  planned.status = scheduled;
  planned.execute_at = later;
  planned = after_opening(planned, 3, noon);
  transfer_record due = planned;
  due.status = posted;
  due = after_execution(due, 8, later);
  EXPECT_EQ(due.first_sequence, 3U);
  EXPECT_EQ(as_first_answered(due), planned);
  const auto refused =
      after_resolution(planned, {rejected, scheduled, 0, "insufficient_funds"}, 8, later);
  EXPECT_EQ(refused.reason, "insufficient_funds");
  EXPECT_EQ(as_first_answered(refused), planned);
}

TEST(transfer_steps, tell_a_repeated_resolution_from_another) {
  const auto part = after_resolution(held(), {posted, pending, 20, {}}, 9, later);
  EXPECT_TRUE(is_result_of({posted, posted, 20, {}}, part));
  EXPECT_FALSE(is_result_of({posted, posted, 50, {}}, part));
  EXPECT_FALSE(is_result_of({voided, pending, 0, {}}, part));
  EXPECT_FALSE(is_result_of({posted, pending, 50, {}}, held())) << "it is still open";
  EXPECT_FALSE(is_result_of({posted, posted, 50, {}}, after_opening(some(), 1, noon)))
      << "it never was a hold";
}

TEST(transfer_steps, reverse_what_is_posted_wholly_and_under_one_id) {
  const auto part = after_resolution(held(), {posted, pending, 20, {}}, 9, later);
  const auto back = reversal_of(part);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, reversal_id(id_deriver({}), part.id));
  EXPECT_EQ(back->from, part.to);
  EXPECT_EQ(back->to, part.from);
  EXPECT_EQ(back->amount.minor, 20);
  EXPECT_EQ(back->reverses, part.id);
  EXPECT_EQ(reversal_of(part)->id, back->id);
  std::set<transfer_id> places;
  for (std::size_t n = 0; n < 4; ++n) places.insert(reversal_id(id_deriver({}), part.id, n));
  EXPECT_EQ(places.size(), 4U);
}

TEST(transfer_steps, reverse_nothing_that_did_not_move_money_nor_a_reversal) {
  for (const auto status : {scheduled, pending, voided, expired, rejected}) {
    transfer_record t = some();
    t.status = status;
    ASSERT_FALSE(reversal_of(t)) << to_string(status);
    EXPECT_EQ(reversal_of(t).error().code, errc::invalid_state);
  }
  EXPECT_FALSE(reversal_of(*reversal_of(after_opening(some(), 1, noon))));
}

TEST(transfer_steps, are_due_by_their_state) {
  transfer_record t = some();
  t.execute_at = noon;
  t.expires_at = later;
  for (const auto& [status, at] :
       {std::pair(scheduled, std::optional(noon)), std::pair(pending, std::optional(later)),
        std::pair(posted, std::optional<wall_time>())}) {
    t.status = status;
    EXPECT_EQ(due_at(t), at);
  }
}

}  // namespace
}  // namespace lifeline::ledger::testing
