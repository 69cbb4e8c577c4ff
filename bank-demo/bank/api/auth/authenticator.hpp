#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "bank/api/auth/token_cache.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/server/running_calls.hpp"
#include "bank/storage/token_store.hpp"
#include "lifeline/actor/runtime.hpp"

namespace bank::api {

/// The secret in an `Authorization` header, if it is one of a bearer (RFC 6750).
std::optional<std::string_view> bearer_secret(std::string_view header) noexcept;

/// Tells who a token belongs to. One per process; safe from any thread.
class authenticator {
 public:
  authenticator(lifeline::runtime& rt, storage::token_store& tokens, running_calls& calls,
                std::chrono::milliseconds deadline)
      : rt_(rt), tokens_(tokens), calls_(calls), deadline_(deadline) {}

  /// `unauthenticated` if the token is unknown, revoked or expired; `deadline_exceeded` if the
  /// store does not say within the token deadline or `ctx`'s own.
  boost::asio::awaitable<result<known_token>> look_up(boost::asio::io_context& io,
                                                      lifeline::context ctx, std::string secret);

 private:
  result<known_token> judge(const std::optional<storage::token_record>& found) const;

  lifeline::runtime& rt_;
  storage::token_store& tokens_;
  running_calls& calls_;
  const std::chrono::milliseconds deadline_;
  token_cache cache_{10'000};
};

problem unauthenticated(std::string detail);

}  // namespace bank::api
