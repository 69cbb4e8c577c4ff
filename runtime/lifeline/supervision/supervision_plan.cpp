#include "lifeline/supervision/supervision_plan.hpp"

#include <algorithm>
#include <utility>

namespace lifeline {
namespace {

std::string text(duration d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  return std::to_string(ms) + " ms";
}

}  // namespace

// -- events --------------------------------------------------------------------------------------

std::optional<child_id> supervision_plan::add(child_policy policy) {
  if (stopping() || find(policy.name)) return std::nullopt;
  child c;
  c.id = ++last_child_;
  c.policy = std::move(policy);
  c.initial = !begun_;
  children_.push_back(std::move(c));
  return last_child_;
}

supervision_actions supervision_plan::remove(child_id id, time_point now) {
  for (child& c : children_) {
    if (c.id != id || c.wanted == goal::removed) continue;
    c.wanted = goal::removed;
    c.drop_reason = "removed";
    c.must_end = c.alive();
  }
  return step(now);
}

std::optional<child_id> supervision_plan::find(std::string_view name) const {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const child& c) { return c.policy.name == name; });
  return found == children_.end() ? std::nullopt : std::optional(found->id);
}

supervision_actions supervision_plan::proceed(time_point now) {
  begun_ = true;
  return step(now);
}

supervision_actions supervision_plan::started(incarnation_id who, time_point now) {
  child* c = holder(who);
  if (c == nullptr || c->now != phase::starting) return {};
  c->now = phase::running;
  c->since = now;
  record(*c, child_event::started);
  if (!std::exchange(c->has_started, true)) out_.emplace_back(action::report_first_start{c->id});
  return step(now);
}

supervision_actions supervision_plan::failed_to_start(incarnation_id who, std::string reason,
                                                      time_point now) {
  child* c = holder(who);
  if (c == nullptr) return {};
  if (c->must_end) {
    record(*c, child_event::stopped, std::move(reason));
    leave(*c);
  } else {
    fail_to_start(*c, reason, now);
  }
  return step(now);
}

supervision_actions supervision_plan::exited(incarnation_id who, ending how, time_point now) {
  child* c = holder(who);
  if (c == nullptr) return {};
  end(*c, how, now);
  return step(now);
}

supervision_actions supervision_plan::stop(std::string reason, time_point now) {
  if (!stopping()) {
    mode_ = mode::stopping;
    finish_reason_ = std::move(reason);
    mark_all_to_end();
  }
  return step(now);
}

// -- what they mean ------------------------------------------------------------------------------

supervision_plan::child* supervision_plan::holder(incarnation_id who) {
  const auto found = std::find_if(children_.begin(), children_.end(), [&](const child& c) {
    return c.alive() && c.incarnation == who;
  });
  return found == children_.end() ? nullptr : &*found;
}

bool supervision_plan::awaits(incarnation_id who) const noexcept {
  return std::any_of(children_.begin(), children_.end(), [&](const child& c) {
    return c.now == phase::starting && c.incarnation == who;
  });
}

void supervision_plan::leave(child& c) {
  c.now = phase::down;
  c.must_end = false;
  c.late = false;
}

void supervision_plan::end(child& c, const ending& how, time_point now) {
  if (c.must_end) {
    record(c, child_event::stopped, how.reason);
    leave(c);
  } else if (c.late) {
    fail_to_start(c, "was not ready within " + text(*c.policy.ready_within), now);
  } else if (c.now == phase::starting) {
    fail_to_start(c, "exited while starting: " + how.reason, now);
  } else if (c.policy.restart == restart_kind::temporary) {
    record(c, child_event::exited, how.reason);
    leave(c);
    c.wanted = goal::removed;
    c.drop_reason = "ended: " + how.reason;
  } else if (c.policy.restart == restart_kind::transient && how.normal) {
    record(c, child_event::exited, how.reason);
    leave(c);
    c.wanted = goal::down;
  } else {
    fail(c, child_event::exited, how.reason, now);
  }
}

void supervision_plan::fail_to_start(child& c, const std::string& reason, time_point now) {
  if (c.has_started) {
    fail(c, child_event::failed_to_start, reason, now);
    return;
  }
  record(c, child_event::failed_to_start, reason);
  leave(c);
  if (c.initial) {
    give_up(c, reason);
  } else {
    c.wanted = goal::removed;
    c.drop_reason = "failed to start: " + reason;
  }
}

void supervision_plan::fail(child& c, child_event what, const std::string& reason, time_point now) {
  const duration ran = c.now == phase::running ? now - c.since : duration::zero();
  leave(c);
  if (!intensity_.allows(now)) {
    record(c, what, reason);
    give_up(c, reason);
    return;
  }
  const duration wait = c.failures.after_failure(policy_.backoff, ran, chance_);
  record(c, what, reason, wait);
  restart_group(c, time_after(now, wait));
}

/// A member that already waits keeps its wait: it has its own reason.
void supervision_plan::restart_group(const child& failed, time_point not_before) {
  for (child& c : children_) {
    const bool joined = policy_.strategy == restart_strategy::one_for_all ||
                        (policy_.strategy == restart_strategy::rest_for_one && &c > &failed);
    if ((&c != &failed && !joined) || c.wanted == goal::removed) continue;
    c.not_before = std::max(c.not_before, not_before);
    c.must_end = c.alive();
    c.wanted = goal::up;
    if (&c != &failed && c.has_started && c.policy.restart == restart_kind::temporary) {
      c.wanted = goal::removed;
      c.drop_reason = "stopped together with " + failed.policy.name;
    }
  }
}

