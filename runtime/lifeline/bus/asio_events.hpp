#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <memory>
#include <utility>

#include "lifeline/bus/subscription.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace detail {

/// One wait of a coroutine. Resumes it once, on its executor, for whichever event is first.
template <class Handler>
class events_wait final : public context_watcher {
 public:
  events_wait(boost::asio::any_io_executor where, Handler h)
      : where_(std::move(where)), handler_(std::move(h)) {}

  /// Call before the wait is shared. The object lives until it resumes, even if nothing else holds
  /// it.
  void keep(std::shared_ptr<const void> self) noexcept { self_ = std::move(self); }

  void resume() noexcept {
    if (resumed_.exchange(true)) return;
    const auto self = std::move(self_);
    boost::asio::post(where_, [h = std::move(handler_)]() mutable { std::move(h)(); });
  }

 protected:
  void ended(errc) noexcept override { resume(); }

 private:
  const boost::asio::any_io_executor where_;
  Handler handler_;
  std::atomic<bool> resumed_{false};
  std::shared_ptr<const void> self_;
};

/// `from` may be null.
inline boost::asio::awaitable<void> wait_for_either(context ctx, subscription* from) {
  const auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(
      [&](auto handler) {
        using wait = events_wait<decltype(handler)>;
        const auto w = std::make_shared<wait>(executor, std::move(handler));
        w->keep(w);
        const bool waits =
            w->watch(ctx) && (from == nullptr || from->when_ready([w] { w->resume(); }));
        if (!waits) w->resume();
      },
      boost::asio::use_awaitable);
}

}  // namespace detail

/// Waits until `from` may have something to read, or `from` or `ctx` is over. Use a `ctx` that ends
/// before the subscription if the reader has other work, such as heartbeats. Called by the reading
/// coroutine; `from` must outlive the wait. Before the executor is destroyed, end `ctx` or the
/// subscription and let the coroutine run.
///
///     while (!from.over()) {
///       co_await wait_for_events(ctx, from);
///       for (const bus_item& item : from.read()) …
///     }
inline boost::asio::awaitable<void> wait_for_events(context ctx, subscription& from) {
  return detail::wait_for_either(std::move(ctx), &from);
}

/// Waits until `ctx` is over; a pause, if `ctx` has a deadline.
inline boost::asio::awaitable<void> wait_until_over(context ctx) {
  return detail::wait_for_either(std::move(ctx), nullptr);
}

}  // namespace lifeline
