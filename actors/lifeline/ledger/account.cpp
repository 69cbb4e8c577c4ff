#include "lifeline/ledger/account.hpp"

#include <utility>

#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/shed.hpp"

namespace lifeline::ledger::detail {

/// The store's answer for an account that starts.
struct account_loaded {
  std::optional<account_record> account;
  std::optional<failure> failed;
};
template <class Inspector>
auto inspect(Inspector& f, account_loaded& x) {
  return fields(f, "account_loaded", x, x.account, x.failed);
}

/// The store's answer about earlier openings with an account's id or key.
struct account_looked_up {
  std::uint64_t attempt = 0;
  bool asked = false;
  std::optional<std::string> key_digest = {};
  std::optional<account_record> by_key = {};
};
template <class Inspector>
auto inspect(Inspector& f, account_looked_up& x) {
  return fields(f, "account_looked_up", x, x.attempt, x.asked, x.key_digest, x.by_key);
}

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

void reserve(actor_type* self, account_actor::held_back debit) {
  auto& me = state_of(self);
  const reserve_funds& m = debit.wanted;
  auto refused =
      me.account ? me.account->reserve(m.transfer, m.amount, m.debits_only, m.becomes, m.attempt)
                 : std::optional(absence(me));
  if (refused && me.account && me.account->may_lift(*refused, m.amount)) {
    me.waiting.push_back(std::move(debit));
    return;
  }
  tell(self, debit.asker, funds_reserved{m.transfer, m.attempt, std::move(refused)});
}

void on_reserve(actor_type* self, const context& ctx, const reserve_funds& m) {
  reserve(self, {m, ctx, self->current_sender()});
  want_rest(self);
}

/// After any transfer in progress has ended: retries held-back debits in order of arrival.
void try_again(actor_type* self) {
  for (auto& debit : std::exchange(state_of(self).waiting, {}))
    if (!debit.life.done()) reserve(self, std::move(debit));
}

void on_release(actor_type* self, const release_funds& m) {
  auto& me = state_of(self);
  std::erase_if(me.waiting, [&](const account_actor::held_back& debit) {
    return debit.wanted.transfer == m.transfer && debit.wanted.attempt == m.attempt;
  });
  if (me.account) me.account->release(m.transfer, m.attempt);
  try_again(self);
}

void on_accept(actor_type* self, const accept_funds& m) {
  auto& me = state_of(self);
  auto refused = me.account ? me.account->accept(m.transfer, m.amount, m.becomes, m.attempt)
                            : std::optional(absence(me));
  tell(self, self->current_sender(), funds_accepted{m.transfer, m.attempt, std::move(refused)});
  want_rest(self);
}

void on_prepare(actor_type* self, const prepare_resolution& m) {
  auto& me = state_of(self);
  auto refused = me.account ? me.account->prepare(m.transfer, m.change, m.debits_only, m.attempt)
                            : std::optional(absence(me));
  tell(self, self->current_sender(),
       resolution_prepared{m.account, m.transfer, m.attempt, std::move(refused)});
  want_rest(self);
}

void count_late(const account_actor& me) {
  me.env->count_late(&ledger_meters::late_answers::accounts);
}

void on_settle(account_actor& me, const settle_funds& m) {
  const bool was_on_its_way =
      me.account && (m.durable ? me.account->settle(m.transfer, m.attempt)
                               : me.account->release(m.transfer, m.attempt));
  if (!was_on_its_way) count_late(me);
}

// -- groups ---------------------------------------------------------------------------------------

/// In the group's order: each leg sees what the legs before it reserved.
void on_reserve_group(actor_type* self, const reserve_group& m) {
  auto& me = state_of(self);
  group_reserved answer{m.account, m.group, m.attempt, {}};
  const auto take = [&](const group_leg& l) {
    if (!me.account) return std::optional(absence(me));
    return l.debit ? me.account->reserve(l.transfer, l.amount, m.debits_only, l.becomes, m.attempt)
                   : me.account->accept(l.transfer, l.amount, l.becomes, m.attempt);
  };
  for (const group_leg& l : m.legs)
    if (auto refused = take(l)) answer.refused.push_back({l.item, std::move(*refused)});
  tell(self, self->current_sender(), std::move(answer));
  want_rest(self);
}

void on_release_group(actor_type* self, const release_group& m) {
  auto& me = state_of(self);
  if (!me.account) return;
  for (const transfer_id& t : m.transfers) me.account->release(t, m.attempt);
  try_again(self);
}

// -- opening --------------------------------------------------------------------------------------

void answer_opening(actor_type* self, account_record account, bool replayed) {
  auto& me = state_of(self);
  me.being_opened->answer(account_answer{std::move(account), replayed, std::nullopt});
  me.being_opened.reset();
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
    refuse_opening(self, {errc::store_unavailable, outcome::unknown,
                          "could not look up an earlier request in the store"});
  } else if (m.key_digest && *m.key_digest != request.key->digest) {
    refuse_opening(self, {errc::idempotency_mismatch, outcome::none,
                          "the idempotency key was used before, for a request with other content"});
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
    tell(self, me.journal, append_account{m.account, m.key, attempt, place_of(ctx)});
  }
  return answers_later<account_answer>();
}

