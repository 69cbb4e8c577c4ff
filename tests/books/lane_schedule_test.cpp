#include "bank/books/lane_schedule.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <sstream>

namespace bank::books {
namespace {

using namespace std::chrono_literals;
using lifeline::time_point;

const time_point start{1h};

std::vector<account_lane> lanes_of(const std::vector<std::size_t>& transfers) {
  std::vector<account_lane> lanes;
  for (const std::size_t n : transfers) lanes.emplace_back().transfers.resize(n);
  return lanes;
}

lane_schedule patient(const std::vector<std::size_t>& transfers) {
  return {lanes_of(transfers), lifeline::duration::max(), 1};
}

std::string text_of(const std::optional<lane_step>& s) {
  if (!s) return "nothing";
  if (s->what == lane_step::kind::open_account) return "open " + std::to_string(s->lane);
  return "transfer " + std::to_string(s->lane) + "." + std::to_string(s->transfer);
}

std::string text_of(const lane_counts& c) {
  std::ostringstream text;
  text << "accounts " << c.opened << " new " << c.accounts_found << " found " << c.accounts_refused
       << " refused, transfers " << c.posted << " new " << c.transfers_found << " found "
       << c.transfers_refused << " refused";
  return text.str();
}

/// What the workers report, line by line. An event names the lane whose step ends:
///   take                  gives the step taken
///   done L, found L       the step of lane L was done now, or before
///   refused L, failed L   failed gives "again" or "nothing"
///   earlier L 0110        the account of lane L was found, and which of its transfers
///   stop
struct page {
  const char* claim;
  std::vector<std::size_t> transfers_per_lane;
  struct line {
    std::string event;
    std::string gives;
  };
  std::vector<line> lines;
  std::string counts;
  bool finished;
};

class player {
 public:
  explicit player(const page& p) : schedule(patient(p.transfers_per_lane)) {}

  std::string play(const std::string& event) {
    std::istringstream words(event);
    std::string what;
    std::string before;
    std::size_t lane = 0;
    words >> what >> lane >> before;
    if (what == "take") {
      const auto step = schedule.take();
      if (step) taken_[step->lane] = *step;
      return text_of(step);
    }
    if (what == "stop") schedule.stop({std::nullopt, "interrupted"});
    const lane_step& step = taken_[lane];
    if (what == "done") schedule.done(step, false, start);
    if (what == "found") schedule.done(step, true, start);
    if (what == "refused") schedule.refused(step, "balance_limit", "too much", start);
    if (what == "failed") return schedule.failed(step, "overloaded", start) ? "again" : "nothing";
    if (what == "earlier") {
      settled_before settled;
      for (const char c : before) settled.push_back(c == '1');
      schedule.found_account(step, settled, start);
    }
    return {};
  }

  lane_schedule schedule;

