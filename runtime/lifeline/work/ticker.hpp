#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "lifeline/actor/blocking.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/metered.hpp"
#include "lifeline/context/context.hpp"

namespace lifeline {

/// Figures of a ticker since its start.
struct ticker_figures {
  std::uint64_t rounds = 0;         ///< begun
  std::uint64_t skipped = 0;        ///< regular rounds missed
  std::uint64_t failed_rounds = 0;  ///< reported a failure, threw, or left items
  std::uint64_t items = 0;          ///< begun
  std::uint64_t failed_items = 0;
  std::uint64_t left_items = 0;  ///< not begun when their round ended
  error last_error;              ///< of an item or a round
  duration last_duration{};      ///< of the last round that ended
  bool in_round = false;
};

/// Where a ticker writes its figures; outlives its restarts. Safe from any thread.
class ticker_record {
 public:
  ticker_figures read() const {
    const std::lock_guard lock(mutex_);
    return figures_;
  }
  template <class F>
  void change(F f) {
    const std::lock_guard lock(mutex_);
    f(figures_);
  }

 private:
  mutable std::mutex mutex_;
  ticker_figures figures_;
};

struct ticker_options {
  duration period = std::chrono::minutes(1);
  duration round_limit = std::chrono::seconds(55);
  duration item_limit = std::chrono::seconds(5);
  std::size_t items_at_once = 1;
  /// Least time between the end of a round and the begin of a requested one.
  duration pause = std::chrono::seconds(1);
  std::shared_ptr<ticker_record> record = nullptr;  ///< may be null
  actor_meter* meter = nullptr;                     ///< may be null; outlives the ticker
};

namespace detail {
struct round_body;
struct item_body;
}  // namespace detail

/// Reports how an item ended; held by the item's work. Only the first report counts; the end of the
/// item's context is one. If dropped without a report, the item failed with `broken_promise`. Safe
/// from any thread.
class item_end {
 public:
  explicit item_end(std::shared_ptr<detail::item_body> b) : body_(std::move(b)) {}
  void operator()() const;
  void fail(error why) const;

 private:
  std::shared_ptr<detail::item_body> body_;
};

/// One item of a round, begun on the ticker's actor; it must not block there. When its context ends
/// (its own limit, its round's, the ticker's), the ticker counts it as failed and goes on, without
/// waiting for it.
using item_function = std::function<void(const context&, item_end)>;

/// A round as its work sees it. The round lasts while a copy of this is kept and while items wait
/// or run. Use it on the ticker's actor only; copies may be dropped on any thread.
class tick {
 public:
  explicit tick(std::shared_ptr<detail::round_body> b) : body_(std::move(b)) {}

  /// The ticker's actor, to ask from.
  caf::event_based_actor* self() const;
  /// The round's context.
  const context& ctx() const;
  /// Adds an item; it begins in order.
  void item(item_function f) const;
  /// The round as a whole failed, for example because due work could not be read. Its items go on.
  void fail(const error& why) const;
  /// Requests the next round at `t` at the latest; see `tick_schedule`.
  void wake_at(wall_time t) const;

 private:
  std::shared_ptr<detail::round_body> body_;
};

/// Begins a round, on the ticker's actor: adds items, now or later. An exception here fails the
/// round; one in an item's function fails that item. One in a later callback ends the ticker, as in
/// any actor.
using round_function = std::function<void(const tick&)>;

/// Spawns an actor that works in rounds, one at a time (see `tick_schedule`), the first one at
/// once. Rounds and items have their own deadlines; errors are counted and do not end the actor.
/// When `ctx` ends, or the actor is told to exit, all work is cancelled and the ticker ends. To
/// have it restarted, make it a supervisor's child.
///
///     spawn_ticker(rt.system(), ctx, {}, [&](const tick& t) {
///       call_blocking(t.self(), t.ctx(), door, lane::read, find_due)
///           .then([t](const due_transfers& due) {
///                   for (const auto& d : due.now) t.item(submit(t.self(), d));
///                   t.wake_at(due.next);
///                 },
///                 [t](errc e) { t.fail(e); });
///     });
caf::actor spawn_ticker(caf::actor_system& system, const context& ctx, ticker_options options,
                        round_function work);

/// To a ticker, `(context, wake_ticker)`: requests a round at that calendar time, as
/// `tick::wake_at`. Zero, or any past time: as soon as possible.
struct wake_ticker {
  std::int64_t at_ms = 0;
};
LIFELINE_MESSAGE(wake_ticker);

/// An item that blocks: `f(const context&)` runs once behind the door and returns an `error`, empty
/// on success. An exception counts as an error, too.
template <class F>
item_function blocking_item(caf::event_based_actor* self, blocking_door& door, lane l, F f) {
  return [self, &door, l, f = std::move(f)](const context& ctx, const item_end& end) {
    call_blocking(self, ctx, door, l, [f, end](const context& c) mutable {
      try {
        const error e = f(c);
        e ? end.fail(e) : end();
      } catch (...) {
        end.fail(thrown_error());
      }
      return errc::none;
    }).then([](errc) {}, [end](errc e) { end.fail(e); });
  };
}

}  // namespace lifeline

#if LIFELINE_CAF_1
namespace lifeline::detail {
struct round_due;
struct round_told;
struct round_cut;
struct item_over;
}  // namespace lifeline::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_work,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::work))
CAF_ADD_TYPE_ID(lifeline_work, (lifeline::wake_ticker))
CAF_ADD_TYPE_ID(lifeline_work, (lifeline::detail::round_due))
CAF_ADD_TYPE_ID(lifeline_work, (lifeline::detail::round_told))
CAF_ADD_TYPE_ID(lifeline_work, (lifeline::detail::round_cut))
CAF_ADD_TYPE_ID(lifeline_work, (lifeline::detail::item_over))
CAF_END_TYPE_ID_BLOCK(lifeline_work)
#endif
