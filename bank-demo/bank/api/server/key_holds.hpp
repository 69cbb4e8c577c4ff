#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "lifeline/ledger/batch.hpp"

namespace bank::api {

/// Idempotency keys in use by requests that create something outside the ledger. Of two requests
/// with one key, the later gets `in_progress`. Safe from any thread.
class key_holds {
 public:
  /// Holds the key until the last copy is dropped; null if it is held already. Holds must not
  /// outlive this.
  std::shared_ptr<const void> hold(const lifeline::ledger::idempotency_key& k) {
    const std::lock_guard lock(mutex_);
    const auto [place, is_free] = held_.emplace(k.caller, k.key);
    if (!is_free) return nullptr;
    return {this, [this, name = *place](const void*) { drop(name); }};
  }

 private:
  using caller_and_key = std::pair<std::string, std::string>;

  void drop(const caller_and_key& name) {
    const std::lock_guard lock(mutex_);
    held_.erase(name);
  }

  std::mutex mutex_;
  std::set<caller_and_key> held_;
};

}  // namespace bank::api
