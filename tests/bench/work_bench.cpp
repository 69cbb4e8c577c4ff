// Background work, in one run: job submissions, fan-outs over many actors, joins of a single
// flight, restarts of a crashed child, and messages to a supervised actor compared with an
// unsupervised one. Prints one line of JSON per case; the rate of a case with a p50 is computed
// from it.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/supervision/supervisor.hpp"
#include "lifeline/work/fan_out.hpp"
#include "lifeline/work/job_pool.hpp"
#include "lifeline/work/memory_job_store.hpp"
#include "lifeline/work/single_flight.hpp"

namespace {

using namespace lifeline;
using std::chrono::milliseconds;

struct question {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, question& x) {
  return lifeline::fields(f, "question", x, x.number);
}

struct answer {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, answer& x) {
  return lifeline::fields(f, "answer", x, x.number);
}

constexpr int crash_please = -1;

double seconds_between(time_point a, time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

/// Prints a case with a time for each run.
void report(const char* name, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const double p50 = seconds[seconds.size() / 2];
  const double p99 = seconds[seconds.size() * 99 / 100];
  std::printf(R"({"name":"%s","rate":%.0f,"p50_ms":%.5f,"p99_ms":%.5f})"
              "\n",
              name, 1 / p50, p50 * 1e3, p99 * 1e3);
}

/// A counter; a thread can wait for a value.
class counter {
 public:
  void add() {
    ++count_;
    count_.notify_all();
  }
  void wait_for(int n) const {
    for (int now = count_; now < n; now = count_) count_.wait(now);
  }
  int read() const { return count_; }

 private:
  std::atomic<int> count_{0};
};

// -- jobs ----------------------------------------------------------------------------------------

void submit_jobs(runtime& rt, int jobs) {
  memory_job_store store;
  std::map<std::string, job_kind> kinds;
  kinds["nothing"].run = [](const context&, const job&) { return job_result("done"); };
  job_pool_options options;
  options.queue = static_cast<std::size_t>(jobs);
  std::vector<double> took;
  {
    job_pool pool(rt.background(), store, kinds, options);
    const auto request = with_timeout(rt.background(), std::chrono::minutes(1));
    for (int i = 0; i < jobs; ++i) {
      const auto begin = rt.time().now();
      if (!pool.submit(request.ctx(), {"nothing", "some input"})) std::exit(1);
      took.push_back(seconds_between(begin, rt.time().now()));
    }
    pool.shutdown(rt.background());
  }
  report("submit_job", std::move(took));
}

// -- fan-out -------------------------------------------------------------------------------------

struct fan_out_run {
  runtime& rt;
  std::vector<caf::actor> targets;
  gather how;
  int rounds;
  std::vector<double> took{};
  counter finished{};
};

void next_fan_out(caf::event_based_actor* self, fan_out_run* run) {
  if (static_cast<int>(run->took.size()) == run->rounds) {
    run->finished.add();
    return self->quit();
  }
  const auto begin = run->rt.time().now();
  fan_out(self, run->rt.background(), run->targets, question{1}, run->how)
      .then([=](const gathered<answer>& g) {
        if (!g.enough) std::exit(1);
        run->took.push_back(seconds_between(begin, run->rt.time().now()));
        next_fan_out(self, run);
      });
}

void fan_out_over(runtime& rt, const char* name, int actors, gather how) {
  fan_out_run run{rt, {}, how, 300};
  for (int i = 0; i < actors; ++i)
    run.targets.push_back(rt.system().spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](const context&, const question& q) { return answer{q.number}; }};
    }));
  rt.system().spawn([&run](caf::event_based_actor* self) { next_fan_out(self, &run); });
  run.finished.wait_for(1);
  for (const auto& t : run.targets)
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(t), caf::exit_reason::user_shutdown);
  report(name, std::move(run.took));
}

// -- single flight -------------------------------------------------------------------------------

void join_flights(runtime& rt, int joins) {
  single_flight<int, int> flights;
  std::vector<double> took;
  constexpr int joined = 100;  // by each flight
  for (int n = 0; n < joins / joined; ++n) {
    const auto request = with_cancel(rt.background());
    std::vector<landing<int>> l;
    const auto begin = rt.time().now();
    for (int i = 0; i < joined; ++i)
      flights.join(
          request.ctx(), 1, [&](const context&, const landing<int>& x) { l.push_back(x); },
          [](const auto&) {});
    l[0](1);
    took.push_back(seconds_between(begin, rt.time().now()) / joined);
  }
  report("single_flight_join", std::move(took));
}