 private:
  std::map<std::size_t, lane_step> taken_;
};

TEST(lane_schedule, gives_each_lanes_steps_in_order) {
  const page pages[] = {
      {"an account is opened, then its transfers follow one after another",
       {2},
       {{"take", "open 0"},
        {"take", "nothing"},
        {"done 0", ""},
        {"take", "transfer 0.0"},
        {"take", "nothing"},
        {"done 0", ""},
        {"take", "transfer 0.1"},
        {"found 0", ""},
        {"take", "nothing"}},
       "accounts 1 new 0 found 0 refused, transfers 1 new 1 found 0 refused",
       true},
      {"accounts go side by side, the longest first, else in the books' order",
       {1, 9, 4, 9},
       {{"take", "open 1"}, {"take", "open 3"}, {"take", "open 2"}, {"take", "open 0"}},
       "accounts 0 new 0 found 0 refused, transfers 0 new 0 found 0 refused",
       false},
      {"a refused transfer is counted, and its lane goes on",
       {2},
       {{"take", "open 0"},
        {"done 0", ""},
        {"take", "transfer 0.0"},
        {"refused 0", ""},
        {"take", "transfer 0.1"},
        {"done 0", ""}},
       "accounts 1 new 0 found 0 refused, transfers 1 new 0 found 1 refused",
       true},
      {"no transfer of a refused account is tried",
       {3, 0},
       {{"take", "open 0"},
        {"refused 0", ""},
        {"take", "open 1"},
        {"done 1", ""},
        {"take", "nothing"}},
       "accounts 1 new 0 found 1 refused, transfers 0 new 0 found 3 refused",
       true},
      {"a lane goes on behind what an earlier run has settled",
       {5},
       {{"take", "open 0"}, {"earlier 0 10100", ""}, {"take", "transfer 0.3"}},
       "accounts 0 new 1 found 0 refused, transfers 0 new 2 found 1 refused",
       false},
      {"a lane is over where an earlier run has done all",
       {2},
       {{"take", "open 0"}, {"earlier 0 11", ""}, {"take", "nothing"}},
       "accounts 0 new 1 found 0 refused, transfers 0 new 2 found 0 refused",
       true},
      {"a failed step is retried by its worker",
       {1},
       {{"take", "open 0"},
        {"failed 0", "again"},
        {"take", "nothing"},
        {"done 0", ""},
        {"take", "transfer 0.0"}},
       "accounts 1 new 0 found 0 refused, transfers 0 new 0 found 0 refused",
       false},
      {"once stopped it gives no step any more",
       {1, 1},
       {{"take", "open 0"},
        {"stop", ""},
        {"take", "nothing"},
        {"failed 0", "nothing"},
        {"done 0", ""},
        {"take", "nothing"}},
       "accounts 1 new 0 found 0 refused, transfers 0 new 0 found 0 refused",
       false},
  };
  for (const page& p : pages) {
    SCOPED_TRACE(p.claim);
    player plays(p);
    for (const auto& line : p.lines) EXPECT_EQ(plays.play(line.event), line.gives) << line.event;
    EXPECT_EQ(text_of(plays.schedule.counts()), p.counts);
    EXPECT_EQ(plays.schedule.finished(), p.finished);
  }
}

TEST(lane_schedule, finishes_with_any_number_of_workers) {
  for (std::size_t workers = 1; workers < 9; ++workers) {
    lane_schedule schedule = patient({3, 0, 7, 1, 2});
    std::deque<std::optional<lane_step>> taken;
    for (std::size_t i = 0; i < workers; ++i) taken.push_back(schedule.take());
    for (; !taken.empty(); taken.pop_front()) {
      if (!taken.front()) continue;
      schedule.done(*taken.front(), false, start);
      taken.push_back(schedule.take());
    }
    EXPECT_TRUE(schedule.finished()) << workers;
    EXPECT_EQ(schedule.counts().accounts(), 5U);
    EXPECT_EQ(schedule.counts().transfers(), 13U);
  }
}

TEST(lane_schedule, names_some_refused_rows_and_counts_all) {
  lane_schedule schedule = patient({lane_schedule::most_named + 5});
  schedule.done(*schedule.take(), false, start);
  for (std::size_t i = 0; i < lane_schedule::most_named + 5; ++i)
    schedule.refused(*schedule.take(), "balance_limit", "too much", start);
  EXPECT_EQ(schedule.named().size(), lane_schedule::most_named);
  EXPECT_EQ(text_of(schedule.named()[1].step), "transfer 0.1");
  EXPECT_EQ(schedule.named()[1].code, "balance_limit");
  EXPECT_EQ(schedule.named()[1].detail, "too much");
  EXPECT_EQ(schedule.counts().transfers_refused, lane_schedule::most_named + 5);
}

TEST(lane_schedule, names_a_refused_account_once_and_what_an_earlier_run_refused) {
  lane_schedule schedule = patient({3, 3});
  schedule.refused(*schedule.take(), "already_exists", "the ref is taken", start);
  schedule.found_account(*schedule.take(), {false, true, false}, start);
  ASSERT_EQ(schedule.named().size(), 2U);
  EXPECT_EQ(text_of(schedule.named()[0].step), "open 0");
  EXPECT_EQ(text_of(schedule.named()[1].step), "transfer 1.0");
  EXPECT_EQ(schedule.named()[1].code, "refused_before");
}

TEST(lane_schedule, pauses_longer_each_time_up_to_a_bound_and_afresh_after_progress) {
  lane_schedule schedule = patient({1});
  const lane_step step = *schedule.take();
  lifeline::duration most = lane_schedule::first_pause;
  for (int i = 0; i < 12; ++i) {
    const auto pause = schedule.failed(step, "overloaded", start + i * 1s);
    ASSERT_TRUE(pause);
    EXPECT_GE(*pause, most / 2);
    EXPECT_LE(*pause, most);
    most = std::min<lifeline::duration>(most * 2, lane_schedule::longest_pause);
  }
  schedule.done(step, false, start);
  EXPECT_LE(*schedule.failed(*schedule.take(), "overloaded", start), lane_schedule::first_pause);
  EXPECT_EQ(schedule.counts().retries, 13U);
}

TEST(lane_schedule, waits_as_long_as_the_bank_asks_but_not_for_ever) {
  lane_schedule schedule = patient({1});
  const lane_step step = *schedule.take();
  EXPECT_EQ(schedule.failed(step, "overloaded", start, 2s), 2s);
  EXPECT_EQ(schedule.failed(step, "overloaded", start, 3600s), lane_schedule::longest_wish);
}

TEST(lane_schedule, loses_patience_only_when_nothing_goes_forward) {
  lane_schedule schedule(lanes_of({9, 2}), 60s, 1);
  const lane_step stuck = *schedule.take();
  EXPECT_TRUE(schedule.failed(stuck, "gone", start));
  EXPECT_TRUE(schedule.failed(stuck, "gone", start + 60s));
  schedule.done(*schedule.take(), false, start + 60s);
  EXPECT_TRUE(schedule.failed(stuck, "gone", start + 120s));
  EXPECT_FALSE(schedule.failed(stuck, "nobody listens", start + 121s));
  ASSERT_TRUE(schedule.failure());
  EXPECT_EQ(schedule.failure()->step, stuck);
  EXPECT_EQ(schedule.failure()->text, "no progress for 60 s; last error: nobody listens");
  EXPECT_EQ(schedule.take(), std::nullopt);
}

TEST(lane_schedule, begins_its_patience_afresh_when_the_bank_was_restarted) {
  lane_schedule schedule(lanes_of({1}), 60s, 1);
  const lane_step step = *schedule.take();
  EXPECT_TRUE(schedule.failed(step, "gone", start));
  schedule.restarted(start + 59s);
  EXPECT_TRUE(schedule.failed(step, "gone", start + 119s));
  EXPECT_FALSE(schedule.failed(step, "gone", start + 120s));
}

TEST(lane_schedule, keeps_the_first_reason_to_stop) {
  lane_schedule schedule = patient({1});
  schedule.stop({std::nullopt, "interrupted"});
  schedule.stop({lane_step{}, "something else"});
  EXPECT_EQ(schedule.failure()->text, "interrupted");
  EXPECT_FALSE(schedule.failure()->step);
}

}  // namespace
}  // namespace bank::books
