#include "lifeline/ledger/transaction_processor.hpp"

#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"

namespace lifeline::ledger::detail {

namespace {

using actor_type = caf::stateful_actor<transaction_processor>;
using in_flight = transaction_processor::in_flight;

constexpr auto look_up_timeout = std::chrono::seconds(5);

const caf::strong_actor_ptr& shard_of(const transaction_processor& me, const account_id& id) {
  return me.shards[hash_of(id) % me.shards.size()];
}

/// Detached: it must arrive whatever became of the request, by the path of what it takes back.
void release(actor_type* self, const in_flight& t, const account_id& account) {
  tell(self, shard_of(state_of(self), account), without_cancel(t.ctx),
       release_funds{account, t.saga.transfer().id});
}

/// On a life of its own, for the request's may have ended; it ends with the answer.
void look_up(actor_type* self, in_flight& t) {
  auto& me = state_of(self);
  t.looking.emplace(with_timeout(without_cancel(t.ctx), look_up_timeout));
  auto read = [env = me.env, ctx = t.looking->ctx(), key = t.key, id = t.saga.transfer().id,
               attempt = t.attempt]() -> transfer_looked_up {
    transfer_looked_up found{id, attempt, false, {}, {}, {}};
    auto by_id = env->store.find_transfer(ctx, id);
    if (!by_id) return found;
    found.by_id = std::move(*by_id);
    if (key) {
      auto used = env->store.find_key(ctx, key->caller, key->key);
      if (!used) return found;
      if (*used) {
        auto first = env->store.find_transfer(ctx, transfer_id((*used)->object));
        if (!first) return found;
        found.key_digest = (*used)->digest;
        found.by_key = std::move(*first);
      }
    }
    found.asked = true;
    return found;
  };
  run_counted(*me.env, lane::read, self, std::move(read),
              transfer_looked_up{t.saga.transfer().id, t.attempt, false, {}, {}, {}});
}

void append(actor_type* self, in_flight& t) {
  t.watcher = nullptr;  // past the commit point
  tell(self, state_of(self).journal,
       append_transfer{t.saga.transfer(), t.key, t.attempt, t.from, t.to});
}

/// Does what the saga orders; true if the transfer has been answered.
bool obey(actor_type* self, in_flight& t, const transfer_saga::orders& o) {
  auto& me = state_of(self);
  const transfer_record& r = t.saga.transfer();
  if (o.reserve)
    tell(self, shard_of(me, r.from), t.ctx,
         reserve_funds{r.from, r.id, t.attempt, r.amount, t.debits_only});
  if (o.accept)
    tell(self, shard_of(me, r.to), t.ctx, accept_funds{r.to, r.id, t.attempt, r.amount});
  if (o.append) append(self, t);
  if (o.release_from) release(self, t, r.from);
  if (o.release_to) release(self, t, r.to);
  if (o.look_up) look_up(self, t);
  if (o.answer) t.answer(transfer_answer{r, t.saga.replayed(), t.saga.refused()});
  return o.answer;
}

/// Gives an event to the saga of `id`, unless it is about an earlier attempt.
template <class Event>
void advance(actor_type* self, transfer_id id, std::uint64_t attempt, Event event) {
  auto& transfers = state_of(self).transfers;
  const auto found = transfers.find(id);
  if (found == transfers.end() || found->second.attempt != attempt) return;
  if (obey(self, found->second, event(found->second))) transfers.erase(found);
}

transfer_answer refusal(failure f) { return {{}, false, std::move(f)}; }

std::optional<failure> cannot_take(const transaction_processor& me, const submit_transfer& m) {
  const transfer_record& t = m.transfer;
  // Of an earlier request under this id nothing is known here.
  const outcome known = m.may_be_repeated ? outcome::unknown : outcome::none;
  if (const auto same = me.transfers.find(t.id); same != me.transfers.end()) {
    if (same_content(same->second.saga.transfer(), t))
      return failure{errc::in_progress, outcome::none,
                     "a request for transfer " + t.id.str() + " is still running"};
    return failure{errc::idempotency_mismatch, outcome::none,
                   "a request of other content is running under id " + t.id.str()};
  }
  if (me.stopping) return failure{errc::shutting_down, known, "the node is shutting down"};
  if (me.transfers.size() >= me.env->options.in_flight_per_processor)
    return failure{errc::overloaded, known, "too many transfers are on their way"};
  return std::nullopt;
}

caf::result<transfer_answer> on_submit(actor_type* self, const context& ctx,
                                       const submit_transfer& m) {
  auto& me = state_of(self);
  if (auto refused = cannot_take(me, m)) return refusal(std::move(*refused));
  const std::uint64_t attempt = ++me.last_attempt;
  std::optional<std::string> digest;
  if (m.key) digest = m.key->digest;
  in_flight& t =
      me.transfers
          .try_emplace(m.transfer.id,
                       in_flight{transfer_saga(m.transfer, std::move(digest), m.may_be_repeated),
                                 attempt, ctx, m.key, m.debits_only, reply(self),
                                 me.env->requests.begin(), nullptr, nullptr, nullptr})
          .first->second;
  t.saga.created(me.env->rt.time().wall_now());
  t.watcher = notify_when_done(self, ctx, transfer_context_ended{m.transfer.id, attempt});
  advance(self, m.transfer.id, attempt, [](in_flight& f) { return f.saga.start(); });
  return answers_later<transfer_answer>();
}

void on_reserved(actor_type* self, const funds_reserved& m) {
  advance(self, m.transfer, m.attempt, [&](in_flight& t) {
    t.from = self->current_sender();
    return t.saga.reserved(m.refused);
  });
}

void on_accepted(actor_type* self, const funds_accepted& m) {
  advance(self, m.transfer, m.attempt, [&](in_flight& t) {
    t.to = self->current_sender();
    return t.saga.accepted(m.refused, t.ctx.err());
  });
}

void on_journaled(actor_type* self, const entries_ended& m) {
  for (const entry_ended& e : m.entries)
    advance(self, transfer_id(e.id), e.attempt, [&](in_flight& t) {
      return t.saga.journaled({e.what, e.sequence}, m.at);
    });
}

void on_looked_up(actor_type* self, const transfer_looked_up& m) {
  advance(self, m.transfer, m.attempt, [&](in_flight& t) {
    if (!m.asked) return t.saga.looked_up(std::nullopt);
    return t.saga.looked_up(earlier_request{m.by_id, m.key_digest, m.by_key});
  });
}

}  // namespace

caf::behavior run_transaction_processor(actor_type* self, environment* env,
                                        caf::strong_actor_ptr journal,
                                        std::vector<caf::strong_actor_ptr> shards) {
  auto& me = state_of(self);
  me.env = env;
  me.journal = std::move(journal);
  me.shards = std::move(shards);
  me.stopping = env->refusing;
  keep_words_of_exceptions(self);
  return {
      shed(
          self, env->losses,
          [self](const context& ctx, const submit_transfer& m) { return on_submit(self, ctx, m); }),
      [self](const funds_reserved& m) { on_reserved(self, m); },
      [self](const funds_accepted& m) { on_accepted(self, m); },
      [self](const entries_ended& m) { on_journaled(self, m); },
      [self](const transfer_looked_up& m) { on_looked_up(self, m); },
      [self](const transfer_context_ended& m) {
        advance(self, m.transfer, m.attempt,
                [](in_flight& t) { return t.saga.context_ended(t.ctx.err()); });
      },
      [self](stop_accepting) { state_of(self).stopping = true; },
  };
}

}  // namespace lifeline::ledger::detail
