#include "lifeline/work/single_flight.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

#include "actor/actor_fixture.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;

class a_single_flight : public testing::actor_fixture {
 protected:
  void TearDown() override {
    flight_ctx.reset();
    landings.clear();
    testing::actor_fixture::TearDown();
  }
  using flights_type = single_flight<std::string, answer>;

  flights_type::work working() {
    return [this](const context& ctx, const landing<answer>& l) {
      flight_ctx = ctx;
      landings.push_back(l);
    };
  }
  bool join(const context& ctx, const std::string& key = "a") {
    return flights.join(ctx, key, working(), [this](const flights_type::outcome& o) {
      o ? heard.answers.push_back(o->number) : heard.errors.push_back(o.error());
    });
  }

  flights_type flights;
  std::optional<context> flight_ctx;
  std::vector<landing<answer>> landings;
  testing::outcome heard;
};

TEST_F(a_single_flight, does_the_work_once_for_all_callers) {
  EXPECT_FALSE(join(root));
  EXPECT_TRUE(join(root));
  EXPECT_TRUE(join(root));
  ASSERT_EQ(landings.size(), 1U);
  landings[0](answer{5});
  EXPECT_EQ(heard.answers, (std::vector{5, 5, 5}));
  EXPECT_EQ(flights.under_way(), 0U);
}

TEST_F(a_single_flight, does_other_work_for_another_key) {
  join(root, "a");
  EXPECT_FALSE(join(root, "b"));
  EXPECT_EQ(flights.under_way(), 2U);
  landings[1](answer{2});
  EXPECT_EQ(heard.answers, std::vector{2});
}

TEST_F(a_single_flight, keeps_nothing_once_it_has_landed) {
  join(root);
  landings[0](answer{1});
  EXPECT_FALSE(join(root));
  EXPECT_EQ(landings.size(), 2U);
}

TEST_F(a_single_flight, reports_a_failure_to_all_callers) {
  join(root);
  join(root);
  landings[0].fail(errc::overloaded);
  EXPECT_EQ(heard.errors, (std::vector{errc::overloaded, errc::overloaded}));
}

TEST_F(a_single_flight, that_is_forgotten_is_a_broken_promise) {
  join(root);
  landings.clear();
  EXPECT_EQ(heard.errors, std::vector{errc::broken_promise});
}

TEST_F(a_single_flight, takes_only_the_first_report) {
  join(root);
  landings[0](answer{1});
  join(root);
  landings[0](answer{2});
  EXPECT_EQ(heard.answers, std::vector{1});
  landings[1](answer{3});
  EXPECT_EQ(heard.answers, (std::vector{1, 3}));
}

TEST_F(a_single_flight, goes_on_for_the_others_when_the_first_leaves) {
  auto first = with_cancel(root);
  join(first.ctx());
  join(root);
  first.cancel();
  EXPECT_EQ(heard.errors, std::vector{errc::canceled});
  EXPECT_FALSE(flight_ctx->done());
  landings[0](answer{4});
  EXPECT_EQ(heard.answers, std::vector{4});
}

TEST_F(a_single_flight, ends_with_the_last_caller) {
  auto first = with_cancel(root);
  auto second = with_cancel(root);
  join(first.ctx());
  join(second.ctx());
  first.cancel();
  second.cancel();
  EXPECT_EQ(flight_ctx->err(), errc::canceled);
  EXPECT_EQ(flights.under_way(), 0U);
  EXPECT_FALSE(join(root)) << "the next begins anew";
  landings[0](answer{1});
  EXPECT_TRUE(heard.answers.empty()) << "the old work's report is not the new one's";
}

TEST_F(a_single_flight, lives_as_long_as_the_latest_deadline) {
  const auto a = with_timeout(root, seconds(1));
  const auto b = with_timeout(root, seconds(3));
  const auto c = with_timeout(root, seconds(2));
  join(a.ctx());
  join(b.ctx());
  join(c.ctx());
  time.advance(seconds(2));
  EXPECT_EQ(heard.errors.size(), 2U);
  EXPECT_FALSE(flight_ctx->done());
  time.advance(seconds(1));
  EXPECT_EQ(flight_ctx->err(), errc::deadline_exceeded);
  EXPECT_EQ(heard.errors, std::vector(3, errc::deadline_exceeded));
}

TEST_F(a_single_flight, carries_the_values_of_the_first) {
  join(with_value(root, testing::request_id, "r-1"));
  join(with_value(root, testing::request_id, "r-2"));
  EXPECT_EQ(*flight_ctx->value(testing::request_id), "r-1");
}

TEST_F(a_single_flight, ends_its_context_when_it_has_landed) {
  join(root);
  landings[0](answer{1});
  EXPECT_TRUE(flight_ctx->done());
}

TEST_F(a_single_flight, is_not_begun_for_a_context_that_is_done) {
  auto scope = with_cancel(root);
  scope.cancel();
  EXPECT_FALSE(join(scope.ctx()));
  EXPECT_TRUE(landings.empty());
  EXPECT_EQ(heard.errors, std::vector{errc::canceled});
}