// -- supervision ---------------------------------------------------------------------------------

/// A supervised actor that counts messages and crashes on request.
struct counting_tree {
  counter starts;
  counter messages;
  std::atomic<std::int64_t> crashed_ns{0};
  child_ref ref;
};

caf::behavior counting(caf::event_based_actor* self, counting_tree* t, lifeline::clock* time) {
  return {[=](const context&, const question& q) {
    if (q.number == crash_please) {
      t->crashed_ns = time->now().time_since_epoch().count();
      return self->quit(to_caf(errc::broken_promise));
    }
    if (q.number != 0) t->messages.add();
  }};
}

caf::actor supervise(runtime& rt, const context& ctx, counting_tree& tree, duration wait) {
  child_spec spec;
  spec.policy.name = "child";
  spec.ref = tree.ref;
  spec.start = [&rt, t = &tree](const incarnation& me) {
    const caf::actor made = me.supervisor()->spawn(counting, t, &rt.time());
    t->starts.add();
    return made;
  };
  supervisor_options options;
  options.policy.limit = {1'000'000, milliseconds(1)};
  options.policy.backoff = {wait, wait, 1, 0, std::chrono::seconds(30)};
  return spawn_supervisor(rt.system(), ctx, std::move(options), {spec});
}

/// The times from a crash to the next start, without the back-off.
void restart_children(runtime& rt, const char* name, duration wait, int rounds) {
  const auto scope = with_cancel(rt.background());
  counting_tree tree;
  supervise(rt, scope.ctx(), tree, wait);
  std::vector<double> took;
  for (int i = 1; i <= rounds; ++i) {
    tree.starts.wait_for(i);
    while (!tree.ref.current()) std::this_thread::yield();
    tree.ref.tell_from_outside(rt.background(), question{crash_please});
    tree.starts.wait_for(i + 1);
    const time_point crashed{duration(tree.crashed_ns)};
    took.push_back(seconds_between(crashed + wait, rt.time().now()));
  }
  report(name, std::move(took));
}

/// Messages per second, from one thread to one actor; `send` sends one.
double message_rate(runtime& rt, const std::function<void(int)>& send, counter& arrived) {
  constexpr int messages = 200'000;
  const int before = arrived.read();
  const auto begin = rt.time().now();
  for (int i = 1; i < messages; ++i) send(0);
  send(1);
  arrived.wait_for(before + 1);
  return messages / seconds_between(begin, rt.time().now());
}

void send_messages(runtime& rt, int rounds) {
  const auto scope = with_cancel(rt.background());
  counting_tree tree;
  counting_tree none;
  supervise(rt, scope.ctx(), tree, milliseconds(1));
  const caf::actor plain = rt.system().spawn(counting, &none, &rt.time());
  tree.starts.wait_for(1);
  while (!tree.ref.current()) std::this_thread::yield();
  const caf::actor child = tree.ref.current();
  const context ctx = rt.background();
  std::vector<double> rates[3];
  for (int r = -1; r < rounds; ++r) {  // the first warms up
    const double each[] = {
        message_rate(
            rt, [&](int n) { tell_from_outside(plain, ctx, question{n}); }, none.messages),
        message_rate(
            rt, [&](int n) { tell_from_outside(child, ctx, question{n}); }, tree.messages),
        message_rate(
            rt, [&](int n) { tree.ref.tell_from_outside(ctx, question{n}); }, tree.messages)};
    for (int i = 0; r >= 0 && i < 3; ++i) rates[i].push_back(each[i]);
  }
  const char* names[] = {"message_plain", "message_supervised", "message_by_child_ref"};
  for (int i = 0; i < 3; ++i) {
    std::sort(rates[i].begin(), rates[i].end());
    std::printf(R"({"name":"%s","rate":%.0f})"
                "\n",
                names[i], rates[i][rates[i].size() / 2]);
  }
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(plain), caf::exit_reason::user_shutdown);
}

}  // namespace

int main() {
  runtime rt;
  submit_jobs(rt, 20'000);
  fan_out_over(rt, "fan_out_1000", 1'000, gather::all());
  fan_out_over(rt, "fan_out_10", 10, gather::all());
  join_flights(rt, 200'000);
  restart_children(rt, "restart", duration::zero(), 1'000);
  restart_children(rt, "restart_after_wait", milliseconds(10), 100);
  send_messages(rt, 9);
}
