#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

#include "bank/api/http/problem.hpp"
#include "bank/api/limits/rate_limit_options.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/actors/rate_limiter.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace bank::api {

struct request_context;

/// Who asks without a token: the address, of IPv6 its first 64 bits, which belong to one network.
std::string caller_address(const boost::asio::ip::address& address);

/// Admits requests by rate. Its limiter is an actor, a child of the node's tree, which is asked
/// only for who has to wait; while it is down nobody is limited. `admit` is safe from any I/O
/// thread; the guard outlives the server.
class rate_guard {
 public:
  /// Counts in `to`, and what the limiter does in `meter`, if given; they outlive the runtime.
  /// Throws `std::invalid_argument` for limits that can't be.
  rate_guard(lifeline::runtime& rt, const rate_limit_options& options,
             lifeline::metrics* to = nullptr, lifeline::actor_meter* meter = nullptr);

  /// The limiter, as a child of a supervisor.
  lifeline::child_spec limiter();

  /// Is there a limit for this request? Not for admins, unless the node's limit binds all.
  bool binds(const request_context& x) const;
  /// Takes a token for the request, in the name of its caller, or of its address if it has none;
  /// waits for it as long as the options say. Tells in the answer what is left. A problem if there
  /// is none (429), or if the request's context ends meanwhile.
  boost::asio::awaitable<std::optional<problem>> admit(request_context& x) const;

 private:
  bool has_own_limit(const request_context& x) const;
  /// What the limiter says, now or once the token has come; none while it is down.
  boost::asio::awaitable<result<std::optional<lifeline::actors::tokens_answered>>> ask_for_token(
      request_context& x) const;
  /// Empty if no limit of its own binds the caller.
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
  const lifeline::actors::rate_limits_options limits_;
  const lifeline::actors::token_source tokens_;
  lifeline::child_ref limiter_;
};

}  // namespace bank::api
