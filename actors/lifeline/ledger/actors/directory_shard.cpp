#include "lifeline/ledger/actors/directory_shard.hpp"

#include <algorithm>

#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/ledger/actors/account.hpp"

namespace lifeline::ledger::detail {

/// Timer → shard: look for idle accounts.
struct sweep {};
LIFELINE_MESSAGE(sweep);

namespace {

using actor_type = caf::stateful_actor<directory_shard>;
using slot = directory_shard::slot;

constexpr auto sweep_interval = std::chrono::seconds(1);
constexpr std::size_t most_unheard = 64;  // per account

void start_account(actor_type* self, account_id id, slot& s) {
  auto& me = state_of(self);
  s.holding = true;
  const caf::actor account = self->spawn<caf::linked>(
      run_account, me.env, id, caf::actor_cast<caf::strong_actor_ptr>(self), me.journal);
  keep_count(account, *me.env, me.group);
  s.account = caf::actor_cast<caf::strong_actor_ptr>(account);
}

slot& slot_of(actor_type* self, account_id id) {
  auto& me = state_of(self);
  const auto [found, is_new] = me.slots.try_emplace(id);
  if (is_new) start_account(self, id, found->second);
  found->second.last_used = me.env->rt.time().now();
  return found->second;
}

/// Before anything else is said to the account.
void tell_unheard(actor_type* self, slot& s) {
  if (!s.unheard.empty()) tell(self, s.account, settle_legs{std::exchange(s.unheard, {})});
}

/// Forwards a message with the sender and request id of the current one.
template <class... Ts>
void forward(actor_type* self, account_id id, Ts... xs) {
  slot& s = slot_of(self, id);
  auto* element = self->current_mailbox_element();
  if (s.holding) {
    s.held.emplace_back(element->sender, element->mid, caf::make_message(std::move(xs)...));
  } else {
    tell_unheard(self, s);
    put(s.account, element->sender, element->mid, self->context(), std::move(xs)...);
  }
}

const account_id& account_of(const leg_request& l) { return l.what.account; }
const account_id& account_of(const leg_end& l) { return l.account; }

/// Forwards each account's legs in one message, in their order.
template <class Message>
void forward_legs(actor_type* self, Message& m) {
  if (m.legs.size() == 1) {
    const account_id id = account_of(m.legs.front());
    return forward(self, id, std::move(m));
  }
  std::unordered_map<account_id, Message> by_account;
  for (auto& l : m.legs) by_account[account_of(l)].legs.push_back(std::move(l));
  for (auto& [id, own] : by_account) forward(self, id, std::move(own));
}

void on_settle(actor_type* self, settle_legs& m) {
  auto& me = state_of(self);
  for (leg_end& l : m.legs) {
    const auto found = me.slots.find(l.account);
    if (found == me.slots.end()) {
      me.env->count_late(&ledger_meters::late_answers::shards);
      continue;
    }
    slot& s = found->second;
    s.unheard.push_back(std::move(l));
    if (!s.holding && s.unheard.size() >= most_unheard) tell_unheard(self, s);
  }
}

/// Also while the account is asked to rest: it won't, before this.
void on_own_entry(actor_type* self, account_entry_ended& m) {
  auto& me = state_of(self);
  const auto found = me.slots.find(m.account);
  if (found == me.slots.end() || found->second.account != m.actor)
    return me.env->count_late(&ledger_meters::late_answers::shards);
  tell_unheard(self, found->second);
  tell(self, found->second.account, std::move(m.what));
}

void release_held(actor_type* self, slot& s) {
  tell_unheard(self, s);
  for (auto& w : std::exchange(s.held, {}))
    s.account->enqueue(std::move(w.sender), w.id, std::move(w.content), self->context());
}

void put_to_rest(actor_type* self, slot& s) {
  if (s.holding) return;
  s.holding = true;
  tell_unheard(self, s);
  tell(self, s.account, rest{});
}

/// The slot of the sending account; null if the slot has another incarnation.
slot* slot_of_sender(actor_type* self, account_id id) {
  auto& me = state_of(self);
  const auto found = me.slots.find(id);
  if (found != me.slots.end() && found->second.account == self->current_sender())
    return &found->second;
  me.env->count_late(&ledger_meters::late_answers::shards);
  return nullptr;
}

void on_awake(actor_type* self, account_id id) {
  slot* const s = slot_of_sender(self, id);
  if (s == nullptr) return;
  s->holding = false;
  release_held(self, *s);
}

void on_down(actor_type* self, account_id id) {
  auto& me = state_of(self);
  const auto found = me.slots.find(id);
  if (found == me.slots.end()) return;
  found->second.unheard.clear();  // it rested, so it held no leg
  if (found->second.held.empty()) {
    me.slots.erase(found);
    return;
  }
  start_account(self, id, found->second);
}

/// Puts idle accounts to rest and, above the limit, those idle longest.
void sweep_slots(actor_type* self) {
  auto& me = state_of(self);
  const auto now = me.env->rt.time().now();
  const std::size_t limit = std::max<std::size_t>(
      1, me.env->options.resident_accounts / me.env->options.directory_shards);
  std::vector<slot*> sleepless;
  for (auto& [id, s] : me.slots) {
    if (!s.holding && now - s.last_used >= sweep_interval) tell_unheard(self, s);
    if (now - s.last_used >= me.env->options.rest_after) put_to_rest(self, s);
    if (!s.holding) sleepless.push_back(&s);
  }
  if (sleepless.size() <= limit) return;
  const auto excess = static_cast<std::ptrdiff_t>(sleepless.size() - limit);
  std::nth_element(sleepless.begin(), sleepless.begin() + excess, sleepless.end(),
                   [](const slot* a, const slot* b) { return a->last_used < b->last_used; });
  std::for_each(sleepless.begin(), sleepless.begin() + excess,
                [&](slot* s) { put_to_rest(self, *s); });
}

void schedule_sweep(actor_type* self) {
  auto& me = state_of(self);
  me.next_sweep.emplace(with_timeout(me.env->rt.background(), sweep_interval));
  me.sweep_timer = notify_when_done(self, me.next_sweep->ctx(), sweep{});
}

/// The error names the account that failed, if it was one.
void on_exit(actor_type* self, const caf::exit_msg& m) {
  if (!m.reason) return;  // an account has ended normally
  for (const auto& [id, s] : state_of(self).slots)
    if (s.account && m.source == s.account->address())
      return self->quit(caf::make_error(caf::sec::runtime_error,
                                        "account " + id.str() + ": " + text_of(m.reason)));
  self->quit(m.reason);
}

account_answer shutting_down() {
  return {{}, false, failure{errc::shutting_down, outcome::none, "the node is shutting down"}};
}

caf::result<account_answer> on_open(actor_type* self, const context& ctx, const open_account& m) {
  if (state_of(self).stopping) return shutting_down();
  forward(self, m.account.id, ctx, m);
  return answers_later<account_answer>();
}

caf::result<account_answer> on_change(actor_type* self, const context& ctx,
                                      const change_account& m) {
  if (state_of(self).stopping) return shutting_down();
  forward(self, m.account, ctx, m);
  return answers_later<account_answer>();
}

}  // namespace

caf::behavior run_directory_shard(actor_type* self, environment* env, caf::strong_actor_ptr journal,
                                  generation group) {
  auto& me = state_of(self);
  me.env = env;
  me.journal = std::move(journal);
  me.group = std::move(group);
  me.stopping = env->refusing;
  keep_words_of_exceptions(self);
  handle_exits(self, [self](const caf::exit_msg& m) { on_exit(self, m); });
  schedule_sweep(self);
  return metered(
      self, env->meter(&ledger_meters::shards),
      {
          [self](take_legs& m) { forward_legs(self, m); },
          [self](release_legs& m) { forward_legs(self, m); },
          [self](settle_legs& m) { on_settle(self, m); },
          [self](account_entry_ended& m) { on_own_entry(self, m); },
          [self](const context& ctx, const open_account& m) { return on_open(self, ctx, m); },
          [self](const context& ctx, const change_account& m) { return on_change(self, ctx, m); },
          [self](awake m) { on_awake(self, m.account); },
          [self](wants_rest m) {
            if (slot* const s = slot_of_sender(self, m.account)) put_to_rest(self, *s);
          },
          [self](account_down m) { on_down(self, m.account); },
          [self](sweep) {
            sweep_slots(self);
            schedule_sweep(self);
          },
          [self](stop_accepting) { state_of(self).stopping = true; },
      });
}

}  // namespace lifeline::ledger::detail
