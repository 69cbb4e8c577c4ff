#pragma once

#include <string>
#include <utility>

#include "lifeline/actor/asio_outcome.hpp"
#include "lifeline/guards/concurrency_limiter.hpp"

namespace lifeline::guards {

/// Waits in a coroutine on `io` for the turn of a piece of work; see `concurrency_limiter::arrive`.
inline boost::asio::awaitable<concurrency_limiter::entry> enter(boost::asio::io_context& io,
                                                                concurrency_limiter& limiter,
                                                                context ctx, std::string caller,
                                                                const void* kind,
                                                                std::size_t weight = 1) {
  auto turn = limiter.arrive(ctx, caller, kind, weight);
  if (turn.waits()) {
    auto wait = [&turn](auto tell) { turn.when_decided([tell] { tell(true); }); };
    co_await asio_outcome<bool>(io, std::move(wait));
  }
  co_return turn.take();
}

}  // namespace lifeline::guards
