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

#include "lifeline/actors/caller_table.hpp"

namespace lifeline::actors {

/// A rate and the burst that it allows.
struct rate_limit {
  token_rate rate = token_rate::per_second(10);
  std::int64_t burst = 10;
};

struct rate_limits_options {
  rate_limit each{};                           ///< every caller has its own
  std::optional<rate_limit> all = {};          ///< all callers share it; refuses at once
  std::size_t most_callers = 1'000'000;        ///< that are remembered
  std::size_t most_waiting_of_a_caller = 100;  ///< one more is refused at once
  std::size_t most_waiting = 10'000;
  std::uint64_t seed = 0;  ///< of the callers' hash; another one in each process
};

/// What became of a wish for tokens.
struct token_decision {
  enum class verdict : std::uint8_t { admitted, waits, refused };
  enum class limit : std::uint8_t { each, all };

  verdict what = verdict::admitted;
  limit which = limit::each;  ///< that the figures are of
  std::int64_t burst = 0;
  std::int64_t remaining = 0;  ///< whole tokens that are left; never below zero
  /// Until it may act, if it waits; until it is worth trying again, if it was refused:
  /// `duration::max()` if it never will be.
  duration wait = duration::zero();
  duration full_after = duration::zero();  ///< until as many are left as ever can be
};

/// The pure core of a rate limiter: who may go, who waits in which order, who is refused. No actor,
/// no clock. A caller's waiters are served in the order of their arrival, each as soon as its
/// tokens have come; their tokens are set aside, so that nobody overtakes. One who leaves gives
/// them back, and those behind it move up.
class rate_limits {
 public:
  /// Names one who waits; the caller's choice, unique while it waits.
  using waiter_id = std::uint64_t;

  explicit rate_limits(const rate_limits_options& options);

  /// Wants `n` tokens for `caller`; `id` waits for them if that takes `longest` at most. An empty
  /// caller is bound by the limit of all alone.
  token_decision acquire(waiter_id id, std::string_view caller, std::int64_t n, duration longest,
                         time_point now);
  /// The same, for who asks whether it has to wait before it does: `waits`, and nothing is taken.
  token_decision take(std::string_view caller, std::int64_t n, duration longest, time_point now);
  /// A waiter has left: nothing if it does not wait (any more).
  void leave(waiter_id id, time_point now);
  /// When `serve` has something to do again; none while nobody waits.
  std::optional<time_point> next_due() const;
  /// Those whose time has come, each with what it hears; they wait no longer.
  std::vector<std::pair<waiter_id, token_decision>> serve(time_point now);

  /// From now on, also for who waits. Throws as `bucket_terms` does, and then changes nothing.
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
    std::int64_t tokens = 0;  // of all waiters together
    time_point due{};         // of the first
  };

  token_decision decided(token_decision::verdict what, const bucket_level& level,
                         duration wait) const;
  std::optional<token_decision> refused_by_all(std::int64_t n, time_point now);
  token_decision take_of_caller(std::string_view caller, std::int64_t n, duration longest,
                                time_point now);
  bool may_wait(const caller_key& key) const;
  void enqueue(const caller_key& key, const waiter& w, time_point now);
  /// After a change at the front of the line, or in its tokens.
  void settle(const caller_key& key, time_point now);
  void settle_all(time_point now);

  rate_limits_options options_;
  caller_table callers_;
  std::optional<token_bucket> all_;
  std::map<caller_key, line> lines_;
  std::set<std::pair<time_point, caller_key>> heads_;
  std::unordered_map<waiter_id, caller_key> waiters_;
};

}  // namespace lifeline::actors
