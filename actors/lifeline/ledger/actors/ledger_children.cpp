#include "lifeline/ledger/actors/ledger_children.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/ledger/actors/directory_shard.hpp"
#include "lifeline/ledger/actors/journal.hpp"
#include "lifeline/ledger/actors/order_processor.hpp"
#include "lifeline/ledger/actors/transaction_processor.hpp"

namespace lifeline::ledger::detail {

/// All actors of the previous group have ended.
struct predecessors_gone {};
LIFELINE_MESSAGE(predecessors_gone);

namespace {

/// Extra time for a batch and its resolution.
constexpr auto journal_grace = std::chrono::seconds(15);

/// Holds back a new group until accounts that load themselves read the final state: the previous
/// group can't append any more, and all that it appended has ended.
struct group_barrier {
  std::shared_ptr<context_watcher> watcher;
  static constexpr const char* name = "group_barrier";
};

caf::behavior run_barrier(caf::stateful_actor<group_barrier>* self, environment* env,
                          const incarnation& me, const std::optional<context>& before) {
  keep_words_of_exceptions(self);
  if (before) {
    state_of(self).watcher = notify_when_done(self, *before, predecessors_gone{});
  } else {
    tell(self, caf::actor_cast<caf::strong_actor_ptr>(self), predecessors_gone{});
  }
  return {[self, env, me](predecessors_gone) {
    ask(self, me.life(), env->journal, await_commit{})
        .then([me](const commit_passed&) { me.ready(); },
              [self](lifeline::errc e) { self->quit(to_caf(e)); });
  }};
}

/// Wraps a start function: it fails once the ledger is closing. The ledger waits for calls that
/// have begun, as for actors.
template <class F>
start_function unless_closing(const std::shared_ptr<environment>& env, F spawn) {
  return [env, spawn = std::move(spawn)](const incarnation& me) -> caf::actor {
    const auto starting = env->actors.begin();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (env->closing.load()) throw std::runtime_error("the ledger is closing");
    return spawn(env.get(), me);
  };
}

caf::actor start_barrier(environment* env, const incarnation& me) {
  const auto before = env->group_life;
  const auto mine = std::make_shared<const cancel_scope>(with_cancel(env->rt.background()));
  env->group = mine;
  env->group_life = mine->ctx();
  const caf::actor made = me.supervisor()->spawn(run_barrier, env, me, before);
  keep_count(made, *env, mine);
  return made;
}

/// The generation that the barrier of this group has begun.
generation current_group(environment& env) {
  if (auto g = env.group.lock()) return g;
  throw std::runtime_error("the group has ended");
}

caf::actor start_shard(environment* env, const incarnation& me) {
  auto group = current_group(*env);
  const caf::actor made =
      me.supervisor()->spawn(run_directory_shard, env,
                             caf::actor_cast<caf::strong_actor_ptr>(env->journal.current()), group);
  keep_count(made, *env, std::move(group));
  return made;
}

std::vector<caf::strong_actor_ptr> current_shards(const environment& env) {
  std::vector<caf::strong_actor_ptr> shards;
  for (const child_ref& s : env.shards)
    shards.push_back(caf::actor_cast<caf::strong_actor_ptr>(s.current()));
  return shards;
}

/// Attempt numbers differ between processors.
caf::actor start_processor(environment* env, const incarnation& me) {
  const std::uint64_t attempts = ++env->processors_started << 40U;
  const caf::actor made =
      me.supervisor()->spawn(run_transaction_processor, env,
                             caf::actor_cast<caf::strong_actor_ptr>(env->journal.current()),
                             current_shards(*env), attempts);
  keep_count(made, *env, current_group(*env));
  return made;
}

caf::actor start_order_processor(environment* env, const incarnation& me) {
  const caf::actor made = me.supervisor()->spawn(
      run_order_processor, env, caf::actor_cast<caf::strong_actor_ptr>(env->journal.current()));
  keep_count(made, *env, current_group(*env));
  return made;
}

child_spec journal_spec(const std::shared_ptr<environment>& env) {
  child_spec spec;
  spec.policy.name = "journal";
  spec.policy.ready_within = duration::max();
  spec.policy.shutdown_time = env->options.commit_timeout + journal_grace;
  spec.ref = env->journal;
  spec.start = unless_closing(env, [](environment* e, const incarnation& me) -> caf::actor {
    const caf::actor made = me.supervisor()->spawn(run_journal, e, me);
    keep_count(made, *e);
    return made;
  });
  return spec;
}

child_spec barrier_spec(const std::shared_ptr<environment>& env) {
  child_spec spec;
  spec.policy.name = "barrier";
  spec.policy.ready_within = duration::max();
  spec.start = unless_closing(env, start_barrier);
  return spec;
}

child_spec order_processor_spec(const std::shared_ptr<environment>& env) {
  child_spec spec;
  spec.policy.name = "standing orders";
  spec.ref = env->order_processor;
  spec.start = unless_closing(env, start_order_processor);
  return spec;
}

template <class F>
void add_numbered(std::vector<child_spec>& to, const std::shared_ptr<environment>& env,
                  const std::string& name, const std::vector<child_ref>& refs, F start) {
  for (std::size_t i = 0; i < refs.size(); ++i) {
    child_spec spec;
    spec.policy.name = name + ' ' + std::to_string(i);
    spec.ref = refs[i];
    spec.start = unless_closing(env, start);
    to.push_back(std::move(spec));
  }
}

}  // namespace

std::vector<child_spec> ledger_children(const std::shared_ptr<environment>& env,
                                        const supervisor_options& above) {
  std::vector<child_spec> group{barrier_spec(env)};
  add_numbered(group, env, "directory", env->shards, start_shard);
  add_numbered(group, env, "processor", env->processors, start_processor);
  group.push_back(order_processor_spec(env));

  supervisor_options together = above;
  together.policy.strategy = restart_strategy::one_for_all;
  together.seed = above.seed + 1;
  together.on_started = nullptr;
  return {journal_spec(env),
          supervisor_child("ledger", env->rt.background(), std::move(together), std::move(group))};
}

}  // namespace lifeline::ledger::detail
