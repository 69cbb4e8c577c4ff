#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {

/// Each lane has its own threads, so that one can't starve another. `read`: indexed reads that a
/// request waits for; `report`: work that may scan a whole table; `log`: writing of log records.
enum class lane : std::uint8_t { commit, read, background, report, log };
inline constexpr std::size_t lane_count = 5;
std::string_view to_string(lane l) noexcept;

/// Load of a lane.
struct lane_figures {
  std::size_t threads = 0;
  std::size_t waiting = 0;  ///< jobs
  std::size_t running = 0;  ///< jobs
  std::uint64_t done = 0;
  std::uint64_t refused = 0;  ///< the lane was full, or closed
};

/// The one door to blocking work. Actors never block, and no function behind the door waits for an
/// actor. Safe from any thread.
class blocking_door {
 public:
  using job = std::function<void()>;

  blocking_door() = default;
  blocking_door(const blocking_door&) = delete;
  blocking_door& operator=(const blocking_door&) = delete;
  virtual ~blocking_door() = default;

  /// Runs `f` soon on a thread of lane `l`. False if the lane's queue is full or the door is
  /// closed; then `f` never runs. `f` must not throw.
  [[nodiscard]] virtual bool submit(lane l, job f) = 0;
  /// The lane's load; all zero for a door without threads.
  virtual lane_figures figures(lane) const { return {}; }
};

struct lane_options {
  std::size_t threads = 1;
  std::size_t queue = 10'000;  ///< maximum number of waiting jobs
};

/// A door with threads for each lane. Its destructor runs the queued jobs, then ends the threads;
/// jobs submitted meanwhile are refused.
class thread_door final : public blocking_door {
 public:
  explicit thread_door(const std::array<lane_options, lane_count>& lanes);
  ~thread_door() override;
  bool submit(lane l, job f) override;
  lane_figures figures(lane l) const override;

 private:
  class lane_threads;
  std::array<std::unique_ptr<lane_threads>, lane_count> lanes_;
};

/// Runs each job inside `submit`; for tests and simulation.
class inline_door final : public blocking_door {
 public:
  bool submit(lane, job f) override {
    f();
    return true;
  }
};

namespace detail {

/// A call behind the door. It reports its result or the end of its context, whichever comes first.
template <class Value, class Tell>
class blocking_call final : public context_watcher {
 public:
  explicit blocking_call(Tell tell) : tell_(std::move(tell)) {}

  template <class F>
  void run(F& f, const context& ctx) {
    if (ctx.done()) return;
    try {
      end(asked<Value>(boost::system::in_place_value, f(ctx)));
    } catch (...) {
      fail(errc::broken_promise);
    }
  }
  void fail(errc why) { end(asked<Value>(boost::system::in_place_error, why)); }

 private:
  void ended(errc e) noexcept override { fail(e); }
  void end(asked<Value> with) {
    if (!told_.exchange(true, std::memory_order_acq_rel)) tell_(std::move(with));
  }

  Tell tell_;
  std::atomic<bool> told_{false};
};

}  // namespace detail

/// Runs `f(ctx)` behind the door, on behalf of the request of `ctx`, and calls
/// `tell(asked<Value>)` once. Safe from any thread; actors and coroutines use `call_blocking`.
///
/// The outcome is what `f` returns; `canceled` or `deadline_exceeded` as soon as the context is
/// done, even while `f` runs; `overloaded` if the lane is full; `broken_promise` if `f` threw. A
/// call that is still queued when the context ends never runs. A running call is not stopped: it
/// may check the context or register its own cancellation (a statement's cancel, `stop_token_of`).
/// Its result is then dropped.
///
/// `tell` runs inside this call, on the lane's thread, or on the thread that ended the context: it
/// must be short and must not throw. `f` is destroyed after that: when it has returned, or will
/// never run.
template <class F, class Tell>
void run_blocking(blocking_door& door, lane l, const context& ctx, F f, Tell tell) {
  static_assert(std::is_invocable_v<F&, const context&>,
                "a call behind the door takes the context that may end it");
  using value = std::invoke_result_t<F&, const context&>;
  auto call = std::make_shared<detail::blocking_call<value, Tell>>(std::move(tell));
  auto work = std::make_shared<F>(std::move(f));  // jobs are copyable, `f` need not be
  if (!ctx.node().is_root() && !call->watch(ctx)) return call->fail(ctx.err());
  const bool taken = door.submit(l, [call, work, ctx]() mutable {
    call->run(*work, ctx);
    call->unwatch();
    call.reset();
    work.reset();
  });
  if (taken) return;
  call->unwatch();
  call->fail(errc::overloaded);
}

/// A call behind the door that `then` starts. It refers to the arguments of `call_blocking`: call
/// `then` in the same expression.
template <class F>
class [[nodiscard]] pending_call {
 public:
  pending_call(caf::event_based_actor* self, const context& ctx, blocking_door& door, lane l, F f)
      : self_(self), ctx_(ctx), door_(door), lane_(l), f_(std::move(f)) {}

  /// Exactly one of the two handlers is called later, on this actor, unless the actor dies first:
  /// `on_answer(const Value&)` or `on_error(lifeline::errc)`; see `run_blocking` for the errors.
  template <class OnAnswer, class OnError>
  void then(OnAnswer on_answer, OnError on_error) && {
    const auto id = self_->new_request_id(caf::message_priority::normal);
    run_blocking(
        door_, lane_, ctx_, std::move(f_),
        [to = caf::actor_cast<caf::strong_actor_ptr>(self_), id = id.response_id()](auto outcome) {
          if (outcome)
            put(to, nullptr, id, nullptr, std::move(*outcome));
          else
            put(to, nullptr, id, nullptr, to_caf(outcome.error()));
        });
    detail::expect_answer(self_, id, {}, std::move(on_answer), std::move(on_error));
  }

 private:
  caf::event_based_actor* self_;
  const context& ctx_;
  blocking_door& door_;
  lane lane_;
  F f_;
};

/// `run_blocking` for an actor; see `pending_call::then`. The result is a message.
template <class F>
pending_call<F> call_blocking(caf::event_based_actor* self, const context& ctx, blocking_door& door,
                              lane l, F f) {
  return {self, ctx, door, l, std::move(f)};
}

}  // namespace lifeline
