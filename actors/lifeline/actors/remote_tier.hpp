#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lifeline/actors/circuit_breaker.hpp"
#include "lifeline/actors/tier_queue.hpp"

namespace lifeline::actors {

struct remote_tier_options {
  tier_queue_options queue{};
  /// One failure opens it: whoever misses the tier loses little, and nobody waits for it twice.
  breaker_options breaker{.failures_in_a_row = 1};
  /// How long after a failure it is tried again, doubled by each further one up to the second.
  duration retry_first = std::chrono::seconds(1);
  duration retry_most = std::chrono::seconds(10);
  /// How long connecting may take; nobody waits for it.
  duration connect_timeout = std::chrono::seconds(1);
  /// Hears that the server can be used, or no longer, and why not; on the tier's thread, must be
  /// short and not throw.
  std::function<void(bool usable, const std::string& why)> on_change = nullptr;
};

/// A second tier at a server, over a link, on a thread of its own. Gets, sets and erasures go to
/// the server in their order, many together. A breaker stands before it: while it is open
/// everything is a miss at once, and the tier's own thread, never somebody's `get`, tries the
/// server again.
///
/// Its work ends with `life`, from when on all is a miss; its own end waits for its thread, which
/// takes no longer than a call. The clock of `life` must be the process's.
class remote_tier final : public cache_tier {
 public:
  remote_tier(const context& life, std::unique_ptr<tier_link> link, remote_tier_options options);
  ~remote_tier() override;

  void get(const context& ctx, const std::string& key, tier_landing done) override;
  void set(const std::string& key, cached_bytes value, duration left) override;
  void erase(std::vector<std::string> keys, landing<bool> done) override;
  void erase_prefix(std::string_view prefix) override;
  tier_figures figures() const override;

  const circuit_breaker& breaker() const noexcept;

 private:
  struct body;
  std::shared_ptr<body> body_;
};

}  // namespace lifeline::actors
