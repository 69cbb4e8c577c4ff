#include "lifeline/work/fan_out.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "actor/actor_fixture.hpp"
#include "lifeline/actor/runtime.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::forget_all;
using testing::question;
using result = gathered<answer>;

class a_fan_out : public testing::actor_fixture {
 protected:
  void TearDown() override {
    targets.clear();
    testing::actor_fixture::TearDown();
  }
  void spawn_targets(std::size_t n) {
    while (targets.size() < n) targets.push_back(spawn_keeper());
  }
  caf::actor start(const context& ctx, gather how) {
    return spawn_doing([&, ctx, how](caf::event_based_actor* self) {
      fan_out(self, ctx, targets, question{7}, how).then([&](const result& r) {
        ++times_over;
        got = r;
      });
    });
  }
  void answers(std::size_t target) {
    tell_from_outside(targets[target], answer_all{static_cast<int>(target)});
    run();
  }
  void forgets(std::size_t target) {
    tell_from_outside(targets[target], forget_all{});
    run();
  }
  /// `2`: the second's answer; `x`: broken promise, `u`: unreachable, `c`: cancelled, `d`: deadline
  std::string told() const {
    std::string text;
    for (std::size_t i = 0; i < got.answers.size(); ++i) {
      const auto& a = got.answers[i];
      if (a) {
        EXPECT_EQ(a->number, static_cast<int>(i));
        text += std::to_string(i);
      } else {
        text += "?cdxu"[static_cast<std::size_t>(a.error())];
      }
    }
    return text;
  }

  std::vector<caf::actor> targets;
  result got;
  int times_over = 0;
};

TEST_F(a_fan_out, gathers_all_in_the_order_of_its_targets) {
  spawn_targets(3);
  start(root, gather::all());
  for (const std::size_t i : {2U, 0U, 1U}) {
    EXPECT_EQ(times_over, 0);
    answers(i);
  }
  EXPECT_EQ(times_over, 1);
  EXPECT_EQ(told(), "012");
  EXPECT_TRUE(got.enough);
  EXPECT_EQ(got.answered(), 3U);
}

TEST_F(a_fan_out, says_of_each_target_what_went_wrong) {
  spawn_targets(4);
  end(targets[1]);
  targets.emplace_back();
  start(root, gather::all());
  forgets(0);
  answers(2);
  end(targets[3]);
  EXPECT_EQ(times_over, 1);
  EXPECT_EQ(told(), "xu2xu");
  EXPECT_FALSE(got.enough);
}

TEST_F(a_fan_out, reports_an_answer_of_another_type_as_a_broken_promise) {
  targets.push_back(spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question&) { return std::string("42"); }};
  }));
  start(root, gather::all());
  EXPECT_EQ(told(), "x");
}

TEST_F(a_fan_out, is_over_with_the_first_answer_and_cancels_the_rest) {
  std::vector<context> lives;
  bool ended_at_once = false;
  for (int i = 0; i < 3; ++i)
    targets.push_back(spawn([&](caf::stateful_actor<testing::kept_replies>* self) -> caf::behavior {
      return {[&, self](const context& ctx, const question&) -> caf::result<answer> {
                lives.push_back(ctx);
                state_of(self).replies.emplace_back(self);
                return answers_later<answer>();
              },
              [&, self](const answer_all& m) {
                for (auto& r : std::exchange(state_of(self).replies, {})) r(answer{m.number});
                if (m.number == 1) ended_at_once = lives[0].done();
              }};
    }));
  start(root, gather::first());
  ASSERT_EQ(lives.size(), 3U);
  EXPECT_FALSE(lives[0].done());
  answers(1);
  EXPECT_TRUE(ended_at_once) << "not only when the asker takes its turn";
  EXPECT_EQ(told(), "c1c");
  EXPECT_TRUE(got.enough);
  for (const auto& life : lives) EXPECT_EQ(life.err(), errc::canceled);
  answers(0);
  answers(2);
  EXPECT_EQ(times_over, 1) << "late answers are dropped";
}

TEST_F(a_fan_out, sheds_what_still_waits_in_a_mailbox_when_it_is_over) {
  targets.push_back(spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question&) { return answer{0}; }};
  }));
  const auto slow = system.spawn(testing::keeper, &losses);
  targets.push_back(slow);
  start(root, gather::first());
  EXPECT_EQ(times_over, 1);
  run();
  EXPECT_LE(losses.read().handled + losses.read().cancelled, 1U);
  end(slow);
}

TEST_F(a_fan_out, is_over_with_a_quorum_or_when_none_can_come) {
  spawn_targets(5);
  start(root, gather::quorum(3));
  answers(4);
  forgets(0);
  answers(1);
  EXPECT_EQ(times_over, 0);
  answers(2);
  EXPECT_EQ(told(), "x12c4");
  EXPECT_TRUE(got.enough);

  start(root, gather::quorum(3));
  forgets(0);
  forgets(1);
  EXPECT_EQ(times_over, 1);
  forgets(2);
  EXPECT_EQ(times_over, 2);
  EXPECT_EQ(told(), "xxxcc");
  EXPECT_FALSE(got.enough);
}

