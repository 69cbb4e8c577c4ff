#include "lifeline/time/manual_clock.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "time/counted_timer.hpp"

namespace lifeline {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Records its name and time when called.
class noted_timer final : public testing::counted_timer {
 public:
  noted_timer(manual_clock& clock, std::string name, std::vector<std::string>& notes)
      : clock_(clock), name_(std::move(name)), notes_(notes), start_(clock.now()) {}

 protected:
  void expire() noexcept override {
    const auto at = std::chrono::duration_cast<milliseconds>(clock_.now() - start_);
    notes_.push_back(name_ + "@" + std::to_string(at.count()));
  }

 private:
  manual_clock& clock_;
  std::string name_;
  std::vector<std::string>& notes_;
  time_point start_;
};

TEST(manual_clock, stops_at_each_timer_in_order_of_due_time_and_of_arming) {
  manual_clock clock;
  std::vector<std::string> notes;
  noted_timer late(clock, "late", notes);
  noted_timer first(clock, "first", notes);
  noted_timer second(clock, "second", notes);
  const time_point now = clock.now();
  clock.arm(late, now + milliseconds(30));
  clock.arm(first, now + milliseconds(10));
  clock.arm(second, now + milliseconds(10));
  clock.advance(milliseconds(29));
  EXPECT_EQ(notes, (std::vector<std::string>{"first@10", "second@10"}));
  EXPECT_EQ(clock.armed(), 1U);
  clock.advance(milliseconds(1));
  EXPECT_EQ(notes.back(), "late@30");
  EXPECT_EQ(clock.now(), now + milliseconds(30));
}

TEST(manual_clock, does_not_call_what_was_disarmed_or_is_dying) {
  manual_clock clock;
  testing::counted_timer disarmed;
  testing::counted_timer dying;
  clock.arm(disarmed, clock.now() + seconds(1));
  clock.arm(dying, clock.now() + seconds(1));
  clock.disarm(disarmed);
  clock.disarm(disarmed);
  dying.owner_is_dying = true;
  clock.advance(seconds(2));
  EXPECT_EQ(disarmed.expired() + dying.expired(), 0);
  EXPECT_EQ(clock.armed(), 0U);
}

TEST(manual_clock, runs_posted_tasks_before_time_moves_and_never_inside_post) {
  manual_clock clock;
  const time_point now = clock.now();
  std::vector<time_point> ran;
  clock.post([&] {
    ran.push_back(clock.now());
    clock.post([&] { ran.push_back(clock.now()); });
  });
  EXPECT_TRUE(ran.empty());
  clock.advance(seconds(1));
  EXPECT_EQ(ran, (std::vector<time_point>{now, now}));
}

TEST(manual_clock, adds_up_calendar_time_from_steps_below_a_millisecond) {
  manual_clock clock;
  const wall_time start = clock.wall_now();
  testing::counted_timer t;
  clock.arm(t, clock.now() + microseconds(700));
  for (int i = 0; i < 5; ++i) clock.advance(microseconds(400));
  EXPECT_EQ(clock.wall_now() - start, milliseconds(2));
}

TEST(manual_clock, keeps_a_jump_of_calendar_time_made_while_it_moves) {
  manual_clock clock;
  const wall_time start = clock.wall_now();
  clock.post([&] { clock.jump_wall(seconds(60)); });
  clock.advance(seconds(1));
  EXPECT_EQ(clock.wall_now() - start, seconds(61));
}

TEST(manual_clock, never_goes_back_when_a_task_moves_it) {
  manual_clock clock;
  const time_point start = clock.now();
  clock.post([&] { clock.advance(seconds(5)); });
  clock.advance(seconds(1));
  EXPECT_EQ(clock.now() - start, seconds(5));
}

TEST(a_manual_clock, can_be_moved_to_the_end_of_time) {
  manual_clock time;
  time.advance(duration::max());
  EXPECT_EQ(time.now(), time_point::max());
  time.jump_wall(std::chrono::milliseconds::max());
  time.advance(std::chrono::hours(1));
  EXPECT_EQ(time.now(), time_point::max());
}

}  // namespace
}  // namespace lifeline
