#include "lifeline/ledger/journal.hpp"

#include <unordered_map>
#include <utility>

#include "lifeline/actor/tell_when_done.hpp"

namespace lifeline::ledger::detail {

/// Commit lane → journal.
struct batch_ended {
  std::uint64_t number = 0;
  std::shared_ptr<const commit_result> outcome;
};
template <class Inspector>
auto inspect(Inspector& f, batch_ended& x) {
  return fields(f, "batch_ended", x, x.number);
}

/// Background lane → journal: what became of the batch; `known` is false if the store can't say.
struct batch_resolved {
  bool known = false;
  std::uint64_t epoch = 0;
  std::shared_ptr<const std::optional<std::vector<entry_result>>> results;
};
template <class Inspector>
auto inspect(Inspector& f, batch_resolved& x) {
  return fields(f, "batch_resolved", x, x.known, x.epoch);
}

namespace {

using actor_type = caf::stateful_actor<journal>;
using asker = journal::asker;

constexpr auto resolve_timeout = std::chrono::seconds(10);
constexpr auto resolve_pause = std::chrono::milliseconds(250);

void settle(actor_type* self, const asker& a, bool durable) {
  const settle_funds end{transfer_id(a.id), durable};
  if (a.from) tell(self, a.from, end);
  if (a.to) tell(self, a.to, end);
}

/// Tells accounts and askers how their entries ended; the accounts first, so that who has an answer
/// sees its effect. `unknown` is only a notice: the entries stay, and so do the reservations.
class announcement {
 public:
  announcement(actor_type* self, wall_time at) : self_(self), at_(at) {}

  void add(const asker& a, const entry_verdict& v) {
    if (v.what != verdict::unknown) settle(self_, a, v.what == verdict::committed);
    ends_[a.who].entries.push_back({a.id, a.attempt, v.what, v.sequence});
  }
  ~announcement() {
    for (auto& [who, ended] : ends_) {
      ended.at = at_;
      tell(self_, who, std::move(ended));
    }
  }
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