TEST_F(a_single_flight, may_land_inside_its_own_beginning) {
  int got = 0;
  flights.join(
      root, "a", [](const context&, const landing<answer>& l) { l(answer{9}); },
      [&](const flights_type::outcome& o) { got = o->number; });
  EXPECT_EQ(got, 9);
}

TEST_F(a_single_flight, that_goes_cancels_what_is_under_way) {
  std::optional<flights_type> mine(std::in_place);
  mine->join(root, "a", working(),
             [&](const flights_type::outcome& o) { heard.errors.push_back(o.error()); });
  mine.reset();
  EXPECT_EQ(heard.errors, std::vector{errc::canceled});
  EXPECT_TRUE(flight_ctx->done());
  landings[0](answer{1});
}

TEST_F(a_single_flight, keeps_its_promises_in_any_order_of_events) {
  std::mt19937_64 random(testing::random_seed());
  struct waiter {
    cancel_scope scope;
    std::size_t flight;
    int heard = 0;
    bool left = false;
  };
  std::vector<std::unique_ptr<waiter>> waiters;
  struct flown {
    context ctx;
    std::optional<landing<answer>> l;
    std::string key;
    bool over = false;  // as the model has it
  };
  std::vector<flown> flown_;
  std::map<std::string, std::size_t> current;  // the model: a key's flight
  const auto waiting_for = [&](std::size_t f) {
    std::size_t n = 0;
    for (const auto& w : waiters) n += w->flight == f && w->heard == 0 ? 1 : 0;
    return n;
  };
  for (int step = 0; step < 4'000; ++step) {
    const auto dice = random() % 4;
    if (dice < 2) {
      const std::string key(1, static_cast<char>('a' + random() % 3));
      auto w = std::make_unique<waiter>(waiter{with_cancel(root), 0});
      const bool joins = current.contains(key);
      w->flight = joins ? current[key] : flown_.size();
      current[key] = w->flight;
      waiter* const me = w.get();
      waiters.push_back(std::move(w));
      ASSERT_EQ(flights.join(
                    me->scope.ctx(), key,
                    [&](const context& ctx, const landing<answer>& l) {
                      flown_.push_back({ctx, l, key});
                    },
                    [me](const flights_type::outcome&) { ++me->heard; }),
                joins);
    } else if (dice == 2 && !waiters.empty()) {
      auto& w = *waiters[random() % waiters.size()];
      const bool waits = w.heard == 0;
      w.scope.cancel();
      ASSERT_EQ(w.heard, 1);
      auto& f = flown_[w.flight];
      if (waits && waiting_for(w.flight) == 0) {
        f.over = true;
        current.erase(f.key);
      }
    } else if (!flown_.empty()) {
      const std::size_t i = random() % flown_.size();
      auto& f = flown_[i];
      if (!f.l) continue;
      if (random() % 2 == 0) (*f.l)(answer{1});
      f.l.reset();
      if (!f.over) {
        f.over = true;
        current.erase(f.key);
        ASSERT_EQ(waiting_for(i), 0U);
      }
    }
    ASSERT_EQ(flights.under_way(), current.size());
    if (step % 50 != 0) continue;
    for (const auto& f : flown_) ASSERT_EQ(f.ctx.done(), f.over);
    for (const auto& w : waiters) ASSERT_LE(w->heard, 1);
  }
}

TEST(a_single_flight_over_threads, reports_to_each_caller_exactly_once) {
  single_flight<int, answer> flights;
  std::atomic<int> begun{0};
  std::atomic<int> heard{0};
  std::vector<std::thread> threads;
  constexpr int rounds = 2'000;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < rounds; ++i) {
        auto scope = with_cancel(background());
        flights.join(
            scope.ctx(), i % 3,
            [&](const context&, const landing<answer>& l) {
              ++begun;
              std::this_thread::yield();
              if (i % 5 != 0) l(answer{1});
            },
            [&](const auto&) { ++heard; });
        if (t == 0) std::this_thread::yield();
        scope.cancel();
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(heard, 4 * rounds);
  EXPECT_GT(begun, 0);
  EXPECT_EQ(flights.under_way(), 0U);
}

TEST_F(a_single_flight, whose_work_throws_fails_for_all_callers_and_can_begin_anew) {
  for (const bool words : {true, false}) {
    const auto throwing = [&](const context& ctx, const landing<answer>&) {
      flights.join(ctx, "a", working(), [this](const flights_type::outcome& o) {
        heard.errors.push_back(o.error());  // joined meanwhile
      });
      if (words) throw std::runtime_error("a bug");
      throw 42;
    };
    flights.join(root, "a", throwing,
                 [this](const flights_type::outcome& o) { heard.errors.push_back(o.error()); });
  }
  EXPECT_EQ(heard.errors, std::vector(4, errc::broken_promise));
  EXPECT_EQ(flights.under_way(), 0U);
  EXPECT_FALSE(join(root));
  landings.back()(answer{1});
  EXPECT_EQ(heard.answers, std::vector{1});
}

}  // namespace
}  // namespace lifeline