void supervision_plan::give_up(const child& c, const std::string& reason) {
  mode_ = mode::stopping;
  failed_ = true;
  finish_reason_ = c.policy.name +
                   (c.has_started ? " exceeded the restart limit: " : " failed to start: ") +
                   reason;
  record(c, child_event::gave_up, reason);
  mark_all_to_end();
}

void supervision_plan::mark_all_to_end() {
  for (child& c : children_) {
    c.must_end = c.alive();
    if (c.wanted == goal::removed) continue;
    c.wanted = c.has_started || c.initial ? goal::down : goal::removed;
    c.drop_reason = "its supervisor is stopping";
  }
}

// -- what is due ---------------------------------------------------------------------------------

void supervision_plan::kill(child& c, std::string reason, time_point now) {
  record(c, child_event::killed, std::move(reason));
  out_.emplace_back(action::kill_child{c.id, c.incarnation});
  c.now = phase::killed;
  c.due = time_after(now, policy_.kill_time);
}

void supervision_plan::abandon(child& c, time_point now) {
  out_.emplace_back(action::abandon_child{c.id, c.incarnation});
  record(c, child_event::abandoned,
         "still running " + text(policy_.kill_time) + " after being killed");
  if (c.must_end) {
    leave(c);
  } else {
    end(c, {false, "abandoned"}, now);
  }
}

void supervision_plan::check_due(child& c, time_point now) {
  if (!c.alive() || c.now == phase::running || now < c.due) return;
  if (c.now == phase::stopping) {
    kill(c, "did not exit within " + text(c.policy.shutdown_time), now);
  } else if (c.now == phase::killed) {
    abandon(c, now);
  } else if (!c.must_end) {
    kill(c, "was not ready within " + text(*c.policy.ready_within), now);
    c.late = true;
  }
}

std::optional<time_point> supervision_plan::next_due() const {
  time_point first = time_point::max();
  for (const child& c : children_) {
    if (c.alive() && c.now != phase::running) first = std::min(first, c.due);
    const bool waits = !c.alive() && c.wanted == goal::up && !stopping();
    if (waits && c.not_before > looked_) first = std::min(first, c.not_before);
  }
  return first == time_point::max() ? std::nullopt : std::optional(first);
}

// -- what follows --------------------------------------------------------------------------------

supervision_actions supervision_plan::step(time_point now) {
  looked_ = now;
  for (child& c : children_) check_due(c, now);
  drop_removed();
  stop_next(now);
  start_next(now);
  note_progress();
  return std::exchange(out_, {});
}

void supervision_plan::drop_removed() {
  for (const child& c : children_)
    if (!c.alive() && c.wanted == goal::removed)
      out_.emplace_back(action::drop_child{c.id, c.drop_reason});
  std::erase_if(children_, [](const child& c) { return !c.alive() && c.wanted == goal::removed; });
}

bool supervision_plan::any(phase p) const {
  return std::any_of(children_.begin(), children_.end(),
                     [&](const child& c) { return c.now == p; });
}

/// One at a time, in reverse order.
void supervision_plan::stop_next(time_point now) {
  if (any(phase::stopping) || any(phase::killed)) return;
  const auto last =
      std::find_if(children_.rbegin(), children_.rend(), [](const child& c) { return c.must_end; });
  if (last == children_.rend()) return;
  out_.emplace_back(action::stop_child{last->id, last->incarnation});
  last->now = phase::stopping;
  last->due = time_after(now, last->policy.shutdown_time);
}

void supervision_plan::start_next(time_point now) {
  if (!begun_ || stopping()) return;
  if (policy_.strategy == restart_strategy::one_for_one) {
    start_independently(now);
  } else {
    start_in_order(now);
  }
}

/// Starts the first child that is down, once no child has to stop and all before it have started.
void supervision_plan::start_in_order(time_point now) {
  if (any(phase::stopping) || any(phase::killed) || any(phase::starting)) return;
  const auto next = std::find_if(children_.begin(), children_.end(),
                                 [](const child& c) { return !c.alive() && c.wanted == goal::up; });
  if (next != children_.end() && next->not_before <= now) start(*next, now);
}

/// Starts each child when its wait is over; at the first start, each after the one before it.
void supervision_plan::start_independently(time_point now) {
  bool one_is_unstarted = false;
  for (child& c : children_) {
    if (!c.has_started && std::exchange(one_is_unstarted, true)) continue;
    if (!c.alive() && c.wanted == goal::up && c.not_before <= now) start(c, now);
  }
}

void supervision_plan::start(child& c, time_point now) {
  c.incarnation = ++last_incarnation_;
  c.now = phase::starting;
  c.due = c.policy.ready_within ? time_after(now, *c.policy.ready_within) : time_point::max();
  out_.emplace_back(action::start_child{c.id, c.incarnation});
}

void supervision_plan::note_progress() {
  const auto is_pending = [](const child& c) { return c.initial && !c.has_started; };
  if (mode_ == mode::starting && begun_ &&
      std::none_of(children_.begin(), children_.end(), is_pending)) {
    mode_ = mode::running;
    out_.emplace_back(action::all_started{});
  }
  const auto lives = [](const child& c) { return c.alive(); };
  if (mode_ == mode::stopping && std::none_of(children_.begin(), children_.end(), lives)) {
    mode_ = mode::finished;
    out_.emplace_back(action::finish{failed_, finish_reason_});
  }
}

void supervision_plan::record(const child& c, child_event what, std::string reason,
                              std::optional<duration> restart_in) {
  out_.emplace_back(action::note{c.policy.name, what, std::move(reason), restart_in});
}

}  // namespace lifeline
