#include "lifeline/ledger/group_processor.hpp"

#include <algorithm>
#include <utility>

#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"

namespace lifeline::ledger::detail {

/// A group's context is done.
struct group_context_ended {
  uuid group;
  std::uint64_t attempt = 0;
};
template <class Inspector>
auto inspect(Inspector& f, group_context_ended& x) {
  return fields(f, "group_context_ended", x, x.group, x.attempt);
}

/// The store's answer about earlier requests with a group's ids or key.
struct group_looked_up {
  uuid group;
  std::uint64_t attempt = 0;
  std::shared_ptr<const earlier_group> found;  ///< null: the store could not be asked
};
template <class Inspector>
auto inspect(Inspector& f, group_looked_up& x) {
  return fields(f, "group_looked_up", x, x.group, x.attempt);
}

namespace {

using actor_type = caf::stateful_actor<group_processor>;
using in_flight = group_processor::in_flight;

constexpr auto look_up_timeout = std::chrono::seconds(10);

const caf::strong_actor_ptr& shard_of(const group_processor& me, const account_id& id) {
  return me.shards[hash_of(id) % me.shards.size()];
}

void reserve(actor_type* self, const uuid& id, const in_flight& g, account_legs&& moves) {
  tell(self, shard_of(state_of(self), moves.account), g.ctx,
       reserve_group{moves.account, id, g.attempt, std::move(moves.legs), g.debits_only});
}

/// Detached: it must arrive whatever happens to the request, on the path of the message it reverts.
void release(actor_type* self, const in_flight& g, account_transfers&& back) {
  tell(self, shard_of(state_of(self), back.account), without_cancel(g.ctx),
       release_group{back.account, g.attempt, std::move(back.transfers)});
}

/// The accounts of the members, with the places of the items to settle there.
std::vector<group_account> accounts_of(const in_flight& g) {
  std::unordered_map<account_id, std::size_t> places;
  std::vector<group_account> all;
  const auto add = [&](const account_id& account, std::uint32_t n) {
    const auto [found, is_new] = places.try_emplace(account, all.size());
    if (is_new) all.push_back({g.accounts.at(account), {}});
    all[found->second].transfers.push_back(n);
  };
  std::uint32_t n = 0;
  for (const std::uint32_t i : g.saga.members()) {
    add(g.saga.items()[i].transfer.from, n);
    add(g.saga.items()[i].transfer.to, n);
    ++n;
  }
  return all;
}

void append(actor_type* self, const uuid& id, in_flight& g) {
  g.watcher = nullptr;  // past the commit point
  append_group m;
  m.group = id;
  m.attempt = g.attempt;
  m.atomic = g.atomic;
  m.place = place_of(g.ctx);
  if (auto answer = g.saga.kept_answer()) {
    m.key = g.key;
    m.answer = std::move(*answer);
  }
  m.transfers.reserve(g.saga.members().size());
  for (const std::uint32_t i : g.saga.members()) m.transfers.push_back(g.saga.items()[i].transfer);
  m.accounts = accounts_of(g);
  tell(self, state_of(self).journal, std::move(m));
}

/// The store query of a group.
struct group_inquiry {
  std::vector<transfer_id> ids;          ///< of the items to look up
  std::vector<uuid> ids_without_secret;  ///< the group's, followed by those of these items
  std::optional<idempotency_key> key;    ///< if it is looked up

