#include "lifeline/work/ticker.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/work/tick_schedule.hpp"

namespace lifeline {
namespace detail {

/// Timer → ticker: a round is due, or may be.
struct round_due {
  std::uint64_t timer = 0;
};
LIFELINE_MESSAGE(round_due);

/// Last copy of a round's `tick` dropped → ticker.
struct round_told {
  std::uint64_t round = 0;
};
LIFELINE_MESSAGE(round_told);

/// A round's context ended → ticker.
struct round_cut {
  std::uint64_t round = 0;
};
LIFELINE_MESSAGE(round_cut);

/// An item ended, or its context did → ticker.
struct item_over {
  std::uint64_t item = 0;
  local<std::shared_ptr<const error>> why;  ///< null: no error
};
LIFELINE_MESSAGE(item_over);

#if LIFELINE_CAF_1
namespace {
const room_types known(caf::init_global_meta_objects<caf::id_block::lifeline_work>);
}
#endif

struct ticker;
using ticker_actor = caf::stateful_actor<ticker>;

struct round_body {
  ticker_actor* const self;
  const caf::strong_actor_ptr address;
  const context ctx;
  const std::uint64_t number;

  round_body(ticker_actor* ticker, context life, std::uint64_t n)
      : self(ticker),
        address(caf::actor_cast<caf::strong_actor_ptr>(ticker)),
        ctx(std::move(life)),
        number(n) {}
  round_body(const round_body&) = delete;
  round_body& operator=(const round_body&) = delete;
  ~round_body() { put(address, nullptr, caf::make_message_id(), nullptr, round_told{number}); }
};

struct item_body {
  const caf::strong_actor_ptr ticker;
  const std::uint64_t number;
  std::atomic<bool> said{false};

  item_body(caf::strong_actor_ptr t, std::uint64_t n) : ticker(std::move(t)), number(n) {}
  item_body(const item_body&) = delete;
  item_body& operator=(const item_body&) = delete;
  ~item_body() { say(std::make_shared<const error>(errc::broken_promise)); }

  void say(std::shared_ptr<const error> why) {
    if (said.exchange(true)) return;
    put(ticker, nullptr, caf::make_message_id(), nullptr, item_over{number, std::move(why)});
  }
};

/// Something with a context of its own; reports that context's end to the ticker.
struct limited {
  cancel_scope scope;
  std::shared_ptr<context_watcher> watcher;
};

struct running_round {
  limited life;
  time_point began;
  bool told = false;  ///< no item will be added any more
  std::deque<item_function> waiting{};
  std::map<std::uint64_t, limited> open{};

  bool idle() const { return told && waiting.empty() && open.empty(); }
};

struct ticker {
  context life;
  ticker_options options;
  round_function work;
  std::optional<tick_schedule> schedule;
  std::uint64_t rounds = 0;
  std::uint64_t items = 0;
  std::uint64_t timers = 0;
  std::optional<limited> timer;
  std::optional<running_round> round;
  loss losses;

  static constexpr const char* name = "ticker";

