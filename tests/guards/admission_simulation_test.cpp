// Latencies of callers behind a gate, exact, with a manual clock: before a server that works like a
// thread pool, and before one that commits in batches like the bank's journal.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "lifeline/guards/admission.hpp"

namespace lifeline::guards {
namespace {

using namespace std::chrono_literals;
using verdict = admission::verdict;

const time_point start{1h};
const duration plenty = 1h;

/// Latencies of each caller's requests.
class served_times {
 public:
  void add(const std::string& caller, duration took) { of_[caller].push_back(took); }
  /// The 99th percentile of the time from arrival to end.
  duration p99(const std::string& caller) {
    auto& all = of_[caller];
    std::sort(all.begin(), all.end());
    return all.at(all.size() * 99 / 100);
  }
  std::size_t count(const std::string& caller) { return of_[caller].size(); }
  /// Discards the measurements so far.
  void forget() { of_.clear(); }

 private:
  std::map<std::string, std::vector<duration>> of_;
};

/// A server that works on `at_once` pieces at a time, each for `takes`, plus or minus half. Further
/// admitted pieces wait inside it, as in a thread pool. Callers arrive at random times.
class pooled_server {
 public:
  pooled_server(admission& gate, std::size_t at_once, duration takes, std::uint64_t seed)
      : gate_(gate), free_(at_once, start), takes_(takes), random_(seed) {}

  void caller(const std::string& name, double per_second) {
    next_.emplace(start + pause(per_second), source{name, per_second});
  }
  void run(duration length) {
    const time_point end = (begun_ += length);
    while (true) {
      const bool work = !done_.empty() && done_.top().first <= next_.begin()->first;
      now_ = work ? done_.top().first : next_.begin()->first;
      if (now_ > end) return;
      work ? finish() : arrive();
    }
  }
  served_times& times() { return times_; }

 private:
  struct source {
    std::string name;
    double per_second;
  };
  duration pause(double per_second) {
    const double u = (static_cast<double>(random_() >> 11) + 1) * 0x1.0p-53;
    return duration(static_cast<std::int64_t>(-std::log(u) / per_second * 1e9));
  }
  void arrive() {
    const source who = next_.begin()->second;
    next_.erase(next_.begin());
    next_.emplace(now_ + pause(who.per_second), who);
    const auto id = ++last_;
    came_[id] = {who.name, now_};
    if (gate_.arrive(id, who.name, plenty, now_).what == verdict::enters) begin(id);
  }
  void begin(admission::ticket id) {
    auto soonest = std::min_element(free_.begin(), free_.end());
    *soonest = std::max(*soonest, now_) + takes_ / 2 + duration(random_() % takes_.count());
    done_.emplace(*soonest, id);
  }
  void finish() {
    const auto id = done_.top().second;
    done_.pop();
    times_.add(came_[id].first, now_ - came_[id].second);
    for (const auto& t : gate_.finish(id, now_))
      if (t.why == refusal::none) begin(t.id);
  }

