#include "lifeline/supervision/shutdown_plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lifeline {

std::vector<shutdown_phase> server_shutdown_phases() {
  return {{"stop accepting", {}, 1, 1},
          {"drain", {"stop accepting"}, 9, 2},
          {"stop background", {"drain"}, 1, 1},
          {"flush", {"stop background"}, 2, 1},
          {"close", {"flush"}, 1, 1}};
}

std::string_view to_string(shutdown_event e) noexcept {
  switch (e) {
    case shutdown_event::phase_began: return "phase_began";
    case shutdown_event::task_stopped: return "task_stopped";
    case shutdown_event::task_cancelled: return "task_cancelled";
    case shutdown_event::task_abandoned: return "task_abandoned";
    case shutdown_event::phase_ended: return "phase_ended";
  }
  return "unknown";
}

// -- phases --------------------------------------------------------------------------------------

shutdown_plan::shutdown_plan(std::vector<shutdown_phase> phases) {
  for (auto& p : phases) {
    if (place_of(p.name)) throw std::invalid_argument("duplicate shutdown phase '" + p.name + "'");
    phase added;
    added.what = std::move(p);
    phases_.push_back(std::move(added));
  }
  link_phases();
  for (std::size_t p = 0; p < phases_.size(); ++p) lay_out(p, 0);
}

std::optional<std::size_t> shutdown_plan::place_of(std::string_view name) const {
  const auto found = std::find_if(phases_.begin(), phases_.end(),
                                  [&](const phase& p) { return p.what.name == name; });
  if (found == phases_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - phases_.begin());
}

void shutdown_plan::link_phases() {
  for (phase& p : phases_) {
    for (const auto& name : p.what.after) {
      const auto before = place_of(name);
      if (!before)
        throw std::invalid_argument("shutdown phase '" + p.what.name + "' is after '" + name +
                                    "', which is not a phase");
      p.after.push_back(*before);
    }
  }
}

/// A phase begins when all phases in its `after` have ended. Recursive: each phase is laid out
/// again for every phase after it; phases are few.
void shutdown_plan::lay_out(std::size_t p, std::size_t depth) {
  if (depth > phases_.size())
    throw std::invalid_argument("shutdown phase '" + phases_[p].what.name + "' is after itself");
  for (const std::size_t before : phases_[p].after) {
    lay_out(before, depth + 1);
    phases_[p].begins = std::max(phases_[p].begins, phases_[before].ends());
  }
}

bool shutdown_plan::may_begin(const phase& p) const {
  return std::all_of(p.after.begin(), p.after.end(),
                     [&](std::size_t before) { return phases_[before].now == phase_state::over; });
}

bool shutdown_plan::has_tasks(std::size_t p) const {
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const task& t) { return t.phase == p; });
}

// -- events --------------------------------------------------------------------------------------

std::optional<shutdown_task_id> shutdown_plan::add(std::string_view name, std::string task_name) {
  const auto p = place_of(name);
  if (!p || phases_[*p].now == phase_state::over) return std::nullopt;
  task added;
  added.id = ++last_task_;
  added.name = std::move(task_name);
  added.phase = *p;
  tasks_.push_back(std::move(added));
  return last_task_;
}

shutdown_actions shutdown_plan::stopped(shutdown_task_id id, time_point now) {
  const auto found =
      std::find_if(tasks_.begin(), tasks_.end(), [&](const task& t) { return t.id == id; });
  if (found == tasks_.end()) return {};
  if (found->stop_sent) report(shutdown_event::task_stopped, found->phase, found->name);
  out_.emplace_back(action::forget_task{id});
  tasks_.erase(found);
  return step(now);
}

shutdown_actions shutdown_plan::begin(duration budget, time_point now) {
  if (std::exchange(begun_, true)) return {};
  unsigned parts = 1;
  for (const phase& p : phases_) parts = std::max(parts, p.ends());
  for (phase& p : phases_) {
    p.cancel_at = time_after(now, budget / parts * p.cancels());
    p.end_at = time_after(now, budget / parts * p.ends());
  }
  return step(now);
}

shutdown_actions shutdown_plan::proceed(time_point now) { return step(now); }

shutdown_actions shutdown_plan::hurry(time_point now) {
  if (!begun_ || ended_) return {};
  result_.hurried = true;
  for (phase& p : phases_) p.cancel_at = p.end_at = now;
  return step(now);
}

std::optional<time_point> shutdown_plan::next_due() const {
  std::optional<time_point> first;
  for (std::size_t p = 0; p < phases_.size(); ++p) {
    if (phases_[p].now != phase_state::running) continue;
    const bool all_cancelled = std::all_of(
        tasks_.begin(), tasks_.end(), [&](const task& t) { return t.phase != p || t.cancelled; });
    const time_point due = all_cancelled ? phases_[p].end_at : phases_[p].cancel_at;
    first = first ? std::min(*first, due) : due;
  }
  return first;
}

// -- what follows --------------------------------------------------------------------------------

shutdown_actions shutdown_plan::step(time_point now) {
  if (begun_ && !ended_) {
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t p = 0; p < phases_.size(); ++p) moved = advance(p, now) || moved;
    }
    ended_ = std::all_of(phases_.begin(), phases_.end(),
                         [](const phase& p) { return p.now == phase_state::over; });
    if (ended_) out_.emplace_back(action::end_shutdown{result_});
  }
  return std::exchange(out_, {});
}

/// True if the phase began or ended.
bool shutdown_plan::advance(std::size_t place, time_point now) {
  phase& p = phases_[place];
  if (p.now == phase_state::over || (p.now == phase_state::waiting && !may_begin(p))) return false;
  const bool begins = p.now == phase_state::waiting;
  if (begins) {
    p.now = phase_state::running;
    report(shutdown_event::phase_began, place);
  }
  if (now < p.end_at) stop_tasks(place);
  if (now >= p.cancel_at) cancel_tasks(place);
  if (now >= p.end_at) abandon_tasks(place);
  if (!has_tasks(place)) {
    p.now = phase_state::over;
    report(shutdown_event::phase_ended, place);
    return true;
  }
  return begins;
}

void shutdown_plan::stop_tasks(std::size_t p) {
  for (task& t : tasks_)
    if (t.phase == p && !std::exchange(t.stop_sent, true))
      out_.emplace_back(action::stop_task{t.id, phases_[p].cancel_at});
}

void shutdown_plan::cancel_tasks(std::size_t p) {
  for (task& t : tasks_) {
    if (t.phase != p || !t.stop_sent || std::exchange(t.cancelled, true)) continue;
    out_.emplace_back(action::cancel_task{t.id});
    report(shutdown_event::task_cancelled, p, t.name);
  }
}

void shutdown_plan::abandon_tasks(std::size_t p) {
  for (const task& t : tasks_) {
    if (t.phase != p) continue;
    result_.abandoned.push_back(phases_[p].what.name + ": " + t.name);
    out_.emplace_back(action::forget_task{t.id});
    report(shutdown_event::task_abandoned, p, t.name);
  }
  std::erase_if(tasks_, [&](const task& t) { return t.phase == p; });
}

void shutdown_plan::report(shutdown_event what, std::size_t p, std::string task_name) {
  out_.emplace_back(action::report_progress{what, phases_[p].what.name, std::move(task_name)});
}

}  // namespace lifeline