  ticker_record& record() { return *options.record; }
  time_point now() const { return life.time().now(); }
  wall_time wall() const { return life.time().wall_now(); }
  bool is_current(std::uint64_t number) const { return round && number == rounds; }
  ~ticker() {
    if (options.record) record().change([](ticker_figures& f) { f.in_round = false; });
  }
};

}  // namespace detail

namespace {

using namespace detail;

template <class Message>
limited within(ticker_actor* self, cancel_scope scope, Message at_its_end) {
  auto watcher = notify_when_done(self, scope.ctx(), std::move(at_its_end));
  return {std::move(scope), std::move(watcher)};
}

void arm(ticker_actor* self) {
  auto& me = state_of(self);
  const time_point look = me.schedule->next_look(me.now(), me.wall());
  me.timer.reset();
  me.timer.emplace(within(self, with_deadline(me.life, look), round_due{++me.timers}));
}

void end_round(ticker_actor* self) {
  auto& me = state_of(self);
  const auto took = me.now() - me.round->began;
  me.round.reset();
  const auto missed = me.schedule->end(me.now());
  me.record().change([&](ticker_figures& f) {
    f.in_round = false;
    f.last_duration = took;
    f.skipped += missed;
  });
  arm(self);
}

void fail_round(ticker_actor* self, const error& why) {
  state_of(self).record().change([&](ticker_figures& f) {
    ++f.failed_rounds;
    f.last_error = why;
  });
}

void fail_item(ticker_actor* self, const error& why) {
  state_of(self).record().change([&](ticker_figures& f) {
    ++f.failed_items;
    f.last_error = why;
  });
}

/// The round's time is over: running items have failed, waiting items are dropped.
void cut_round(ticker_actor* self) {
  auto& me = state_of(self);
  const error why = me.round->life.scope.ctx().cause();
  me.record().change([&](ticker_figures& f) {
    ++f.failed_rounds;
    f.failed_items += me.round->open.size();
    f.left_items += me.round->waiting.size();
    f.last_error = why;
  });
  end_round(self);
}

void begin_item(ticker_actor* self) {
  auto& me = state_of(self);
  auto& round = *me.round;
  const item_function f = std::move(round.waiting.front());
  round.waiting.pop_front();
  const auto number = ++me.items;
  auto scope = with_timeout(round.life.scope.ctx(), me.options.item_limit);
  const context ctx = scope.ctx();
  const auto late = std::make_shared<const error>(errc::deadline_exceeded);
  round.open.emplace(number, within(self, std::move(scope), item_over{number, late}));
  me.record().change([](ticker_figures& x) { ++x.items; });
  const auto body =
      std::make_shared<item_body>(caf::actor_cast<caf::strong_actor_ptr>(self), number);
  try {
    f(ctx, item_end(body));
  } catch (...) {
    body->say(std::make_shared<const error>(thrown_error()));
  }
}

void go_on(ticker_actor* self) {
  auto& me = state_of(self);
  auto& round = *me.round;
  if (round.idle()) return end_round(self);
  if (round.life.scope.ctx().done()) return cut_round(self);
  // An item may add others, and so end the round.
  while (me.round && !me.round->waiting.empty() && me.round->open.size() < me.options.items_at_once)
    begin_item(self);
}

void on_due(ticker_actor* self, const round_due& m) {
  auto& me = state_of(self);
  if (m.timer != me.timers || me.round || me.life.done()) return;
  const auto now = me.now();
  if (!me.schedule->is_due(now, me.wall())) return arm(self);
  const auto missed = me.schedule->begin(now, me.wall());
  const auto number = ++me.rounds;
  me.record().change([&](ticker_figures& f) {
    ++f.rounds;
    f.skipped += missed;
    f.in_round = true;
  });
  me.round.emplace(running_round{
      within(self, with_timeout(me.life, me.options.round_limit), round_cut{number}), now});
  const tick t(std::make_shared<round_body>(self, me.round->life.scope.ctx(), number));
  try {
    me.work(t);
  } catch (...) {
    fail_round(self, thrown_error());
  }
}

void on_item_over(ticker_actor* self, const item_over& m) {
  auto& me = state_of(self);
  if (!me.round || me.round->open.erase(m.item) == 0) return;
  if (*m.why) fail_item(self, **m.why);
  go_on(self);
}

void wish(ticker_actor* self, wall_time t) {
  auto& me = state_of(self);
  me.schedule->wish(t);
  if (me.round) return;
  const auto armed = me.timer->scope.ctx().deadline().value_or(time_point::max());
  if (me.schedule->next_look(me.now(), me.wall()) < armed) arm(self);
}

caf::behavior run_ticker(ticker_actor* self, const context& life, ticker_options options,
                         round_function work) {
  auto& me = state_of(self);
  me.life = life;
  me.options = std::move(options);
  if (!me.options.record) me.options.record = std::make_shared<ticker_record>();
  me.work = std::move(work);
  me.schedule.emplace(me.now(), me.options.period, me.options.pause);
  arm(self);
  return metered(self, me.options.meter,
                 {[self](const round_due& m) { on_due(self, m); },
                  [self](const round_told& m) {
                    if (!state_of(self).is_current(m.round)) return;
                    state_of(self).round->told = true;
                    go_on(self);
                  },
                  [self](const round_cut& m) {
                    if (state_of(self).is_current(m.round)) go_on(self);
                  },
                  [self](const item_over& m) { on_item_over(self, m); },
                  shed(self, me.losses, [self](const context&, const wake_ticker& m) {
                    wish(self, wall_time(std::chrono::milliseconds(m.at_ms)));
                  })});
}

}  // namespace

void item_end::operator()() const { body_->say(nullptr); }
void item_end::fail(error why) const { body_->say(std::make_shared<const error>(std::move(why))); }

caf::event_based_actor* tick::self() const { return body_->self; }
const context& tick::ctx() const { return body_->ctx; }

void tick::item(item_function f) const {
  auto& me = state_of(body_->self);
  if (!me.is_current(body_->number)) {
    return me.record().change([](ticker_figures& x) { ++x.left_items; });
  }
  me.round->waiting.push_back(std::move(f));
  go_on(body_->self);
}

void tick::fail(const error& why) const { fail_round(body_->self, why); }
void tick::wake_at(wall_time t) const { wish(body_->self, t); }

caf::actor spawn_ticker(caf::actor_system& system, const context& ctx, ticker_options options,
                        round_function work) {
  tick_schedule(ctx.time().now(), options.period, options.pause);  // throws if they are invalid
  if (options.items_at_once == 0)
    throw std::invalid_argument("ticker_options::items_at_once must be at least 1, not 0");
  return spawn_linked(system, ctx, run_ticker, ctx, std::move(options), std::move(work));
}

}  // namespace lifeline
