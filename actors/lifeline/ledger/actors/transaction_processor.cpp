#include "lifeline/ledger/actors/transaction_processor.hpp"

#include <algorithm>
#include <utility>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/ledger/actors/earlier_requests.hpp"
#include "lifeline/ledger/core/refusals.hpp"

namespace lifeline::ledger::detail {

/// A request's context is done.
struct request_context_ended {
  std::uint64_t attempt = 0;
};
LIFELINE_MESSAGE(request_context_ended);

/// The store's answer about earlier requests; empty: it could not be read.
struct request_looked_up {
  std::uint64_t attempt = 0;
  local<std::optional<earlier_request>> of_transfer = {};
  local<std::optional<earlier_batch>> of_batch = {};
};
LIFELINE_MESSAGE(request_looked_up);

namespace {

using actor_type = caf::stateful_actor<transaction_processor>;
using in_flight = transaction_processor::in_flight;

constexpr auto look_up_timeout = std::chrono::seconds(10);
constexpr std::size_t most_holds = 2'048;

template <class Answer>
void answer(actor_type* self, in_flight& r, Answer a) {
  state_of(self).out->send_releases();
  r.answer(std::move(a));
}

void append(actor_type* self, in_flight& r, unit u) {
  r.watcher = nullptr;  // past the commit point
  state_of(self).out->add(std::move(u));
}

// -- one transfer ---------------------------------------------------------------------------------

unit unit_of(in_flight& r, const transfer_request& core, std::uint64_t attempt) {
  r.appending = span_of(r.ctx, "journal append");
  return {attempt, {{core.to_append()}}, core.holds_legs(), {r.appending.place()}};
}

/// In a context of its own, because the request's may have ended; it ends with the answer.
template <class Ask>
void look_up(actor_type* self, in_flight& r, std::uint64_t attempt, Ask ask_store) {
  auto& env = *state_of(self).env;
  r.looking.emplace(with_timeout(without_cancel(r.ctx), look_up_timeout));
  auto read = [&store = env.reader, ctx = r.looking->ctx(), attempt,
               ask_store = std::move(ask_store)]() -> request_looked_up {
    request_looked_up found{attempt};
    ask_store(store, ctx, found);
    return found;
  };
  run_counted(env, lane::read, self, std::move(read), request_looked_up{attempt});
}

void await_commit(actor_type* self, std::uint64_t attempt);

/// Carries out a core's actions; true if the request has been answered.
bool obey(actor_type* self, in_flight& r, std::uint64_t attempt, transfer_request& core,
          const request_actions& o) {
  outbox& out = *state_of(self).out;
  const transfer_record& t = core.transfer();
  if (o.ask_from || o.ask_to) {
    const transfer_legs legs = core.legs();
    if (o.ask_from) out.take(r.ctx, attempt, 0, legs.from, r.debits_only);
    if (o.ask_to) out.take(r.ctx, attempt, 0, legs.to, {});
  }
  if (o.release_from) out.release(attempt, t.from, t.id);
  if (o.release_to) out.release(attempt, t.to, t.id);
  if (o.await_commit) await_commit(self, attempt);
  if (o.append) append(self, r, unit_of(r, core, attempt));
  if (o.look_up)
    look_up(
        self, r, attempt,
        [id = t.id, key = core.key()](auto& store, const context& ctx, request_looked_up& found) {
          *found.of_transfer = find_earlier(store, ctx, id, key);
        });
  if (o.answer) answer(self, r, transfer_answer{t, core.replayed(), core.refused()});
  return o.answer;
}

/// Keeps a transfer that has just become a hold, for its end.
void remember(transaction_processor& me, const transfer_request& made) {
  const transfer_record& r = made.transfer();
  const bool is_new_hold =
      made.creates() && !made.refused() && !made.replayed() && r.status == transfer_status::pending;
  if (!is_new_hold) return;
  if (me.holds.size() >= most_holds) me.holds.erase(me.holds.begin());
  me.holds.insert_or_assign(r.id, r);
}

void forget(transaction_processor& me, const in_flight& r, const transfer_request& core) {
  remember(me, core);
  me.transfers.erase(transfer_id(r.id));
}

// -- a batch --------------------------------------------------------------------------------------

unit unit_of(in_flight& r, const transfer_batch& core, std::uint64_t attempt) {
  unit u{attempt, {}, true, {place_of(r.ctx)}};
  group_entry own{r.id, static_cast<std::uint32_t>(core.members().size()), r.atomic, {}, {}};
  if (auto answer = core.kept_answer()) {
    own.key = r.key;
    own.answer = std::move(*answer);
  }
  u.entries->reserve(core.members().size() + 1);
  u.entries->emplace_back(std::move(own));
  for (const std::uint32_t i : core.members())
    u.entries->emplace_back(transfer_entry{core.items()[i].transfer, {}});
  return u;
}

batch_question question_of(const in_flight& r, const transfer_batch& core) {
  batch_question asked;
  if (core.asks_for_key()) asked.key = r.key;
  const bool has_others = !r.ids_without_secret.empty();
  if (has_others) asked.ids_without_secret.push_back(r.ids_without_secret.front());
  for (const std::uint32_t i : core.to_look_up()) {
    asked.ids.push_back(core.items()[i].transfer.id);
    if (has_others) asked.ids_without_secret.push_back(r.ids_without_secret[i + 1]);
  }
  return asked;
}

bool obey(actor_type* self, in_flight& r, std::uint64_t attempt, transfer_batch& core,
          const batch_actions& o) {
  outbox& out = *state_of(self).out;
  for (const held_leg& l : o.release) out.release(attempt, l.account, l.transfer);
  for (const std::uint32_t i : o.ask_from)
    out.take(r.ctx, attempt, i, legs_of_opening(core.items()[i].transfer).from, r.debits_only);
  for (const std::uint32_t i : o.ask_to)
    out.take(r.ctx, attempt, i, legs_of_opening(core.items()[i].transfer).to, {});
  if (o.await_commit) await_commit(self, attempt);
  if (o.append) append(self, r, unit_of(r, core, attempt));
  if (o.look_up)
    look_up(
        self, r, attempt,
        [asked = question_of(r, core)](auto& store, const context& ctx, request_looked_up& found) {
          *found.of_batch = find_earlier(store, ctx, asked);
        });
  if (o.answer) answer(self, r, batch_answer{core.items(), core.replayed(), core.refused()});
  return o.answer;
}

void forget(transaction_processor& me, const in_flight& r, const transfer_batch&) {
  me.batches.erase(r.id);
}

// -- events ---------------------------------------------------------------------------------------

/// Passes an event to a request's core, unless it has been answered.
template <class Event>
void advance(actor_type* self, std::uint64_t attempt, Event event) {
  auto& me = state_of(self);
  const auto found = me.requests.find(attempt);
  if (found == me.requests.end())
    return me.env->count_late(&ledger_meters::late_answers::processors);
  in_flight& r = found->second;
  const bool answered = std::visit(
      [&](auto& core) {
        if (!obey(self, r, attempt, core, event(r, core))) return false;
        if (r.in_doubt) {
          me.in_doubt.emplace(attempt, r.id);
        } else {
          forget(me, r, core);
        }
        return true;
      },
      r.core);
  if (answered) me.requests.erase(found);
}

/// One question at a time for all that wait, so that few are open however long a commit takes. The
/// journal fails only with this actor.
void ask_when_passed(actor_type* self) {
  auto& me = state_of(self);
  me.awaiting = std::exchange(me.waiting, {});
  const auto journal = caf::actor_cast<caf::actor>(me.journal);
  ask(self, me.env->rt.background(), journal, detail::await_commit{})
      .then(
          [self](const commit_passed&) {
            auto& us = state_of(self);
            const auto passed = std::exchange(us.awaiting, {});
            if (!us.waiting.empty()) ask_when_passed(self);
            for (const std::uint64_t attempt : passed)
              if (us.requests.contains(attempt))
                advance(self, attempt, [](in_flight&, auto& core) { return core.commit_ended(); });
          },
          [](lifeline::errc) {});
}

void await_commit(actor_type* self, std::uint64_t attempt) {
  auto& me = state_of(self);
  if (me.waiting.size() > 2 * me.requests.size())
    std::erase_if(me.waiting, [&](std::uint64_t a) { return !me.requests.contains(a); });
  me.waiting.push_back(attempt);
  if (me.awaiting.empty()) ask_when_passed(self);
}

request_actions answered(transfer_request& core, const account_id& by, const leg_answer& a,
                         lifeline::errc ended) {
  return core.answered(by, a.refused, ended);
}
batch_actions answered(transfer_batch& core, const account_id& by, const leg_answer& a,
                       lifeline::errc ended) {
  return core.answered(a.item, by, a.refused, ended);
}

void on_answered(actor_type* self, const legs_answered& m) {
  for (const leg_answer& a : m.answers)
    advance(self, a.attempt,
            [&](in_flight& r, auto& core) { return answered(core, m.account, a, r.ctx.err()); });
}

request_actions journaled(transfer_request& core, const unit_ended& u) {
  return core.journaled(u.verdicts.front());
}
batch_actions journaled(transfer_batch& core, const unit_ended& u) {
  return core.journaled(u.verdicts);
}

/// True if it is the final verdict on a request that was answered with `unknown`.
bool end_doubt(transaction_processor& me, std::uint64_t attempt) {
  const auto known = me.in_doubt.extract(attempt);
  if (!known) return false;
  const auto drop = [&](auto& table, const auto& id) {
    const auto found = table.find(id);
    if (found != table.end() && found->second == attempt) table.erase(found);
  };
  drop(me.transfers, transfer_id(known.mapped()));
  drop(me.batches, known.mapped());
  return true;
}

void on_ended(actor_type* self, const units_ended& m) {
  auto& env = *state_of(self).env;
  const time_point now = env.meters ? env.rt.time().now() : time_point{};
  for (const unit_ended& u : m.units) {
    if (end_doubt(state_of(self), u.attempt)) continue;
    advance(self, u.attempt, [&](in_flight& r, auto& core) {
      r.in_doubt = u.verdicts.front().what == verdict::unknown;
      if (env.meters && u.verdicts.front().what == verdict::committed)
        env.meters->durable.observe(now - r.began);
      return journaled(core, u);
    });
  }
}

request_actions looked_up(transfer_request& core, const request_looked_up& m, wall_time now,
                          lifeline::errc) {
  return core.looked_up(*m.of_transfer, now);
}
batch_actions looked_up(transfer_batch& core, const request_looked_up& m, wall_time,
                        lifeline::errc ended) {
  return core.looked_up(*m.of_batch, ended);
}

void on_looked_up(actor_type* self, const request_looked_up& m) {
  advance(self, m.attempt, [&](in_flight& r, auto& core) {
    return looked_up(core, m, state_of(self).env->now(), r.ctx.err());
  });
}

void on_context_ended(actor_type* self, std::uint64_t attempt) {
  advance(self, attempt, [](in_flight& r, auto& core) { return core.context_ended(r.ctx.err()); });
}

// -- requests -------------------------------------------------------------------------------------

transfer_answer refusal(failure f) { return {{}, false, std::move(f)}; }

/// Why a second request with an id is refused until the first has ended. `t`: its content; null if
/// it only names the transfer.
failure already_running(const transfer_request& first, const transfer_record* t) {
  if (first.creates() && t != nullptr && !same_content(first.transfer(), *t))
    return {errc::idempotency_mismatch, outcome::none,
            "a request with other content is running under the same id"};
  return {errc::in_progress, outcome::none, "a request for the same transfer is still running"};
}

/// `known`: the outcome of a possible earlier request for the same.
std::optional<failure> no_more(const transaction_processor& me, std::size_t running,
                               std::size_t most, outcome known) {
  if (me.stopping) return failure{errc::shutting_down, known, "the node is shutting down"};
  if (running >= most)
    return failure{errc::overloaded, known, "too many transfers are in progress"};
  return std::nullopt;
}

std::optional<failure> cannot_take(const transaction_processor& me, const transfer_id& id,
                                   const transfer_record* t, outcome known) {
  if (const auto same = me.transfers.find(id); same != me.transfers.end()) {
    const auto running = me.requests.find(same->second);
    if (running == me.requests.end())
      return failure{errc::in_progress, outcome::unknown,
                     "what became of an earlier request for the same transfer is not known yet"};
    return already_running(std::get<transfer_request>(running->second.core), t);
  }
  return no_more(me, me.transfers.size(), me.env->options.in_flight_per_processor, known);
}

std::optional<failure> cannot_take(const transaction_processor& me, const submit_batch& m) {
  // For a repetition, no earlier request was looked up yet.
  const bool repeatable =
      m.key || std::ranges::any_of(m.items, [](const batch_item& i) { return i.may_be_repeated; });
  if (me.batches.contains(m.id))
    return failure{errc::in_progress, outcome::none, "the same batch is still running"};
  return no_more(me, me.batches.size(), me.env->options.batches_per_processor,
                 repeatable ? outcome::unknown : outcome::none);
}

/// Starts the request `made`, which its caller has put into the table.
void begin(actor_type* self, const context& ctx, std::uint64_t attempt, in_flight made) {
  auto& me = state_of(self);
  in_flight& r = me.requests.emplace(attempt, std::move(made)).first->second;
  r.watcher = notify_when_done(self, ctx, request_context_ended{attempt});
  if (me.env->meters) r.began = me.env->rt.time().now();
  advance(self, attempt, [&](in_flight&, auto& core) { return core.start(me.env->now()); });
}

caf::result<transfer_answer> begin(actor_type* self, const context& ctx, const transfer_id& id,
                                   transfer_request core,
                                   const std::optional<std::string>& debits_only) {
  auto& me = state_of(self);
  const std::uint64_t attempt = ++me.last_attempt;
  me.transfers.emplace(id, attempt);
  begin(self, ctx, attempt,
        in_flight{std::move(core), id, ctx, debits_only, reply(self), me.env->requests.begin()});
  return answers_later<transfer_answer>();
}

caf::result<transfer_answer> on_submit(actor_type* self, const context& ctx,
                                       const submit_transfer& m) {
  const outcome known = m.may_be_repeated ? outcome::unknown : outcome::none;
  if (auto refused = cannot_take(state_of(self), m.transfer.id, &m.transfer, known))
    return refusal(std::move(*refused));
  return begin(self, ctx, m.transfer.id,
               transfer_request::create(m.transfer, m.key, m.may_be_repeated), m.debits_only);
}

/// `Message`: post_transfer or void_transfer.
template <class Message>
caf::result<transfer_answer> on_end(actor_type* self, const context& ctx, const Message& m,
                                    transfer_request core) {
  auto& me = state_of(self);
  if (auto refused = cannot_take(me, m.transfer, nullptr, outcome::unknown))
    return refusal(std::move(*refused));
  auto hold = me.holds.extract(m.transfer);
  // With a key, an earlier request with it must be looked up.
  if (hold && !m.key) core.known(std::move(hold.mapped()));
  return begin(self, ctx, m.transfer, std::move(core), m.debits_only);
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
  const bool is_hold = t.status == transfer_status::pending;
  return begin(self, ctx, t.id,
               is_hold ? transfer_request::expire(t) : transfer_request::execute(t), {});
}

caf::result<batch_answer> on_batch(actor_type* self, const context& ctx, const submit_batch& m) {
  auto& me = state_of(self);
  if (auto refused = cannot_take(me, m)) return batch_answer{{}, false, std::move(refused)};
  const std::uint64_t attempt = ++me.last_attempt;
  me.batches.emplace(m.id, attempt);
  in_flight r{
      transfer_batch(m.items, m.atomic, m.key ? std::optional(m.key->digest) : std::nullopt),
      m.id,
      ctx,
      m.debits_only,
      reply(self),
      me.env->requests.begin()};
  r.atomic = m.atomic;
  r.key = m.key;
  r.ids_without_secret = m.ids_without_secret;
  begin(self, ctx, attempt, std::move(r));
  return answers_later<batch_answer>();
}

caf::behavior handlers_of(actor_type* self) {
  auto& losses = state_of(self).env->losses;
  return {
      shed(
          self, losses,
          [self](const context& ctx, const submit_transfer& m) { return on_submit(self, ctx, m); }),
      shed(self, losses,
           [self](const context& ctx, const post_transfer& m) {
             return on_end(self, ctx, m, transfer_request::post(m.transfer, m.minor, m.key));
           }),
      shed(self, losses,
           [self](const context& ctx, const void_transfer& m) {
             return on_end(self, ctx, m, transfer_request::make_void(m.transfer, m.key));
           }),
      shed(self, losses,
           [self](const context& ctx, const execute_due& m) { return on_due(self, ctx, m); }),
      shed(self, losses,
           [self](const context& ctx, const submit_batch& m) { return on_batch(self, ctx, m); }),
      [self](const legs_answered& m) { on_answered(self, m); },
      [self](const units_ended& m) { on_ended(self, m); },
      [self](const request_looked_up& m) { on_looked_up(self, m); },
      [self](const request_context_ended& m) { on_context_ended(self, m.attempt); },
      [self](send_gathered) { state_of(self).out->send_all(); },
      [self](stop_accepting) { state_of(self).stopping = true; },
  };
}

}  // namespace

caf::behavior run_transaction_processor(actor_type* self, environment* env,
                                        caf::strong_actor_ptr journal,
                                        std::vector<caf::strong_actor_ptr> shards,
                                        std::uint64_t attempts) {
  auto& me = state_of(self);
  me.env = env;
  me.journal = std::move(journal);
  me.out.emplace(self, *env, me.journal, std::move(shards));
  me.last_attempt = attempts;
  me.stopping = env->refusing;
  keep_words_of_exceptions(self);
  return metered(self, env->meter(&ledger_meters::processors), handlers_of(self));
}

}  // namespace lifeline::ledger::detail
