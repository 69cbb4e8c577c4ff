#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/metered.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/guards/detail/shared_core.hpp"
#include "lifeline/guards/rate_limits.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline::guards {

namespace detail {
struct limiter_state;
}

/// To a rate limiter: requests `tokens` for `caller` and accepts a wait of `longest_wait`. Ask it
/// within the request's context. Answered with `tokens_answered`, now or when the tokens are there.
/// A request whose context ends while it waits returns its tokens. A wait that the context's
/// deadline would cut off fails at once, with `deadline_exceeded`.
struct acquire_tokens {
  std::string caller;  ///< empty: only the shared limit applies
  std::int64_t tokens = 1;
  duration longest_wait = duration::zero();
};
LIFELINE_MESSAGE(acquire_tokens);

/// Whether the request is admitted, and figures for response headers.
struct tokens_answered {
  bool admitted = false;
  bool limit_of_all = false;   ///< the figures belong to the limit shared by all callers
  std::int64_t burst = 0;      ///< most tokens that can be left; 0: no limit
  std::int64_t remaining = 0;  ///< left after this
  /// If refused: time until a retry makes sense; `duration::max()`: never.
  duration retry_after = duration::zero();
  duration full_after = duration::zero();  ///< until `burst` are left again
};
LIFELINE_MESSAGE(tokens_answered);

/// To a rate limiter: changes a limit from now on, also for waiting requests. Answered with
/// `limits_changed`; `broken_promise` if the limit is invalid (see `bucket_terms`), and then
/// nothing changes. A tell is not answered.
struct change_limits {
  std::optional<std::int64_t> tokens = {};  ///< none: no limit
  duration per = std::chrono::seconds(1);
  std::int64_t burst = 10;
  bool of_all = false;  ///< the shared limit, instead of each caller's
};
LIFELINE_MESSAGE(change_limits);
struct limits_changed {
  std::int64_t waiting = 0;
};
LIFELINE_MESSAGE(limits_changed);

/// Takes tokens of a rate limiter without a message, for requests that need not wait. Its holder
/// decides on its own thread, on the same state as the actor. Waiting requests are kept by the
/// actor; this handle never overtakes them. A handle, cheap to copy; all copies are one, safe from
/// any thread. It gives nothing before it is given to a limiter and after that limiter has ended.
///
///     auto t = tokens.take(ctx, "alice", 1, 250ms);
///     if (!t) …  // ask the limiter: acquire_tokens{"alice", 1, 250ms}
class token_source {
 public:
  token_source() : window_(std::make_shared<detail::core_window<rate_limits>>()) {}

  /// The limiter's immediate answer to such an `acquire_tokens`. Empty, and nothing is taken, if
  /// the request would have to wait or `ctx` is done; it gets its place in the queue by asking the
  /// limiter.
  std::optional<tokens_answered> take(const context& ctx, std::string_view caller,
                                      std::int64_t tokens = 1,
                                      duration longest_wait = duration::zero()) const;

 private:
  friend struct detail::limiter_state;
  std::shared_ptr<detail::core_window<rate_limits>> window_;
};

/// Spawns a rate limiter: an actor around `rate_limits`, which decides. Its life is tied to `life`,
/// whose clock it uses; when it ends, waiting requests get `broken_promise`. Use one limiter per
/// class of requests, for example reads and writes. `losses` and `meter`, if given, must outlive
/// it. `source` works as long as the limiter lives.
///
///     ask(self, ctx, limiter, acquire_tokens{.caller = "alice", .longest_wait = 250ms})
///         .then([=](const tokens_answered& t) { t.admitted ? serve() : refuse(t.retry_after); },
///               [=](errc e) { … });
caf::actor spawn_rate_limiter(caf::actor_system& system, const context& life,
                              const rate_limits_options& options, loss* losses = nullptr,
                              actor_meter* meter = nullptr, const token_source& source = {});

}  // namespace lifeline::guards

#if LIFELINE_CAF_1
namespace lifeline::guards::detail {
struct tokens_due;
struct waiter_left;
}  // namespace lifeline::guards::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_rate_limiter,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::rate_limiter))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::guards::acquire_tokens))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::guards::tokens_answered))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::guards::change_limits))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::guards::limits_changed))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::guards::detail::tokens_due))
CAF_ADD_TYPE_ID(lifeline_rate_limiter, (lifeline::guards::detail::waiter_left))
CAF_END_TYPE_ID_BLOCK(lifeline_rate_limiter)
#endif
