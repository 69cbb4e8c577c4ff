#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lifeline/guards/cache_tier.hpp"
#include "lifeline/guards/tier_link.hpp"

namespace lifeline::guards {

struct remote_tier_queue_options {
  /// Prefix of all names at the server; separates users that must not see each other's values.
  std::string prefix = "lifeline";
  /// Time limit of a `get`, including its wait in the queue.
  duration timeout = std::chrono::milliseconds(100);
  std::size_t most_waiting = 4'096;
  std::size_t most_waiting_bytes = std::size_t{16} << 20;  ///< total of waiting sets
  std::size_t most_value_bytes = std::size_t{1} << 20;     ///< larger values are not stored
  std::size_t most_together = 128;                         ///< commands per batch
};

/// Landings to call, together with their results; `run` is called without locks.
struct tier_completions {
  std::vector<std::pair<tier_landing, std::optional<tier_finding>>> found;

  void run();
};

/// The pure core of `remote_tier`: the commands that wait for the server, and their results. A name
/// at the server is `prefix:format:key`. A command that may still be executed later does no harm,
/// because a key's value never changes. Not safe from two threads.
class remote_tier_queue {
 public:
  using verb = tier_command::verb;
  struct job {
    tier_command command;
    time_point until{};
    context ctx{};
    std::optional<tier_landing> found{};  ///< for a get
  };

  explicit remote_tier_queue(remote_tier_queue_options options) : options_(std::move(options)) {}

  /// `usable`: the server is reachable, as far as known. Immediate results are added to
  /// `completions`.
  void get(const context& ctx, const std::string& key, tier_landing done, time_point now,
           bool usable, tier_completions& completions);
  void set(const std::string& key, const cached_bytes& value, duration left, bool usable);

  bool empty() const noexcept { return jobs_.empty(); }
  std::size_t waiting() const noexcept { return jobs_.size(); }
  /// The commands to send next; `limit_of` gives their time limit. Requests that can't be answered
  /// in time are completed as misses. Empty if no command is left.
  std::vector<job> take(time_point now, tier_completions& completions);
  time_point limit_of(std::span<const job> jobs, time_point now) const;

  /// The server has answered.
  void ended(std::vector<job> jobs, std::span<tier_reply> replies, tier_completions& completions);
  /// The server has not answered, or not all commands.
  void failed(std::vector<job> jobs, tier_completions& completions);
  /// Nothing can be sent now: all waiting commands end.
  void give_up(tier_completions& completions);

  const tier_figures& figures() const noexcept { return figures_; }

 private:
  std::string name_of(std::string_view key) const;
  bool is_full(std::size_t bytes) const noexcept;
  void push(job j);
  job pop();
  void fail(job& j, std::uint64_t& lost_gets, tier_completions& completions);

  const remote_tier_queue_options options_;
  std::deque<job> jobs_;
  std::size_t bytes_ = 0;
  tier_figures figures_;
};

/// The form of a value at the server: format, existence, its whole time to live, its bytes.
std::string pack_tier_value(const cached_bytes& value, duration life);
/// Empty if the bytes were not made by `pack_tier_value`.
std::optional<tier_finding> unpack_tier_value(std::string_view packed, duration left);

}  // namespace lifeline::guards
