#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lifeline/bus/detail/subscriber.hpp"

namespace lifeline::detail {

/// The topics and subscribers of a bus; the part that needs no actor. Safe from any thread.
class bus_body : public std::enable_shared_from_this<bus_body> {
 public:
  explicit bus_body(channel::waker wake) : wake_(std::move(wake)) {}

  std::shared_ptr<channel> open(const std::string& name, topic_options options);
  std::shared_ptr<subscriber> subscribe(const context& ctx, subscription_options options);
  void close();

  loss& losses() noexcept { return losses_; }
  std::size_t subscribers() const;
  std::uint64_t most_behind() const;
  std::vector<std::shared_ptr<subscriber>> everybody() const;

 private:
  /// Removes a subscriber when its subscription is over.
  class membership;

  /// Call under the lock, but drop the result without it: it may hold the last reference.
  std::vector<std::shared_ptr<subscriber>> all_subscribers() const;

  const channel::waker wake_;
  loss losses_;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<channel>> channels_;
  std::unordered_map<const void*, std::weak_ptr<subscriber>> subscribers_;
  bool closed_ = false;
};

}  // namespace lifeline::detail
