#pragma once

#include <type_traits>
#include <utility>

#include "lifeline/actor/asio_outcome.hpp"
#include "lifeline/actor/blocking.hpp"

namespace lifeline {

/// `run_blocking` for a coroutine on `io`, which resumes with the outcome. Give `f` a name first if
/// it captures anything (see `asio_port`).
///
///     auto look = [&store, id](const context& ctx) { return store.find(ctx, id); };
///     const auto found = co_await call_blocking(io, ctx, door, lane::read, std::move(look));
template <class F>
boost::asio::awaitable<asked<std::invoke_result_t<F&, const context&>>> call_blocking(
    boost::asio::io_context& io, context ctx, blocking_door& door, lane l, F f) {
  auto start = [ctx = std::move(ctx), &door, l, f = std::move(f)](auto tell) mutable {
    run_blocking(door, l, ctx, std::move(f), std::move(tell));
  };
  return asio_outcome<asked<std::invoke_result_t<F&, const context&>>>(io, std::move(start));
}

}  // namespace lifeline
