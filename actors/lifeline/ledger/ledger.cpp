#include "lifeline/ledger/ledger.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "lifeline/ledger/actors/ledger_children.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/messages/steps.hpp"

namespace lifeline::ledger {

namespace {

enum class progress : std::uint8_t { starting, running, ended };

/// The state of the ledger's own supervisor; shared with it.
class own_tree {
 public:
  std::string why;  ///< why it has ended; set before the state

  void set(progress p) {
    now_ = p;
    now_.notify_all();
  }
  progress now() const noexcept { return now_; }
  /// Waits until the state differs from `p`; returns the new state.
  progress wait_while(progress p) const {
    now_.wait(p);
    return now_;
  }

 private:
  std::atomic<progress> now_{progress::starting};
};

supervisor_options own_options(const std::shared_ptr<own_tree>& tree) {
  supervisor_options o;
  o.path = "books";
  o.policy.strategy = restart_strategy::rest_for_one;
  o.policy.backoff.first = std::chrono::milliseconds(10);
  o.policy.backoff.most = std::chrono::seconds(5);
  o.on_started = [tree] { tree->set(progress::running); };
  return o;
}

}  // namespace

struct ledger::parts {
  std::shared_ptr<detail::environment> env;
  std::shared_ptr<own_tree> tree;  ///< none: the actors belong to another tree
  caf::actor top;
};

ledger::ledger(runtime& rt, journal_store& store, const ledger_options& options, on_lost lost)
    : parts_(std::make_unique<parts>()) {
  parts_->env = std::make_shared<detail::environment>(rt, store, options, std::move(lost));
}

result<std::unique_ptr<ledger>> ledger::start(runtime& rt, journal_store& store,
                                              const ledger_options& options, on_lost lost) {
  auto made = std::make_unique<ledger>(rt, store, options, std::move(lost));
  parts& p = *made->parts_;
  p.tree = std::make_shared<own_tree>();
  const auto how = own_options(p.tree);
  p.top = spawn_supervisor(rt.system(), rt.background(), how, made->children(how));
  p.top->attach_functor([tree = p.tree, env = p.env](const caf::error& why) {
    tree->why = text_of(why);
    if (tree->now() == progress::running)
      env->lost("its actors exceeded the restart limit: " + tree->why);
    tree->set(progress::ended);
  });
  if (p.tree->wait_while(progress::starting) == progress::running) return made;
  return made->start_failure().value_or(
      failure{errc::internal, outcome::none, "its actors could not be started: " + p.tree->why});
}

/// The store and the runtime may be destroyed next, so wait for the actors and their jobs.
ledger::~ledger() {
  auto& env = *parts_->env;
  env.closing = true;
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(parts_->top), caf::exit_reason::kill);
  env.actors.wait_until_idle(env.rt.background());
  for (const auto& lane : env.jobs) lane.wait_until_idle(env.rt.background());
}

std::vector<child_spec> ledger::children(const supervisor_options& above) const {
  return detail::ledger_children(parts_->env, above);
}

std::optional<failure> ledger::start_failure() const {
  const std::lock_guard lock(parts_->env->failure_mutex);
  return parts_->env->start_failure;
}

caf::actor ledger::processor_of(const uuid& id) const {
  const auto& all = parts_->env->processors;
  return all[hash_of(id) % all.size()].to_send_to();
}

caf::actor ledger::shard_of(const account_id& id) const {
  const auto& env = *parts_->env;
  return env.shards[env.shard_of(id)].to_send_to();
}

caf::actor ledger::order_processor() const { return parts_->env->order_processor.to_send_to(); }

const id_deriver& ledger::ids() const noexcept { return *parts_->env->ids; }

const child_ref& ledger::journal() const noexcept { return parts_->env->journal; }

std::size_t ledger::in_flight() const noexcept {
  return parts_->env->requests.count() + parts_->env->entries.count();
}

std::size_t ledger::waiting_entries() const noexcept { return parts_->env->entries.count(); }

const loss& ledger::losses() const noexcept { return parts_->env->losses; }

std::vector<std::string> ledger::under_way() const {
  const auto& env = *parts_->env;
  std::vector<std::string> all;
  const auto add = [&](const work_counter& c, const char* what) {
    if (c.count() != 0) all.push_back(what + (": " + std::to_string(c.count())));
  };
  const auto running = [&](lane l) -> const work_counter& {
    return env.jobs[static_cast<std::size_t>(l)];
  };
  add(env.requests, "requests without an answer");
  add(env.entries, "entries not known to be durable");
  add(running(lane::commit), "commits in the store");
  add(running(lane::read), "look-ups in the store");
  add(running(lane::background), "attempts to raise the store's epoch");
  return all;
}

std::string_view reason_of(ledger_state s) noexcept {
  switch (s) {
    case ledger_state::healthy: break;
    case ledger_state::starting: return "the ledger's actors are being started";
    case ledger_state::commit_unknown: return "the outcome of a commit is being looked up";
  }
  return "";
}

ledger_state ledger::state() const {
  const auto& env = *parts_->env;
  const auto is_up = [](const child_ref& c) { return c.current() != nullptr; };
  if (!is_up(env.journal) || !is_up(env.order_processor) ||
      !std::ranges::all_of(env.shards, is_up) || !std::ranges::all_of(env.processors, is_up))
    return ledger_state::starting;
  return env.healthy ? ledger_state::healthy : ledger_state::commit_unknown;
}

bool ledger::stop(const context& ctx) {
  auto& env = *parts_->env;
  env.refusing = true;
  for (const auto& c : env.processors) c.tell_from_outside(detail::stop_accepting{});
  for (const auto& c : env.shards) c.tell_from_outside(detail::stop_accepting{});
  env.order_processor.tell_from_outside(detail::stop_accepting{});
  const bool answered = env.requests.wait_until_idle(ctx);
  const bool durable = env.entries.wait_until_idle(ctx);
  return answered && durable;
}

void ledger::when_answered(std::shared_ptr<const void> held) const {
  parts_->env->requests.when_idle(std::move(held));
}

}  // namespace lifeline::ledger
