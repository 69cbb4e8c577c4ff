#include "lifeline/work/ticker.hpp"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

#include "actor/actor_fixture.hpp"
#include "actor/held_door.hpp"
#include "lifeline/observe/actor_meter.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::held_door;
using testing::question;

class a_ticker : public testing::actor_fixture {
 protected:
  void TearDown() override {
    scope.cancel();
    tick_kept.reset();
    ends.clear();
    run();
    testing::actor_fixture::TearDown();
  }

  void start(round_function work) {
    options.record = record;
    ticker = spawn_ticker(system, scope.ctx(), options, [this, f = std::move(work)](const tick& t) {
      begun.push_back(seconds_now());
      f(t);
    });
    run();
  }
  void pass(duration d) {
    time.advance(d);
    run();
  }
  /// Second by second, each with all its consequences.
  void pass_slowly(int n) {
    for (int i = 0; i < n; ++i) pass(seconds(1));
  }
  int seconds_now() const {
    return static_cast<int>(std::chrono::duration_cast<seconds>(time.now() - born).count());
  }
  ticker_figures figures() const { return record->read(); }

  /// An item that the test ends.
  item_function held() {
    return [this](const context& ctx, item_end end) {
      lives.push_back(ctx);
      ends.push_back(std::move(end));
    };
  }

  ticker_options options;
  std::shared_ptr<ticker_record> record = std::make_shared<ticker_record>();
  const time_point born = time.now();
  cancel_scope scope = with_cancel(root);
  caf::actor ticker;
  std::vector<int> begun;
  std::vector<context> lives;
  std::vector<item_end> ends;
  std::optional<tick> tick_kept;
};

void nothing(const tick&) {}
using times = std::vector<int>;

TEST_F(a_ticker, works_at_once_and_then_every_period) {
  start(nothing);
  pass_slowly(150);
  EXPECT_EQ(begun, (times{0, 60, 120}));
  EXPECT_EQ(figures().rounds, 3U);
  EXPECT_EQ(figures().skipped, 0U);
}

TEST_F(a_ticker, does_not_drift_with_the_length_of_its_rounds) {
  start([&](const tick& t) { t.item(held()); });
  for (int i = 0; i < 3; ++i) {
    pass_slowly(4);
    ends.back()();
    run();
    pass_slowly(56);
  }
  EXPECT_EQ(begun, (times{0, 60, 120, 180}));
  EXPECT_EQ(figures().last_duration, seconds(4));
}

TEST_F(a_ticker, never_works_on_two_rounds_at_once_and_skips_what_it_missed) {
  options.round_limit = minutes(10);
  options.item_limit = minutes(10);
  start([&](const tick& t) { t.item(held()); });
  pass_slowly(150);
  EXPECT_EQ(begun, (times{0}));
  EXPECT_TRUE(figures().in_round);
  ends[0]();
  run();
  EXPECT_FALSE(figures().in_round);
  EXPECT_EQ(figures().skipped, 2U);
  pass_slowly(60);
  EXPECT_EQ(begun, (times{0, 180}));
}

TEST_F(a_ticker, gives_each_item_a_limit_of_its_own_and_goes_on_after_a_late_one) {
  start([&](const tick& t) {
    t.item(held());
    t.item(held());
  });
  ASSERT_EQ(lives.size(), 1U) << "one at a time";
  EXPECT_EQ(lives[0].remaining(), seconds(5));
  pass(seconds(5));
  EXPECT_EQ(lives[0].err(), errc::deadline_exceeded);
  ASSERT_EQ(lives.size(), 2U);
  EXPECT_EQ(lives[1].remaining(), seconds(5));
  ends[0]();  // too late
  ends[1]();
  run();
  EXPECT_EQ(figures().items, 2U);
  EXPECT_EQ(figures().failed_items, 1U);
  EXPECT_EQ(figures().last_error.code(), errc::deadline_exceeded);
  EXPECT_FALSE(figures().in_round);
}

TEST_F(a_ticker, gives_a_round_a_limit_and_leaves_what_has_not_begun) {
  start([&](const tick& t) {
    if (figures().rounds > 1) return;
    for (int i = 0; i < 20; ++i) t.item(held());
  });
  for (int i = 0; i < 11; ++i) pass(seconds(5));
  EXPECT_EQ(lives.size(), 11U);
  EXPECT_EQ(figures().failed_items, 11U);
  EXPECT_EQ(figures().left_items, 9U);
  EXPECT_EQ(figures().failed_rounds, 1U);
  EXPECT_FALSE(figures().in_round);
  pass_slowly(5);
  EXPECT_EQ(begun, (times{0, 60}));
}

