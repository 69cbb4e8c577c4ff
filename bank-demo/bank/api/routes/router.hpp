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

/// Roles that may use a route, as a set; none: no token is needed.
using role_set = std::uint8_t;
constexpr role_set only(storage::role r) noexcept {
  return static_cast<role_set>(1U << static_cast<unsigned>(r));
}
inline constexpr role_set anyone = 0;
inline constexpr role_set writers = only(storage::role::admin) | only(storage::role::customer);
inline constexpr role_set readers = writers | only(storage::role::auditor);
inline constexpr role_set overseers = only(storage::role::admin) | only(storage::role::auditor);

/// What a handler leaves behind: an answer in its `request_context`, or a problem.
using handled = std::optional<problem>;
using handler = boost::asio::awaitable<handled> (*)(request_context&);
/// A handler that waits for nothing.
using instant_handler = handled (*)(request_context&);

struct route {
  api::method method;
  std::string_view pattern;  ///< with at most one `{id}`, which is a whole segment
  role_set roles;
  std::chrono::milliseconds http_options::*deadline;
  handler run = nullptr;
  instant_handler run_now = nullptr;
  /// Those who may send more than others, up to `bulk_body_limit`.
  role_set bulk_roles = 0;
  bool many_at_once = false;    ///< its body holds many changes
  bool while_stopping = false;  ///< it watches the node, and is answered to the end
};

struct route_match {
  const route* found = nullptr;
  std::string_view id;
  std::string allow;  ///< the methods of a path that is known, where this one is not among them
};

/// `path` must outlive the match. HEAD goes where GET goes.
route_match find_route(std::span<const route> routes, method m, std::string_view path);

/// All routes of the node.
std::span<const route> all_routes() noexcept;

/// Answers one request: finds the route, the caller and the time limit, runs the handler, and turns
/// what went wrong into a problem. Fills `x.out`.
boost::asio::awaitable<void> answer_request(request_context& x, const route_match& match);
/// All that can be said of a request by its head: the node serves, there is such a route, and its
/// caller may use it in this way. Begins the request's life. Nothing: the body is to be read.
boost::asio::awaitable<handled> check_head(request_context& x, const route_match& match);
/// Runs the handler under the request's conditions: a write only if they are met by what its target
/// shows now; a read answers 304 or 412 instead.
boost::asio::awaitable<handled> run_route(request_context& x, const route& r);
handled run_at_once(request_context& x, const route& r);
/// For a route of `anyone` that wants a token after all: finds the caller, who must be one of
/// these.
boost::asio::awaitable<handled> require_role(request_context& x, role_set roles);
/// Fills `x.out` with the problem.
void answer_problem(request_context& x, const problem& p);

}  // namespace bank::api