TEST_F(a_fan_out, accepts_what_comes_in_time) {
  spawn_targets(3);
  start(root, gather::what_comes_within(seconds(2)));
  answers(1);
  time.advance(seconds(2));
  run();
  EXPECT_EQ(told(), "d1d");
  EXPECT_TRUE(got.enough);
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_fan_out, ends_with_its_context) {
  spawn_targets(2);
  auto scope = with_timeout(root, seconds(1));
  start(scope.ctx(), gather::all());
  answers(0);
  time.advance(seconds(1));
  run();
  EXPECT_EQ(told(), "0d");
  EXPECT_FALSE(got.enough);
  scope.cancel();
  run();
  EXPECT_EQ(times_over, 1);
}

TEST_F(a_fan_out, within_a_done_context_sends_nothing) {
  spawn_targets(2);
  auto scope = with_cancel(root);
  scope.cancel();
  start(scope.ctx(), gather::all());
  EXPECT_EQ(told(), "cc");
  EXPECT_EQ(losses.read().offered, 0U);
}

TEST_F(a_fan_out, without_targets_is_over_at_once_but_not_inside_the_call) {
  bool inside = true;
  bool over_inside = false;
  spawn_doing([&](caf::event_based_actor* self) {
    fan_out(self, root, targets, question{1}, gather::all()).then([&](const result&) {
      over_inside = inside;
      ++times_over;
    });
    inside = false;
  });
  EXPECT_EQ(times_over, 1);
  EXPECT_FALSE(over_inside);
}

TEST_F(a_fan_out, that_can_not_succeed_sends_nothing) {
  spawn_targets(2);
  start(root, gather::quorum(3));
  EXPECT_EQ(told(), "cc");
  EXPECT_EQ(losses.read().offered, 0U);
}

TEST_F(a_fan_out, whose_asker_dies_is_cancelled_and_leaves_nothing) {
  std::optional<context> life;
  targets.push_back(spawn([&](caf::stateful_actor<testing::kept_replies>* self) -> caf::behavior {
    return {[&, self](const context& ctx, const question&) -> caf::result<answer> {
      life = ctx;
      state_of(self).replies.emplace_back(self);
      return answers_later<answer>();
    }};
  }));
  const auto asker = start(root, gather::all());
  ASSERT_TRUE(life);
  EXPECT_FALSE(life->done());
  end(asker);
  EXPECT_EQ(life->err(), errc::canceled);
  EXPECT_EQ(times_over, 0);
  life.reset();
}

TEST_F(a_fan_out, is_one_open_ask_for_its_asker_however_many_it_asks) {
  spawn_targets(1'000);
  start(root, gather::all());
  for (std::size_t i = 0; i < targets.size(); ++i)
    tell_from_outside(targets[i], answer_all{static_cast<int>(i)});
  run();
  EXPECT_EQ(times_over, 1);
  EXPECT_EQ(got.answered(), 1'000U);
}

TEST_F(a_fan_out, agrees_with_a_naive_one_in_any_order) {
  std::mt19937_64 random(testing::random_seed());
  for (int round = 0; round < 200; ++round) {
    targets.clear();
    const std::size_t n = random() % 6;
    spawn_targets(n);
    const std::size_t wanted = random() % (n + 2);
    const bool is_all = random() % 2 == 0;
    auto scope = with_cancel(root);
    times_over = 0;
    const auto asker = start(scope.ctx(), is_all ? gather::all() : gather::quorum(wanted));
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);

    // The naive model: a string and two counts.
    std::string naive(n, 'c');
    std::size_t good = 0;
    std::size_t bad = 0;
    const auto over = [&] {
      return good + bad == n || (!is_all && (good >= wanted || n - bad < wanted));
    };
    for (const std::size_t i : order) {
      ASSERT_EQ(times_over, over() ? 1 : 0);
      if (over()) break;
      if (random() % 8 == 0) {
        scope.cancel();
        run();
        break;
      }
      const bool is_good = random() % 3 != 0;
      is_good ? answers(i) : forgets(i);
      naive[i] = is_good ? static_cast<char>('0' + i) : 'x';
      ++(is_good ? good : bad);
    }
    ASSERT_EQ(times_over, 1);
    EXPECT_EQ(told(), naive);
    EXPECT_EQ(got.enough, good >= (is_all ? n : wanted));
    for (const auto& t : targets) end(t);
  }
}

TEST(a_fan_out_over_threads, gathers_from_a_thousand_actors_that_answer_at_once) {
  runtime_options options;
  options.workers = 4;
  runtime rt(options);
  const auto scope = with_cancel(rt.background());
  std::vector<caf::actor> targets;
  for (int i = 0; i < 1'000; ++i)
    targets.push_back(rt.system().spawn([i](caf::event_based_actor*) -> caf::behavior {
      return {[i](const context&, const question&) { return answer{i}; }};
    }));
  std::atomic<int> rounds{0};
  std::atomic<bool> wrong{false};
  for (const gather how : {gather::all(), gather::first(), gather::quorum(500)}) {
    const int before = rounds;
    rt.system().spawn([&](caf::event_based_actor* self) {
      fan_out(self, scope.ctx(), targets, question{1}, how).then([&, self](const result& r) {
        if (!r.enough) wrong = true;
        for (std::size_t i = 0; i < targets.size(); ++i)
          if (r.answers[i] && r.answers[i]->number != static_cast<int>(i)) wrong = true;
        self->quit();
        ++rounds;
        rounds.notify_all();
      });
    });
    rounds.wait(before);
  }
  EXPECT_FALSE(wrong);
  for (const auto& t : targets)
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(t), caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace lifeline
