#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lifeline/supervision/supervision_plan.hpp"

namespace lifeline::testing {

inline ending normally() { return {true, "normal"}; }
inline ending crash(std::string reason = "crash") { return {false, std::move(reason)}; }

/// Restarts at once, and as often as needed.
inline supervision_policy patient(restart_strategy strategy) {
  supervision_policy p;
  p.strategy = strategy;
  p.limit = {1'000'000, std::chrono::hours(1)};
  p.backoff.first = duration::zero();
  return p;
}

inline child_policy child(std::string name, restart_kind restart = restart_kind::permanent) {
  child_policy c;
  c.name = std::move(name);
  c.restart = restart;
  return c;
}

/// A plan and a performer of its actions, without time or actors. Each action becomes a line:
/// `start a`, `stop b`, `drop b: removed`. Children start at once, unless `slow` is set; told to
/// stop, they exit at once, unless `polite` is false. Fails if a child runs twice, or if two are
/// stopping at once.
class plan_scene {
 public:
  explicit plan_scene(const supervision_policy& policy, std::uint64_t seed = 1)
      : plan(policy, random_engine(seed)) {}

  plan_scene(restart_strategy strategy, const std::vector<std::string>& names)
      : plan_scene(patient(strategy)) {
    for (const auto& n : names) add(child(n));
    begin();
  }

  void add(child_policy c) {
    const std::string name = c.name;
    const auto id = plan.add(std::move(c));
    ASSERT_TRUE(id) << name;
    names_[*id] = name;
  }
  void begin() {
    perform(plan.proceed(now));
    told_.clear();
  }

  void exits(const std::string& name, const ending& how) {
    const auto who = current.at(name);
    current.erase(name);
    stopping_.erase(name);
    perform(plan.exited(who, how, now));
  }
  void crashes(const std::string& name) { exits(name, crash()); }
  void is_ready(const std::string& name) { perform(plan.started(current.at(name), now)); }
  void remove(const std::string& name) { perform(plan.remove(plan.find(name).value(), now)); }
  void stop() { perform(plan.stop("told to", now)); }
  void proceed() { perform(plan.proceed(now)); }

  /// Advances time by `d`, stopping at each due time.
  void pass(duration d) {
    const time_point end = now + d;
    for (auto due = plan.next_due(); due && *due <= end; due = plan.next_due()) {
      now = std::max(now, *due);
      perform(plan.proceed(now));
    }
    now = end;
  }

  /// The lines since the last call.
  std::vector<std::string> story() { return std::exchange(told_, {}); }
  bool runs(const std::string& name) const { return current.contains(name); }

  supervision_plan plan;
  time_point now{std::chrono::hours(1)};
  bool slow = false;
  bool polite = true;
  std::map<std::string, incarnation_id> current;
  std::map<std::string, std::string> fails_to_start;  ///< and why
  std::map<std::string, int> flaky;                   ///< fails to start so many times more
  std::vector<action::note> notes;

 private:
  void perform(const supervision_actions& actions) {
    for (const auto& o : actions) pending_.push_back(o);
    if (std::exchange(performing_, true)) return;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      const auto next = pending_[i];
      std::visit([this](const auto& o) { carry_out(o); }, next);
    }
    pending_.clear();
    performing_ = false;
  }

  void carry_out(const action::start_child& o) {
    const auto& name = names_.at(o.child);
    told_.push_back("start " + name);
    EXPECT_FALSE(runs(name)) << name << " is to run twice";
    if (const auto why = fails_to_start.find(name); why != fails_to_start.end()) {
      perform(plan.failed_to_start(o.incarnation, why->second, now));
      return;
    }
    if (const auto left = flaky.find(name); left != flaky.end() && left->second > 0) {
      --left->second;
      perform(plan.failed_to_start(o.incarnation, "flaky", now));
      return;
    }
    current[name] = o.incarnation;
    if (!slow) perform(plan.started(o.incarnation, now));
  }
  void carry_out(const action::stop_child& o) {
    const auto& name = names_.at(o.child);
    told_.push_back("stop " + name);
    EXPECT_TRUE(stopping_.empty()) << name << " is to stop while " << *stopping_.begin() << " does";
    stopping_.insert(name);
    if (polite && runs(name)) exits(name, {true, "told to"});
  }
  void carry_out(const action::kill_child& o) { told_.push_back("kill " + names_.at(o.child)); }
  void carry_out(const action::abandon_child& o) {
    told_.push_back("abandon " + names_.at(o.child));
    current.erase(names_.at(o.child));
    stopping_.erase(names_.at(o.child));
  }
  void carry_out(const action::report_first_start& o) {
    told_.push_back("welcome " + names_.at(o.child));
  }
  void carry_out(const action::drop_child& o) {
    told_.push_back("drop " + names_.at(o.child) + ": " + o.reason);
  }
  void carry_out(const action::note& o) { notes.push_back(o); }
  void carry_out(const action::all_started&) { told_.emplace_back("all started"); }
  void carry_out(const action::finish& o) {
    told_.push_back((o.failed ? "give up: " : "finish: ") + o.reason);
  }

  std::map<child_id, std::string> names_;
  std::set<std::string> stopping_;
  std::vector<std::string> told_;
  supervision_actions pending_;
  bool performing_ = false;
};

using story = std::vector<std::string>;

}  // namespace lifeline::testing
