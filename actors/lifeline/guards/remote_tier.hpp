#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/guards/remote_tier_queue.hpp"

namespace lifeline::guards {

struct remote_tier_options {
  remote_tier_queue_options queue{};
  /// Opens at the first failure, so a missing tier delays only one request.
  breaker_options breaker{.failures_in_a_row = 1};
  /// Wait before the first retry after a failure; doubled at each further failure, up to
  /// `retry_most`.
  duration retry_first = std::chrono::seconds(1);
  duration retry_most = std::chrono::seconds(10);
  /// Time limit for connecting; no request waits for it.
  duration connect_timeout = std::chrono::seconds(1);
  /// Called when the server becomes usable or unusable, with the reason; on the tier's thread. Must
  /// be short and must not throw.
  std::function<void(bool usable, const std::string& why)> on_change = nullptr;
};

/// A second tier on a server, reached over a link, with its own thread. Gets and sets are sent to
/// the server in order, in batches. A breaker guards it: while it is open, every `get` is a
/// miss at once, and only the tier's thread tries the server again.
///
/// It stops working when `life` ends; then every `get` is a miss. Its destructor waits for its
/// thread, at most for one call. The clock of `life` must be the process's.
class remote_tier final : public cache_tier {
 public:
  remote_tier(const context& life, std::unique_ptr<tier_link> link, remote_tier_options options);
  ~remote_tier() override;

  void get(const context& ctx, const std::string& key, tier_landing done) override;
  void set(const std::string& key, cached_bytes value, duration left) override;
  tier_figures figures() const override;

  const circuit_breaker& breaker() const noexcept;

 private:
  struct body;
  std::shared_ptr<body> body_;
};

}  // namespace lifeline::guards
