#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "bank/api/auth/token_cache.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/server/running_calls.hpp"
#include "bank/storage/token_store.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/work/single_flight.hpp"

namespace bank::api {

/// A valid token, as a connection remembers it for some seconds.
struct known_token {
  caller_ptr caller;
  lifeline::time_point fresh_until{};
  std::optional<lifeline::wall_time> expires_at;
  std::uint64_t as_of = 0;  ///< count of revocations when the token was found valid
};

/// The secret in an `Authorization` header; nothing if its scheme is not Bearer (RFC 6750).
std::optional<std::string_view> bearer_secret(std::string_view header) noexcept;

/// Finds the caller a token belongs to. One per process; safe from any thread.
///
/// Concurrent requests with the same token share one store query. Verdicts are cached
/// (`token_cache`); one in use is refreshed before it gets too old. While the store does not
/// answer, a recently valid token stays valid, so that operators can still log in. It never
/// outlives its expiry or a revocation made at this node.
class authenticator {
 public:
  /// `store_breaker` may be null: then only failed queries show that the store does not answer.
  authenticator(lifeline::runtime& rt, storage::token_store& tokens, running_calls& calls,
                const lifeline::guards::circuit_breaker* store_breaker,
                std::chrono::milliseconds deadline, const token_cache_options& options);

  /// `unauthenticated` if the token is unknown, revoked or expired; `deadline_exceeded` if the
  /// store does not answer within the token deadline or `ctx`.
  boost::asio::awaitable<result<known_token>> look_up(boost::asio::io_context& io,
                                                      lifeline::context ctx, std::string secret);

  /// The cached verdict, without the store; nothing if it is missing or not good enough.
  std::optional<known_token> recall(std::string_view secret);
  /// Is the store's circuit open, or did its last query fail less than a second ago?
  bool store_is_silent() const noexcept;

  /// Is the token still valid without another look-up?
  bool is_good(const known_token& t) const noexcept;

  /// Marks a token as revoked: refused at once, also on connections that remember it and while the
  /// store does not answer.
  void deny(const std::string& hash);
  /// Drops the cached verdict of a token that may be revoked: its next use asks the store.
  void forget(const std::string& hash);
  /// A context that ends with the next `deny` or `forget`.
  lifeline::context until_revocation() const;

 private:
  using verdict = result<token_verdict>;

  boost::asio::awaitable<lifeline::asked<verdict>> ask_store(boost::asio::io_context& io,
                                                             lifeline::context ctx,
                                                             std::string hash, std::uint64_t as_of);
  void refresh(const std::string& hash, std::uint64_t as_of);
  void begin_asking(const lifeline::context& ctx, const std::string& hash,
                    const lifeline::landing<verdict>& done);
  verdict read(const lifeline::context& ctx, const std::string& hash);
  void count_revocation();
  token_verdict judge(const std::optional<storage::token_record>& found) const;
  result<known_token> known(const token_verdict& v, lifeline::duration for_at_most,
                            std::uint64_t as_of) const;
  static std::string flight_of(const std::string& hash, std::uint64_t as_of);

  lifeline::runtime& rt_;
  storage::token_store& tokens_;
  running_calls& calls_;
  const lifeline::guards::circuit_breaker* const store_breaker_;
  const std::chrono::milliseconds deadline_;
  token_cache cache_;
  lifeline::single_flight<std::string, verdict> flights_;
  std::atomic<lifeline::time_point::rep> silent_until_{0};
  std::atomic<std::uint64_t> revocations_{0};
  mutable std::mutex mutex_;
  std::optional<lifeline::cancel_scope> unrevoked_;  // guarded by `mutex_`
};

problem unauthenticated(std::string detail);

}  // namespace bank::api
