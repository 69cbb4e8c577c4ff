#include "bank/node/tree_roster.hpp"

#include "bank/json/object_writer.hpp"

namespace bank::node {

using lifeline::child_event;

const char* tree_roster::member::state() const noexcept {
  if (last == child_event::started) return "running";
  return restarts ? "restarting" : "stopped";
}

void tree_roster::record(const lifeline::supervision_event& e) {
  const std::lock_guard lock(mutex_);
  member& m = members_[e.supervisor + '/' + e.child];
  m.last = e.what;
  m.since = e.at;
  m.restarts = e.restart_in.has_value();
  if (e.what == child_event::started) ++m.starts;
  if (e.what != child_event::started && e.what != child_event::stopped) ++m.failures;
  if (!e.reason.empty()) m.last_reason = e.reason;
}

std::string tree_roster::json() const {
  const std::lock_guard lock(mutex_);
  std::string out = "[";
  for (const auto& [path, m] : members_) {
    if (out.size() > 1) out += ',';
    json::object_writer o(out);
    o.text("path", path);
    o.text("state", m.state());
    o.time("since", m.since);
    o.number("starts", m.starts);
    o.number("failures", m.failures);
    o.text("last_reason", m.last_reason);
  }
  return out + ']';
}

}  // namespace bank::node
