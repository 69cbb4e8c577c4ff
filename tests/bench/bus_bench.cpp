// The event bus, in one run: publishing with one waiting subscriber and with ten thousand (by the
// publisher's CPU time, because a woken thread may take its core), deliveries to ten threads, and
// the delivery time to readers with and without one that has stopped reading. Prints one line of
// JSON per case; the rate of `publish` is from its p50, that of `latency` from its p99.

#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"

namespace {

using namespace lifeline;
using std::chrono::microseconds;

double seconds_between(time_point a, time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

/// CPU time of the calling thread: the cost of publishing, without other work on its core.
double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double quantile(std::vector<double>& of, double q) {
  const auto at = of.begin() + static_cast<long>(static_cast<double>(of.size() - 1) * q);
  std::nth_element(of.begin(), at, of.end());
  return *at;
}

void report(const char* name, double rate, double p50, double p99) {
  std::printf(R"({"name":"%s","rate":%.0f,"p50_ms":%.5f,"p99_ms":%.5f})"
              "\n",
              name, rate, p50 * 1e3, p99 * 1e3);
}

/// The published event; counts live instances.
struct tick {
  explicit tick(time_point t, std::atomic<int>* count = nullptr) : at(t), alive(count) { add(1); }
  tick(const tick& other) : at(other.at), alive(other.alive) { add(1); }
  ~tick() { add(-1); }
  void add(int n) {
    if (alive != nullptr) *alive += n;
  }
  time_point at;
  std::atomic<int>* alive;
};

// -- publishing beside subscribers who wait
// --------------------------------------------------------

/// Events per burst: the first one wakes the waker.
constexpr int burst = 100;

/// Before each burst the publisher does other work while the waker's thread sleeps, equally long
/// for one subscriber and for many: waking a sleeping thread with cold caches costs many times as
/// much as publishing.
void do_something_else(runtime& rt, time_point since) {
  static std::vector<char> other_work(8 << 20);
  for (std::size_t i = 0; i < other_work.size(); i += 64) ++other_work[i];
  std::this_thread::sleep_for(since + std::chrono::milliseconds(25) - rt.time().now());
}

void publish_beside(runtime& rt, const char* name, int subscribers, int rounds) {
  event_bus bus(rt.system());
  const auto news = bus.topic("news");
  std::vector<subscription> all;
  for (int i = 0; i < subscribers; ++i) all.push_back(bus.subscribe(rt.background()));
  std::vector<double> took;
  for (int r = 0; r < rounds; ++r) {
    std::atomic<int> woken{0};
    const time_point began = rt.time().now();
    for (auto& s : all) {
      s.read(burst);
      if (!s.when_ready([&woken] { ++woken; })) std::exit(1);
    }
    do_something_else(rt, began);
    const double before = cpu_seconds();
    for (int i = 0; i < burst; ++i) news.publish(tick({}));
    took.push_back((cpu_seconds() - before) / burst);
    while (woken != subscribers) std::this_thread::yield();
  }
  const double p50 = quantile(took, 0.5);
  report(name, 1 / p50, p50, quantile(took, 0.99));
}

// -- deliveries
// ------------------------------------------------------------------------------------

void deliver_to(runtime& rt, int subscribers, int events) {
  event_bus bus(rt.system());
  const auto news = bus.topic("news", {.window = static_cast<std::size_t>(events)});
  std::vector<subscription> all;
  for (int i = 0; i < subscribers; ++i) all.push_back(bus.subscribe(rt.background()));
  const auto begin = rt.time().now();
  std::vector<std::thread> threads;
  for (auto& s : all)
    threads.emplace_back([&] {
      while (!s.over()) s.wait_and_read(rt.background(), 256);
    });
  for (int i = 0; i < events; ++i) news.publish(tick(begin));
  const double published = seconds_between(begin, rt.time().now());
  bus.close();
  for (auto& t : threads) t.join();
  const double seconds = seconds_between(begin, rt.time().now());
  const auto n = bus.losses().read();
  if (n.handled != static_cast<std::uint64_t>(subscribers) * static_cast<std::uint64_t>(events))
    std::exit(1);
  std::printf(R"({"name":"deliver_to_%d","rate":%.0f})"
              "\n"
              R"({"name":"publish_while_%d_read","rate":%.0f})"
              "\n",
              subscribers, static_cast<double>(n.handled) / seconds, subscribers,
              events / published);
}

// -- one that does not read
// ------------------------------------------------------------------------

/// A bus with two readers that record the time from `publish` to them.
class read_bus {
 public:
  read_bus(runtime& rt, bool one_stalls) : rt_(rt), bus_(rt.system()) {
    if (one_stalls) stalled_ = bus_.subscribe(rt.background());
    for (int i = 0; i < 2; ++i) {
      readers_.push_back(bus_.subscribe(rt.background()));
      took_.emplace_back();
    }
    for (std::size_t i = 0; i < readers_.size(); ++i)
      threads_.emplace_back([this, i] { read(readers_[i], took_[i]); });
  }

  void publish() {
    news_.publish(tick(rt_.time().now(), &alive_));
    most_alive_ = std::max(most_alive_, alive_.load());
  }
  void report_as(const char* beside) {
    bus_.close();
    for (auto& t : threads_) t.join();
    std::vector<double> all;
    for (const auto& t : took_) all.insert(all.end(), t.begin(), t.end());
    const double most = quantile(all, 0.99);
    report((std::string("latency") + beside).c_str(), 1 / most, quantile(all, 0.5), most);
    std::printf(R"({"name":"events_alive%s","rate":%d})"
                "\n",
                beside, most_alive_);
  }

 private:
  void read(subscription& mine, std::vector<double>& took) {
    while (!mine.over())
      for (const bus_item& item : mine.wait_and_read(rt_.background()))
        if (const auto* e = std::get_if<event_ptr>(&item))
          took.push_back(seconds_between((*e)->as<tick>()->at, rt_.time().now()));
  }

  runtime& rt_;
  std::atomic<int> alive_{0};
  int most_alive_ = 0;
  event_bus bus_;
  topic news_ = bus_.topic("news", {.window = 1'024});
  subscription stalled_;
  std::vector<subscription> readers_;
  std::vector<std::vector<double>> took_;
  std::vector<std::thread> threads_;
};

/// Two buses at the same time, so that other load affects both. The publisher alternates which
/// comes first, and sleeps in between, because a busy thread would make readers wait for a core.
void stall_one(runtime& rt, int events) {
  read_bus without(rt, false);
  read_bus with(rt, true);
  time_point next = rt.time().now();
  for (int i = 0; i < events; ++i, next += microseconds(500)) {
    std::this_thread::sleep_for(next - rt.time().now());
    (i % 2 == 0 ? without : with).publish();
    std::this_thread::sleep_for(next + microseconds(250) - rt.time().now());
    (i % 2 == 0 ? with : without).publish();
  }
  without.report_as("");
  with.report_as("_beside_stalled");
}

}  // namespace

int main() {
  runtime rt;
  publish_beside(rt, "publish_beside_1_waiting", 1, 300);
  publish_beside(rt, "publish_beside_10000_waiting", 10'000, 300);
  deliver_to(rt, 10, 300'000);
  stall_one(rt, 40'000);
}
