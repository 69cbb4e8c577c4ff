#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/api/http/request.hpp"
#include "bank/api/server/request_context.hpp"
#include "bank/storage/token_store.hpp"

namespace bank::api {

/// Roles that may use a route, as a set; empty: no token is needed.
using role_set = std::uint8_t;
constexpr role_set only(storage::role r) noexcept {
  return static_cast<role_set>(1U << static_cast<unsigned>(r));
}
inline constexpr role_set anyone = 0;
inline constexpr role_set writers = only(storage::role::admin) | only(storage::role::customer);
inline constexpr role_set readers = writers | only(storage::role::auditor);
inline constexpr role_set overseers = only(storage::role::admin) | only(storage::role::auditor);

/// A handler's result: nothing if it filled its `request_context`'s answer, else a problem.
using handled = std::optional<problem>;
using handler = boost::asio::awaitable<handled> (*)(request_context&);
/// A handler that never waits.
using instant_handler = handled (*)(request_context&);

struct route {
  api::method method;
  std::string_view pattern;  ///< with at most one `{id}`, a whole segment
  role_set roles;
  std::chrono::milliseconds http_options::*deadline;
  handler run = nullptr;
  instant_handler run_now = nullptr;
  /// Roles with a larger body limit, `bulk_body_limit`.
  role_set bulk_roles = 0;
  bool many_at_once = false;    ///< its body contains many changes
  bool while_stopping = false;  ///< answered until the end of a stop
};

struct route_match {
  const route* found = nullptr;
  std::string_view id;
  std::string allow;  ///< the path's methods, if the requested one is not among them
};

/// `path` must outlive the match. HEAD matches GET.
route_match find_route(std::span<const route> routes, method m, std::string_view path);

/// All routes of the node.
std::span<const route> all_routes() noexcept;

/// Answers a request: finds the route, the caller and the time limit, runs the handler, and turns
/// errors into problems. Fills `x.out`.
boost::asio::awaitable<void> answer_request(request_context& x, const route_match& match);
/// The checks that need the head only: the node serves, the route exists, and the caller may use
/// it. Begins the request's contexts. Nothing: read the body next.
boost::asio::awaitable<handled> check_head(request_context& x, const route_match& match);
/// Runs the handler if the request's preconditions hold. A write checks them against the target's
/// current state; a read answers 304 or 412 instead.
boost::asio::awaitable<handled> run_route(request_context& x, const route& r);
handled run_at_once(request_context& x, const route& r);
/// For routes without roles that need a token after all: finds the caller, whose role must be in
/// `roles`.
boost::asio::awaitable<handled> require_role(request_context& x, role_set roles);
/// Fills `x.out` with the problem.
void answer_problem(request_context& x, const problem& p);

}  // namespace bank::api