TEST_F(a_ticker, goes_on_after_items_that_fail_or_throw_or_are_forgotten) {
  int done = 0;
  start([&](const tick& t) {
    t.item([](const context&, const item_end& end) { end.fail(error("no such account")); });
    t.item([](const context&, const item_end&) { throw std::runtime_error("bug"); });
    t.item([](const context&, const item_end&) {});
    t.item([&](const context&, const item_end& end) {
      ++done;
      end();
      end.fail(error("a second word"));
    });
  });
  EXPECT_EQ(done, 1);
  EXPECT_EQ(figures().items, 4U);
  EXPECT_EQ(figures().failed_items, 3U);
  EXPECT_EQ(figures().last_error.code(), errc::broken_promise);
  EXPECT_EQ(figures().failed_rounds, 0U);
}

TEST_F(a_ticker, survives_a_round_that_throws_or_fails) {
  start([&](const tick& t) {
    if (figures().rounds == 1) throw std::runtime_error("the store is gone");
    if (figures().rounds == 2) t.fail(error("the store is slow"));
  });
  EXPECT_EQ(figures().last_error.message(), "the store is gone");
  pass_slowly(60);
  EXPECT_EQ(figures().last_error.message(), "the store is slow");
  pass_slowly(60);
  EXPECT_EQ(figures().rounds, 3U);
  EXPECT_EQ(figures().failed_rounds, 2U);
}

TEST_F(a_ticker, keeps_a_round_open_while_its_tick_is_kept) {
  const auto target = spawn_keeper();
  start([&](const tick& t) {
    ask(t.self(), t.ctx(), target, question{1})
        .then(
            [this, t](const answer& a) {
              for (int i = 0; i < a.number; ++i) t.item(held());
            },
            [t](errc e) { t.fail(e); });
  });
  EXPECT_TRUE(figures().in_round);
  pass(seconds(3));
  tell_from_outside(target, answer_all{2});
  run();
  ASSERT_EQ(ends.size(), 1U);
  ends[0]();
  run();
  ends[1]();
  EXPECT_TRUE(figures().in_round);
  run();
  EXPECT_FALSE(figures().in_round);
  EXPECT_EQ(figures().last_duration, seconds(3));
}

TEST_F(a_ticker, ends_a_round_whose_tick_is_never_dropped) {
  start([&](const tick& t) {
    if (!tick_kept) tick_kept = t;
  });
  pass(seconds(55));
  EXPECT_EQ(figures().failed_rounds, 1U);
  EXPECT_EQ(figures().last_error.code(), errc::deadline_exceeded);
  tick_kept->item(held());  // too late
  EXPECT_EQ(figures().left_items, 1U);
  pass(seconds(5));
  EXPECT_EQ(figures().rounds, 2U);
  EXPECT_TRUE(lives.empty());
}

TEST_F(a_ticker, begins_some_items_side_by_side_if_told) {
  options.items_at_once = 3;
  start([&](const tick& t) {
    for (int i = 0; i < 5; ++i) t.item(held());
  });
  EXPECT_EQ(ends.size(), 3U);
  ends[1]();
  run();
  EXPECT_EQ(ends.size(), 4U);
}

TEST_F(a_ticker, may_be_given_items_by_items) {
  start([&](const tick& t) {
    t.item([t, this](const context&, const item_end& end) {
      t.item(held());
      end();
    });
  });
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_TRUE(figures().in_round);
}

TEST_F(a_ticker, works_earlier_when_its_work_says_so) {
  start([&](const tick& t) {
    if (figures().rounds == 1) t.wake_at(time.wall_now() + seconds(20));
  });
  pass_slowly(70);
  EXPECT_EQ(begun, (times{0, 20, 60}));
}

TEST_F(a_ticker, works_earlier_on_request) {
  start(nothing);
  pass_slowly(10);
  tell_from_outside(ticker, root, wake_ticker{});
  run();
  EXPECT_EQ(begun, (times{0, 10}));
  const wall_time later = time.wall_now() + seconds(15);
  tell_from_outside(ticker, root, wake_ticker{later.time_since_epoch().count()});
  pass_slowly(50);
  EXPECT_EQ(begun, (times{0, 10, 25, 60}));
}