 private:
  actor_type* self_;
  wall_time at_;
  std::unordered_map<caf::strong_actor_ptr, entries_ended> ends_;
};

void end_oldest(actor_type* self, const std::vector<entry_verdict>& verdicts, wall_time at) {
  auto& me = state_of(self);
  announcement say(self, at);
  for (const entry_verdict& v : verdicts) {
    say.add(me.askers.front(), v);
    me.askers.pop_front();
  }
}

void commit_next(actor_type* self) {
  auto& me = state_of(self);
  const auto b = me.core->begin(me.env->rt.time().wall_now());
  if (!b) return;
  me.time_limit.emplace(with_timeout(me.env->rt.background(), me.env->options.commit_timeout));
  me.limit_watcher = notify_when_done(self, me.time_limit->ctx(), commit_overdue{b->id.number});
  run_counted(
      *me.env, lane::commit, self,
      [env = me.env, b]() -> batch_ended {
        return {b->id.number, std::make_shared<const commit_result>(env->store.commit(*b))};
      },
      batch_ended{b->id.number, std::make_shared<const commit_result>(commit_error::unavailable)});
}

/// Finds out on another connection what became of the running batch: raising the epoch waits for
/// the old transaction or fences it off, so that the look-up after it is final.
void resolve(actor_type* self) {
  auto& me = state_of(self);
  auto ask_store = [env = me.env, b = me.core->running()]() -> batch_resolved {
    const auto scope = with_timeout(env->rt.background(), resolve_timeout);
    const auto epoch = env->store.fence(scope.ctx());
    if (!epoch) return {};
    auto found = env->store.find_batch(scope.ctx(), *b);
    if (!found) return {};
    return {true, *epoch,
            std::make_shared<const std::optional<std::vector<entry_result>>>(std::move(*found))};
  };
  run_counted(*me.env, lane::background, self, std::move(ask_store), batch_resolved{});
}

void begin_resolving(actor_type* self) {
  auto& me = state_of(self);
  me.limit_watcher = nullptr;
  me.env->healthy = false;
  resolve(self);
}

void on_batch_ended(actor_type* self, const batch_ended& m) {
  auto& me = state_of(self);
  const auto running = me.core->running();
  if (!running || running->id.number != m.number || me.core->resolving()) return;
  me.limit_watcher = nullptr;
  end_oldest(self, me.core->finish(*m.outcome), running->at);
  if (me.core->resolving()) {
    begin_resolving(self);
    return;
  }
  const auto* error = std::get_if<commit_error>(m.outcome.get());
  if (error != nullptr && *error == commit_error::fenced)
    me.env->lost("another journal has taken over the store");
  commit_next(self);
}

/// The store can't say for now: who waits hears "unknown", who comes hears "unavailable".
void give_up_waiting(actor_type* self) {
  auto& me = state_of(self);
  if (std::exchange(me.refusing, true)) return;
  const std::size_t in_doubt = me.core->running()->entries.size();
  {
    announcement say(self, {});
    for (std::size_t i = 0; i < in_doubt; ++i) say.add(me.askers[i], {verdict::unknown});
    for (std::size_t i = in_doubt; i < me.askers.size(); ++i)
      say.add(me.askers[i], {verdict::unavailable});
  }
  me.core->drop_waiting();
  me.askers.resize(in_doubt);
}

void on_resolved(actor_type* self, const batch_resolved& m) {
  auto& me = state_of(self);
  if (!me.core->resolving()) return;
  if (!m.known) {
    give_up_waiting(self);
    me.time_limit.emplace(with_timeout(me.env->rt.background(), resolve_pause));
    me.limit_watcher = notify_when_done(self, me.time_limit->ctx(), resolve_again{});
    return;
  }
  // Before the answers: who has one may ask at once whether all is well.
  me.refusing = false;
  me.env->healthy = true;
  const auto running = me.core->running();
  end_oldest(self, me.core->resolved(m.epoch, *m.results), running->at);
  commit_next(self);
}

void take(actor_type* self, entry e, asker a) {
  auto& me = state_of(self);
  if (me.refusing || !me.core->offer(std::move(e))) {
    announcement say(self, {});
    say.add(a, {me.refusing ? verdict::unavailable : verdict::overloaded});
    return;
  }
  a.under_way = me.env->entries.begin();
  me.askers.push_back(std::move(a));
  commit_next(self);
}

}  // namespace

caf::behavior run_journal(actor_type* self, environment* env, std::uint64_t epoch) {
  auto& me = state_of(self);
  me.env = env;
  me.core.emplace(epoch, env->options.journal_queue, env->options.batch_limit);
  return {
      [self](append_transfer& m) {
        asker a{m.transfer.id,     m.attempt,       self->current_sender(),
                std::move(m.from), std::move(m.to), {}};
        take(self, post_entry{std::move(m.transfer), std::move(m.key)}, std::move(a));
      },
      [self](append_account& m) {
        asker a{m.account.id, 0, self->current_sender(), nullptr, nullptr, {}};
        take(self, open_entry{std::move(m.account), std::move(m.key)}, std::move(a));
      },
      [self](const append_change& m) {
        asker a{m.account, m.attempt, self->current_sender(), nullptr, nullptr, {}};
        take(self, change_entry{m.account, m.expected_status, m.expected_limit, m.change},
             std::move(a));
      },
      [self](const batch_ended& m) { on_batch_ended(self, m); },
      [self](const batch_resolved& m) { on_resolved(self, m); },
      [self](commit_overdue m) {
        auto& core = *state_of(self).core;
        if (core.resolving() || !core.running() || core.running()->id.number != m.number) return;
        core.overdue();
        begin_resolving(self);
      },
      [self](resolve_again) {
        if (state_of(self).core->resolving()) resolve(self);
      },
  };
}

}  // namespace lifeline::ledger::detail