failure failure_of_opening(const account_actor& me, verdict v) {
  switch (v) {
    case verdict::ref_taken:
      return {errc::already_exists, outcome::none,
              "owner " + me.being_opened->request.account.owner + " has an account with ref " +
                  me.being_opened->request.account.ref.value_or("") + " already"};
    case verdict::violated:
      return {errc::internal, outcome::none,
              "opening the account would break the ledger's invariants"};
    case verdict::overloaded: return overloaded("the journal's queue is full");
    case verdict::unknown:
      return {errc::store_unavailable, outcome::unknown,
              "the store could not confirm whether the account was opened"};
    case verdict::committed:
    case verdict::duplicate:
    case verdict::wrong_state:
    case verdict::left_out:
    case verdict::unavailable: break;
  }
  return {errc::store_unavailable, outcome::none, "the store could not commit"};
}

/// The journal's verdict on the opening in progress. After `unknown`, the final verdict follows.
void on_opening_journaled(actor_type* self, const entry_ended& e, wall_time at) {
  auto& me = state_of(self);
  if (e.what == verdict::committed) {
    me.account.emplace(opened_at(me.being_opened->request.account, at));
    answer_opening(self, me.account->record(), false);
  } else if (e.what == verdict::duplicate || e.what == verdict::ref_taken) {
    look_up_opening(
        self, e.what == verdict::duplicate ? already_exists(me) : failure_of_opening(me, e.what));
  } else {
    if (e.what == verdict::unknown) me.opening_in_doubt = e.attempt;
    refuse_opening(self, failure_of_opening(me, e.what));
  }
}

/// The final verdict on an uncertain opening; another opening may be in progress by now.
void on_doubt_ended(actor_type* self, verdict what) {
  auto& me = state_of(self);
  me.opening_in_doubt.reset();
  what == verdict::committed ? load(self) : want_rest(self);
}

// -- changing -------------------------------------------------------------------------------------

failure failure_of_change(const account_actor& me, verdict v) {
  const std::string named = "account " + me.id.str();
  switch (v) {
    case verdict::violated:
      return {errc::internal, outcome::none,
              "the change of " + named + " would break the ledger's invariants"};
    case verdict::overloaded: return overloaded("the journal's queue is full");
    case verdict::unknown:
      return {errc::store_unavailable, outcome::unknown,
              "the store could not confirm whether " + named + " was changed"};
    case verdict::committed:
    case verdict::duplicate:
    case verdict::ref_taken:
    case verdict::wrong_state:
    case verdict::left_out:
    case verdict::unavailable: break;
  }
  return {errc::store_unavailable, outcome::none, "the store could not commit"};
}

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
    return account_answer{before, false, std::nullopt};
  }
  const std::uint64_t attempt = ++me.last_attempt;
  me.being_changed.emplace(account_actor::change{attempt, reply(self), me.env->requests.begin()});
  tell(self, me.journal,
       append_change{me.id, attempt, before.status, before.overdraft_limit, m.change,
                     place_of(ctx)});
  return answers_later<account_answer>();
}

/// As with an opening. While the outcome is unknown the change stays in progress, and forbids what
/// it forbids.
void on_change_journaled(actor_type* self, const entry_ended& e) {
  auto& me = state_of(self);
  const bool done = e.what == verdict::committed;
  if (e.what != verdict::unknown) me.account->end_change(done);
  if (!std::exchange(me.being_changed->answered, true)) {
    if (done) {
      me.being_changed->answer(account_answer{me.account->record(), false, std::nullopt});
    } else {
      me.being_changed->answer(account_answer{{}, false, failure_of_change(me, e.what)});
    }
    me.being_changed->under_way = {};
  }
  if (e.what != verdict::unknown) me.being_changed.reset();
}

void on_journaled(actor_type* self, const entry_ended& e, wall_time at) {
  const auto& me = state_of(self);
  if (me.being_opened && me.being_opened->attempt == e.attempt) {
    on_opening_journaled(self, e, at);
  } else if (me.being_changed && me.being_changed->attempt == e.attempt) {
    on_change_journaled(self, e);
  } else if (me.opening_in_doubt == e.attempt) {
    on_doubt_ended(self, e.what);
  } else {
    count_late(me);
  }
}

void on_rest(actor_type* self) {
  auto& me = state_of(self);
  const bool is_busy = me.being_opened || me.opening_in_doubt;
  if (is_busy || (me.account && !me.account->may_rest())) {
    tell(self, me.shard, awake{me.id});
  } else {
    self->quit();
  }
}

caf::behavior handlers_of(actor_type* self) {
  auto& me = state_of(self);
  return {
      shed(self, me.env->losses,
           [self](const context& ctx, const reserve_funds& m) { on_reserve(self, ctx, m); }),
      shed(self, me.env->losses,
           [self](const context&, const accept_funds& m) { on_accept(self, m); }),
      shed(self, me.env->losses,
           [self](const context&, const prepare_resolution& m) { on_prepare(self, m); }),
      [self](const context&, const release_funds& m) { on_release(self, m); },
      [self](const settle_funds& m) {
        on_settle(state_of(self), m);
        try_again(self);
      },
      shed(self, me.env->losses,
           [self](const context&, const reserve_group& m) { on_reserve_group(self, m); }),
      [self](const context&, const release_group& m) { on_release_group(self, m); },
      [self](const settle_group& m) {
        for (const settle_funds& end : m.ends) on_settle(state_of(self), end);
        try_again(self);
      },
      shed(self, me.env->losses,
           [self](const context& ctx, const open_account& m) { return on_open(self, ctx, m); }),
      shed(self, me.env->losses,
           [self](const context& ctx, const change_account& m) { return on_change(self, ctx, m); }),
      [self](const entries_ended& m) {
        for (const entry_ended& e : m.entries) on_journaled(self, e, m.at);
        try_again(self);
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