TEST_F(a_ticker, keeps_a_request_made_during_a_round) {
  start([&](const tick& t) {
    if (figures().rounds == 1) t.item(held());
  });
  tell_from_outside(ticker, root, wake_ticker{});
  run();
  EXPECT_EQ(begun, (times{0}));
  ends[0]();
  run();
  pass_slowly(1);
  EXPECT_EQ(begun, (times{0, 1}));
}

TEST_F(a_ticker, makes_no_loop_of_requests_for_the_past) {
  start([&](const tick& t) { t.wake_at(wall_time{}); });
  pass_slowly(5);
  EXPECT_EQ(begun, (times{0, 1, 2, 3, 4, 5}));
}

TEST_F(a_ticker, accepts_a_request_for_the_end_of_time) {
  start([&](const tick& t) { t.wake_at(wall_time::max()); });
  tell_from_outside(ticker, root, wake_ticker{std::numeric_limits<std::int64_t>::min()});
  run();
  pass_slowly(2);
  EXPECT_EQ(begun, (times{0, 1}));
}

TEST_F(a_ticker, stops_at_once_with_its_context_and_ends_what_is_under_way) {
  bool ended = false;
  start([&](const tick& t) {
    for (int i = 0; i < 5; ++i) t.item(held());
  });
  ticker->attach_functor([&] { ended = true; });
  scope.cancel();
  EXPECT_EQ(lives[0].err(), errc::canceled);
  run();
  EXPECT_TRUE(ended);
  ends[0]();
  pass_slowly(120);
  EXPECT_EQ(lives.size(), 1U) << "no other item begins";
  EXPECT_EQ(begun, (times{0}));
  EXPECT_FALSE(figures().in_round);
}

TEST_F(a_ticker, that_is_told_to_exit_ends_what_is_under_way) {
  start([&](const tick& t) { t.item(held()); });
  end(ticker, caf::exit_reason::user_shutdown);
  EXPECT_TRUE(lives[0].done());
  EXPECT_EQ(time.armed(), 0U);
}

#if !LIFELINE_CAF_1

TEST_F(a_ticker, is_metered_if_given_a_meter) {
  metrics all;
  actor_meter meter{all, "ticker", time};
  options.meter = &meter;
  start(nothing);
  pass_slowly(70);
  EXPECT_GE(meter.messages.value(), begun.size());
  EXPECT_GE(begun.size(), 2U);
  end(ticker);
}

#endif

TEST_F(a_ticker, in_a_dead_context_never_works) {
  scope.cancel();
  start(nothing);
  pass_slowly(70);
  EXPECT_TRUE(begun.empty());
}

TEST_F(a_ticker, refuses_invalid_options) {
  options.period = seconds(0);
  EXPECT_THROW(spawn_ticker(system, root, options, nothing), std::invalid_argument);
  options.period = seconds(1);
  options.items_at_once = 0;
  EXPECT_THROW(spawn_ticker(system, root, options, nothing), std::invalid_argument);
}

// -- items behind the door -----------------------------------------------------------------------

TEST_F(a_ticker, does_blocking_items_one_after_the_other_behind_the_door) {
  held_door door;
  int done = 0;
  start([&](const tick& t) {
    for (int i = 0; i < 3; ++i)
      t.item(blocking_item(t.self(), door, lane::background, [&, i](const context&) -> error {
        if (i == 0) throw std::runtime_error("a broken row");
        if (i == 1) return error("a refused row");
        ++done;
        return {};
      }));
  });
  EXPECT_EQ(door.waiting(), 1U);
  for (int i = 0; i < 3; ++i) {
    door.run_all();
    run();
  }
  EXPECT_EQ(done, 1);
  EXPECT_EQ(figures().failed_items, 2U);
  EXPECT_EQ(figures().last_error.message(), "a refused row");
  EXPECT_FALSE(figures().in_round);
}

