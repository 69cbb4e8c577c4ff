#include "bank/node/shutdown.hpp"

#include <gtest/gtest.h>

#include <future>

#include "lifeline/time/manual_clock.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using std::chrono::seconds;
using texts = std::vector<std::string>;

// Parts that take as long as they are told, on a clock moved by hand.
struct fake_parts {
  lifeline::manual_clock time;
  context root = lifeline::background(time);
  lifeline::time_point began = time.now();
  seconds requests_take{0};
  seconds cancelled_take{0};
  seconds ledger_takes{0};
  std::size_t running = 3;
  bool cancelled = false;
  texts log;

  void note(const std::string& what) {
    const auto at = std::chrono::duration_cast<seconds>(time.now() - began).count();
    log.push_back(what + " at " + std::to_string(at));
  }

  // Works for `needed`, or until the context ends.
  bool work(const context& ctx, seconds& needed) {
    while (needed > seconds(0) && !ctx.done()) {
      time.advance(seconds(1));
      needed -= seconds(1);
    }
    return needed == seconds(0);
  }

  texts stop(seconds budget) {
    return stop_in_order(root, budget,
                         {[this] { note("stop accepting"); },
                          [this](const context& ctx) {
                            note("drain");
                            return work(ctx, cancelled ? cancelled_take : requests_take);
                          },
                          [this] {
                            cancelled = true;
                            note("cancel");
                          },
                          [this] { return running; },
                          [this](const context& ctx) {
                            note("stop ledger");
                            return work(ctx, ledger_takes);
                          },
                          [] { return std::size_t{1}; }});
  }
};

TEST(stop_in_order, takes_no_longer_than_the_parts_do) {
  fake_parts parts;
  parts.requests_take = seconds(2);
  parts.ledger_takes = seconds(1);
  EXPECT_EQ(parts.stop(seconds(10)), texts());
  EXPECT_EQ(parts.log, (texts{"stop accepting at 0", "drain at 0", "stop ledger at 2"}));
}

TEST(stop_in_order, cancels_requests_that_outlast_their_share_and_calls_that_clean) {
  fake_parts parts;
  parts.requests_take = seconds(60);
  EXPECT_EQ(parts.stop(seconds(10)), texts());
  EXPECT_EQ(parts.log, (texts{"stop accepting at 0", "drain at 0", "cancel at 5", "drain at 5",
                              "stop ledger at 5"}));
}

TEST(stop_in_order, names_requests_that_ignore_their_cancel) {
  fake_parts parts;
  parts.requests_take = seconds(60);
  parts.cancelled_take = seconds(60);
  EXPECT_EQ(parts.stop(seconds(10)), (texts{"3 requests did not end after being cancelled"}));
  EXPECT_EQ(parts.log.back(), "stop ledger at 6");
}

TEST(stop_in_order, gives_the_ledger_the_time_that_was_not_used) {
  fake_parts parts;
  parts.ledger_takes = seconds(9);
  EXPECT_EQ(parts.stop(seconds(10)), texts());
}

TEST(stop_in_order, names_a_ledger_that_does_not_come_to_rest) {
  fake_parts parts;
  parts.ledger_takes = seconds(60);
  EXPECT_EQ(parts.stop(seconds(10)),
            (texts{"the ledger had 1 entry in flight; their outcome is unknown to whoever asked"}));
  EXPECT_EQ(parts.time.now() - parts.began, seconds(9));
}

TEST(stop_request, counts_the_first_reason) {
  stop_request stop(lifeline::background());
  EXPECT_FALSE(stop.asked());
  EXPECT_EQ(stop.how(), exit_status::clean);
  stop.ask(exit_status::failed, "lost");
  stop.ask(exit_status::clean, "SIGTERM");
  EXPECT_TRUE(stop.asked());
  EXPECT_EQ(stop.how(), exit_status::failed);
  EXPECT_EQ(stop.why(), "lost");
}

TEST(last_resort, gives_up_once_the_time_is_over_and_says_what_was_being_done) {
  lifeline::manual_clock time;
  stop_request stop(lifeline::background(time));
  std::promise<std::string> given_up;
  last_resort guard(stop, seconds(10), [&](const char* doing) { given_up.set_value(doing); });
  guard.doing("closing");
  stop.ask(exit_status::clean, "test");
  auto said = given_up.get_future();
  // The guard arms its timer on a thread of its own: move on until it has been reached.
  while (said.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready)
    time.advance(seconds(1));
  EXPECT_EQ(said.get(), "closing");
}

TEST(last_resort, is_silent_without_a_stop_and_after_one_in_time) {
  lifeline::manual_clock time;
  bool gave_up = false;
  const auto give_up = [&](const char*) { gave_up = true; };
  {
    stop_request never_asked(lifeline::background(time));
    last_resort guard(never_asked, seconds(10), give_up);
    time.advance(seconds(100));
  }
  {
    stop_request stop(lifeline::background(time));
    last_resort guard(stop, seconds(10), give_up);
    stop.ask(exit_status::clean, "test");
  }
  time.advance(seconds(100));
  EXPECT_FALSE(gave_up);
}

}  // namespace
}  // namespace bank::node
