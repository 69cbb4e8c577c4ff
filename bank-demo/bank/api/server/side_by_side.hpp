#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bank/api/server/running_calls.hpp"
#include "lifeline/actor/asio_blocking.hpp"

namespace bank::api {

namespace detail {

/// The answers of concurrent calls, reported together after the last one.
template <class Value, class Tell>
class gathering {
 public:
  using answers = std::vector<std::optional<Value>>;

  gathering(std::size_t calls, Tell tell)
      : found_(calls), missing_(calls), tell_(std::move(tell)) {}

  /// Without a value: the call gives no answer.
  void put(std::size_t call, std::optional<Value> answer) {
    const std::lock_guard lock(mutex_);
    found_[call] = std::move(answer);
    if (--missing_ == 0) tell_(std::move(found_));
  }

 private:
  std::mutex mutex_;
  answers found_;
  std::size_t missing_;
  Tell tell_;
};

}  // namespace detail

/// Runs all `calls`, at least one, at once on a blocking lane. Resumes with their answers when all
/// are there or `ctx` has ended, even if a call ignores it: then with the answers so far. A call
/// that the lane has no room for gives no answer. A call must own what it uses, except what
/// outlives `running`, which lists it under the name `what` until it returns.
template <class Value>
boost::asio::awaitable<std::vector<std::optional<Value>>> side_by_side(
    boost::asio::io_context& io, lifeline::blocking_door& door, running_calls& running,
    std::string what, lifeline::context ctx,
    std::vector<std::function<Value(const lifeline::context&)>> calls, lifeline::lane l) {
  auto start = [&door, &running, what = std::move(what), ctx = std::move(ctx),
                calls = std::move(calls), l](auto tell) mutable {
    using gathering = detail::gathering<Value, decltype(tell)>;
    const auto all = std::make_shared<gathering>(calls.size(), std::move(tell));
    for (std::size_t i = 0; i < calls.size(); ++i)
      run_blocking(door, l, ctx, running.list(what, std::move(calls[i])),
                   [all, i](lifeline::asked<Value> said) {
                     all->put(i, said ? std::optional<Value>(std::move(*said)) : std::nullopt);
                   });
  };
  return lifeline::asio_outcome<std::vector<std::optional<Value>>>(io, std::move(start));
}

}  // namespace bank::api
