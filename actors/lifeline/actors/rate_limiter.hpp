#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/actors/detail/shared_core.hpp"
#include "lifeline/actors/rate_limits.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline::actors {

namespace detail {
struct limiter_state;
}

/// To a rate limiter: `caller` wants to go, for `tokens`, and would wait for `longest_wait`. Ask it
/// within the request's context. Answered with `tokens_answered`, now or when the tokens have come.
/// Whoever leaves while it waits gives its tokens back. A wait that the context's deadline would
/// cut off fails at once, as `deadline_exceeded`.
struct acquire_tokens {
  std::string caller;  ///< empty: bound by the limit of all callers alone
  std::int64_t tokens = 1;
  duration longest_wait = duration::zero();
};
template <class Inspector>
auto inspect(Inspector& f, acquire_tokens& x) {
  return fields(f, "acquire_tokens", x, x.caller, x.tokens, x.longest_wait);
}

/// Whether it may go, and what headers tell about it.
struct tokens_answered {
  bool admitted = false;
  bool limit_of_all = false;   ///< the figures are those of the limit that all callers share
  std::int64_t burst = 0;      ///< as many could be left at most; 0 if nothing limits it
  std::int64_t remaining = 0;  ///< left after this
  /// If refused: until it is worth trying again; `duration::max()` if it never will be.
  duration retry_after = duration::zero();
  duration full_after = duration::zero();  ///< until `burst` are left again
};
template <class Inspector>
auto inspect(Inspector& f, tokens_answered& x) {
  return fields(f, "tokens_answered", x, x.admitted, x.limit_of_all, x.burst, x.remaining,
                x.retry_after, x.full_after);
}

/// To a rate limiter: other limits from now on, for those who wait, too. Answered with
/// `limits_changed`; `broken_promise` if such limits can't be (see `bucket_terms`), and then
/// nothing changes. As a tell, it goes unanswered.
struct change_limits {
  std::optional<std::int64_t> tokens = {};  ///< none: without limit
  duration per = std::chrono::seconds(1);
  std::int64_t burst = 10;
  bool of_all = false;  ///< the limit that all callers share, instead of each one's
};
template <class Inspector>
auto inspect(Inspector& f, change_limits& x) {
  return fields(f, "change_limits", x, x.tokens, x.per, x.burst, x.of_all);
}
struct limits_changed {
  std::int64_t waiting = 0;
};
template <class Inspector>
auto inspect(Inspector& f, limits_changed& x) {
  return fields(f, "limits_changed", x, x.waiting);
}

/// The tokens of a rate limiter for those who need not wait, without a message: who holds this
/// decides on its own thread, by the state that the actor goes by, too. The actor keeps those who
/// wait; nobody overtakes them here. A handle, cheap to copy; all copies are one, safe from any
/// thread. Nothing comes of it before it is given to a limiter and after that has gone.
///
///     auto t = tokens.take(ctx, "alice", 1, 250ms);
///     if (!t) …  // ask the limiter: acquire_tokens{"alice", 1, 250ms}
class token_source {
 public:
  token_source() : window_(std::make_shared<detail::core_window<rate_limits>>()) {}

  /// What the limiter would answer at once to such an `acquire_tokens`. None, and nothing is taken,
  /// if it would have to wait, or `ctx` is done: it has its place in line once it asks the limiter.
  std::optional<tokens_answered> take(const context& ctx, std::string_view caller,
                                      std::int64_t tokens = 1,
                                      duration longest_wait = duration::zero()) const;

 private:
  friend struct detail::limiter_state;
  std::shared_ptr<detail::core_window<rate_limits>> window_;
};

/// Spawns a rate limiter: an actor around `rate_limits`, which decides. Its life is tied to `life`,
/// whose clock it goes by; who waits when it ends hears `broken_promise`. A limiter stands for one
/// class of requests: reads and writes have one each. `losses` and `meter`, if given, outlive it.
/// `source` gives of its tokens as long as it lives.
///
///     ask(self, ctx, limiter, acquire_tokens{.caller = "alice", .longest_wait = 250ms})
///         .then([=](const tokens_answered& t) { t.admitted ? serve() : refuse(t.retry_after); },
///               [=](errc e) { … });
caf::actor spawn_rate_limiter(caf::actor_system& system, const context& life,
                              const rate_limits_options& options, loss* losses = nullptr,
                              actor_meter* meter = nullptr, const token_source& source = {});

}  // namespace lifeline::actors

#if LIFELINE_CAF_1
namespace lifeline::actors::detail {
struct tokens_due;
struct waiter_left;
}  // namespace lifeline::actors::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_rate_limiter,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::rate_limiter))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::actors::acquire_tokens))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::actors::tokens_answered))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::actors::change_limits))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::actors::limits_changed))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::actors::detail::tokens_due))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::actors::detail::waiter_left))
CAF_END_TYPE_ID_BLOCK(lifeline_rate_limiter)
#endif
