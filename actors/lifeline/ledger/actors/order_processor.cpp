#include "lifeline/ledger/actors/order_processor.hpp"

#include <utility>

#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/ledger/messages/steps.hpp"

namespace lifeline::ledger::detail {

/// Read lane → processor: the store's answer; empty if it could not be read.
struct order_looked_up {
  std::uint64_t attempt = 0;
  local<std::optional<order_findings>> found = {};
};
LIFELINE_MESSAGE(order_looked_up);

namespace {

using actor_type = caf::stateful_actor<order_processor>;
using in_flight = order_processor::in_flight;

/// Occurrences of one order per round, so that it does not hold up other orders or the journal; the
/// rest follows in later rounds.
constexpr std::size_t occurrences_at_once = 64;
/// Maximum of concurrent requests; further ones are refused.
constexpr std::size_t most_requests = 4'096;

// -- looking up -----------------------------------------------------------------------------------

/// The store query of a request. Each member returns false if the store can't answer.
class inquiry {
 public:
  inquiry(const context& ctx, ledger_reader& store) : ctx_(ctx), store_(store) {}

  std::optional<order_findings> of_opening(const standing_order& o,
                                           const std::optional<idempotency_key>& key) {
    order_findings found;
    const bool asked = find_key(key, found) && find_by_key(found) && find(o.id, found.by_id) &&
                       find(o.from, found.from) && find(o.to, found.to);
    return asked ? std::optional(std::move(found)) : std::nullopt;
  }
  std::optional<order_findings> of_claim(const std::optional<idempotency_key>& key) {
    order_findings found;
    return find_key(key, found) ? std::optional(std::move(found)) : std::nullopt;
  }
  std::optional<order_findings> of_deletion(const standing_order_id& id) {
    order_findings found;
    if (!find(id, found.by_id)) return std::nullopt;
    if (found.by_id && !find(found.by_id->from, found.from)) return std::nullopt;
    return found;
  }

 private:
  bool find(const standing_order_id& id, std::optional<standing_order>& to) {
    auto order = store_.find_order(ctx_, id);
    if (order) to = std::move(*order);
    return order.has_value();
  }
  bool find(const account_id& id, std::optional<account_record>& to) {
    auto account = store_.find_account(ctx_, id);
    if (account) to = std::move(*account);
    return account.has_value();
  }
  bool find_by_key(order_findings& found) {
    return !found.key_digest || find(standing_order_id(found.key_object), found.by_key);
  }
  bool find_key(const std::optional<idempotency_key>& key, order_findings& found) {
    if (!key) return true;
    auto used = store_.find_key(ctx_, key->caller, key->key);
    if (!used) return false;
    if (!*used) return true;
    found.key_digest = (*used)->digest;
    found.key_object = (*used)->object;
    return true;
  }

