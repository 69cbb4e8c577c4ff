#include "lifeline/ledger/actors/account.hpp"

#include <utility>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/ledger/core/refusals.hpp"

namespace lifeline::ledger::detail {

/// The store's answer for an account that starts.
struct account_loaded {
  std::optional<account_record> account;
  std::optional<failure> failed;
};
LIFELINE_MESSAGE(account_loaded);

/// The store's answer about earlier openings with an account's id or key.
struct account_looked_up {
  std::uint64_t attempt = 0;
  bool asked = false;
  std::optional<std::string> key_digest = {};
  std::optional<account_record> by_key = {};
};
LIFELINE_MESSAGE(account_looked_up);

namespace {

using actor_type = caf::stateful_actor<account_actor>;

constexpr auto load_timeout = std::chrono::seconds(5);

/// A context for a store call that no single request owns.
std::shared_ptr<cancel_scope> own_scope(environment& env) {
  return std::make_shared<cancel_scope>(with_timeout(env.rt.background(), load_timeout));
}

failure overloaded(const char* what) { return {errc::overloaded, outcome::none, what}; }

void load(actor_type* self) {
  auto& me = state_of(self);
  auto read = [env = me.env, id = me.id, scope = own_scope(*me.env)]() -> account_loaded {
    auto found = env->reader.find_account(scope->ctx(), id);
    if (!found) return {std::nullopt, found.error()};
    return {std::move(*found), std::nullopt};
  };
  run_counted(*me.env, lane::read, self, std::move(read),
              account_loaded{std::nullopt, overloaded("too many accounts are being loaded")});
}

/// The failure of requests to an account that does not exist or is not loaded.
failure absence(const account_actor& me) {
  if (me.unreadable) return *me.unreadable;
  return {errc::not_found, outcome::none, "there is no account " + me.id.str()};
}

void want_rest(actor_type* self) {
  const auto& me = state_of(self);
  if (!me.account && !me.being_opened) tell(self, me.shard, wants_rest{me.id});
}

/// At the start, and once more after an opening whose outcome had been unknown.
void on_loaded(actor_type* self, const account_loaded& m) {
  auto& me = state_of(self);
  if (m.account && !me.account) me.account.emplace(*m.account);
  me.unreadable = m.failed;
  if (!std::exchange(me.loaded, true)) tell(self, me.shard, awake{me.id});
  want_rest(self);
}

void count_late(const account_actor& me) {
  me.env->count_late(&ledger_meters::late_answers::accounts);
}

// -- legs -----------------------------------------------------------------------------------------

/// The leg of a done context gets no answer: its processor has ended the request, or will.
void on_take(actor_type* self, const take_legs& m) {
  auto& me = state_of(self);
  legs_answered answer{me.id, {}};
  answer.answers.reserve(m.legs.size());
  for (const leg_request& l : m.legs) {
    me.env->losses.offer();
    span taking = span_of(l.ctx, "take leg");
    if (const auto e = l.ctx.err(); e != lifeline::errc::none) {
      taking.fail(make_error_code(e).message());
      me.env->losses.end(e);
      continue;
    }
    me.env->losses.handle();
    auto refused = me.account ? me.account->take(l.what, l.debits_only, l.attempt)
                              : std::optional(leg_refusal{absence(me)});
    answer.answers.push_back({l.attempt, l.item, std::move(refused)});
  }
  if (!answer.answers.empty()) tell(self, self->current_sender(), std::move(answer));
  want_rest(self);
}

void on_release(account_actor& me, const release_legs& m) {
  if (!me.account) return;
  for (const leg_end& l : m.legs) me.account->release(l.transfer, l.attempt);
}

void on_settle(account_actor& me, const settle_legs& m) {
  for (const leg_end& l : m.legs) {
    const bool was_taken = me.account && (l.durable ? me.account->settle(l.transfer, l.attempt)
                                                    : me.account->release(l.transfer, l.attempt));
    if (!was_taken) count_late(me);
  }
}

// -- opening --------------------------------------------------------------------------------------

void append_one(actor_type* self, std::uint64_t attempt, entry what, const context& ctx) {
  append m;
  m.units.push_back({attempt, {{std::move(what)}}, false, {place_of(ctx)}});
  tell(self, state_of(self).journal, std::move(m));
}

/// Answers after the entry's event: the journal tells the account that its entry has ended before
/// it publishes the event. If the journal died, its successor publishes it. The account does not
/// rest meanwhile.
void answer_behind_event(actor_type* self, const reply& to, account_answer answer,
                         work_counter::token under_way) {
  auto& me = state_of(self);
  ++me.answers_due;
  const auto journal = caf::actor_cast<caf::actor>(me.journal);
  const auto send = [self, to, answer = std::move(answer)] {
    --state_of(self).answers_due;
    to(answer);
  };
  ask(self, me.env->rt.background(), journal, await_events{})
      .then([send, under_way = std::move(under_way)](const events_published&) { send(); },
            [send](lifeline::errc) { send(); });
}

void answer_opening(actor_type* self, account_record account, bool replayed) {
  auto& opened = *state_of(self).being_opened;
  answer_behind_event(self, opened.answer, {std::move(account), replayed, std::nullopt},
                      std::move(opened.under_way));
  state_of(self).being_opened.reset();
}

void refuse_opening(actor_type* self, failure why) {
  auto& me = state_of(self);
  me.being_opened->answer(account_answer{{}, false, std::move(why)});
  me.being_opened.reset();
  want_rest(self);
}

/// Before a refusal, or on "duplicate" from the store: was the same request answered before?
void look_up_opening(actor_type* self, failure refused) {
  auto& me = state_of(self);
  me.being_opened->refused = std::move(refused);
  if (!me.being_opened->request.key) {
    refuse_opening(self, *me.being_opened->refused);
    return;
  }
  const std::uint64_t attempt = me.being_opened->attempt;
  auto read = [env = me.env, key = *me.being_opened->request.key, attempt,
               scope = own_scope(*me.env)]() -> account_looked_up {
    auto used = env->reader.find_key(scope->ctx(), key.caller, key.key);
    if (!used) return {attempt};
    if (!*used) return {attempt, true};
    auto first = env->reader.find_account(scope->ctx(), account_id((*used)->object));
    if (!first) return {attempt};
    return {attempt, true, (*used)->digest, std::move(*first)};
  };
  run_counted(*me.env, lane::read, self, std::move(read), account_looked_up{attempt});
}

void on_looked_up(actor_type* self, const account_looked_up& m) {
  auto& me = state_of(self);
  if (!me.being_opened || me.being_opened->attempt != m.attempt) return count_late(me);
  const auto& request = me.being_opened->request;
  if (!m.asked) {
    refuse_opening(self, not_looked_up());
  } else if (m.key_digest && *m.key_digest != request.key->digest) {
    refuse_opening(self, used_for_other_content("idempotency key"));
  } else if (m.by_key) {
    answer_opening(self, as_opened(*m.by_key, request.account.overdraft_limit), true);
  } else {
    refuse_opening(self, *me.being_opened->refused);
  }
}

failure already_exists(const account_actor& me) {
  return {errc::already_exists, outcome::none, "account " + me.id.str() + " exists already"};
}

caf::result<account_answer> on_open(actor_type* self, const context& ctx, const open_account& m) {
  auto& me = state_of(self);
  if (me.being_opened)
    return account_answer{
        {},
        false,
        failure{errc::in_progress, outcome::none, "the same account is already being opened"}};
  if (me.unreadable) {
    want_rest(self);
    return account_answer{{}, false, absence(me)};
  }
  const std::uint64_t attempt = ++me.last_attempt;
  me.being_opened.emplace(
      account_actor::opening{m, attempt, reply(self), me.env->requests.begin(), {}});
  if (me.account) {
    look_up_opening(self, already_exists(me));
  } else {
    append_one(self, attempt, open_entry{m.account, m.key}, ctx);
  }
  return answers_later<account_answer>();
}

failure ref_taken(const account_record& a) {
  return {errc::already_exists, outcome::none,
          "owner " + a.owner + " has an account with ref " + a.ref.value_or("") + " already"};
}

/// The journal's verdict on the opening in progress. After `unknown`, the final verdict follows.
void on_opening_journaled(actor_type* self, std::uint64_t attempt, verdict what, wall_time at) {
  auto& me = state_of(self);
  switch (what) {
    case verdict::committed:
      me.account.emplace(opened_at(me.being_opened->request.account, at));
      return answer_opening(self, me.account->record(), false);
    case verdict::duplicate: return look_up_opening(self, already_exists(me));
    case verdict::ref_taken:
      return look_up_opening(self, ref_taken(me.being_opened->request.account));
    case verdict::unknown: me.opening_in_doubt = attempt; break;
    case verdict::wrong_state:
    case verdict::left_out:
    case verdict::violated:
    case verdict::unavailable:
    case verdict::overloaded: break;
  }
  refuse_opening(self, failure_of(what, "the account"));
}

/// The final verdict on an uncertain opening; another opening may be in progress by now.
void on_doubt_ended(actor_type* self, verdict what) {
  auto& me = state_of(self);
  me.opening_in_doubt.reset();
  what == verdict::committed ? load(self) : want_rest(self);
}

// -- changing -------------------------------------------------------------------------------------

account_answer outdated(const account_record& now, std::uint64_t wanted) {
  failure why{errc::invalid_state, outcome::none,
              "account " + now.id.str() + " is at version " + std::to_string(now.version) +
                  ", not at " + std::to_string(wanted)};
  return {now, false, std::move(why), true};
}

caf::result<account_answer> on_change(actor_type* self, const context& ctx,
                                      const change_account& m) {
  auto& me = state_of(self);
  if (!me.account) {
    auto absent = account_answer{{}, false, absence(me)};
    want_rest(self);
    return absent;
  }
  const account_record before = me.account->record();
  if (m.version && *m.version != before.version) return outdated(before, *m.version);
  if (auto refused = me.account->begin_change(m.change))
    return account_answer{{}, false, std::move(refused)};
  if (is_as_wanted(before, m.change)) {
    me.account->end_change(false);
    answer_behind_event(self, reply(self), {before, false, std::nullopt}, me.env->requests.begin());
    return answers_later<account_answer>();
  }
  const std::uint64_t attempt = ++me.last_attempt;
  me.being_changed.emplace(account_actor::change{attempt, reply(self), me.env->requests.begin()});
  append_one(self, attempt, change_entry{me.id, before.status, before.overdraft_limit, m.change},
             ctx);
  return answers_later<account_answer>();
}

/// As with an opening. While the outcome is unknown the change stays in progress, and forbids what
/// it forbids.
void on_change_journaled(actor_type* self, verdict what) {
  auto& me = state_of(self);
  const bool done = what == verdict::committed;
  if (what != verdict::unknown) me.account->end_change(done);
  if (!std::exchange(me.being_changed->answered, true)) {
    if (done) {
      answer_behind_event(self, me.being_changed->answer,
                          {me.account->record(), false, std::nullopt},
                          std::move(me.being_changed->under_way));
    } else {
      me.being_changed->answer(
          account_answer{{}, false, failure_of(what, "account " + me.id.str())});
    }
    me.being_changed->under_way = {};
  }
  if (what != verdict::unknown) me.being_changed.reset();
}

void on_journaled(actor_type* self, const unit_ended& u, wall_time at) {
  const auto& me = state_of(self);
  const verdict what = u.verdicts.front().what;
  if (me.being_opened && me.being_opened->attempt == u.attempt) {
    on_opening_journaled(self, u.attempt, what, at);
  } else if (me.being_changed && me.being_changed->attempt == u.attempt) {
    on_change_journaled(self, what);
  } else if (me.opening_in_doubt == u.attempt) {
    on_doubt_ended(self, what);
  } else {
    count_late(me);
  }
}

void on_rest(actor_type* self) {
  auto& me = state_of(self);
  const bool is_busy = me.being_opened || me.opening_in_doubt || me.answers_due != 0;
  if (is_busy || (me.account && !me.account->may_rest())) {
    tell(self, me.shard, awake{me.id});
  } else {
    self->quit();
  }
}

caf::behavior handlers_of(actor_type* self) {
  auto& me = state_of(self);
  return {
      [self](const take_legs& m) { on_take(self, m); },
      [self](const release_legs& m) { on_release(state_of(self), m); },
      [self](const settle_legs& m) { on_settle(state_of(self), m); },
      shed(self, me.env->losses,
           [self](const context& ctx, const open_account& m) { return on_open(self, ctx, m); }),
      shed(self, me.env->losses,
           [self](const context& ctx, const change_account& m) { return on_change(self, ctx, m); }),
      [self](const units_ended& m) {
        for (const unit_ended& u : m.units) on_journaled(self, u, m.at);
      },
      [self](const account_looked_up& m) { on_looked_up(self, m); },
      [self](const account_loaded& m) { on_loaded(self, m); },
      [self](rest) { on_rest(self); },
  };
}

}  // namespace

caf::behavior run_account(actor_type* self, environment* env, account_id id,
                          caf::strong_actor_ptr shard, caf::strong_actor_ptr journal) {
  auto& me = state_of(self);
  me.id = id;
  me.env = env;
  me.shard = std::move(shard);
  me.journal = std::move(journal);
  keep_words_of_exceptions(self);
  // The shard learns of a failure by its link, and must not start a successor before that.
  self->attach_functor([shard = me.shard, id](const caf::error& why) {
    if (!why) put(shard, nullptr, caf::make_message_id(), nullptr, account_down{id});
  });
  load(self);
  return metered(self, env->meter(&ledger_meters::accounts), handlers_of(self));
}

}  // namespace lifeline::ledger::detail
