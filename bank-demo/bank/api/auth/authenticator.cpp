#include "bank/api/auth/authenticator.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "bank/api/http/field_list.hpp"
#include "lifeline/actor/asio_outcome.hpp"
#include "lifeline/actor/blocking.hpp"

namespace bank::api {

namespace asio = boost::asio;
using lifeline::landing;

namespace {

constexpr std::string_view scheme = "Bearer ";
constexpr std::size_t longest_secret = 512;
constexpr const char* revoked_words = "the token was revoked";
constexpr const char* expired_words = "the token has expired";
/// How long a connection keeps a verdict before it asks the cache again. So tokens in use stay
/// marked as used.
constexpr std::chrono::seconds believed_for{5};
/// Pause after a store failure before the store is asked again about a stale token.
constexpr std::chrono::seconds left_alone_for{1};

}  // namespace

problem unauthenticated(std::string detail) {
  return {code::unauthenticated, std::move(detail), "Authorization", {}, {}};
}

std::optional<std::string_view> bearer_secret(std::string_view header) noexcept {
  if (header.size() <= scheme.size() || header.size() > longest_secret) return std::nullopt;
  if (!same_text(header.substr(0, scheme.size()), scheme)) return std::nullopt;
  // One space or more before it (RFC 9110, 11.4).
  const std::size_t begin = header.find_first_not_of(' ', scheme.size());
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view secret = header.substr(begin);
  for (const char c : secret)
    if (c <= 0x20 || c >= 0x7f) return std::nullopt;
  return secret;
}

authenticator::authenticator(lifeline::runtime& rt, storage::token_store& tokens,
                             running_calls& calls,
                             const lifeline::guards::circuit_breaker* store_breaker,
                             std::chrono::milliseconds deadline, const token_cache_options& options)
    : rt_(rt),
      tokens_(tokens),
      calls_(calls),
      store_breaker_(store_breaker),
      deadline_(deadline),
      cache_(options, std::random_device{}() + (std::uint64_t{std::random_device{}()} << 32)),
      unrevoked_(lifeline::with_cancel(rt.background())) {}

asio::awaitable<result<known_token>> authenticator::look_up(asio::io_context& io,
                                                            lifeline::context ctx,
                                                            std::string secret) {
  using enum token_finding::freshness;
  const std::string hash = storage::hash_secret(secret);
  const std::uint64_t as_of = revocations_.load(std::memory_order_acquire);
  const token_finding kept = cache_.find(hash, rt_.time().now(), rt_.time().wall_now());
  if (kept.how == fresh) {
    if (kept.wants_refresh && !store_is_silent()) refresh(hash, as_of);
    co_return known(kept.what, believed_for, as_of);
  }
  if (kept.how == stale && store_is_silent()) co_return known(kept.what, left_alone_for, as_of);

  const auto asked = co_await ask_store(io, ctx, hash, as_of);
  if (asked && *asked) co_return known(**asked, believed_for, as_of);
  if (kept.how == stale && !ctx.done() && revocations_ == as_of) {
    silent_until_ = (rt_.time().now() + left_alone_for).time_since_epoch().count();
    co_return known(kept.what, left_alone_for, as_of);
  }
  if (!asked) co_return problem_of(asked.error());
  co_return asked->error();
}

std::optional<known_token> authenticator::recall(std::string_view secret) {
  using enum token_finding::freshness;
  const std::uint64_t as_of = revocations_.load(std::memory_order_acquire);
  const token_finding kept =
      cache_.find(storage::hash_secret(secret), rt_.time().now(), rt_.time().wall_now());
  if (kept.how == absent) return std::nullopt;
  auto found = known(kept.what, left_alone_for, as_of);
  return found ? std::optional(std::move(*found)) : std::nullopt;
}

bool authenticator::is_good(const known_token& t) const noexcept {
  return t.caller && t.as_of == revocations_.load(std::memory_order_acquire) &&
         rt_.time().now() < t.fresh_until &&
         (!t.expires_at || rt_.time().wall_now() < *t.expires_at);
}

/// The cache comes first: a request that sees the new count must not find the old verdict.
void authenticator::deny(const std::string& hash) {
  cache_.deny(hash, revoked_words, rt_.time().now());
  count_revocation();
}

void authenticator::forget(const std::string& hash) {
  cache_.forget(hash);
  count_revocation();
}

void authenticator::count_revocation() {
  revocations_.fetch_add(1, std::memory_order_acq_rel);
  auto next = lifeline::with_cancel(rt_.background());
  {
    const std::lock_guard lock(mutex_);
    std::swap(*unrevoked_, next);
  }
  next.cancel();
}

lifeline::context authenticator::until_revocation() const {
  const std::lock_guard lock(mutex_);
  return unrevoked_->ctx();
}

/// Checks the expiry again: it may have passed while the store answered.
result<known_token> authenticator::known(const token_verdict& v, lifeline::duration for_at_most,
                                         std::uint64_t as_of) const {
  if (!v.caller) return unauthenticated(v.denied);
  if (v.expires_at && *v.expires_at <= rt_.time().wall_now()) return unauthenticated(expired_words);
  return known_token{v.caller, rt_.time().now() + for_at_most, v.expires_at, as_of};
}

/// A half-open breaker does not count as silent: its probes decide.
bool authenticator::store_is_silent() const noexcept {
  using lifeline::guards::circuit;
  if (store_breaker_ != nullptr && store_breaker_->state() == circuit::open) return true;
  return rt_.time().now().time_since_epoch().count() < silent_until_.load();
}

// -- asking the store -----------------------------------------------------------------------------

/// Requests from after a revocation must not join a query from before it: the key names the count.
std::string authenticator::flight_of(const std::string& hash, std::uint64_t as_of) {
  return hash + std::to_string(as_of);
}

/// Resumes with the verdict or at the deadline, whichever comes first.
asio::awaitable<lifeline::asked<authenticator::verdict>> authenticator::ask_store(
    asio::io_context& io, lifeline::context ctx, std::string hash, std::uint64_t as_of) {
  const auto scope = lifeline::with_timeout(ctx, deadline_);
  auto join = [&](auto tell) {
    flights_.join(
        scope.ctx(), flight_of(hash, as_of),
        [this, hash](const lifeline::context& within, const landing<verdict>& done) {
          begin_asking(within, hash, done);
        },
        std::move(tell));
  };
  co_return co_await lifeline::asio_outcome<lifeline::asked<verdict>>(io, std::move(join));
}

/// In the background: meanwhile requests use the cached verdict.
void authenticator::refresh(const std::string& hash, std::uint64_t as_of) {
  const auto scope =
      std::make_shared<lifeline::cancel_scope>(lifeline::with_timeout(rt_.background(), deadline_));
  flights_.join(
      scope->ctx(), flight_of(hash, as_of),
      [this, hash](const lifeline::context& within, const landing<verdict>& done) {
        begin_asking(within, hash, done);
      },
      [scope](const landing<verdict>::outcome&) {});
}

/// An earlier query may have ended after the caller missed the cache. Its verdict is then cached.
void authenticator::begin_asking(const lifeline::context& ctx, const std::string& hash,
                                 const landing<verdict>& done) {
  const token_finding kept = cache_.find(hash, rt_.time().now(), rt_.time().wall_now());
  if (kept.how == token_finding::freshness::fresh && !kept.wants_refresh) return done(kept.what);
  const std::string* id = ctx.value(request_id_key);
  auto call =
      calls_.list("token check, request_id=" + (id != nullptr ? *id : std::string("-")),
                  [this, hash](const lifeline::context& within) { return read(within, hash); });
  run_blocking(rt_.blocking(), lifeline::lane::read, ctx, std::move(call),
               [done](lifeline::asked<verdict> said) {
                 said ? done(std::move(*said)) : done.fail(said.error());
               });
}

authenticator::verdict authenticator::read(const lifeline::context& ctx, const std::string& hash) {
  const std::uint64_t fill = cache_.begin(hash);
  const auto found = tokens_.find(ctx, hash);
  if (!found) {
    cache_.abandon(hash, fill);
    return problem_of(found.error());
  }
  token_verdict v = judge(*found);
  cache_.finish(hash, fill, v, rt_.time().now());
  return v;
}

token_verdict authenticator::judge(const std::optional<storage::token_record>& found) const {
  if (!found) return {.denied = "unknown token"};
  if (found->revoked_at) return {.denied = revoked_words};
  if (found->expires_at && *found->expires_at <= rt_.time().wall_now())
    return {.denied = expired_words};
  return {std::make_shared<const identity>(found->granted, found->owner), found->expires_at, {}};
}

}  // namespace bank::api
