#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace lifeline {

/// Waits in a coroutine on `io` for an outcome that is reported elsewhere. `start(tell)` runs at
/// once; `tell(Outcome)` must be called exactly once, from any thread, also inside `start`. Give
/// `start` a name first if it captures anything (see `asio_port`).
///
///     auto start = [&](auto tell) { flights.join(ctx, key, load, tell); };
///     const auto landed = co_await asio_outcome<single_flight<…>::outcome>(io, std::move(start));
template <class Outcome, class Start>
boost::asio::awaitable<Outcome> asio_outcome(boost::asio::io_context& io, Start start) {
  co_return co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                                 void(Outcome)>(
      [&](auto handler) {
        // `tell` must be copyable; the handler is move-only.
        auto waits = std::make_shared<decltype(handler)>(std::move(handler));
        start([&io, waits](Outcome outcome) {
          boost::asio::post(io, [h = std::move(*waits), o = std::move(outcome)]() mutable {
            std::move(h)(std::move(o));
          });
        });
      },
      boost::asio::use_awaitable);
}

}  // namespace lifeline
