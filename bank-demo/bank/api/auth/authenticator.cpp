#include "bank/api/auth/authenticator.hpp"

#include <boost/beast/core/string.hpp>

#include "bank/api/http/request_values.hpp"
#include "bank/api/server/blocking_call.hpp"

namespace bank::api {

namespace {

constexpr std::string_view scheme = "Bearer ";
constexpr std::size_t longest_secret = 512;
constexpr std::chrono::seconds believed_for{5};

}  // namespace

problem unauthenticated(std::string detail) {
  return {code::unauthenticated, std::move(detail), "Authorization", {}, {}};
}

std::optional<std::string_view> bearer_secret(std::string_view header) noexcept {
  if (header.size() <= scheme.size() || header.size() > longest_secret) return std::nullopt;
  if (!boost::beast::iequals(header.substr(0, scheme.size()), scheme)) return std::nullopt;
  const std::string_view secret = header.substr(scheme.size());
  for (const char c : secret)
    if (c <= 0x20 || c >= 0x7f) return std::nullopt;
  return secret;
}

boost::asio::awaitable<result<known_token>> authenticator::look_up(boost::asio::io_context& io,
                                                                   lifeline::context ctx,
                                                                   std::string secret) {
  std::string hash = storage::hash_secret(secret);
  if (auto known = cache_.find(hash, rt_.time().now(), rt_.time().wall_now()))
    co_return std::move(*known);

  const auto scope = lifeline::with_timeout(ctx, deadline_);
  auto find = [&tokens = tokens_, hash](const lifeline::context& within) {
    return tokens.find(within, hash);
  };
  const std::string* id = ctx.value(request_id_key);
  std::string what = "the check of a token, request_id=" + (id ? *id : std::string("-"));
  const auto asked = co_await blocking_call(io, rt_.blocking(), calls_, std::move(what),
                                            scope.ctx(), std::move(find));
  if (!asked) co_return problem_of(asked.error());
  if (!*asked) co_return problem_of(asked->error());
  auto judged = judge(**asked);
  if (judged) cache_.put(std::move(hash), *judged, rt_.time().now());
  co_return judged;
}

result<known_token> authenticator::judge(const std::optional<storage::token_record>& found) const {
  if (!found) return unauthenticated("the token is not known");
  if (found->revoked_at) return unauthenticated("the token was revoked");
  if (found->expires_at && *found->expires_at <= rt_.time().wall_now())
    return unauthenticated("the token has expired");
  return known_token{std::make_shared<const identity>(found->granted, found->owner),
                     rt_.time().now() + believed_for, found->expires_at};
}

}  // namespace bank::api