  using done = std::pair<time_point, admission::ticket>;
  admission& gate_;
  std::vector<time_point> free_;
  duration takes_;
  std::mt19937_64 random_;
  time_point now_ = start;
  time_point begun_ = start;
  admission::ticket last_ = 0;
  std::multimap<time_point, source> next_;
  std::priority_queue<done, std::vector<done>, std::greater<>> done_;
  std::map<admission::ticket, std::pair<std::string, time_point>> came_;
  served_times times_;
};

/// What light callers wait, with or without a heavy one beside them.
duration p99_of_light_callers(bool heavy) {
  admission gate(admission_options{.first_limit = 50, .least_limit = 50, .most_limit = 50});
  pooled_server s(gate, 50, 20ms, 3);  // 2,500 a second
  for (int i = 0; i < 10; ++i) s.caller("light-" + std::to_string(i), 20);
  if (heavy) s.caller("heavy", 12'500);
  s.run(60s);
  duration worst{};
  for (int i = 0; i < 10; ++i) worst = std::max(worst, s.times().p99("light-" + std::to_string(i)));
  return worst;
}

TEST(simulated_admission, keeps_a_heavy_caller_from_slowing_those_who_come_at_random) {
  const duration alone = p99_of_light_callers(false);
  const duration beside = p99_of_light_callers(true);
  EXPECT_LE(beside.count(), alone.count() * 12 / 10)
      << beside.count() << " ns, and " << alone.count() << " alone";
}

TEST(simulated_admission, finds_the_limit_that_a_server_bears) {
  for (const std::size_t bears : {10U, 50U}) {
    admission gate({.first_limit = 32, .least_limit = 4, .most_limit = 1'000});
    pooled_server s(gate, bears, 20ms, 5);
    // One and a half times its capacity.
    s.caller("all", static_cast<double>(bears) * 50 * 1.5);
    s.run(50s);
    std::vector<std::size_t> limits;
    for (int i = 0; i < 101; ++i) {
      s.run(99ms);
      limits.push_back(gate.limit());
    }
    std::sort(limits.begin(), limits.end());
    EXPECT_GE(limits[50], bears * 3 / 4) << bears;
    EXPECT_LE(limits[50], bears * 3) << bears;
    EXPECT_GE(s.times().count("all"), bears * 50 * 60 * 9 / 10) << "it is kept busy";
  }
}

/// Requests that arrive while one batch is written form the next, and a larger batch takes longer.
/// Each caller has connections with one open request each, and sends the next one soon after an
/// answer.
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
  served_times& times() { return times_; }

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
    times_.add(done.caller, now_ - done.came);
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
  served_times times_;
};

admission_options as_the_node(std::size_t beside_light) {
  admission_options options{.first_limit = 4'096, .least_limit = 4'096, .most_limit = 4'096};
  options.most_per_caller = 16;
  options.most_beside_light = beside_light;
  options.judges_by_median = false;
  return options;
}

/// By how much longer a light caller's p99 is beside heavy ones than alone.
double slowed_by(int heavy, std::size_t beside_light) {
  batching_server alone(as_the_node(beside_light));
  alone.connect("light", 2);
  alone.run(20s);
  batching_server beside(as_the_node(beside_light));
  beside.connect("light", 2);
  for (int i = 0; i < heavy; ++i) beside.connect("heavy-" + std::to_string(i), 300);
  beside.run(2s);  // what came before anybody knew of others is done
  beside.times().forget();
  beside.run(20s);
  return static_cast<double>(beside.times().p99("light").count()) /
         static_cast<double>(alone.times().p99("light").count());
}

TEST(simulated_admission, keeps_the_p99_of_a_light_caller_within_a_fifth_beside_a_heavy_one) {
  EXPECT_LE(slowed_by(1, 2), 1.2);
  EXPECT_GT(slowed_by(1, 0), 1.8) << "sixteen in each batch beside its two are noticeable";
}

/// Each of them has its two: several in a batch are noticeable, though far less than all that they
/// have.
TEST(simulated_admission, bounds_what_a_light_caller_feels_of_several_heavy_ones) {
  EXPECT_LE(slowed_by(3, 2), 1.5);
  EXPECT_GT(slowed_by(3, 0), 2 * slowed_by(3, 2));
}

TEST(simulated_admission, lets_heavy_callers_alone_have_their_places) {
  batching_server two(as_the_node(2));
  for (const char* who : {"a", "b"}) two.connect(who, 300);
  two.run(2s);
  two.times().forget();
  two.run(10s);
  batching_server held_back(as_the_node(2));
  for (const char* who : {"a", "b"}) held_back.connect(who, 300);
  held_back.connect("light", 1);
  held_back.run(2s);
  held_back.times().forget();
  held_back.run(10s);
  EXPECT_GT(two.times().count("a"), 3 * held_back.times().count("a"));
}

}  // namespace
}  // namespace lifeline::guards
