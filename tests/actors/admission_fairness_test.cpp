// What a modest caller feels of a greedy one, exactly, by a clock that is moved by hand: the server
// commits in batches, as the bank's journal does.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "lifeline/actors/admission.hpp"

namespace lifeline::actors {
namespace {

using namespace std::chrono_literals;
using verdict = admission::verdict;

/// Whatever came while one batch was written goes into the next, which takes the longer the more it
/// holds. Callers have connections with one request open on each, and send the next one soon after
/// they were answered.
class batching_server {
 public:
  explicit batching_server(const admission_options& options) : gate_(options) {}

  void connect(const std::string& caller, int connections) {
    for (int i = 0; i < connections; ++i) coming_.emplace(now_, caller);
  }
  void run(duration length) {
    for (const time_point end = now_ + length; now_ < end;) {
      take_what_came(now_);
      const std::vector<admission::ticket> batch = std::move(gathered_);
      gathered_.clear();
      const time_point written = now_ + 450us + 35us * batch.size();
      take_what_came(written);
      now_ = written;
      for (const auto id : batch) answer(id);
    }
  }
  /// What it was like so far does not count.
  void forget() { took_.clear(); }
  duration p99(const std::string& caller) {
    auto& all = took_[caller];
    std::sort(all.begin(), all.end());
    return all.at(all.size() * 99 / 100);
  }
  std::size_t served(const std::string& caller) { return took_[caller].size(); }

 private:
  struct request {
    std::string caller;
    time_point came{};
  };
  void take_what_came(time_point until) {
    while (!coming_.empty() && coming_.begin()->first <= until) {
      const auto [at, who] = *coming_.begin();
      coming_.erase(coming_.begin());
      open_[++last_] = {who, at};
      if (gate_.arrive(last_, who, 1h, at).what == verdict::enters) gathered_.push_back(last_);
    }
  }
  void answer(admission::ticket id) {
    const request done = open_.extract(id).mapped();
    took_[done.caller].push_back(now_ - done.came);
    for (const auto& t : gate_.finish(id, now_)) gathered_.push_back(t.id);
    coming_.emplace(now_ + 50us + duration(random_() % 100'000), done.caller);
  }

  admission gate_;
  std::mt19937_64 random_{1};
  time_point now_{1h};
  admission::ticket last_ = 0;
  std::multimap<time_point, std::string> coming_;
  std::map<admission::ticket, request> open_;
  std::vector<admission::ticket> gathered_;
  std::map<std::string, std::vector<duration>> took_;
};

admission_options as_the_node(std::size_t beside_modest) {
  admission_options options{.first_limit = 4'096, .least_limit = 4'096, .most_limit = 4'096};
  options.most_of_a_caller = 16;
  options.most_beside_modest = beside_modest;
  options.judges_by_median = false;
  return options;
}

/// By how much longer a modest caller's p99 is beside greedy ones than alone.
double slowed_by(int greedy, std::size_t beside_modest) {
  batching_server alone(as_the_node(beside_modest));
  alone.connect("modest", 2);
  alone.run(20s);
  batching_server beside(as_the_node(beside_modest));
  beside.connect("modest", 2);
  for (int i = 0; i < greedy; ++i) beside.connect("greedy-" + std::to_string(i), 300);
  beside.run(2s);  // what came before anybody knew of others is done
  beside.forget();
  beside.run(20s);
  return static_cast<double>(beside.p99("modest").count()) /
         static_cast<double>(alone.p99("modest").count());
}

TEST(fairness, keeps_the_p99_of_a_modest_caller_within_a_fifth_beside_a_greedy_one) {
  EXPECT_LE(slowed_by(1, 2), 1.2);
  EXPECT_GT(slowed_by(1, 0), 1.8) << "sixteen in each batch beside its two are felt";
}

TEST(fairness, lets_greedy_callers_alone_have_their_places) {
  batching_server two(as_the_node(2));
  for (const char* who : {"a", "b"}) two.connect(who, 300);
  two.run(2s);
  two.forget();
  two.run(10s);
  batching_server held_back(as_the_node(2));
  for (const char* who : {"a", "b"}) held_back.connect(who, 300);
  held_back.connect("modest", 1);
  held_back.run(2s);
  held_back.forget();
  held_back.run(10s);
  EXPECT_GT(two.served("a"), 3 * held_back.served("a"));
}

}  // namespace
}  // namespace lifeline::actors
