#include "lifeline/guards/log_sink.hpp"

#include <optional>
#include <utility>

#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/observe/actor_meter.hpp"

namespace lifeline::guards {

#if LIFELINE_CAF_1
namespace {
const lifeline::detail::room_types known(
    caf::init_global_meta_objects<caf::id_block::lifeline_log_sink>);
}
#endif

void log_backlog::wake() const { sink_.tell_from_outside(detail::rows_wait{}); }

namespace {

enum class phase : std::uint8_t { idle, gathering, writing, resting };

struct sink_state {
  static constexpr const char* name = "log_sink";

  context root;
  blocking_door* door = nullptr;
  std::shared_ptr<log_backlog> backlog;
  log_sink_options options;
  std::optional<log_pace> pace;
  phase now = phase::idle;
  bool leaving = false;
  std::uint64_t pauses = 0;
  std::optional<cancel_scope> pause;
  std::shared_ptr<context_watcher> watcher;
};
using sink_actor = caf::stateful_actor<sink_state>;

void pause_for(sink_actor* self, phase what, duration d) {
  auto& me = state_of(self);
  me.now = what;
  me.watcher = nullptr;
  me.pause.emplace(with_timeout(me.root, d));
  me.watcher = notify_when_done(self, me.pause->ctx(), detail::pause_over{++me.pauses});
}

/// Takes shared ownership: it may end after the sink.
detail::rows_written write_rows(const context& root, log_backlog& rows, duration limit) {
  const auto scope = with_timeout(root, limit);
  const time_point began = root.time().now();
  const error why = rows.write(scope.ctx());
  return {root.time().now() - began, why ? why.message() : std::string()};
}

void on_written(sink_actor* self, const detail::rows_written& m);

void write(sink_actor* self) {
  auto& me = state_of(self);
  me.now = phase::writing;
  ++me.pauses;  // a running timer is ignored
  call_blocking(self, me.root, *me.door, lane::log,
                [rows = me.backlog, limit = me.options.write_limit](const context& root) {
                  return write_rows(root, *rows, limit);
                })
      .then([self](const detail::rows_written& m) { on_written(self, m); },
            [self](errc e) {
              const bool full = e == errc::overloaded;
              on_written(self, {duration::zero(), full ? "lane full" : std::string(to_string(e))});
            });
}

void on_rows(sink_actor* self) {
  auto& me = state_of(self);
  const bool is_half_full = me.backlog->figures().waiting >= (me.backlog->most() + 1) / 2;
  if (me.now == phase::gathering && is_half_full) return write(self);
  if (me.now != phase::idle) return;
  is_half_full ? write(self) : pause_for(self, phase::gathering, me.pace->linger());
}

/// Checks again after the pause: rows submitted meanwhile woke no actor.
void on_pause_over(sink_actor* self, std::uint64_t number) {
  auto& me = state_of(self);
  if (number != me.pauses) return;
  me.pause.reset();
  const bool was_resting = me.now == phase::resting;
  me.now = phase::idle;
  if (me.backlog->figures().waiting == 0) return;
  was_resting ? on_rows(self) : write(self);
}

/// A sink that is exiting drops rows it can't write.
void on_written(sink_actor* self, const detail::rows_written& m) {
  auto& me = state_of(self);
  const auto figures = me.backlog->figures();
  if (const auto words = me.pace->judge(figures, m.why); words && me.options.on_change)
    me.options.on_change(me.pace->in_trouble(), *words);
  if (!me.leaving) {
    pause_for(self, phase::resting, me.pace->pause_after(m.took, !m.why.empty()));
  } else if (figures.waiting == 0 || !m.why.empty()) {
    self->quit(caf::exit_reason::user_shutdown);
  } else {
    write(self);
  }
}

void on_exit(sink_actor* self, const caf::exit_msg& m) {
  auto& me = state_of(self);
  if (m.reason != caf::exit_reason::user_shutdown) return self->quit(m.reason);
  me.leaving = true;
  if (me.now == phase::writing) return;
  if (me.backlog->figures().waiting == 0) return self->quit(m.reason);
  write(self);
}

caf::behavior run_log_sink(sink_actor* self, const context& root, blocking_door* door,
                           std::shared_ptr<log_backlog> backlog, log_sink_options options,
                           actor_meter* meter) {
  auto& me = state_of(self);
  me.root = root;
  me.door = door;
  me.backlog = std::move(backlog);
  me.pace.emplace(options.pace);
  me.options = std::move(options);
  keep_words_of_exceptions(self);
  handle_exits(self, [self](const caf::exit_msg& m) { on_exit(self, m); });
  if (me.backlog->figures().waiting != 0) pause_for(self, phase::gathering, me.pace->linger());
  return metered(self, meter,
                 {[self](detail::rows_wait) { on_rows(self); },
                  [self](const detail::pause_over& m) { on_pause_over(self, m.number); }});
}

}  // namespace

caf::actor spawn_log_sink(caf::actor_system& system, const context& root, blocking_door& door,
                          std::shared_ptr<log_backlog> backlog, log_sink_options options,
                          actor_meter* meter) {
  return system.spawn(run_log_sink, root, &door, std::move(backlog), std::move(options), meter);
}

}  // namespace lifeline::guards
