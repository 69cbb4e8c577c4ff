#include "bank/node/import/import_core.hpp"

#include <gtest/gtest.h>

namespace bank::node {
namespace {

using lifeline::ledger::errc;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto account = import_step::kind::open_account;
constexpr auto transfer = import_step::kind::transfer;
constexpr lifeline::time_point start{};

TEST(import_core, opens_an_account_then_takes_its_transfers_one_after_another) {
  import_core core({2}, {}, 1);
  const auto open = core.take();
  ASSERT_EQ(open, (import_step{account, 0, 0}));
  EXPECT_EQ(core.take(), std::nullopt) << "the account is not there yet";
  core.done(*open, false, start);
  const auto first = core.take();
  ASSERT_EQ(first, (import_step{transfer, 0, 0}));
  EXPECT_EQ(core.take(), std::nullopt) << "the second must not overtake the first";
  core.done(*first, false, start);
  const auto second = core.take();
  ASSERT_EQ(second, (import_step{transfer, 0, 1}));
  core.done(*second, true, start);
  EXPECT_TRUE(core.finished());
  EXPECT_EQ(core.counts().opened, 1U);
  EXPECT_EQ(core.counts().posted, 1U);
  EXPECT_EQ(core.counts().transfers_found, 1U);
}

TEST(import_core, takes_accounts_side_by_side_the_longest_first) {
  import_core core({1, 3, 2}, {}, 1);
  EXPECT_EQ(core.take()->lane, 1U);
  EXPECT_EQ(core.take()->lane, 2U);
  EXPECT_EQ(core.take()->lane, 0U);
}

TEST(import_core, counts_and_names_a_refused_row_and_goes_on) {
  import_core core({2}, {}, 1);
  core.done(*core.take(), false, start);
  core.refused(*core.take(), "insufficient_funds", "too little", start);
  core.done(*core.take(), false, start);
  EXPECT_TRUE(core.finished());
  EXPECT_EQ(core.counts().transfers_refused, 1U);
  ASSERT_EQ(core.named().size(), 1U);
  EXPECT_EQ(core.named()[0].step, (import_step{transfer, 0, 0}));
  EXPECT_EQ(core.named()[0].code, "insufficient_funds");
}

TEST(import_core, tries_no_transfer_of_an_account_that_was_refused) {
  import_core core({3, 0}, {}, 1);
  core.refused(*core.take(), "already_exists", "the ref is taken", start);
  EXPECT_EQ(core.counts().accounts_refused, 1U);
  EXPECT_EQ(core.counts().transfers_refused, 3U);
  EXPECT_EQ(core.named().size(), 1U) << "they have one reason";
  core.done(*core.take(), false, start);
  EXPECT_TRUE(core.finished());
}

TEST(import_core, names_some_refused_rows_and_counts_all) {
  import_core::policy p;
  p.most_named = 2;
  import_core core({5}, p, 1);
  core.done(*core.take(), false, start);
  for (int i = 0; i < 5; ++i) core.refused(*core.take(), "balance_limit", "", start);
  EXPECT_EQ(core.named().size(), 2U);
  EXPECT_EQ(core.counts().transfers_refused, 5U);
}

TEST(import_core, goes_on_behind_what_an_earlier_run_has_settled) {
  import_core core({5}, {}, 1);
  // The second was refused in the earlier run and stays refused, because the third was booked.
  core.found_account(*core.take(), {true, false, true, false, false}, start);
  EXPECT_EQ(core.counts().accounts_found, 1U);
  EXPECT_EQ(core.counts().transfers_found, 2U);
  EXPECT_EQ(core.counts().transfers_refused, 1U);
  ASSERT_EQ(core.named().size(), 1U);
  EXPECT_EQ(core.named()[0].code, "refused_before");
  EXPECT_EQ(core.named()[0].step.transfer, 1U);
  EXPECT_EQ(core.take(), (import_step{transfer, 0, 3}));
}

TEST(import_core, is_over_where_an_earlier_run_has_done_all) {
  import_core core({2}, {}, 1);
  core.found_account(*core.take(), {true, true}, start);
  EXPECT_TRUE(core.finished());
  EXPECT_EQ(core.take(), std::nullopt);
}

TEST(import_core, pauses_longer_each_time_up_to_a_bound_and_afresh_after_progress) {
  import_core::policy p;
  p.first_pause = milliseconds(10);
  p.longest_pause = milliseconds(40);
  import_core core({1}, p, 7);
  const auto step = *core.take();
  const milliseconds full[] = {milliseconds(10), milliseconds(20), milliseconds(40),
                               milliseconds(40)};
  for (const auto most : full) {
    const auto pause = core.failed(step, "overloaded", start);
    ASSERT_TRUE(pause);
    EXPECT_GE(*pause, most / 2);
    EXPECT_LE(*pause, most);
  }
  core.done(step, false, start);
  EXPECT_LE(*core.failed(*core.take(), "overloaded", start), milliseconds(10));
  EXPECT_EQ(core.counts().retries, 5U);
}

TEST(import_core, gives_up_only_when_its_patience_is_over) {
  import_core::policy p;
  p.patience = seconds(60);
  import_core core({1}, p, 1);
  const auto step = *core.take();
  EXPECT_TRUE(core.failed(step, "the disk is full", start));
  EXPECT_TRUE(core.failed(step, "the disk is full", start + seconds(60)));
  EXPECT_FALSE(core.failed(step, "the disk is full", start + seconds(61)));
  EXPECT_EQ(core.gave_up(), "no progress for 60 s; last error: the disk is full");
  EXPECT_FALSE(core.finished());
}

TEST(import_core, gives_no_step_any_more_once_it_is_stopped) {
  import_core core({1, 1}, {}, 1);
  const auto step = *core.take();
  core.stop();
  EXPECT_EQ(core.take(), std::nullopt);
  EXPECT_FALSE(core.failed(step, "canceled", start));
  EXPECT_EQ(core.gave_up(), "");
}

TEST(import_core, knows_which_answers_are_the_last_word) {
  for (const errc e : {errc::insufficient_funds, errc::account_closed, errc::balance_limit,
                       errc::idempotency_mismatch, errc::not_found, errc::internal})
    EXPECT_TRUE(is_final(e)) << to_string(e);
  for (const errc e : {errc::in_progress, errc::store_unavailable, errc::overloaded,
                       errc::shutting_down, errc::canceled, errc::deadline_exceeded})
    EXPECT_FALSE(is_final(e)) << to_string(e);
}

}  // namespace
}  // namespace bank::node
