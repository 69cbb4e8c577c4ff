#include "bank/node/node_tree.hpp"
#include "bank/api/observe/log.hpp"

#include <atomic>
#include <utility>

namespace bank::node {
namespace {

using lifeline::child_answer;
using lifeline::child_event;
using lifeline::supervision_event;

/// A child that ended with its context and is not restarted: a normal end.
bool is_planned(const supervision_event& e) {
  return e.what == child_event::exited && !e.restart_in &&
         e.reason == to_string(lifeline::errc::canceled);
}

log::level level_of(const supervision_event& e) {
  if (is_planned(e)) return log::level::debug;
  switch (e.what) {
    case child_event::started:
    case child_event::stopped: return log::level::debug;
    case child_event::exited:
    case child_event::failed_to_start:
    case child_event::killed: return log::level::warn;
    case child_event::abandoned:
    case child_event::gave_up: break;
  }
  return log::level::error;
}

std::string words_of(child_event e) {
  std::string text(to_string(e));
  for (char& c : text)
    if (c == '_') c = ' ';
  return text;
}

}  // namespace

std::string words_of(const supervision_event& e) {
  std::string text = e.supervisor + ": " + e.child + ' ' + words_of(e.what);
  if (!e.reason.empty()) text += " (" + e.reason + ')';
  if (!e.restart_in) return text;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(*e.restart_in).count();
  return text + ", restarts in " + std::to_string(ms) + " ms";
}

lifeline::supervisor_options tree_options(
    const std::shared_ptr<lifeline::supervision_history>& history) {
  lifeline::supervisor_options o;
  o.path = "node";
  o.policy.strategy = lifeline::restart_strategy::rest_for_one;
  o.policy.backoff.first = std::chrono::milliseconds(10);
  o.policy.backoff.most = std::chrono::seconds(5);
  o.history = history;
  o.on_event = [](const supervision_event& e) { log::at(level_of(e), "{}", words_of(e)); };
  return o;
}

/// Shared with the supervisor, which may outlive this object.
struct node_tree::progress {
  enum step : std::uint8_t { starting, running, ended };
  std::atomic<step> now{starting};
  std::string why;  ///< set before `ended`

  void set(step s) {
    now = s;
    now.notify_all();
  }
};

node_tree::node_tree(lifeline::runtime& rt, const lifeline::supervisor_options& how,
                     std::vector<lifeline::child_spec> children, gave_up lost)
    : rt_(rt), progress_(std::make_shared<progress>()) {
  auto options = how;
  options.on_started = [p = progress_] { p->set(progress::running); };
  top_ = spawn_supervisor(rt.system(), rt.background(), std::move(options), std::move(children));
  top_->attach_functor([p = progress_, lost = std::move(lost)](const caf::error& why) {
    p->why = lifeline::text_of(why);
    const bool by_itself = why != caf::exit_reason::user_shutdown && why != caf::exit_reason::kill;
    if (p->now == progress::running && by_itself) lost(p->why);
    p->set(progress::ended);
  });
  progress_->now.wait(progress::starting);
  if (progress_->now == progress::ended) failure_ = progress_->why;
}

node_tree::~node_tree() {
  lifeline::exit_first(caf::actor_cast<caf::strong_actor_ptr>(top_), caf::exit_reason::kill);
  for (auto now = progress_->now.load(); now != progress::ended; now = progress_->now)
    progress_->now.wait(now);
}

std::string node_tree::add(lifeline::child_spec child) {
  std::string why;
  caf::scoped_actor self(rt_.system());
  const lifeline::add_child m{std::make_shared<const lifeline::child_spec>(std::move(child))};
  self->request(top_, caf::infinite, rt_.background(), m)
      .receive(
          [&](const lifeline::child_changed& c) {
            if (c.answer() != child_answer::done)
              why = c.reason.empty() ? "its supervisor is stopping" : c.reason;
          },
          [&](const caf::error&) { why = "its supervisor has ended"; });
  return why;
}

void node_tree::stop(std::shared_ptr<const void> done) const {
  top_->attach_functor([done = std::move(done)]() mutable { done = nullptr; });
  lifeline::exit_first(caf::actor_cast<caf::strong_actor_ptr>(top_),
                       caf::exit_reason::user_shutdown);
}

}  // namespace bank::node