  const context& ctx_;
  ledger_reader& store_;
};

std::optional<order_findings> inquire(inquiry ask, const order_opening& core,
                                      const std::optional<idempotency_key>& key) {
  return ask.of_opening(core.order(), key);
}
std::optional<order_findings> inquire(inquiry ask, const order_deletion& core,
                                      const std::optional<idempotency_key>&) {
  return ask.of_deletion(core.order().id);
}
std::optional<order_findings> inquire(inquiry ask, const key_claim&,
                                      const std::optional<idempotency_key>& key) {
  return ask.of_claim(key);
}

template <class Core>
void look_up(actor_type* self, const in_flight& r, const Core& core, std::uint64_t attempt) {
  auto& me = state_of(self);
  auto read = [env = me.env, ctx = r.ctx, core, key = r.key, attempt]() -> order_looked_up {
    return {attempt, {inquire(inquiry(ctx, env->reader), core, key)}};
  };
  run_counted(*me.env, lane::read, self, std::move(read), order_looked_up{attempt});
}

// -- going on -------------------------------------------------------------------------------------

entry entry_of(const in_flight& r, const order_opening& core) {
  return open_order_entry{core.order(), r.key};
}
entry entry_of(const in_flight&, const order_deletion& core) {
  return end_order_entry{core.order().id};
}
entry entry_of(const in_flight& r, const key_claim& core) {
  return claim_entry{*r.key, core.object()};
}

template <class Core>
void append_entry(actor_type* self, const in_flight& r, const Core& core, std::uint64_t attempt) {
  append m;
  m.units.push_back({attempt, {{entry_of(r, core)}}, {}, {place_of(r.ctx)}});
  tell(self, state_of(self).journal, std::move(m));
}

order_answer answer_of(const order_advance& core) { return {core.order(), false, core.refused()}; }
template <class Core>
order_answer answer_of(const Core& core) {
  return {core.order(), core.replayed(), core.refused()};
}
claim_answer answer_of(const key_claim& core) { return {core.object(), core.refused()}; }

/// Answers a request and removes it.
template <class Core>
void finish(actor_type* self, std::uint64_t attempt, const Core& core) {
  auto& me = state_of(self);
  if constexpr (std::is_same_v<Core, order_opening>) {
    const auto opened = me.openings.find(core.order().id);
    if (opened != me.openings.end() && opened->second == attempt) me.openings.erase(opened);
  }
  const auto found = me.requests.find(attempt);
  found->second.answer(answer_of(core));
  me.requests.erase(found);
}

template <class Core>
void obey(actor_type* self, in_flight& r, const Core& core, std::uint64_t attempt, order_step s) {
  switch (s) {
    case order_step::look_up: return look_up(self, r, core, attempt);
    case order_step::append: return append_entry(self, r, core, attempt);
    case order_step::answer: return finish(self, attempt, core);
    case order_step::nothing: break;
  }
}

void count_late(actor_type* self) {
  state_of(self).env->count_late(&ledger_meters::late_answers::order_processor);
}

void on_looked_up(actor_type* self, const order_looked_up& m) {
  auto& requests = state_of(self).requests;
  const auto found = requests.find(m.attempt);
  if (found == requests.end()) return count_late(self);
  in_flight& r = found->second;
  std::visit(
      [&]<class Core>(Core& core) {
        if constexpr (!std::is_same_v<Core, order_advance>)
          obey(self, r, core, m.attempt, core.looked_up(*m.found, r.ctx.err()));
      },
      r.core);
}

void journaled(actor_type* self, in_flight& /*r*/, order_advance& core, const unit_ended& u,
               wall_time /*at*/) {
  if (core.journaled(u.verdicts.front().what)) finish(self, u.attempt, core);
}
void journaled(actor_type* self, in_flight& r, order_opening& core, const unit_ended& u,
               wall_time at) {
  obey(self, r, core, u.attempt, core.journaled(u.verdicts.front().what, at));
}
template <class Core>
void journaled(actor_type* self, in_flight& r, Core& core, const unit_ended& u, wall_time /*at*/) {
  obey(self, r, core, u.attempt, core.journaled(u.verdicts.front().what));
}

/// After `unknown`, which ends a request, a final verdict may follow; no request waits for it.
void on_journaled(actor_type* self, const units_ended& m) {
  auto& requests = state_of(self).requests;
  for (const unit_ended& u : m.units) {
    const auto found = requests.find(u.attempt);
    if (found == requests.end()) {
      count_late(self);
      continue;
    }
    std::visit([&](auto& core) { journaled(self, found->second, core, u, m.at); },
               found->second.core);
  }
}

// -- beginning ------------------------------------------------------------------------------------

order_answer refusal(failure f) { return {{}, false, std::move(f)}; }

/// `known`: the outcome of a possible earlier request for the same.
std::optional<failure> cannot_take(const order_processor& me, outcome known) {
  if (me.stopping) return failure{errc::shutting_down, known, "the node is shutting down"};
  if (me.requests.size() >= most_requests)
    return failure{errc::overloaded, known, "too many standing orders and keys are being changed"};
  return std::nullopt;
}

template <class Core>
std::pair<std::uint64_t, in_flight&> begin(actor_type* self, const context& ctx, Core core,
                                           const std::optional<idempotency_key>& key) {
  auto& me = state_of(self);
  const std::uint64_t attempt = ++me.last_attempt;
  const auto made = me.requests.emplace(
      attempt, in_flight{std::move(core), ctx, key, reply(self), me.env->requests.begin()});
  return {attempt, made.first->second};
}

caf::result<order_answer> on_open(actor_type* self, const context& ctx, const open_order& m) {
  auto& me = state_of(self);
  if (auto refused = cannot_take(me, m.key ? outcome::unknown : outcome::none))
    return refusal(std::move(*refused));
  if (me.openings.contains(m.order.id))
    return refusal(
        {errc::in_progress, outcome::none,
         "the first request for standing order " + m.order.id.str() + " is still running"});
  standing_order order = m.order;
  order.created_at = me.env->rt.time().wall_now();
  const auto digest = m.key ? std::optional(m.key->digest) : std::nullopt;
  const auto [attempt, r] =
      begin(self, ctx, order_opening(std::move(order), digest, m.debits_only), m.key);
  me.openings.emplace(m.order.id, attempt);
  obey(self, r, std::get<order_opening>(r.core), attempt, order_opening::start());
  return answers_later<order_answer>();
}

caf::result<order_answer> on_end(actor_type* self, const context& ctx, const end_order& m) {
  if (auto refused = cannot_take(state_of(self), outcome::unknown))
    return refusal(std::move(*refused));
  const auto [attempt, r] = begin(self, ctx, order_deletion(m.order, m.debits_only), {});
  obey(self, r, std::get<order_deletion>(r.core), attempt, order_deletion::start());
  return answers_later<order_answer>();
}

caf::result<claim_answer> on_claim(actor_type* self, const context& ctx, const claim_key& m) {
  if (auto refused = cannot_take(state_of(self), outcome::unknown))
    return claim_answer{m.object, std::move(*refused)};
  const auto [attempt, r] = begin(self, ctx, key_claim(m.key.digest, m.object), m.key);
  obey(self, r, std::get<key_claim>(r.core), attempt, key_claim::start());
  return answers_later<claim_answer>();
}

caf::result<order_answer> on_advance(actor_type* self, const context& ctx, const advance_order& m) {
  auto& me = state_of(self);
  if (auto refused = cannot_take(me, outcome::none)) return refusal(std::move(*refused));
  order_advance core(m.order, me.env->rt.time().wall_now(), occurrences_at_once);
  if (core.dues().empty())
    return refusal(
        {errc::invalid_state, outcome::none, "standing order " + m.order.id.str() + " is not due"});
  const std::size_t occurrences = core.dues().size();
  const std::uint64_t attempt = begin(self, ctx, std::move(core), {}).first;
  standing_order ahead = m.order;
  append all;
  for (std::size_t i = 0; i < occurrences; ++i) {
    all.units.push_back({attempt, {{occur_entry{ahead.id, *ahead.next_at}}}, {}, {place_of(ctx)}});
    ahead = after_occurrence(std::move(ahead));
  }
  tell(self, me.journal, std::move(all));
  return answers_later<order_answer>();
}

}  // namespace

caf::behavior run_order_processor(actor_type* self, environment* env,
                                  caf::strong_actor_ptr journal) {
  auto& me = state_of(self);
  me.env = env;
  me.journal = std::move(journal);
  me.stopping = env->refusing;
  keep_words_of_exceptions(self);
  return metered(
      self, env->meter(&ledger_meters::order_processor),
      {
          shed(self, env->losses,
               [self](const context& ctx, const open_order& m) { return on_open(self, ctx, m); }),
          shed(self, env->losses,
               [self](const context& ctx, const end_order& m) { return on_end(self, ctx, m); }),
          shed(self, env->losses,
               [self](const context& ctx, const advance_order& m) {
                 return on_advance(self, ctx, m);
               }),
          shed(self, env->losses,
               [self](const context& ctx, const claim_key& m) { return on_claim(self, ctx, m); }),
          [self](const order_looked_up& m) { on_looked_up(self, m); },
          [self](const units_ended& m) { on_journaled(self, m); },
          [self](stop_accepting) { state_of(self).stopping = true; },
      });
}

}  // namespace lifeline::ledger::detail
