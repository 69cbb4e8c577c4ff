#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace lifeline {

/// Tells listeners of events in the order of the events, one at a time and without a lock held,
/// whatever threads they come from. Its owner's mutex guards it, and gives the events their order.
///
/// A thread that finds another one telling leaves its event to that one; so a listener may make
/// events itself: they are told after it returns. A listener must be short and must not throw.
template <class Event>
class told_in_order {
 public:
  using listener = std::function<void(const Event&)>;

  /// `lock` holds the owner's mutex; it is given up while a listener runs, and held again at the
  /// end. `hear` may be null.
  void tell(std::unique_lock<std::mutex>& lock, Event what, const listener& hear) {
    if (!hear) return;
    untold_.emplace_back(std::move(what), hear);
    if (std::exchange(telling_, true)) return;
    while (!untold_.empty()) {
      const auto [next, who] = std::move(untold_.front());
      untold_.pop_front();
      lock.unlock();
      who(next);
      lock.lock();
    }
    telling_ = false;
  }

 private:
  std::deque<std::pair<Event, listener>> untold_;
  bool telling_ = false;
};

}  // namespace lifeline
