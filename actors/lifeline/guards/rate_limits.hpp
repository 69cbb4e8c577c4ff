#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lifeline/guards/caller_table.hpp"

namespace lifeline::guards {

/// A rate and its burst.
struct rate_limit {
  token_rate rate = token_rate::per_second(10);
  std::int64_t burst = 10;
};

struct rate_limits_options {
  rate_limit each{};                     ///< for each caller
  std::optional<rate_limit> all = {};    ///< shared by all callers; refuses at once
  std::size_t most_callers = 1'000'000;  ///< maximum of callers kept
  std::size_t most_waiting_per_caller =
      100;  ///< waiting requests per caller; more are refused at once
  std::size_t most_waiting = 10'000;
  std::uint64_t seed = 0;  ///< of the callers' hash; use a different one in each process
};

/// The result of a request for tokens.
struct token_decision {
  enum class verdict : std::uint8_t { admitted, waits, refused };
  enum class limit : std::uint8_t { each, all };

  verdict what = verdict::admitted;
  limit which = limit::each;  ///< the limit that the figures belong to
  std::int64_t burst = 0;
  std::int64_t remaining = 0;  ///< whole tokens left; never negative
  /// If waiting: time until it may act. If refused: time until a retry makes sense;
  /// `duration::max()`: never.
  duration wait = duration::zero();
  duration full_after = duration::zero();  ///< time until the bucket is full
};

/// The pure core of a rate limiter: which requests are admitted, which wait in which order, and
/// which are refused. No actor, no clock. A caller's waiting requests are served in order of
/// arrival, each as soon as its tokens are there. Their tokens are reserved, so that no later
/// request overtakes. A request that leaves returns its tokens, and those behind it move up.
class rate_limits {
 public:
  /// Id of a waiting request, chosen by the caller; unique while it waits.
  using waiter_id = std::uint64_t;

  explicit rate_limits(const rate_limits_options& options);

  /// Requests `n` tokens for `caller`; `id` waits for them if that takes at most `longest`. An
  /// empty caller is bound by the shared limit only.
  token_decision acquire(waiter_id id, std::string_view caller, std::int64_t n, duration longest,
                         time_point now);
  /// The same, without queueing: if the result is `waits`, nothing is taken.
  token_decision take(std::string_view caller, std::int64_t n, duration longest, time_point now);
  /// A waiting request leaves; no effect if it does not wait.
  void leave(waiter_id id, time_point now);
  /// When to call `serve` again; empty while no request waits.
  std::optional<time_point> next_due() const;
  /// Removes the waiting requests that are due and returns them with their results.
  std::vector<std::pair<waiter_id, token_decision>> serve(time_point now);

  /// Applies from now on, also to waiting requests. Throws as `bucket_terms` does, and then changes
  /// nothing.
  void set_each(const rate_limit& limit, time_point now);
  void set_all(const std::optional<rate_limit>& limit, time_point now);

  std::size_t waiting() const noexcept { return waiters_.size(); }
  const caller_table& callers() const noexcept { return callers_; }

 private:
  struct waiter {
    waiter_id id = 0;
    std::int64_t tokens = 0;
  };
  struct line {
    std::deque<waiter> waiters{};
    std::int64_t tokens = 0;  // of all waiting requests together
    time_point due{};         // of the first request
  };

  token_decision decided(token_decision::verdict what, const bucket_level& level,
                         duration wait) const;
  std::optional<token_decision> refused_by_all(std::int64_t n, time_point now);
  token_decision take_of_caller(std::string_view caller, std::int64_t n, duration longest,
                                time_point now);
  bool may_wait(const caller_key& key) const;
  void enqueue(const caller_key& key, const waiter& w, time_point now);
  /// Call after a change at the front of the queue, or in its tokens.
  void settle(const caller_key& key, time_point now);
  void settle_all(time_point now);

  rate_limits_options options_;
  caller_table callers_;
  std::optional<token_bucket> all_;
  std::map<caller_key, line> lines_;
  std::set<std::pair<time_point, caller_key>> heads_;
  std::unordered_map<waiter_id, caller_key> waiters_;
};

}  // namespace lifeline::guards