TEST_F(a_ticker, counts_a_blocking_item_that_found_no_room_or_no_time) {
  held_door full(0);
  held_door slow;
  int ran = 0;
  const auto work = [&](const context&) -> error { return ++ran, error(); };
  start([&](const tick& t) {
    if (figures().rounds > 1) return;
    t.item(blocking_item(t.self(), full, lane::read, work));
    t.item(blocking_item(t.self(), slow, lane::read, work));
  });
  EXPECT_EQ(figures().last_error.code(), errc::overloaded);
  pass(seconds(5));
  slow.run_all();
  run();
  EXPECT_EQ(ran, 0) << "its context was over before it began";
  EXPECT_EQ(figures().failed_items, 2U);
}

// -- any order of events -------------------------------------------------------------------------

TEST_F(a_ticker, keeps_its_books_in_any_order_of_events) {
  std::mt19937_64 random(testing::random_seed());
  const auto up_to = [&](unsigned n) { return static_cast<int>(random() % (n + 1)); };
  options.period = seconds(20);
  options.round_limit = seconds(12);
  options.items_at_once = 2;
  unsigned added = 0;
  std::optional<int> last_begin;
  start([&](const tick& t) {
    if (last_begin) {
      EXPECT_TRUE(seconds_now() % 20 == 0 || seconds_now() > *last_begin);
    }
    last_begin = seconds_now();
    for (int n = up_to(4); n > 0; --n, ++added) t.item(held());
    if (up_to(3) == 0) t.wake_at(time.wall_now() + seconds(up_to(30) - 5));
  });
  for (int step = 0; step < 5'000; ++step) {
    switch (up_to(4)) {
      case 0:
      case 1: pass(milliseconds(250 * up_to(8))); break;
      case 2:
        if (!ends.empty()) ends[static_cast<std::size_t>(random()) % ends.size()]();
        break;
      case 3:
        if (!ends.empty()) ends.erase(ends.begin() + up_to(static_cast<unsigned>(ends.size()) - 1));
        break;
      case 4:
        if (up_to(10) == 0) tell_from_outside(ticker, root, wake_ticker{});
        break;
    }
    if (up_to(1) == 0) run();
    std::size_t alive = 0;
    for (const auto& life : lives) alive += life.done() ? 0 : 1;
    ASSERT_LE(alive, 2U);
    const auto f = figures();
    ASSERT_LE(f.items + f.left_items, added);
    ASSERT_LE(f.failed_items, f.items);
    if (lives.size() > 100) std::erase_if(lives, [](const context& c) { return c.done(); });
  }
  ends.clear();
  run();
  ends.clear();
  pass(seconds(12));
  const auto f = figures();
  if (!f.in_round) {
    EXPECT_EQ(f.items + f.left_items, added);
  }
  EXPECT_GT(f.rounds, 100U);
}

// -- what is thrown, and is no exception ---------------------------------------------------------

TEST_F(a_ticker, goes_on_after_anything_that_is_thrown) {
  held_door door;
  start([&](const tick& t) {
    t.item([](const context&, const item_end&) { throw 42; });
    t.item(blocking_item(t.self(), door, lane::background,
                         [](const context&) -> error { throw "no std::exception"; }));
    throw 7;
  });
  door.run_all();
  run();
  EXPECT_EQ(figures().failed_items, 2U);
  EXPECT_EQ(figures().failed_rounds, 1U);
  EXPECT_EQ(figures().last_error.message(), "unknown exception");
  EXPECT_FALSE(figures().in_round);
  pass_slowly(60);
  EXPECT_EQ(figures().rounds, 2U);
}

// -- the calendar's clock is set -----------------------------------------------------------------

TEST_F(a_ticker, works_when_the_calendar_jumps_past_what_it_waits_for) {
  options.period = std::chrono::hours(24);
  start([&](const tick& t) {
    if (figures().rounds == 1) t.wake_at(time.wall_now() + std::chrono::hours(6));
  });
  pass_slowly(10);
  time.jump_wall(std::chrono::hours(6));
  pass_slowly(2);
  EXPECT_EQ(figures().rounds, 2U);
}

TEST_F(a_ticker, waits_on_when_the_calendar_goes_back) {
  options.period = std::chrono::hours(24);
  start([&](const tick& t) {
    if (figures().rounds == 1) t.wake_at(time.wall_now() + seconds(30));
  });
  time.jump_wall(std::chrono::hours(-1));
  pass_slowly(60);
  EXPECT_EQ(figures().rounds, 1U);
  time.jump_wall(std::chrono::hours(1));
  pass_slowly(1);
  EXPECT_EQ(figures().rounds, 2U);
}

}  // namespace
}  // namespace lifeline
