#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace lifeline {

/// Calls listeners with events in the order of the events, one at a time, without a lock held, from
/// any thread. The owner's mutex guards it and determines the order.
///
/// If another thread is already calling a listener, the event is queued and that thread delivers
/// it. So a listener may cause events itself: they are delivered after it returns. A listener must
/// be short and must not throw.
template <class Event>
class ordered_notifier {
 public:
  using listener = std::function<void(const Event&)>;

  /// `lock` holds the owner's mutex; it is unlocked while a listener runs and locked again at the
  /// end. `to` may be null.
  void notify(std::unique_lock<std::mutex>& lock, Event what, const listener& to) {
    if (!to) return;
    pending_.emplace_back(std::move(what), to);
    if (std::exchange(notifying_, true)) return;
    while (!pending_.empty()) {
      const auto [next, call] = std::move(pending_.front());
      pending_.pop_front();
      lock.unlock();
      call(next);
      lock.lock();
    }
    notifying_ = false;
  }

 private:
  std::deque<std::pair<Event, listener>> pending_;
  bool notifying_ = false;
};

}  // namespace lifeline
