#pragma once

#include <array>
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

/// Runs `f` behind the door and sends its result, a message, to `to`. False if the lane is full;
/// then `f` is dropped. `f` must not throw: there is no caller to report to.
template <class F>
[[nodiscard]] bool run_blocking(blocking_door& door, lane l, caf::strong_actor_ptr to, F f) {
  return door.submit(l, [to = std::move(to), f = std::move(f)]() mutable {
    put(to, nullptr, caf::make_message_id(), nullptr, f());
  });
}

/// A call behind the door that `then` starts. It refers to the arguments of `call_blocking`: call
/// `then` in the same expression.
template <class F>
class [[nodiscard]] pending_call {
 public:
  pending_call(caf::event_based_actor* self, const context& ctx, blocking_door& door, lane l, F f)
      : self_(self), ctx_(ctx), door_(door), lane_(l), f_(std::move(f)) {}

  /// Exactly one of the two handlers is called later, on this actor, unless the actor dies first:
  /// `on_answer(const Value&)` or `on_error(lifeline::errc)`. Errors: `canceled` or
  /// `deadline_exceeded` as soon as the context is done, even while `f` runs; `overloaded` if the
  /// lane is full; `broken_promise` if `f` threw.
  template <class OnAnswer, class OnError>
  void then(OnAnswer on_answer, OnError on_error) && {
    const auto id = self_->new_request_id(caf::message_priority::normal);
    auto watcher = detail::watcher_of(self_, ctx_, id);
    if (watcher && !watcher->watch()) {
      detail::refuse(self_, id, ctx_.err());
    } else if (!submit(id.response_id())) {
      detail::refuse(self_, id, errc::overloaded);
    }
    detail::expect_answer(self_, id, std::move(watcher), std::move(on_answer), std::move(on_error));
  }

 private:
  bool submit(caf::message_id answer_id) {
    return door_.submit(lane_, [to = caf::actor_cast<caf::strong_actor_ptr>(self_), answer_id,
                                ctx = ctx_, f = std::move(f_)]() mutable {
      if (ctx.done()) return;
      try {
        put(to, nullptr, answer_id, nullptr, f(ctx));
      } catch (...) {
        put(to, nullptr, answer_id, nullptr, to_caf(errc::broken_promise));
      }
    });
  }

  caf::event_based_actor* self_;
  const context& ctx_;
  blocking_door& door_;
  lane lane_;
  F f_;
};

/// Runs `f(ctx)` behind the door, on behalf of the request of `ctx`; see `pending_call::then`. `f`
/// is copied. A call that is still queued when the context ends never runs. A running call is not
/// stopped: it may check the context or register its own cancellation (a statement's cancel,
/// `stop_token_of`). Its result is then dropped.
template <class F>
pending_call<F> call_blocking(caf::event_based_actor* self, const context& ctx, blocking_door& door,
                              lane l, F f) {
  static_assert(std::is_invocable_v<F&, const context&>,
                "a call behind the door takes the context that may end it");
  return {self, ctx, door, l, std::move(f)};
}

}  // namespace lifeline
