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
#include "lifeline/actors/circuit_breaker.hpp"
#include "lifeline/work/single_flight.hpp"

namespace bank::api {

/// A token that is good, as a connection remembers it for a moment.
struct known_token {
  caller_ptr caller;
  lifeline::time_point fresh_until{};
  std::optional<lifeline::wall_time> expires_at;
  std::uint64_t as_of = 0;  ///< how many revocations there had been when it was found good
};

/// The secret in an `Authorization` header, if it is one of a bearer (RFC 6750).
std::optional<std::string_view> bearer_secret(std::string_view header) noexcept;

/// Tells who a token belongs to. One per process; safe from any thread.
///
/// The store is asked once for all who show the same token meanwhile, and what it says is
/// remembered (`token_cache`); what is used is asked for anew before it is too old. While the store
/// does not answer, a token that was good not long ago still is, so that those who look after the
/// node are let in when they are needed; but never past its expiry, nor once it was revoked here.
class authenticator {
 public:
  /// `store_breaker` may be null: nobody says that the store does not answer, but the store.
  authenticator(lifeline::runtime& rt, storage::token_store& tokens, running_calls& calls,
                const lifeline::actors::circuit_breaker* store_breaker,
                std::chrono::milliseconds deadline, const token_cache_options& options);

  /// `unauthenticated` if the token is unknown, revoked or expired; `deadline_exceeded` if the
  /// store does not say within the token deadline or `ctx`'s own.
  boost::asio::awaitable<result<known_token>> look_up(boost::asio::io_context& io,
                                                      lifeline::context ctx, std::string secret);

  /// What is remembered of the token, without asking the store; nothing if that is not enough.
  std::optional<known_token> recall(std::string_view secret);
  /// Has the store not answered just now?
  bool store_is_silent() const noexcept;

  /// May what was found be believed still, without being looked up again?
  bool is_good(const known_token& t) const noexcept;

  /// A token was revoked: it is refused at once, though the store may not answer, on connections
  /// that remember it, too.
  void deny(const std::string& hash);
  /// It may have been revoked: the store is asked at its next use.
  void forget(const std::string& hash);
  /// Ends with the next call of `deny` or `forget`.
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
  const lifeline::actors::circuit_breaker* const store_breaker_;
  const std::chrono::milliseconds deadline_;
  token_cache cache_;
  lifeline::single_flight<std::string, verdict> flights_;
  std::atomic<lifeline::time_point::rep> silent_until_{0};
  std::atomic<std::uint64_t> revocations_{0};
  mutable std::mutex mutex_;
  std::optional<lifeline::cancel_scope> unrevoked_;  // guarded by it
};

problem unauthenticated(std::string detail);

}  // namespace bank::api
