#include "driver/load/phase_run.hpp"

#include <algorithm>

namespace bank::driver {

namespace {

/// Pause of a client that can't reach the node, so that it does not spin during a restart.
constexpr auto after_failure = std::chrono::milliseconds(20);

}  // namespace

phase_run::phase_run(load_ground& ground, const request_plan& plan, std::uint64_t place,
                     measures& into)
    : ground_(ground),
      plan_(plan),
      place_(place),
      into_(into),
      clock_(ground.io.get_executor()),
      group_(ground.io) {}

task<void> phase_run::run_closed(const closed_load& load, lifeline::duration length) {
  begin_ = now();
  end_ = begin_ + length;
  for (std::uint64_t i = 0; i < load.clients; ++i)
    group_.spawn(work_closed(clients_.emplace_back(ground_), i, load));
  co_await group_.join();
  for (client& c : clients_) c.bank.hang_up();
}

task<void> phase_run::work_closed(client& c, std::uint64_t number, closed_load load) {
  // Each client has its own requests, independent of the speed of the others.
  const std::uint64_t place = place_ + number;
  for (std::uint64_t i = 0; !stopped_ && now() < end_; ++i) {
    const planned_request request = plan_.make(place, i);
    const bool answered = co_await c.bank.perform(request, now());
    if (!answered) co_await pause(c.wakes, after_failure);
    if (load.think_time.count() > 0) co_await pause(c.wakes, load.think_time);
  }
}

task<void> phase_run::run_open(const arrival_profile& profile, std::uint64_t seed,
                               lifeline::duration length) {
  begin_ = now();
  end_ = begin_ + length;
  group_.spawn(arrive(arrival_plan(profile, seed)));
  co_await group_.join();
  for (client& c : clients_) c.bank.hang_up();
}

task<void> phase_run::arrive(arrival_plan plan) {
  for (std::uint64_t i = 0; !stopped_; ++i) {
    const auto at = plan.next();
    if (!at) break;
    const auto due = begin_ + *at;
    if (due > now()) {
      error_code ignored;
      clock_.expires_at(std::chrono::steady_clock::time_point(due));
      co_await clock_.async_wait(awaiting(ignored));
    }
    if (stopped_) break;
    ++into_.intended;
    due_.push_back({i, due});
    call_client();
    drop_late();
  }
  // The phase lasts its full time, even if its last arrival was earlier.
  while (!stopped_ && now() < end_) co_await pause(clock_, end_ - now());
  all_arrived_ = true;
  for (client* c : idle_) c->wakes.cancel();
}

/// Finds a free client for a due arrival, or creates one.
void phase_run::call_client() {
  if (!idle_.empty()) {
    client* free = idle_.back();
    idle_.pop_back();
    free->is_idle = false;
    free->wakes.cancel();
  } else if (clients_.size() < ground_.timing.connections) {
    group_.spawn(work_open(clients_.emplace_back(ground_)));
  }
}

/// Drops arrivals that waited too long as missed; so only recent ones wait.
void phase_run::drop_late() {
  const auto oldest = now() - ground_.timing.late_after;
  for (; !due_.empty() && due_.front().due < oldest; due_.pop_front()) ++into_.missed;
}

std::optional<phase_run::arrival> phase_run::take_arrival() {
  drop_late();
  if (due_.empty()) return std::nullopt;
  const arrival next = due_.front();
  due_.pop_front();
  return next;
}

task<void> phase_run::work_open(client& c) {
  while (!stopped_) {
    const auto next = take_arrival();
    if (next) {
      const planned_request request = plan_.make(place_, next->index);
      ++into_.sent;
      into_.lateness.add(now() - next->due);
      const bool answered = co_await c.bank.perform(request, next->due);
      if (!answered) co_await pause(c.wakes, after_failure);
      continue;
    }
    if (all_arrived_) break;
    c.is_idle = true;
    idle_.push_back(&c);
    while (c.is_idle && !all_arrived_ && !stopped_) co_await pause(c.wakes, std::chrono::hours(1));
  }
}

void phase_run::stop() {
  stopped_ = true;
  clock_.cancel();
  for (client& c : clients_) {
    c.bank.hang_up();
    c.wakes.cancel();
  }
}

}  // namespace bank::driver
