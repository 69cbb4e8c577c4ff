#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bank/api/server/running_calls.hpp"
#include "lifeline/actor/blocking.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::api {

namespace detail {

/// Concurrent blocking calls and their waiting coroutine: the last answer or the end of the context
/// resumes it.
template <class Handler, class Value>
class gathering final : public lifeline::context_watcher {
 public:
  using answers = std::vector<std::optional<Value>>;

  gathering(boost::asio::io_context& io, Handler handler, std::size_t calls)
      : io_(io), handler_(std::move(handler)), found_(calls), missing_(calls) {}

  /// Without a value: the call gives no answer.
  void put(std::size_t call, std::optional<Value> answer) {
    const std::lock_guard lock(mutex_);
    if (!handler_) return;
    found_[call] = std::move(answer);
    if (--missing_ == 0) resume();
  }
  void give_up() {
    const std::lock_guard lock(mutex_);
    if (handler_) resume();
  }

 private:
  void ended(lifeline::errc) noexcept override { give_up(); }
  void resume() {
    boost::asio::post(io_, [h = std::move(*handler_), found = std::move(found_)]() mutable {
      std::move(h)(std::move(found));
    });
    handler_.reset();
  }

  boost::asio::io_context& io_;
  std::mutex mutex_;
  std::optional<Handler> handler_;
  answers found_;
  std::size_t missing_;
};

}  // namespace detail

/// Runs all `calls` at once on a blocking lane. Resumes with their answers when all are there or
/// `ctx` has ended, even if a call ignores it: then with the answers so far. A call that the lane
/// has no room for gives no answer. A call must own what it uses, except what outlives `running`,
/// which lists it under the name `what` until it returns.
template <class Value>
boost::asio::awaitable<std::vector<std::optional<Value>>> side_by_side(
    boost::asio::io_context& io, lifeline::blocking_door& door, running_calls& running,
    std::string what, lifeline::context ctx,
    std::vector<std::function<Value(const lifeline::context&)>> calls, lifeline::lane l) {
  using answers = std::vector<std::optional<Value>>;
  co_return co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                                 void(answers)>(
      [&](auto resumes) {
        using gathering = detail::gathering<decltype(resumes), Value>;
        auto all = std::make_shared<gathering>(io, std::move(resumes), calls.size());
        if (calls.empty() || !all->watch(ctx)) return all->give_up();
        for (std::size_t i = 0; i < calls.size(); ++i) {
          const auto number = running.begin(what);
          const bool taken =
              door.submit(l, [all, i, call = std::move(calls[i]), ctx, number, &running]() mutable {
                if (!ctx.done()) all->put(i, call(ctx));
                call = nullptr;
                all.reset();
                running.end(number);
              });
          if (taken) continue;
          running.end(number);
          all->put(i, std::nullopt);
        }
      },
      boost::asio::use_awaitable);
}

}  // namespace bank::api
