#include "driver/faults/fault_runner.hpp"

namespace bank::driver {

proxy::faults to_proxy_faults(const store_fault& f) {
  proxy::faults p;
  const proxy::latency delay{std::chrono::duration_cast<std::chrono::microseconds>(f.latency),
                             std::chrono::duration_cast<std::chrono::microseconds>(f.jitter)};
  switch (f.what) {
    case store_fault::kind::down: p.reach = proxy::reachability::refused; break;
    case store_fault::kind::black_hole: p.reach = proxy::reachability::black_hole; break;
    case store_fault::kind::latency: p.to_target = p.to_client = delay; break;
    case store_fault::kind::trickle: p.bytes_per_second = f.bytes; break;
    case store_fault::kind::cut_after: p.cut_after_bytes = f.bytes; break;
    case store_fault::kind::cut: break;
  }
  return p;
}

/// Waits for a fault's duration; the end of its phase does not shorten it.
task<void> fault_runner::hold(timer& t, lifeline::duration length) {
  const auto end = now() + length;
  while (!stopped_ && now() < end) co_await pause(t, end - now());
}

void fault_runner::begin_phase(const std::string& name, const std::vector<fault>& all,
                               lifeline::duration length) {
  phase_over_ = false;
  for (const fault& f : all)
    if (f.phase == name) group_.spawn(run(f, now(), now() + length));
}

task<void> fault_runner::run(fault f, lifeline::time_point phase_begin,
                             lifeline::time_point phase_end) {
  timer& t = timers_.emplace_back(parts_.io.get_executor());
  for (auto due = phase_begin + f.after; due < phase_end; due += *f.every) {
    while (!phase_over_ && now() < due) co_await pause(t, due - now());
    if (phase_over_ || failure_) break;
    ++count_;
    co_await carry_out(f, t);
    if (!f.every) break;
  }
}

task<void> fault_runner::carry_out(const fault& f, timer& t) {
  if (std::holds_alternative<kill_node>(f.what)) {
    co_await kill_and_restart();
  } else if (std::holds_alternative<stop_node>(f.what)) {
    co_await stop_and_restart();
  } else if (const auto* s = std::get_if<store_fault>(&f.what)) {
    parts_.note(describe(f));
    co_await break_store(*s, t);
  } else if (const auto* l = std::get_if<stop_subscribers>(&f.what)) {
    parts_.note(describe(f));
    parts_.listeners->pause_all();
    co_await hold(t, l->length);
    parts_.listeners->resume();
    parts_.note("subscribers read again");
  }
}

task<void> fault_runner::kill_and_restart() {
  if (restarting_) co_return;
  restarting_ = true;
  parts_.note("kill -9 of the node");
  parts_.node->kill();
  co_await start_again();
}

task<void> fault_runner::stop_and_restart() {
  if (restarting_) co_return;
  restarting_ = true;
  parts_.note("SIGTERM to the node");
  const auto wrong = co_await parts_.node->stop();
  if (wrong) failure_ = wrong;
  if (!wrong) parts_.note("the node stopped cleanly");
  co_await start_again();
}

task<void> fault_runner::start_again() {
  const auto address = co_await parts_.node->start(parts_.port);
  restarting_ = false;
  if (address)
    parts_.note("the node serves again");
  else
    failure_ = problem{"the node did not restart: " + address.error().text};
}

task<void> fault_runner::break_store(const store_fault& f, timer& t) {
  if (f.what == store_fault::kind::cut) {
    parts_.store->cut_now();
    co_return;
  }
  parts_.store->set(to_proxy_faults(f));
  co_await hold(t, f.length);
  parts_.store->pass();
  parts_.note("end of the store fault");
}

task<void> fault_runner::end_phase() {
  phase_over_ = true;
  for (timer& t : timers_) t.cancel();
  co_await group_.join();
  timers_.clear();
}

void fault_runner::stop() {
  phase_over_ = stopped_ = true;
  for (timer& t : timers_) t.cancel();
}

}  // namespace bank::driver
