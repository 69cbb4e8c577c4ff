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

#include "lifeline/actors/cache_tier.hpp"
#include "lifeline/actors/tier_link.hpp"

namespace lifeline::actors {

struct tier_queue_options {
  /// All names at the server begin so. It keeps apart who must not see each other's values.
  std::string prefix = "lifeline";
  /// How long a `get` may take, its wait for others included.
  duration timeout = std::chrono::milliseconds(100);
  std::size_t most_waiting = 4'096;
  std::size_t most_waiting_bytes = std::size_t{16} << 20;  ///< of sets
  std::size_t most_value_bytes = std::size_t{1} << 20;     ///< larger ones are not kept
  std::size_t most_together = 128;                         ///< commands in one go
  /// Each key stands for one value for ever (it names a version, say). Then a set that arrives late
  /// does no harm, and no era ends because of one.
  bool keys_name_versions = false;
};

/// Words that are due; `tell` is called without locks.
struct tier_words {
  std::vector<std::pair<tier_landing, std::optional<tier_finding>>> found;
  std::vector<landing<bool>> erased;

  void tell();
};

/// The pure core of `remote_tier`: what waits for the server, what came of it, and which values at
/// the server still count. Not safe from two threads.
///
/// **Eras.** A name at the server is `prefix:era:key`. Where it can't be known whether a value
/// will still turn up at the server (an erasure that was not confirmed, a set on a connection that
/// broke and may arrive later), the era ends: what is under its names is out of reach, for good,
/// and what was looked up under them does not count. So nothing that was erased comes back, though
/// the server can't be reached; the price is a cold cache.
class tier_queue {
 public:
  using verb = tier_command::verb;
  struct job {
    tier_command command;
    std::uint64_t era = 0;
    time_point until{};
    context ctx{};
    std::optional<tier_landing> found{};
    std::optional<landing<bool>> erased{};
  };

  explicit tier_queue(tier_queue_options options) : options_(std::move(options)) {}

  /// `usable`: the server can be reached, for all that is known. Each leaves in `words` what can be
  /// said at once.
  void get(const context& ctx, const std::string& key, tier_landing done, time_point now,
           bool usable, tier_words& words);
  void set(const std::string& key, const cached_bytes& value, duration left, bool usable);
  void erase(const std::vector<std::string>& keys, landing<bool> done, bool usable,
             tier_words& words);
  void erase_prefix() { ++era_; }

  bool empty() const noexcept { return jobs_.empty(); }
  std::size_t waiting() const noexcept { return jobs_.size(); }
  /// What to send next, and by when it must be answered; those who can't be answered in time hear
  /// it. Empty if that is all of them.
  std::vector<job> take(time_point now, tier_words& words);
  time_point limit_of(std::span<const job> jobs, time_point now) const;

  /// The server has answered.
  void ended(std::vector<job> jobs, std::span<tier_reply> replies, tier_words& words);
  /// It has not, or not all.
  void failed(std::vector<job> jobs, tier_words& words);
  /// Nothing can be sent now: all that waits is let go.
  void give_up(tier_words& words);

  std::uint64_t era() const noexcept { return era_; }
  const tier_figures& figures() const noexcept { return figures_; }

 private:
  std::string name_of(std::string_view key) const;
  bool is_full(std::size_t bytes) const noexcept;
  void push(job j);
  job pop();
  void miss(job& j, tier_words& words);

  const tier_queue_options options_;
  std::deque<job> jobs_;
  std::size_t bytes_ = 0;
  std::uint64_t era_ = 0;
  tier_figures figures_;
};

/// A value as it stands at the server: format, whether there is one, its whole life, its bytes.
std::string pack_tier_value(const cached_bytes& value, duration life);
/// Nothing, if these are not bytes that `pack_tier_value` has made.
std::optional<tier_finding> unpack_tier_value(std::string_view packed, duration left);

}  // namespace lifeline::actors
