#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "bank/api/auth/authenticator.hpp"
#include "bank/api/auth/token_service.hpp"
#include "bank/api/events/stream_limit.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/api/server.hpp"
#include "bank/api/server/client_counts.hpp"
#include "bank/api/server/key_holds.hpp"
#include "bank/api/server/outstanding.hpp"
#include "bank/api/server/running_calls.hpp"
#include "lifeline/guards/memory_budget.hpp"

namespace bank::api {

/// State shared by a server's I/O threads.
struct server_state {
  server_state(services s, const http_options& o)
      : what(std::move(s)),
        options(o),
        auth(what.rt, what.tokens, calls, what.store_breaker, o.token_deadline, o.tokens),
        tokens(what.tokens, auth),
        limiter(o.work, what.rt.time()),
        large_bodies({o.bulk_memory, o.bulk_memory / 4}),
        buffers({o.buffer_memory, o.buffer_memory / 4}),
        streams(o.streams_per_caller) {}

  services what;
  const http_options options;
  outstanding running;  ///< requests that began before the stop
  outstanding talking;  ///< connections that may send a request from before the stop
  running_calls calls;  ///< on blocking lanes
  authenticator auth;
  token_service tokens;
  lifeline::guards::concurrency_limiter limiter;
  lifeline::guards::memory_budget large_bodies;  ///< by caller
  lifeline::guards::memory_budget buffers;       ///< by caller, or address
  stream_limit streams;
  key_holds keys;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> connections{0};
  client_counts clients;
  std::atomic<std::uint64_t> accept_failures{0};  ///< clients for which no descriptor was free

  readiness ready() const { return what.ready ? what.ready() : readiness{}; }

  /// Counts a request that a stop waits for; false once the node stops. So a flood of requests
  /// can't delay a stop.
  bool begin_request() {
    if (stopping) return false;
    running.begin();
    if (!stopping) return true;
    running.end();
    return false;
  }

  /// An exception on an I/O thread: a bug. Its connection is dropped; the thread goes on.
  void failed(const std::string& why) const {
    log::error("bug on an I/O thread: {}", why);
    if (what.failed) what.failed(why);
  }
};

}  // namespace bank::api
