#include "lifeline/ledger/ledger.hpp"

#include <algorithm>
#include <utility>

#include "lifeline/ledger/directory_shard.hpp"
#include "lifeline/ledger/journal.hpp"
#include "lifeline/ledger/parts.hpp"
#include "lifeline/ledger/transaction_processor.hpp"

namespace lifeline::ledger {

struct ledger::parts {
  std::unique_ptr<detail::environment> env;
  caf::actor journal;
  std::vector<caf::actor> shards;
  std::vector<caf::actor> processors;
};

namespace {

constexpr auto first_fence_timeout = std::chrono::seconds(10);

std::vector<caf::strong_actor_ptr> pointers_to(const std::vector<caf::actor>& actors) {
  std::vector<caf::strong_actor_ptr> out;
  out.reserve(actors.size());
  for (const auto& a : actors) out.push_back(caf::actor_cast<caf::strong_actor_ptr>(a));
  return out;
}

}  // namespace

result<std::unique_ptr<ledger>> ledger::start(runtime& rt, ledger_store& store,
                                              const ledger_options& options, on_lost lost) {
  const auto scope = with_timeout(rt.background(), first_fence_timeout);
  const auto epoch = store.fence(scope.ctx());
  if (!epoch) return epoch.error();

  auto p = std::make_unique<parts>();
  p->env = std::make_unique<detail::environment>(rt, store, options, std::move(lost));
  auto* env = p->env.get();
  const auto counted = [env](caf::actor a, const char* what) {
    detail::keep_count(a, *env, what);
    return a;
  };
  p->journal = counted(rt.system().spawn(detail::run_journal, env, *epoch), "journal");
  const auto journal = caf::actor_cast<caf::strong_actor_ptr>(p->journal);
  for (std::size_t i = 0; i < options.directory_shards; ++i)
    p->shards.push_back(
        counted(rt.system().spawn(detail::run_directory_shard, env, journal), "directory"));
  const auto shards = pointers_to(p->shards);
  for (std::size_t i = 0; i < options.processors; ++i)
    p->processors.push_back(
        counted(rt.system().spawn(detail::run_transaction_processor, env, journal, shards),
                "transaction processor"));
  return std::unique_ptr<ledger>(new ledger(std::move(p)));
}

ledger::ledger(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

/// The store and the runtime may go right after: so wait for the actors and for their jobs.
ledger::~ledger() {
  auto& env = *parts_->env;
  env.stopping = true;
  const auto end = [](caf::actor& a) {
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(a), caf::exit_reason::user_shutdown);
    a = nullptr;
  };
  std::for_each(parts_->processors.begin(), parts_->processors.end(), end);
  std::for_each(parts_->shards.begin(), parts_->shards.end(), end);
  end(parts_->journal);
  env.actors.wait_until_idle(env.rt.background());
  env.jobs.wait_until_idle(env.rt.background());
}

const caf::actor& ledger::processor_of(const transfer_id& id) const noexcept {
  return parts_->processors[hash_of(id) % parts_->processors.size()];
}

const caf::actor& ledger::shard_of(const account_id& id) const noexcept {
  return parts_->shards[hash_of(id) % parts_->shards.size()];
}

std::size_t ledger::in_flight() const noexcept {
  return parts_->env->requests.count() + parts_->env->entries.count();
}

bool ledger::healthy() const noexcept { return parts_->env->healthy; }

bool ledger::stop(const context& ctx) {
  auto& env = *parts_->env;
  for (const auto& a : parts_->processors) tell_from_outside(a, detail::stop_accepting{});
  for (const auto& a : parts_->shards) tell_from_outside(a, detail::stop_accepting{});
  const bool answered = env.requests.wait_until_idle(ctx);
  const bool durable = env.entries.wait_until_idle(ctx);
  return answered && durable;
}

}  // namespace lifeline::ledger
