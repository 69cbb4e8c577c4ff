#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

#include "bank/api/http/problem.hpp"
#include "bank/api/limits/rate_limit_options.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/rate_limiter.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace bank::api {

struct request_context;

/// The name of a caller without a token: its address; of IPv6 the first 64 bits (one network).
std::string caller_address(const boost::asio::ip::address& address);

/// Limits the request rate. Its limiter is an actor in the node's tree, asked only for requests
/// that must wait; while it is down there is no limit. `admit` is safe from any I/O thread; the
/// guard outlives the server.
class rate_guard {
 public:
  /// Counts in `to`, and the limiter's messages in `meter`, if given; both outlive the runtime.
  /// Throws `std::invalid_argument` for impossible limits.
  rate_guard(lifeline::runtime& rt, const rate_limit_options& options,
             lifeline::metrics* to = nullptr, lifeline::actor_meter* meter = nullptr);

  /// The limiter, as a child of a supervisor.
  lifeline::child_spec limiter();

  /// Does a limit apply to this request? Admins only have the node-wide limit.
  bool binds(const request_context& x) const;
  /// Takes a token for the request: from its caller's bucket, or its address's without a caller.
  /// Waits for it up to `wait`. Adds the rate limit headers to the answer. A problem if there is no
  /// token (429) or the request's context ends first.
  boost::asio::awaitable<std::optional<problem>> admit(request_context& x) const;

 private:
  bool has_own_limit(const request_context& x) const;
  /// The limiter's answer, at once or when the token is available; none while it is down.
  boost::asio::awaitable<result<std::optional<lifeline::guards::tokens_answered>>> ask_for_token(
      request_context& x) const;
  /// Empty if the caller has no limit of its own.
  std::string limited_name(const request_context& x) const;

  struct counters {
    explicit counters(lifeline::metrics& to);
    lifeline::counter& admitted;
    lifeline::counter& refused_caller;
    lifeline::counter& refused_node;
  };

  lifeline::runtime& rt_;
  lifeline::actor_meter* const meter_;
  const std::optional<counters> counters_;
  const rate_limit_options options_;
  const lifeline::guards::rate_limits_options limits_;
  const lifeline::guards::token_source tokens_;
  lifeline::child_ref limiter_;
};

}  // namespace bank::api
