#include "lifeline/ledger/transaction_processor.hpp"

#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"

namespace lifeline::ledger::detail {

/// A transfer's context is done.
struct transfer_context_ended {
  transfer_id transfer;
  std::uint64_t attempt = 0;
};
template <class Inspector>
auto inspect(Inspector& f, transfer_context_ended& x) {
  return fields(f, "transfer_context_ended", x, x.transfer, x.attempt);
}

/// The store's answer about earlier requests with a transfer's id or key.
struct transfer_looked_up {
  transfer_id transfer;
  std::uint64_t attempt = 0;
  bool asked = false;  ///< false: the store could not be read
  std::optional<transfer_record> by_id;
  std::optional<std::string> key_digest;
  std::optional<transfer_record> by_key;
};
template <class Inspector>
auto inspect(Inspector& f, transfer_looked_up& x) {
  return fields(f, "transfer_looked_up", x, x.transfer, x.attempt, x.asked, x.by_id, x.key_digest,
                x.by_key);
}

namespace {

using actor_type = caf::stateful_actor<transaction_processor>;
using in_flight = transaction_processor::in_flight;

constexpr auto look_up_timeout = std::chrono::seconds(5);
constexpr std::size_t most_holds = 2'048;

const caf::strong_actor_ptr& shard_of(const transaction_processor& me, const account_id& id) {
  return me.shards[hash_of(id) % me.shards.size()];
}

transfer_orders start(transfer_saga& s, wall_time) { return s.start(); }
transfer_orders start(resolution_saga& s, wall_time now) { return s.start(now); }

const transfer_record& record_of(const in_flight& t) {
  return std::visit([](const auto& s) -> const transfer_record& { return s.transfer(); }, t.saga);
}

/// Detached: it must arrive whatever happens to the request, on the path of the message it reverts.
/// The journal must not settle it too: its message may overtake this one.
void release(actor_type* self, const in_flight& t, const account_id& account,
             caf::strong_actor_ptr& held_at) {
  held_at = nullptr;
  tell(self, shard_of(state_of(self), account), without_cancel(t.ctx),
       release_funds{account, record_of(t).id, t.attempt});
}

/// In a context of its own, because the request's may have ended; it ends with the answer.
void look_up(actor_type* self, in_flight& t) {
  auto& me = state_of(self);
  t.looking.emplace(with_timeout(without_cancel(t.ctx), look_up_timeout));
  const transfer_id id = record_of(t).id;
  auto read = [env = me.env, ctx = t.looking->ctx(), key = t.key, id,
               attempt = t.attempt]() -> transfer_looked_up {
    transfer_looked_up found{id, attempt, false, {}, {}, {}};
    auto by_id = env->reader.find_transfer(ctx, id);
    if (!by_id) return found;
    found.by_id = std::move(*by_id);
    if (key) {
      auto used = env->reader.find_key(ctx, key->caller, key->key);
      if (!used) return found;
      if (*used) {
        auto first = env->reader.find_transfer(ctx, transfer_id((*used)->object));
        if (!first) return found;
        found.key_digest = (*used)->digest;
        found.by_key = std::move(*first);
      }
    }
    found.asked = true;
    return found;
  };
  run_counted(*me.env, lane::read, self, std::move(read),
              transfer_looked_up{id, t.attempt, false, {}, {}, {}});
}

void reserve(actor_type* self, const in_flight& t, const transfer_record& r) {
  tell(self, shard_of(state_of(self), r.from), t.ctx,
       reserve_funds{r.from, r.id, t.attempt, r.amount, r.status, t.debits_only});
}

void accept(actor_type* self, const in_flight& t, const transfer_record& r) {
  tell(self, shard_of(state_of(self), r.to), t.ctx,
       accept_funds{r.to, r.id, t.attempt, r.amount, r.status});
}

void prepare(actor_type* self, const in_flight& t, const transfer_record& r) {
  const auto& me = state_of(self);
  const transfer_changes changes = std::get<resolution_saga>(t.saga).changes();
  tell(self, shard_of(me, r.from), t.ctx,
       prepare_resolution{r.from, r.id, t.attempt, changes.from, t.debits_only});
  tell(self, shard_of(me, r.to), t.ctx,
       prepare_resolution{r.to, r.id, t.attempt, changes.to, std::nullopt});
}

void append(actor_type* self, in_flight& t, const transfer_record& r) {
  t.watcher = nullptr;  // past the commit point
  t.appending = span_of(t.ctx, "journal append");
  const auto expects = std::get<transfer_saga>(t.saga).expects();
  tell(self, state_of(self).journal,
       append_transfer{r, t.key, expects, t.attempt, t.from, t.to, t.appending.place()});
}

void resolve(actor_type* self, in_flight& t, const transfer_record& r) {
  t.watcher = nullptr;
  t.appending = span_of(t.ctx, "journal append");
  auto ending = std::visit([](const auto& s) { return s.ending(); }, t.saga);
  const auto* asked = std::get_if<resolution_saga>(&t.saga);
  auto key = asked != nullptr && asked->keeps_key() ? t.key : std::nullopt;
  tell(self, state_of(self).journal,
       append_resolution{r, std::move(ending), std::move(key), t.attempt, t.from, t.to,
                         t.appending.place()});
}

void answer(const in_flight& t) {
  std::visit(
      [&](const auto& s) {
        t.answer(transfer_answer{s.transfer(), s.replayed(), s.refused()});
      },
      t.saga);
}

/// Carries out the saga's actions; true if the transfer has been answered.
bool obey(actor_type* self, in_flight& t, const transfer_orders& o) {
  const transfer_record& r = record_of(t);
  if (o.reserve) reserve(self, t, r);
  if (o.accept) accept(self, t, r);
  if (o.prepare) prepare(self, t, r);
  if (o.release_from) release(self, t, r.from, t.from);
  if (o.release_to) release(self, t, r.to, t.to);
  if (o.append) append(self, t, r);
  if (o.resolve) resolve(self, t, r);
  if (o.look_up) look_up(self, t);
  if (o.answer) answer(t);
  return o.answer;
}

/// Keeps a transfer that has just become a hold, for its resolution.
void remember(transaction_processor& me, const in_flight& t) {
  const auto* made = std::get_if<transfer_saga>(&t.saga);
  if (made == nullptr || made->refused() || made->replayed()) return;
  const transfer_record& r = made->transfer();
  if (r.status != transfer_status::pending) return;
  if (me.holds.size() >= most_holds) me.holds.erase(me.holds.begin());
  me.holds.insert_or_assign(r.id, r);
}

/// Passes an event to the saga of `id`, unless it belongs to an earlier attempt.
template <class Event>
void advance(actor_type* self, transfer_id id, std::uint64_t attempt, Event event) {
  auto& transfers = state_of(self).transfers;
  const auto found = transfers.find(id);
  if (found == transfers.end() || found->second.attempt != attempt)
    return state_of(self).env->count_late(&ledger_meters::late_answers::processors);
  in_flight& t = found->second;
  const transfer_orders o = std::visit([&](auto& saga) { return event(t, saga); }, t.saga);
  if (!obey(self, t, o)) return;
  remember(state_of(self), t);
  transfers.erase(found);
}

/// The same for an event of one kind of saga only.
template <class Saga, class Event>
void advance_one(actor_type* self, transfer_id id, std::uint64_t attempt, Event event) {
  advance(self, id, attempt, [&]<class Any>(in_flight& t, Any& saga) {
    if constexpr (std::is_same_v<Any, Saga>) return event(t, saga);
    return transfer_orders{};
  });
}

transfer_answer refusal(failure f) { return {{}, false, std::move(f)}; }

/// Why a second request with an id is refused until the first has ended. `t`: its content; null if
/// it only names the transfer.
failure already_running(const in_flight& first, const transfer_record* t) {
  const bool created = std::holds_alternative<transfer_saga>(first.saga);
  if (created && t != nullptr && !same_content(record_of(first), *t))
    return {errc::idempotency_mismatch, outcome::none,
            "a request with other content is running under the same id"};
  return {errc::in_progress, outcome::none, "a request for the same transfer is still running"};
}

/// `known`: the outcome of a possible earlier request with this id.
std::optional<failure> cannot_take(const transaction_processor& me, const transfer_id& id,
                                   const transfer_record* t, outcome known) {
  if (const auto same = me.transfers.find(id); same != me.transfers.end())
    return already_running(same->second, t);
  if (me.stopping) return failure{errc::shutting_down, known, "the node is shutting down"};
  if (me.transfers.size() >= me.env->options.in_flight_per_processor)
    return failure{errc::overloaded, known, "too many transfers are in progress"};
  return std::nullopt;
}

template <class Saga>
caf::result<transfer_answer> begin(actor_type* self, const context& ctx, const transfer_id& id,
                                   Saga saga, const std::optional<idempotency_key>& key,
                                   const std::optional<std::string>& debits_only) {
  auto& me = state_of(self);
  const std::uint64_t attempt = ++me.last_attempt;
  in_flight& t = me.transfers
                     .try_emplace(id, in_flight{std::move(saga), attempt, ctx, key, debits_only,
                                                reply(self), me.env->requests.begin()})
                     .first->second;
  t.watcher = notify_when_done(self, ctx, transfer_context_ended{id, attempt});
  if (me.env->meters) t.began = me.env->rt.time().now();
  advance(self, id, attempt, [&](in_flight&, auto& s) { return start(s, me.env->now()); });
  return answers_later<transfer_answer>();
}

std::optional<std::string> digest_of(const std::optional<idempotency_key>& key) {
  return key ? std::optional(key->digest) : std::nullopt;
}

caf::result<transfer_answer> on_submit(actor_type* self, const context& ctx,
                                       const submit_transfer& m) {
  auto& me = state_of(self);
  const outcome known = m.may_be_repeated ? outcome::unknown : outcome::none;
  if (auto refused = cannot_take(me, m.transfer.id, &m.transfer, known))
    return refusal(std::move(*refused));
  transfer_saga saga(m.transfer, digest_of(m.key), m.may_be_repeated);
  saga.created(me.env->rt.time().wall_now());
  return begin(self, ctx, m.transfer.id, std::move(saga), m.key, m.debits_only);
}

/// `Message`: post_transfer or void_transfer.
template <class Message>
caf::result<transfer_answer> on_end(actor_type* self, const context& ctx, const Message& m,
                                    resolution_saga saga) {
  auto& me = state_of(self);
  if (auto refused = cannot_take(me, m.transfer, nullptr, outcome::unknown))
    return refusal(std::move(*refused));
  auto hold = me.holds.extract(m.transfer);
  // With a key, an earlier request with it must be looked up.
  if (hold && !m.key) saga.known(std::move(hold.mapped()));
  return begin(self, ctx, m.transfer, std::move(saga), m.key, m.debits_only);
}

caf::result<transfer_answer> on_due(actor_type* self, const context& ctx, const execute_due& m) {
  auto& me = state_of(self);
  const transfer_record& t = m.transfer;
  if (auto refused = cannot_take(me, t.id, nullptr, outcome::none))
    return refusal(std::move(*refused));
  const auto at = due_at(t);
  if (!at || *at > me.env->now())
    return refusal({errc::invalid_state, outcome::none, "transfer " + t.id.str() + " is not due"});
  me.holds.erase(t.id);
  if (t.status == transfer_status::pending)
    return begin(self, ctx, t.id, resolution_saga::expiry(t), {}, {});
  return begin(self, ctx, t.id, transfer_saga::due(t), {}, {});
}

void on_reserved(actor_type* self, const funds_reserved& m) {
  advance_one<transfer_saga>(self, m.transfer, m.attempt, [&](in_flight& t, transfer_saga& saga) {
    if (!m.refused) t.from = self->current_sender();
    return saga.reserved(m.refused);
  });
}

void on_accepted(actor_type* self, const funds_accepted& m) {
  advance_one<transfer_saga>(self, m.transfer, m.attempt, [&](in_flight& t, transfer_saga& saga) {
    if (!m.refused) t.to = self->current_sender();
    return saga.accepted(m.refused, t.ctx.err());
  });
}

void on_prepared(actor_type* self, const resolution_prepared& m) {
  advance_one<resolution_saga>(
      self, m.transfer, m.attempt, [&](in_flight& t, resolution_saga& saga) {
        if (!m.refused)
          (m.account == saga.transfer().from ? t.from : t.to) = self->current_sender();
        return saga.prepared(m.account, m.refused, t.ctx.err());
      });
}

/// After a final verdict nothing is reserved any more: the journal has told the accounts.
void on_journaled(actor_type* self, const entries_ended& m) {
  auto& env = *state_of(self).env;
  const time_point now = env.meters ? env.rt.time().now() : time_point{};
  for (const entry_ended& e : m.entries)
    advance(self, transfer_id(e.id), e.attempt, [&](in_flight& t, auto& saga) {
      if (env.meters && e.what == verdict::committed) env.meters->durable.observe(now - t.began);
      if (e.what != verdict::unknown) t.from = t.to = nullptr;
      return saga.journaled({e.what, e.sequence}, m.at);
    });
}

transfer_orders looked_up(transfer_saga& s, const std::optional<earlier_request>& found,
                          wall_time) {
  return s.looked_up(found);
}
transfer_orders looked_up(resolution_saga& s, const std::optional<earlier_request>& found,
                          wall_time now) {
  return s.looked_up(found, now);
}

void on_looked_up(actor_type* self, const transfer_looked_up& m) {
  std::optional<earlier_request> found;
  if (m.asked) found = earlier_request{m.by_id, m.key_digest, m.by_key};
  advance(self, m.transfer, m.attempt, [&](in_flight&, auto& saga) {
    return looked_up(saga, found, state_of(self).env->now());
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
  return metered(
      self, env->meter(&ledger_meters::processors),
      {
          shed(self, env->losses,
               [self](const context& ctx, const submit_transfer& m) {
                 return on_submit(self, ctx, m);
               }),
          shed(self, env->losses,
               [self](const context& ctx, const post_transfer& m) {
                 return on_end(self, ctx, m,
                               resolution_saga::post(m.transfer, m.minor, digest_of(m.key)));
               }),
          shed(self, env->losses,
               [self](const context& ctx, const void_transfer& m) {
                 return on_end(self, ctx, m,
                               resolution_saga::make_void(m.transfer, digest_of(m.key)));
               }),
          shed(self, env->losses,
               [self](const context& ctx, const execute_due& m) { return on_due(self, ctx, m); }),
          [self](const funds_reserved& m) { on_reserved(self, m); },
          [self](const funds_accepted& m) { on_accepted(self, m); },
          [self](const resolution_prepared& m) { on_prepared(self, m); },
          [self](const entries_ended& m) { on_journaled(self, m); },
          [self](const transfer_looked_up& m) { on_looked_up(self, m); },
          [self](const transfer_context_ended& m) {
            advance(self, m.transfer, m.attempt,
                    [](in_flight& t, auto& saga) { return saga.context_ended(t.ctx.err()); });
          },
          [self](stop_accepting) { state_of(self).stopping = true; },
      });
}

}  // namespace lifeline::ledger::detail
