// A post office stopped with Ctrl-C, in three phases within one budget: it accepts no more parcels,
// sends off those it has, then locks up. A second Ctrl-C ends it at once. With `--by-itself` the
// program sends the signal itself.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/supervision/shutdown_sequence.hpp"
#include "lifeline/supervision/stop_actor.hpp"
#include "lifeline/work/job_pool.hpp"
#include "lifeline/work/memory_job_store.hpp"
#include "lifeline/work/ticker.hpp"

using namespace lifeline;
using namespace std::chrono_literals;

/// Call before any thread starts, so that no thread receives the signal; it is waited for instead.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

void wait_for_signal(const sigset_t& set) {
  int which = 0;
  sigwait(&set, &which);
}

/// Takes a while; ends early with its context.
job_result send_off(const context& ctx, const job&) {
  if (wait_for(ctx, 50ms)) return job_result(ctx.cause());
  return "sent";
}

void print(const shutdown_progress& p) {
  const std::string what(to_string(p.what));
  std::printf("%s: %s%s\n", p.phase.c_str(), p.task.empty() ? "" : (p.task + ' ').c_str(),
              what.c_str());
}

int main(int argc, char** argv) {
  const bool by_itself = argc > 1 && std::strcmp(argv[1], "--by-itself") == 0;
  const sigset_t signals = block_signals();
  runtime rt;
  memory_job_store kept;
  job_pool parcels(rt.background(), kept, {{"parcel", {send_off}}});

  shutdown_sequence end(rt.background(),
                        {{"take no more", {}, 1, 1},
                         {"send off", {"take no more"}, 3, 1},
                         {"lock up", {"send off"}, 1, 1}},
                        print);
  ticker_options daily;
  daily.period = 20ms;
  const caf::actor counter = spawn_ticker(rt.system(), rt.background(), daily, [&](const tick& t) {
    (void)parcels.submit(t.ctx(), {"parcel"});  // a store in memory does not block
  });
  const auto counter_task = end.add("take no more", "counter", stop_actor(counter));
  const auto parcels_task = end.add("send off", "parcels", parcels.stopping());
  const auto door_task = end.add(
      "lock up", "door", [](const context&, const still_stopping&) { std::puts("locked"); });

  std::puts("the post office is open: Ctrl-C closes it");
  if (by_itself) std::raise(SIGINT);
  wait_for_signal(signals);
  end.begin(10s);
  std::thread impatient([&] {
    wait_for_signal(signals);
    end.hurry();
  });
  wait(end.over());
  for (const auto& name : end.result().abandoned) std::printf("abandoned: %s\n", name.c_str());
  std::puts(end.result().clean() ? "closed" : "closed at once; unfinished tasks were abandoned");
  std::fflush(stdout);
  if (!end.result().clean()) std::_Exit(4);  // abandoned tasks may still run
  pthread_kill(impatient.native_handle(), SIGTERM);
  impatient.join();
}
