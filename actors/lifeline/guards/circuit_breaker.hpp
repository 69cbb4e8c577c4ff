#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>

#include "lifeline/context/context.hpp"
#include "lifeline/guards/breaker_state.hpp"

namespace lifeline::guards {

namespace detail {
struct breaker_body;
class probe_watcher;
}  // namespace detail

struct circuit_breaker_options {
  breaker_options rules{};
  /// A call ended by its deadline counts as a failure if it ran at least this long. A shorter
  /// deadline says nothing about the target, so short deadlines open no circuit.
  duration patience = std::chrono::milliseconds(500);
  /// Called at each change of state, in order and one at a time, on a thread that caused one. Must
  /// be short and must not throw.
  std::function<void(circuit from, circuit to)> on_change = nullptr;
};

/// One call that a breaker let through. Report its result once; only the first report counts.
/// Dropped without a report, the call is lost and counts as neither; dropped by an exception, it is
/// a failure. Movable; for one thread at a time.
class guarded_call {
 public:
  guarded_call(guarded_call&&) noexcept = default;
  guarded_call& operator=(guarded_call&&) = delete;
  ~guarded_call();

  void succeeded();
  void failed();
  /// The result is unknown.
  void lost();
  /// Reports by error: `none` is a success, `canceled` is lost, `deadline_exceeded` is a failure if
  /// the call ran for `patience`; any other error is a failure.
  void ended(errc e);

 private:
  friend class circuit_breaker;
  guarded_call(std::shared_ptr<detail::breaker_body> body, const call_permit& permit,
               time_point began, std::shared_ptr<detail::probe_watcher> watcher);
  bool take() noexcept;

  std::shared_ptr<detail::breaker_body> body_;  // null once reported, or moved from
  call_permit permit_;
  time_point began_;
  std::shared_ptr<detail::probe_watcher> watcher_;
  int exceptions_;
};

/// A circuit breaker: after repeated failures it refuses calls for a while, then lets a few probes
/// through, and closes once these have succeeded. `breaker_state` decides. A handle, cheap to copy;
/// all copies are one breaker, safe from any thread.
///
///     auto call = breaker.admit(ctx);
///     if (!call) return refuse(call.error(), breaker.retry_after());
///     call->ended(store.load(ctx, id));
class circuit_breaker {
 public:
  explicit circuit_breaker(circuit_breaker_options options = {}, clock& time = process_clock());

  /// Permission for a call, or `refusal::circuit_open` or `circuit_probing`. A probe holds a place,
  /// which is freed as soon as `ctx` ends, whether a result was reported or not.
  boost::system::result<guarded_call, refusal> admit(const context& ctx) const;

  circuit state() const;
  call_counts counts() const;
  std::uint64_t probing() const;
  /// How long a refused call should wait before a retry: the time left until probes; zero if the
  /// circuit is not open.
  duration retry_after() const;
  /// Opens it at once; for an external health check.
  void trip() const;

 private:
  std::shared_ptr<detail::breaker_body> body_;
};

}  // namespace lifeline::guards
