#pragma once

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "bank/api/server/running_calls.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/actor/blocking.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::api {

namespace detail {

/// A blocking call and its waiting coroutine: the result or the end of the context, whichever comes
/// first, resumes it.
template <class Handler, class Value>
class pending_call final : public lifeline::context_watcher {
 public:
  using outcome = lifeline::asked<Value>;

  pending_call(boost::asio::io_context& io, Handler handler)
      : io_(io), handler_(std::move(handler)) {}

  void settle(outcome with) {
    if (settled_.exchange(true, std::memory_order_acq_rel)) return;
    boost::asio::post(io_, [h = std::move(handler_), with = std::move(with)]() mutable {
      std::move(h)(std::move(with));
    });
  }

 private:
  void ended(lifeline::errc e) noexcept override { settle(e); }

  boost::asio::io_context& io_;
  Handler handler_;
  std::atomic<bool> settled_{false};
};

}  // namespace detail

/// Runs `f(ctx)` on a blocking lane. Resumes with its result; with the context's error as soon as
/// that ends, even if `f` ignores it; or with `overloaded` if the lane is full. `f` must own what
/// it uses, except what outlives `calls`. `calls` lists the call under the name `what` until `f`
/// returns.
template <class F>
boost::asio::awaitable<lifeline::asked<std::invoke_result_t<F&, const lifeline::context&>>>
blocking_call(boost::asio::io_context& io, lifeline::blocking_door& door, running_calls& calls,
              std::string what, lifeline::context ctx, F f,
              lifeline::lane l = lifeline::lane::read) {
  using value = std::invoke_result_t<F&, const lifeline::context&>;
  co_return co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                                 void(lifeline::asked<value>)>(
      [&](auto handler) {
        using call = detail::pending_call<decltype(handler), value>;
        auto pending = std::make_shared<call>(io, std::move(handler));
        if (!pending->watch(ctx)) return pending->settle(ctx.err());
        const auto number = calls.begin(std::move(what));
        auto work = std::make_shared<F>(std::move(f));
        const bool taken = door.submit(l, [pending, work, ctx, number, where = &calls]() mutable {
          if (!ctx.done()) pending->settle((*work)(ctx));
          pending->unwatch();
          work.reset();
          pending.reset();
          where->end(number);
        });
        if (taken) return;
        calls.end(number);
        pending->unwatch();
        pending->settle(lifeline::errc::overloaded);
      },
      boost::asio::use_awaitable);
}

}  // namespace bank::api
