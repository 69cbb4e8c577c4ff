#include "lifeline/supervision/supervision_history.hpp"

#include <algorithm>
#include <utility>

namespace lifeline {
namespace {

void count(supervision_history::counts& totals, const supervision_event& e) {
  if (e.restart_in) ++totals.failures;
  switch (e.what) {
    case child_event::started: ++totals.starts; break;
    case child_event::killed: ++totals.kills; break;
    case child_event::abandoned: ++totals.abandoned; break;
    case child_event::gave_up: ++totals.escalations; break;
    case child_event::failed_to_start:
    case child_event::exited:
    case child_event::stopped: break;
  }
}

}  // namespace

std::string_view to_string(child_event e) noexcept {
  switch (e) {
    case child_event::started: return "started";
    case child_event::failed_to_start: return "failed_to_start";
    case child_event::exited: return "exited";
    case child_event::stopped: return "stopped";
    case child_event::killed: return "killed";
    case child_event::abandoned: return "abandoned";
    case child_event::gave_up: return "gave_up";
  }
  return "unknown";
}

void supervision_history::append(supervision_event e,
                                 const std::function<void(const supervision_event&)>& to) {
  std::unique_lock lock(mutex_);
  e.number = ++last_number_;
  count(totals_, e);
  events_.push_back(e);
  if (events_.size() > capacity_) events_.pop_front();
  notifier_.notify(lock, std::move(e), to);
}

std::vector<supervision_event> supervision_history::read(std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  const auto first =
      std::find_if(events_.begin(), events_.end(), [&](const auto& e) { return e.number > after; });
  return {first, events_.end()};
}

supervision_history::counts supervision_history::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace lifeline