  bool made_without_secret(const std::optional<key_record>& used) const {
    return used && !ids_without_secret.empty() && used->object == ids_without_secret.front();
  }
  /// Null if the store can't answer.
  std::shared_ptr<const earlier_group> ask(ledger_reader& store, const context& ctx) const {
    auto found = std::make_shared<earlier_group>();
    if (key) {
      auto used = store.find_key(ctx, key->caller, key->key);
      if (!used) return nullptr;
      found->key = std::move(*used);
    }
    const bool earlier = made_without_secret(found->key);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto id = earlier ? transfer_id(ids_without_secret[i + 1]) : ids[i];
      auto by_id = store.find_transfer(ctx, id);
      if (!by_id) return nullptr;
      found->by_id.push_back(std::move(*by_id));
    }
    return found;
  }
};

group_inquiry inquiry_of(const in_flight& g) {
  group_inquiry asked;
  if (g.saga.asks_for_key()) asked.key = g.key;
  const bool has_others = !g.ids_without_secret.empty();
  if (has_others) asked.ids_without_secret.push_back(g.ids_without_secret.front());
  for (const std::uint32_t i : g.saga.to_look_up()) {
    asked.ids.push_back(g.saga.items()[i].transfer.id);
    if (has_others) asked.ids_without_secret.push_back(g.ids_without_secret[i + 1]);
  }
  return asked;
}

/// In a context of its own, because the request's may have ended; it ends with the answer.
void look_up(actor_type* self, const uuid& id, in_flight& g) {
  auto& me = state_of(self);
  g.looking.emplace(with_timeout(without_cancel(g.ctx), look_up_timeout));
  auto read = [env = me.env, ctx = g.looking->ctx(), asked = inquiry_of(g), id,
               attempt = g.attempt]() -> group_looked_up {
    return {id, attempt, asked.ask(env->reader, ctx)};
  };
  run_counted(*me.env, lane::read, self, std::move(read), group_looked_up{id, g.attempt, nullptr});
}

/// Carries out the saga's actions; true if the group has been answered.
bool obey(actor_type* self, const uuid& id, in_flight& g, group_saga::orders o) {
  for (account_transfers& back : o.release) release(self, g, std::move(back));
  for (account_legs& moves : o.reserve) reserve(self, id, g, std::move(moves));
  if (o.append) append(self, id, g);
  if (o.look_up) look_up(self, id, g);
  if (o.answer) g.answer(group_answer{g.saga.items(), g.saga.replayed(), g.saga.refused()});
  return o.answer;
}

/// Passes an event to a group's saga, unless it belongs to an earlier attempt.
template <class Event>
void advance(actor_type* self, const uuid& id, std::uint64_t attempt, Event event) {
  auto& groups = state_of(self).groups;
  const auto found = groups.find(id);
  if (found == groups.end() || found->second.attempt != attempt)
    return state_of(self).env->count_late(&ledger_meters::late_answers::group_processors);
  if (obey(self, id, found->second, event(found->second))) groups.erase(found);
}

std::optional<failure> cannot_take(const group_processor& me, const submit_group& m) {
  // For a repetition, no earlier request was looked up yet.
  const bool repeatable =
      m.key || std::ranges::any_of(m.items, [](const group_item& i) { return i.may_be_repeated; });
  const outcome known = repeatable ? outcome::unknown : outcome::none;
  if (me.groups.contains(m.id))
    return failure{errc::in_progress, outcome::none, "the same batch is still running"};
  if (me.stopping) return failure{errc::shutting_down, known, "the node is shutting down"};
  if (me.groups.size() >= me.env->options.groups_per_processor)
    return failure{errc::overloaded, known, "too many batches are in progress"};
  return std::nullopt;
}

caf::result<group_answer> on_submit(actor_type* self, const context& ctx, const submit_group& m) {
  auto& me = state_of(self);
  if (auto refused = cannot_take(me, m)) return group_answer{{}, false, std::move(refused)};
  const std::uint64_t attempt = ++me.last_attempt;
  group_saga saga(m.items, m.atomic, m.key ? std::optional(m.key->digest) : std::nullopt);
  in_flight& g = me.groups
                     .try_emplace(m.id, in_flight{std::move(saga), attempt, ctx, m.atomic, m.key,
                                                  m.debits_only, m.ids_without_secret, reply(self),
                                                  me.env->requests.begin()})
                     .first->second;
  g.watcher = notify_when_done(self, ctx, group_context_ended{m.id, attempt});
  advance(self, m.id, attempt,
          [&](in_flight& t) { return t.saga.start(me.env->rt.time().wall_now()); });
  return answers_later<group_answer>();
}

}  // namespace

caf::behavior run_group_processor(actor_type* self, environment* env, caf::strong_actor_ptr journal,
                                  std::vector<caf::strong_actor_ptr> shards,
                                  std::uint64_t attempts) {
  auto& me = state_of(self);
  me.env = env;
  me.journal = std::move(journal);
  me.shards = std::move(shards);
  me.last_attempt = attempts;
  me.stopping = env->refusing;
  keep_words_of_exceptions(self);
  return metered(self, env->meter(&ledger_meters::group_processors),
                 {
                     shed(self, env->losses,
                          [self](const context& ctx, const submit_group& m) {
                            return on_submit(self, ctx, m);
                          }),
                     [self](const group_reserved& m) {
                       advance(self, m.group, m.attempt, [&](in_flight& g) {
                         g.accounts.insert_or_assign(m.account, self->current_sender());
                         return g.saga.reserved(m.account, m.refused, g.ctx.err());
                       });
                     },
                     [self](const group_ended& m) {
                       advance(self, m.group, m.attempt,
                               [&](in_flight& g) { return g.saga.journaled(m.verdicts, m.at); });
                     },
                     [self](const group_looked_up& m) {
                       advance(self, m.group, m.attempt, [&](in_flight& g) {
                         return g.saga.looked_up(m.found ? std::optional(*m.found) : std::nullopt,
                                                 g.ctx.err());
                       });
                     },
                     [self](const group_context_ended& m) {
                       advance(self, m.group, m.attempt,
                               [](in_flight& g) { return g.saga.context_ended(g.ctx.err()); });
                     },
                     [self](stop_accepting) { state_of(self).stopping = true; },
                 });
}

}  // namespace lifeline::ledger::detail
