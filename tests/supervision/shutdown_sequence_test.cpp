#include "lifeline/supervision/shutdown_sequence.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "actor/actor_fixture.hpp"
#include "lifeline/supervision/stop_actor.hpp"
#include "lifeline/time/real_clock.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using lines = std::vector<std::string>;

class a_shutdown_sequence : public testing::actor_fixture {
 protected:
  void TearDown() override {
    tokens.clear();
    end.hurry();
    pass();
    testing::actor_fixture::TearDown();
  }

  /// Stops when the test drops its token.
  stop_function slowly(const std::string& name) {
    return [this, name](const context& ctx, still_stopping token) {
      stopping.push_back(name);
      contexts[name] = ctx;
      tokens[name] = std::move(token);
    };
  }
  static stop_function at_once() {
    return [](const context&, const still_stopping&) {};
  }
  /// Runs posted tasks; without `d`, no time passes.
  void pass(duration d = {}) {
    time.advance(d);
    run();
  }
  void begin() {
    end.begin(seconds(10));
    pass();
  }

  std::map<std::string, still_stopping> tokens;
  std::map<std::string, context> contexts;
  lines stopping;
  lines told;
  shutdown_sequence end{
      root, {{"drain", {}, 3, 1}, {"flush", {"drain"}, 5, 1}}, [this](const shutdown_progress& p) {
        told.push_back(std::string(to_string(p.what)) + " " + p.phase +
                       (p.task.empty() ? "" : ": " + p.task));
      }};
};

TEST_F(a_shutdown_sequence, stops_its_phases_in_order_and_is_clean) {
  const auto log = end.add("flush", "log", at_once());
  const auto requests = end.add("drain", "requests", slowly("requests"));
  begin();
  EXPECT_EQ(stopping, lines{"requests"});
  EXPECT_FALSE(end.over().done());
  tokens.clear();
  pass();
  EXPECT_TRUE(end.over().done());
  EXPECT_TRUE(end.result().clean());
  EXPECT_EQ(told, (lines{"phase_began drain", "task_stopped drain: requests", "phase_ended drain",
                         "phase_began flush", "task_stopped flush: log", "phase_ended flush"}));
}

TEST_F(a_shutdown_sequence, cancels_through_the_context_then_abandons_and_names) {
  const auto requests = end.add("drain", "requests", slowly("requests"));
  begin();
  pass(seconds(3) - duration(1));
  EXPECT_FALSE(contexts["requests"].done());
  pass(duration(1));
  EXPECT_TRUE(contexts["requests"].done());
  EXPECT_FALSE(end.over().done());
  pass(seconds(1));
  EXPECT_TRUE(end.over().done());
  EXPECT_EQ(end.result().abandoned, lines{"drain: requests"});
  tokens.clear();
  pass();
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_shutdown_sequence, ends_at_once_in_a_hurry) {
  const auto requests = end.add("drain", "requests", slowly("requests"));
  const auto log = end.add("flush", "log", slowly("log"));
  begin();
  end.hurry();
  pass();
  EXPECT_TRUE(end.over().done());
  EXPECT_TRUE(contexts["requests"].done());
  EXPECT_EQ(stopping, lines{"requests"});
  EXPECT_EQ(end.result().abandoned, (lines{"drain: requests", "flush: log"}));
}

TEST_F(a_shutdown_sequence, forgets_a_task_whose_registration_is_gone) {
  {
    const auto gone = end.add("drain", "gone", slowly("gone"));
    EXPECT_TRUE(gone);
  }
  auto going = end.add("drain", "going", slowly("going"));
  begin();
  EXPECT_EQ(stopping, lines{"going"});
  going.withdraw();
  pass();
  EXPECT_TRUE(end.result().clean());
  EXPECT_TRUE(end.over().done());
}

TEST_F(a_shutdown_sequence, stops_what_registers_in_a_running_phase_and_refuses_what_comes_later) {
  const auto requests = end.add("drain", "requests", slowly("requests"));
  begin();
  const auto another = end.add("drain", "another", slowly("another"));
  pass();
  EXPECT_EQ(stopping, (lines{"requests", "another"}));
  const auto log = end.add("flush", "log", slowly("log"));
  tokens.clear();
  pass();
  EXPECT_TRUE(log);
  EXPECT_FALSE(end.add("drain", "late", at_once()));
}

TEST_F(a_shutdown_sequence, keeps_a_task_whose_registration_was_released) {
  end.add("drain", "kept", slowly("kept")).release();
  begin();
  EXPECT_EQ(stopping, lines{"kept"});
}

TEST_F(a_shutdown_sequence, may_go_before_its_tokens_and_registrations) {
  std::optional<shutdown_sequence> brief(std::in_place, root, server_shutdown_phases());
  auto task = brief->add("drain", "task", slowly("task"));
  const context over = brief->over();
  brief->begin(seconds(10));
  pass();
  brief.reset();
  EXPECT_TRUE(over.done()) << "waiting threads are released";
  tokens.clear();
  task.withdraw();
  pass();
}

TEST_F(a_shutdown_sequence, waits_for_an_actor_to_end) {
  const auto actor = spawn(
      [](caf::event_based_actor*) -> caf::behavior { return {[](const testing::answer_all&) {}}; });
  const auto task = end.add("drain", "actor", stop_actor(actor));
  begin();
  pass();
  EXPECT_TRUE(end.over().done());
  EXPECT_TRUE(end.result().clean());
}

TEST_F(a_shutdown_sequence, kills_an_actor_whose_share_is_over) {
  const auto deaf = spawn([](caf::event_based_actor* self) -> caf::behavior {
    self->set_exit_handler([](const caf::exit_msg&) {});
    return {[](const testing::answer_all&) {}};
  });
  const auto task = end.add("drain", "deaf", stop_actor(deaf));
  begin();
  pass(seconds(3) - duration(1));
  EXPECT_FALSE(end.over().done());
  pass(duration(1));
  pass();
  EXPECT_TRUE(end.over().done());
  EXPECT_TRUE(end.result().clean()) << "it did end, in its grace";
}

TEST(a_shutdown_sequence_on_threads, ends_while_tasks_come_and_go) {
  real_clock time;
  shutdown_sequence end(background(time), server_shutdown_phases());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&end] {
      for (int i = 0; i < 500; ++i) {
        auto task = end.add("drain", "task", [](const context&, const still_stopping&) {});
        if (!task) return;
        if (i % 2 == 0) task.release();
      }
    });
  }
  end.begin(std::chrono::hours(1));
  wait(end.over());
  for (auto& t : threads) t.join();
  EXPECT_TRUE(end.result().clean());
}

}  // namespace
}  // namespace lifeline
