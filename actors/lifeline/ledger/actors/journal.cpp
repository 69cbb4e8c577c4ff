#include "lifeline/ledger/actors/journal.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/ledger/ledger_events.hpp"

namespace lifeline::ledger::detail {

// Messages about a batch carry its whole id. Numbers restart with each epoch, and a commit may
// answer long after the journal has resolved it under a new epoch.

/// Commit lane → journal.
struct batch_ended {
  batch_id id;
  local<std::shared_ptr<commit_result>> outcome;
  duration took = duration::zero();  // time in the store
};
LIFELINE_MESSAGE(batch_ended);

/// Background lane → journal: the epoch that it may write under, or the failure.
struct epoch_raised {
  std::uint64_t epoch = 0;
  std::optional<failure> failed;
  wall_time last_at{};                         ///< time of the last batch
  local<std::vector<ledger_event>> unheard{};  ///< events of entries that no journal published
  local<ledger_secret> secret{};
};
LIFELINE_MESSAGE(epoch_raised);
struct raise_again {};
LIFELINE_MESSAGE(raise_again);

/// Background lane → journal: the outcome of the batch; `known` is false if the store can't tell.
struct batch_resolved {
  batch_id id;
  bool known = false;
  std::uint64_t epoch = 0;
  local<std::shared_ptr<std::optional<committed_batch>>> found = {};
};
LIFELINE_MESSAGE(batch_resolved);

/// Timer → journal: the running batch has exceeded its time.
struct commit_overdue {
  batch_id id;
};
LIFELINE_MESSAGE(commit_overdue);

/// Timer → journal: try to resolve the commit again.
struct resolve_again {
  batch_id id;
};
LIFELINE_MESSAGE(resolve_again);

/// Journal → itself, behind its mailbox: accept this, finish, and end.
struct last_call {};
LIFELINE_MESSAGE(last_call);

namespace {

using actor_type = caf::stateful_actor<journal>;

constexpr auto resolve_timeout = std::chrono::seconds(10);
constexpr auto resolve_pause = std::chrono::milliseconds(250);

/// False for a journal that its supervisor gave up and replaced: its findings are no longer the
/// ledger's state.
bool counts(const journal& me) { return !me.run->life().done(); }

/// True if batch `id` is being committed or, with `resolving`, being resolved. Messages about any
/// other batch are late: dropped and counted.
bool is_about_now(const journal& me, const batch_id& id, bool resolving) {
  const auto running = me.core ? me.core->running() : nullptr;
  if (running && running->id == id && me.core->resolving() == resolving) return true;
  me.env->count_late(&ledger_meters::late_answers::journal);
  return false;
}

void commit_next(actor_type* self) {
  auto& me = state_of(self);
  const auto b = me.core->begin(me.env->rt.time().wall_now());
  if (!b) return;
  me.watch.begin(*me.env, *me.core, *b, me.askers);
  me.time_limit.emplace(with_timeout(me.env->rt.background(), me.env->options.commit_timeout));
  me.limit_watcher = notify_when_done(self, me.time_limit->ctx(), commit_overdue{b->id});
  run_counted(
      *me.env, lane::commit, self,
      [env = me.env, b]() -> batch_ended {
        const time_point began = env->rt.time().now();
        auto outcome = std::make_shared<commit_result>(env->store.commit(*b));
        return {b->id, std::move(outcome), env->rt.time().now() - began};
      },
      batch_ended{b->id, std::make_shared<commit_result>(commit_error::unavailable)});
}

/// Resolves the running batch on another connection. Raising the epoch waits for the old
/// transaction or fences it off, so that the look-up after it is final. One attempt at a time. It
/// ends with this journal's life: an epoch raised later would fence the successor.
void resolve(actor_type* self) {
  auto& me = state_of(self);
  const auto b = me.core->running();
  auto ask_store = [env = me.env, life = me.run->life(), b]() -> batch_resolved {
    const auto scope = with_timeout(life, resolve_timeout);
    const auto epoch = env->store.fence(scope.ctx());
    if (!epoch) return {b->id};
    auto found = env->store.find_batch(scope.ctx(), *b);
    if (!found) return {b->id};
    return {b->id, true, *epoch,
            std::make_shared<std::optional<committed_batch>>(std::move(*found))};
  };
  run_counted(*me.env, lane::background, self, std::move(ask_store), batch_resolved{b->id});
}

void begin_resolving(actor_type* self) {
  auto& me = state_of(self);
  me.limit_watcher = nullptr;
  me.watch.lose();
  if (counts(me)) me.env->healthy = false;
  resolve(self);
}

/// Ends the journal if it was told to exit and all appended entries have ended.
void leave_if_idle(actor_type* self) {
  auto& me = state_of(self);
  if (me.leaving && me.askers.empty()) self->quit(caf::exit_reason::user_shutdown);
}

/// The oldest `n` askers have their verdicts.
void pass_barriers(journal& me, std::size_t n) {
  for (auto& b : me.barriers) b.before -= std::min(n, b.before);
  std::erase_if(me.barriers, [](const journal::barrier& b) {
    if (b.before == 0) b.passed(commit_passed{});
    return b.before == 0;
  });
}

/// Gives the store the next batch before announcing this one, so that the store is not idle
/// meanwhile. `stored`: when the batch was committed; none: it was not.
void end_batch(actor_type* self, std::vector<entry_verdict> verdicts, const batch& ended,
               const std::optional<wall_time>& stored) {
  auto& me = state_of(self);
  const auto askers = take_oldest(me.askers, verdicts.size());
  if (stored) me.env->last_at = *stored;
  commit_next(self);
  announce(self, *me.env, askers, std::move(verdicts), ended.entries, stored.value_or(ended.at));
  pass_barriers(me, askers.size());
  leave_if_idle(self);
}

void on_batch_ended(actor_type* self, const batch_ended& m) {
  auto& me = state_of(self);
  if (!is_about_now(me, m.id, false)) return;
  const auto running = me.core->running();
  me.limit_watcher = nullptr;
  commit_result& outcome = **m.outcome;
  me.watch.end(*me.env, outcome, m.took);
  const auto* error = std::get_if<commit_error>(&outcome);
  const bool is_fenced = error != nullptr && *error == commit_error::fenced;
  const auto* done = std::get_if<committed_batch>(&outcome);
  const auto stored = done != nullptr ? std::optional(done->at) : std::nullopt;
  auto verdicts = me.core->finish(std::move(outcome));
  if (me.core->resolving()) return begin_resolving(self);
  if (is_fenced && counts(me)) me.env->lost("another journal has taken over the store");
  end_batch(self, std::move(verdicts), *running, stored);
}

/// The store can't answer for now: waiting requests get "unknown", new ones "unavailable".
void give_up_waiting(actor_type* self) {
  auto& me = state_of(self);
  if (std::exchange(me.refusing, true)) return;
  announcement say(self, *me.env, {});
  auto waiting = me.askers.begin();
  const auto running = me.core->running();
  for (std::span<const entry> left = running->entries; !left.empty(); ++waiting) {
    say.add(*waiting, left.first(waiting->entries), verdict::unknown);
    left = left.subspan(waiting->entries);
  }
  const std::vector<entry> dropped = me.core->drop_waiting();
  std::span<const entry> left = dropped;
  for (auto it = waiting; it != me.askers.end(); ++it) {
    say.add(*it, left.first(it->entries), verdict::unavailable);
    left = left.subspan(it->entries);
  }
  say.send_all();
  me.askers.erase(waiting, me.askers.end());
  for (auto& b : me.barriers) b.before = std::min(b.before, me.askers.size());
}

void on_resolved(actor_type* self, const batch_resolved& m) {
  auto& me = state_of(self);
  if (!is_about_now(me, m.id, true)) return;
  if (!m.known) {
    give_up_waiting(self);
    me.time_limit.emplace(with_timeout(me.env->rt.background(), resolve_pause));
    me.limit_watcher = notify_when_done(self, me.time_limit->ctx(), resolve_again{m.id});
    return;
  }
  // Before the answers: an asker may check at once whether writes are accepted.
  me.refusing = false;
  if (counts(me)) me.env->healthy = true;
  const auto running = me.core->running();
  std::optional<committed_batch>& found = **m.found;
  const auto stored = found ? std::optional(found->at) : std::nullopt;
  end_batch(self, me.core->resolved(m.epoch, std::move(found)), *running, stored);
}

void take(actor_type* self, unit& u) {
  auto& me = state_of(self);
  asker a{self->current_sender(), u.attempt, static_cast<std::uint32_t>(u.entries->size()),
          u.holds_legs, *u.place};
  if (!me.core) me.refusing = true;  // the unit is not stored anywhere yet
  if (me.refusing || !me.core->offer(*u.entries)) {
    announcement say(self, *me.env, {});
    say.add(a, *u.entries, me.refusing ? verdict::unavailable : verdict::overloaded);
    say.send_all();
    return;
  }
  a.under_way = me.env->entries.begin();
  me.askers.push_back(std::move(a));
}

void on_append(actor_type* self, append& m) {
  for (unit& u : m.units) take(self, u);
  if (state_of(self).core) commit_next(self);
}

// -- its beginning and its end --------------------------------------------------------------------

/// Events of entries that were committed but not published because their journal died. At the first
/// start: the events committed last by earlier runs of the node, for subscribers that lost their
/// connection with them.
result<std::vector<ledger_event>> unheard_events(environment& env, const context& ctx) {
  const topic& to = env.options.events;
  if (!to) return std::vector<ledger_event>{};
  const auto last = env.store.last_sequence(ctx);
  if (!last) return last.error();
  const std::uint64_t window = env.options.events_again;
  const std::uint64_t oldest = *last > window ? *last - window : 0;
  return events_behind(env.store, ctx, std::max(oldest, to.last_sequence()));
}

void raise_epoch(actor_type* self) {
  auto& me = state_of(self);
  auto ask_store = [env = me.env, life = me.run->life()]() -> epoch_raised {
    const auto scope = with_timeout(life, resolve_timeout);
    const auto epoch = env->store.fence(scope.ctx());
    if (!epoch) return {0, epoch.error()};
    // After the fence, no other journal can commit.
    const auto last_at = env->store.last_time(scope.ctx());
    if (!last_at) return {0, last_at.error()};
    auto unheard = unheard_events(*env, scope.ctx());
    if (!unheard) return {0, unheard.error()};
    const auto secret = env->store.secret(scope.ctx());
    if (!secret) return {0, secret.error()};
    return {*epoch, {}, *last_at, std::move(*unheard), *secret};
  };
  run_counted(*me.env, lane::background, self, std::move(ask_store),
              epoch_raised{0, failure{errc::overloaded, outcome::none,
                                      "too many calls wait for the store"}});
}

void on_epoch(actor_type* self, const epoch_raised& m) {
  auto& me = state_of(self);
  auto& env = *me.env;
  if (m.failed && !env.served) {
    const std::lock_guard lock(env.failure_mutex);
    env.start_failure = m.failed;
    self->quit(caf::make_error(caf::sec::runtime_error, m.failed->detail));
  } else if (m.failed) {
    me.time_limit.emplace(with_timeout(env.rt.background(), resolve_pause));
    me.limit_watcher = notify_when_done(self, me.time_limit->ctx(), raise_again{});
  } else {
    if (!env.ids) env.ids.emplace(*m.secret);
    for (const ledger_event& e : *m.unheard) publish_once(env.options.events, e);
    me.core.emplace(m.epoch, env.options.journal_queue, env.options.batch_limit);
    env.last_at = m.last_at;
    env.served = true;
    if (counts(me)) env.healthy = true;
    me.refusing = false;
    pass_barriers(me, 0);
    me.run->ready();
  }
}

/// Any exit except an orderly one ends it at once.
void on_exit(actor_type* self, const caf::exit_msg& m) {
  if (m.reason == caf::exit_reason::user_shutdown && state_of(self).core) {
    tell(self, caf::actor_cast<caf::strong_actor_ptr>(self), last_call{});
  } else {
    self->quit(m.reason);
  }
}

caf::result<commit_passed> on_await_commit(actor_type* self) {
  auto& me = state_of(self);
  if (me.core && me.askers.empty()) return commit_passed{};
  me.barriers.push_back({me.askers.size(), reply(self)});
  return answers_later<commit_passed>();
}

caf::behavior handlers_of(actor_type* self) {
  return {
      [self](append& m) { on_append(self, m); },
      [self](const batch_ended& m) { on_batch_ended(self, m); },
      [self](const batch_resolved& m) { on_resolved(self, m); },
      [self](const commit_overdue& m) {
        auto& me = state_of(self);
        if (!is_about_now(me, m.id, false)) return;
        me.core->overdue();
        if (me.env->meters) me.env->meters->failed_commits.add();
        begin_resolving(self);
      },
      [self](const resolve_again& m) {
        if (is_about_now(state_of(self), m.id, true)) resolve(self);
      },
      [self](const epoch_raised& m) { on_epoch(self, m); },
      [self](raise_again) { raise_epoch(self); },
      [self](const context&, await_commit) { return on_await_commit(self); },
      [](const context&, await_events) {
        return events_published{};
      },  // told and published at once
      [self](last_call) {
        state_of(self).leaving = true;
        leave_if_idle(self);
      },
  };
}

}  // namespace

caf::behavior run_journal(actor_type* self, environment* env, const incarnation& run) {
  auto& me = state_of(self);
  me.env = env;
  me.run.emplace(run);
  keep_words_of_exceptions(self);
  handle_exits(self, [self](const caf::exit_msg& m) { on_exit(self, m); });
  raise_epoch(self);
  return metered(self, env->meter(&ledger_meters::journal), handlers_of(self));
}

}  // namespace lifeline::ledger::detail
