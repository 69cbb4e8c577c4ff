#include "lifeline/guards/rate_limiter.hpp"

#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/observe/actor_meter.hpp"

namespace lifeline::guards {
namespace detail {

/// Timer → limiter: the first waiting request may have its tokens.
struct tokens_due {
  std::uint64_t timer = 0;
};
LIFELINE_MESSAGE(tokens_due);

/// A waiting request's context ended → limiter.
struct waiter_left {
  std::uint64_t id = 0;
};
LIFELINE_MESSAGE(waiter_left);

}  // namespace detail

#if LIFELINE_CAF_1
namespace {
const lifeline::detail::room_types known(
    caf::init_global_meta_objects<caf::id_block::lifeline_rate_limiter>);
}
#endif

namespace detail {

struct waiting_reply {
  context ctx;
  reply answer;
  std::shared_ptr<context_watcher> watcher;
};

/// The one timer, for the earliest waiting request.
struct alarm {
  time_point due{};
  cancel_scope scope;
  std::shared_ptr<context_watcher> watcher;
};

struct limiter_state {
  static constexpr const char* name = "rate_limiter";

  void open(const token_source& source, const rate_limits_options& options) {
    limits.emplace(source.window_, life.time(), options);
  }

  context life;
  std::optional<shared_core<rate_limits>> limits;
  loss own_losses;
  std::uint64_t last_waiter = 0;
  std::uint64_t timers = 0;
  std::optional<alarm> timer;
  std::unordered_map<std::uint64_t, waiting_reply> waiting;
};

}  // namespace detail

namespace {

using limiter_actor = caf::stateful_actor<detail::limiter_state>;

tokens_answered answer_of(const token_decision& d) {
  const bool admitted = d.what == token_decision::verdict::admitted;
  return {.admitted = admitted,
          .limit_of_all = d.which == token_decision::limit::all,
          .burst = d.burst,
          .remaining = d.remaining,
          .retry_after = admitted ? duration::zero() : d.wait,
          .full_after = d.full_after};
}

/// Sets the timer to the time that the core needs.
void set_alarm(limiter_actor* self) {
  auto& me = state_of(self);
  const auto due = me.limits->use([](rate_limits& l, time_point) { return l.next_due(); });
  if (due && me.timer && me.timer->due == *due) return;
  me.timer.reset();
  if (!due || *due == time_point::max()) return;
  auto scope = with_deadline(me.life, *due);
  auto watcher = notify_when_done(self, scope.ctx(), detail::tokens_due{++me.timers});
  me.timer.emplace(detail::alarm{*due, std::move(scope), std::move(watcher)});
}

/// Answers all waiting requests whose tokens are there, in order.
void serve(limiter_actor* self) {
  auto& me = state_of(self);
  const auto served = me.limits->use([](rate_limits& l, time_point now) { return l.serve(now); });
  for (const auto& [id, decision] : served) {
    const auto node = me.waiting.extract(id);
    if (node) node.mapped().answer(answer_of(decision));
  }
  set_alarm(self);
}

void leave(limiter_actor* self, std::uint64_t id) {
  auto& me = state_of(self);
  const auto node = me.waiting.extract(id);
  if (!node) return;
  node.mapped().answer.fail(node.mapped().ctx.err());
  me.limits->use([id](rate_limits& l, time_point now) { l.leave(id, now); });
  serve(self);
}

caf::result<tokens_answered> acquire(limiter_actor* self, const context& ctx,
                                     const acquire_tokens& m) {
  auto& me = state_of(self);
  const std::uint64_t id = ++me.last_waiter;
  const time_point end = ctx.deadline().value_or(time_point::max());
  bool cut_off = false;
  const auto decision = me.limits->use([&](rate_limits& l, time_point now) {
    const auto d = l.acquire(id, m.caller, m.tokens, m.longest_wait, now);
    cut_off = d.what == token_decision::verdict::waits && end - now < d.wait;
    if (cut_off) l.leave(id, now);
    return d;
  });
  if (cut_off) return to_caf(errc::deadline_exceeded);
  if (decision.what != token_decision::verdict::waits) return answer_of(decision);
  auto& mine = me.waiting[id];
  mine.ctx = ctx;
  mine.answer = reply(self);
  mine.watcher = notify_when_done(self, ctx, detail::waiter_left{id});
  set_alarm(self);
  return answers_later<tokens_answered>();
}

caf::result<limits_changed> change(limiter_actor* self, const change_limits& m) {
  auto& me = state_of(self);
  const rate_limit limit{m.tokens ? token_rate{*m.tokens, m.per} : token_rate::infinite(), m.burst};
  try {
    me.limits->use([&](rate_limits& l, time_point now) {
      m.of_all ? l.set_all(limit, now) : l.set_each(limit, now);
    });
  } catch (const std::invalid_argument&) {
    return to_caf(errc::broken_promise);
  }
  serve(self);
  return limits_changed{static_cast<std::int64_t>(me.waiting.size())};
}

caf::behavior run_rate_limiter(limiter_actor* self, const context& life,
                               const rate_limits_options& options, loss* losses, actor_meter* meter,
                               const token_source& source) {
  auto& me = state_of(self);
  me.life = life;
  me.open(source, options);
  loss& counted = losses != nullptr ? *losses : me.own_losses;
  return metered(
      self, meter,
      {shed(self, counted,
            [self](const context& ctx, const acquire_tokens& m) -> caf::result<tokens_answered> {
              return acquire(self, ctx, m);
            }),
       shed(self, counted,
            [self](const context&, const change_limits& m) -> caf::result<limits_changed> {
              return change(self, m);
            }),
       [self](const detail::waiter_left& m) { leave(self, m.id); },
       [self](const detail::tokens_due& m) {
         if (m.timer != state_of(self).timers) return;
         state_of(self).timer.reset();
         serve(self);
       }});
}

}  // namespace

caf::actor spawn_rate_limiter(caf::actor_system& system, const context& life,
                              const rate_limits_options& options, loss* losses, actor_meter* meter,
                              const token_source& source) {
  rate_limits check(options);  // throws if they are invalid
  return spawn_linked(system, life, run_rate_limiter, life, options, losses, meter, source);
}

std::optional<tokens_answered> token_source::take(const context& ctx, std::string_view caller,
                                                  std::int64_t tokens,
                                                  duration longest_wait) const {
  if (ctx.done()) return std::nullopt;
  return window_->use([&](rate_limits& l, time_point now) -> std::optional<tokens_answered> {
    const auto decision = l.take(caller, tokens, longest_wait, now);
    if (decision.what == token_decision::verdict::waits) return std::nullopt;
    return answer_of(decision);
  });
}

}  // namespace lifeline::guards
