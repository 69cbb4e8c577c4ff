#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "random_seed.hpp"
#include "supervision/plan_scene.hpp"

// Random events, checked. First one at a time, each after all consequences of the last: there the
// plan's actions must equal those of Erlang's supervisor, restated by a simple model. Then in any
// order and at any time: there a few invariants must hold.

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::child;
using testing::crash;
using testing::normally;
using testing::plan_scene;
using testing::story;
using enum restart_strategy;
using enum restart_kind;

/// Erlang's supervisor, one call at a time: which children start and stop when one ends.
class erlang_model {
 public:
  erlang_model(restart_strategy strategy, restart_limit limit)
      : strategy_(strategy), limit_(limit) {}

  void add(const std::string& name, restart_kind kind) { children_.push_back({name, kind, true}); }

  bool given_up() const { return given_up_; }
  const std::map<std::string, int>& flaky() const { return flaky_; }
  void make_flaky(const std::string& name, int times) { flaky_[name] = times; }

  std::vector<std::string> running() const {
    std::vector<std::string> names;
    for (const auto& c : children_)
      if (c.up) names.push_back(c.name);
    return names;
  }

  story ends(const std::string& name, bool is_normal, time_point now) {
    told_.clear();
    const std::size_t i = place_of(name);
    children_[i].up = false;
    if (children_[i].kind == temporary) {
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (children_[i].kind == permanent || !is_normal) {
      restart(name, now);
    }
    return told_;
  }

  story stop() {
    told_.clear();
    stop_from(0);
    return told_;
  }

 private:
  struct one {
    std::string name;
    restart_kind kind;
    bool up;
  };

  std::size_t place_of(const std::string& name) const {
    return static_cast<std::size_t>(std::find_if(children_.begin(), children_.end(),
                                                 [&](const one& c) { return c.name == name; }) -
                                    children_.begin());
  }

  void stop_from(std::size_t first) {
    for (std::size_t i = children_.size(); i-- > first;)
      if (std::exchange(children_[i].up, false)) told_.push_back("stop " + children_[i].name);
  }

  /// Counts all failures anew at each call.
  bool once_too_often(time_point now) {
    failures_.push_back(now);
    const auto recent = std::count_if(failures_.begin(), failures_.end(),
                                      [&](time_point t) { return now - t <= limit_.period; });
    return static_cast<std::size_t>(recent) > limit_.restarts;
  }

  /// Retries until the group is up; a child that fails to start is the pivot of the next attempt.
  void restart(std::string pivot, time_point now) {
    for (;;) {
      if (once_too_often(now)) {
        given_up_ = true;
        stop_from(0);
        return;
      }
      const auto failed = restart_group(pivot);
      if (!failed) return;
      pivot = *failed;
    }
  }

  std::optional<std::string> restart_group(const std::string& pivot) {
    if (strategy_ == one_for_one) return start(children_[place_of(pivot)]);
    const std::size_t first = strategy_ == one_for_all ? 0 : place_of(pivot);
    stop_from(first);
    const auto from = children_.begin() + static_cast<std::ptrdiff_t>(first);
    children_.erase(
        std::remove_if(from, children_.end(), [&](const one& c) { return c.kind == temporary; }),
        children_.end());
    for (std::size_t i = first; i < children_.size(); ++i)
      if (auto failed = start(children_[i])) return failed;
    return std::nullopt;
  }

  std::optional<std::string> start(one& c) {
    told_.push_back("start " + c.name);
    if (flaky_[c.name] > 0) {
      --flaky_[c.name];
      return c.name;
    }
    c.up = true;
    return std::nullopt;
  }

  restart_strategy strategy_;
  restart_limit limit_;
  std::vector<one> children_;
  std::vector<time_point> failures_;
  std::map<std::string, int> flaky_;
  story told_;
  bool given_up_ = false;
};

story starts_and_stops(story all) {
  std::erase_if(all, [](const std::string& line) {
    return !line.starts_with("start ") && !line.starts_with("stop ");
  });
  return all;
}

class random_supervision {
 public:
  explicit random_supervision(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  restart_strategy strategy() {
    return one_of<restart_strategy>({one_for_one, one_for_all, rest_for_one});
  }
  restart_kind kind() { return one_of<restart_kind>({permanent, transient, temporary}); }

 private:
  std::mt19937_64 random_;
};

void compare_one_life_with_the_model(random_supervision& random) {
  auto policy = testing::patient(random.strategy());
  policy.limit = {random.below(6), seconds(10)};
  plan_scene s(policy);
  erlang_model model(policy.strategy, policy.limit);
  for (const std::string name : {"a", "b", "c", "d", "e"}) {
    const auto kind = random.kind();
    s.add(child(name, kind));
    model.add(name, kind);
  }
  s.begin();
  for (int i = 0; i < 30 && !model.given_up(); ++i) {
    const auto running = model.running();
    if (running.empty()) break;
    s.pass(seconds(random.below(8)));
    if (random.one_in(3)) model.make_flaky(random.one_of(running), random.one_in(2) ? 1 : 2);
    s.flaky = model.flaky();
    const auto& who = random.one_of(running);
    const bool is_normal = random.one_in(3);
    ASSERT_TRUE(s.runs(who));
    s.exits(who, is_normal ? normally() : crash());
    ASSERT_EQ(starts_and_stops(s.story()), model.ends(who, is_normal, s.now));
  }
  EXPECT_EQ(s.plan.stopping(), model.given_up());
  if (model.given_up()) return;
  s.stop();
  EXPECT_EQ(starts_and_stops(s.story()), model.stop());
}

TEST(supervision_model, the_plan_orders_what_erlangs_supervisor_does) {
  random_supervision random(testing::random_seed());
  for (int life = 0; life < 2'000 && !::testing::Test::HasFailure(); ++life)
    compare_one_life_with_the_model(random);
}

std::vector<std::string> alive(const plan_scene& s) {
  std::vector<std::string> names;
  for (const auto& [name, number] : s.current) names.push_back(name);
  return names;
}

void live_through_disorder(random_supervision& random) {
  auto policy = testing::patient(random.strategy());
  policy.backoff.first = std::chrono::milliseconds(random.below(2) * 100);
  plan_scene s(policy);
  s.slow = true;
  s.polite = false;
  std::set<std::string> permanent_ones;
  // The initial children start without faults: one that fails to start would end the run.
  for (const std::string name : {"a", "b", "c", "d"}) {
    permanent_ones.insert(name);
    s.add(child(name));
  }
  s.slow = false;
  s.begin();
  s.slow = true;
  for (int i = 0; i < 60; ++i) {
    const auto living = alive(s);
    const bool with_someone = !living.empty();
    switch (random.below(6)) {
      case 0:
      case 1:
        if (with_someone) s.is_ready(random.one_of(living));
        break;
      case 2:
      case 3:
        if (with_someone) s.exits(random.one_of(living), random.one_in(2) ? normally() : crash());
        break;
      case 4: s.pass(std::chrono::milliseconds(random.below(8'000))); break;
      case 5: {
        const auto name = random.one_of<std::string>({"a", "b", "c", "d"});
        if (s.plan.find(name) && random.one_in(3)) {
          s.remove(name);
          permanent_ones.erase(name);
        }
        break;
      }
    }
  }
  // No more faults: children stop when told to, and are ready when started.
  s.slow = false;
  s.polite = true;
  for (int i = 0; i < 50; ++i) {
    for (const auto& name : alive(s))
      if (s.runs(name)) s.is_ready(name);
    s.pass(seconds(20));
  }
  EXPECT_EQ(alive(s), std::vector<std::string>(permanent_ones.begin(), permanent_ones.end()));
  s.story();
  s.stop();
  story expected;
  for (auto n = permanent_ones.rbegin(); n != permanent_ones.rend(); ++n)
    expected.push_back("stop " + *n);
  expected.emplace_back("finish: told to");
  EXPECT_EQ(s.story(), expected);
}

TEST(supervision_model, whatever_happens_when_all_that_should_run_runs_in_the_end) {
  random_supervision random(testing::random_seed());
  for (int life = 0; life < 2'000 && !::testing::Test::HasFailure(); ++life)
    live_through_disorder(random);
}

}  // namespace
}  // namespace lifeline
