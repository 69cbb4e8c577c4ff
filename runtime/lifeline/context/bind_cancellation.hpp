#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "lifeline/context/watch.hpp"

namespace lifeline {

/// An Asio completion token with a context; see `bind_cancellation`.
template <class Token>
struct cancellation_binder {
  context ctx;
  Token token;
};

/// Makes one Asio operation end with `ctx`. Works with every kind of completion token:
///
///     timer.async_wait(bind_cancellation(ctx, on_expiry));
///     co_await socket.async_read_some(buffer, bind_cancellation(ctx, use_awaitable));
///     co_spawn(executor, whole_coroutine(), bind_cancellation(ctx, detached));
///
/// When `ctx` ends, or had ended before, the operation completes as if cancelled, usually with
/// `operation_aborted`, unless it was already over; `ctx.cause()` gives the reason. This is the
/// only header of the room that needs Asio; no other includes it.
///
/// The operation is cancelled on the handler's executor, or on that of its I/O object if the
/// handler has none; never on the thread that ended `ctx`. As always with Asio's cancellation, that
/// executor must be a strand or have one thread. The handler keeps its executor, its allocator and
/// its own cancellation slot, which still works. Nothing stays registered at `ctx` after the
/// operation, so a long-lived context may serve any number of operations.
template <class Token>
[[nodiscard]] cancellation_binder<std::decay_t<Token>> bind_cancellation(context ctx,
                                                                         Token&& token) {
  return {std::move(ctx), std::forward<Token>(token)};
}

namespace detail {

/// One operation under a context: cancels it if the context ends while it runs.
template <class Executor>
class bound_operation final : public context_watcher {
 public:
  explicit bound_operation(Executor executor) : executor_(std::move(executor)) {}

  boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }
  /// On the handler's executor.
  void emit(boost::asio::cancellation_type type) { signal_.emit(type); }

  /// The operation was started, so it can be cancelled now. It may be over already.
  void begin(const context& ctx) {
    const std::lock_guard lock(mutex_);
    if (!over_ && !watch(ctx)) cancel_soon();
  }
  /// The handler is about to run, or was destroyed without running. Nothing is posted afterwards.
  void finish() noexcept {
    const std::lock_guard lock(mutex_);
    over_ = true;
    unwatch();
  }

 private:
  void ended(errc) noexcept override {
    const std::lock_guard lock(mutex_);
    if (!over_) cancel_soon();
  }
  void cancel_soon() {
    boost::asio::post(executor_, [self = shared_from_this(), this] {
      if (!is_over()) emit(boost::asio::cancellation_type::all);
    });
  }
  bool is_over() {
    const std::lock_guard lock(mutex_);
    return over_;
  }

  Executor executor_;
  boost::asio::cancellation_signal signal_;
  std::mutex mutex_;
  bool over_ = false;
};

/// The handler given to the operation: the user's handler with another cancellation slot.
template <class Handler, class Executor>
class bound_handler {
 public:
  using operation = bound_operation<Executor>;

  bound_handler(Handler handler, std::shared_ptr<operation> op)
      : handler_(std::move(handler)), operation_(std::move(op)) {
    // Forwards cancellation from the user handler's own slot to the operation.
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler_); slot.is_connected())
      slot.assign([op = operation_.get()](boost::asio::cancellation_type t) { op->emit(t); });
  }
  bound_handler(bound_handler&&) = default;
  bound_handler& operator=(bound_handler&&) = delete;
  ~bound_handler() {
    if (operation_ != nullptr) leave();
  }

  template <class... Args>
  void operator()(Args&&... args) {
    leave();
    operation_.reset();
    std::move(handler_)(std::forward<Args>(args)...);
  }

  using cancellation_slot_type = boost::asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return operation_->slot(); }
  const Handler& inner() const noexcept { return handler_; }

 private:
  void leave() noexcept {
    operation_->finish();
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler_); slot.is_connected())
      slot.clear();
  }

  Handler handler_;
  std::shared_ptr<operation> operation_;
};

/// Starts the operation with the final handler, then watches the context.
template <class Initiation>
struct bound_initiation {
  template <class Handler, class... Args>
  void operator()(Handler&& handler, context ctx, Args&&... args) {
    auto executor = boost::asio::get_associated_executor(
        handler, boost::asio::get_associated_executor(initiation));
    using executor_type = decltype(executor);
    static_assert(!std::is_same_v<executor_type, boost::asio::system_executor>,
                  "bind_cancellation needs an executor to cancel on; give the handler one: "
                  "bind_cancellation(ctx, bind_executor(executor, handler))");
    auto op = std::make_shared<bound_operation<executor_type>>(std::move(executor));
    std::move(initiation)(
        bound_handler<std::decay_t<Handler>, executor_type>(std::forward<Handler>(handler), op),
        std::forward<Args>(args)...);
    op->begin(ctx);
  }

  Initiation initiation;
};

}  // namespace detail
}  // namespace lifeline

// Associators: the bound handler keeps the associations of the user's handler.

template <template <class, class> class Associator, class Handler, class Executor, class Default>
struct boost::asio::associator<Associator, lifeline::detail::bound_handler<Handler, Executor>,
                               Default> : Associator<Handler, Default> {
  using bound = lifeline::detail::bound_handler<Handler, Executor>;
  static decltype(auto) get(const bound& b) noexcept {
    return Associator<Handler, Default>::get(b.inner());
  }
  static decltype(auto) get(const bound& b, const Default& otherwise) noexcept {
    return Associator<Handler, Default>::get(b.inner(), otherwise);
  }
};

template <class Handler, class Executor, class Default>
struct boost::asio::associated_cancellation_slot<lifeline::detail::bound_handler<Handler, Executor>,
                                                 Default> {
  using type = boost::asio::cancellation_slot;
  using bound = lifeline::detail::bound_handler<Handler, Executor>;
  static type get(const bound& b, const Default& = Default()) noexcept {
    return b.get_cancellation_slot();
  }
};

template <template <class, class> class Associator, class Initiation, class Default>
struct boost::asio::associator<Associator, lifeline::detail::bound_initiation<Initiation>, Default>
    : Associator<Initiation, Default> {
  using bound = lifeline::detail::bound_initiation<Initiation>;
  static decltype(auto) get(const bound& b) noexcept {
    return Associator<Initiation, Default>::get(b.initiation);
  }
  static decltype(auto) get(const bound& b, const Default& otherwise) noexcept {
    return Associator<Initiation, Default>::get(b.initiation, otherwise);
  }
};

template <class Token, class... Signatures>
class boost::asio::async_result<lifeline::cancellation_binder<Token>, Signatures...> {
 public:
  // Asio asks for this type also for initiations without an executor, so it is not deduced.
  template <class Initiation, class Binder, class... Args>
  static auto initiate(Initiation&& initiation, Binder&& binder, Args&&... args)
      -> decltype(boost::asio::async_initiate<Token, Signatures...>(
          std::declval<lifeline::detail::bound_initiation<std::decay_t<Initiation>>>(),
          binder.token, std::declval<lifeline::context>(), std::declval<Args>()...)) {
    return boost::asio::async_initiate<Token, Signatures...>(
        lifeline::detail::bound_initiation<std::decay_t<Initiation>>{
            std::forward<Initiation>(initiation)},
        binder.token, std::move(binder.ctx), std::forward<Args>(args)...);
  }
};
