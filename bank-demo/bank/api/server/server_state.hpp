#pragma once

#include <atomic>

#include "bank/api/auth/authenticator.hpp"
#include "bank/api/server.hpp"
#include "bank/api/server/outstanding.hpp"

namespace bank::api {

/// What all I/O threads of a server share.
struct server_state {
  server_state(services s, const http_options& o)
      : what(std::move(s)), options(o), auth(what.rt, what.tokens, calls, o.token_deadline) {}

  services what;
  const http_options options;
  outstanding running;  ///< requests
  outstanding calls;    ///< behind the blocking door
  authenticator auth;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> connections{0};
};

}  // namespace bank::api
