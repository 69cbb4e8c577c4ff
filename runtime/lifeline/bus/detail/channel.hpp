#pragma once

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/bus/event_cursor.hpp"

namespace lifeline::detail {

class subscriber;

/// A subscriber's place in a channel's queue of waiting subscribers; unlinked if it does not wait.
struct waiting_place : boost::intrusive::list_base_hook<> {
  explicit waiting_place(subscriber& who) noexcept : owner(who) {}
  subscriber& owner;
};

/// A topic shared by all threads: the ring behind one lock, the queue of waiting subscribers behind
/// another. A publisher wakes only the waker, and only if a subscriber waits and the waker is
/// asleep. So publishing costs the same for any number of subscribers.
///
/// No subscriber misses a wake-up: a publisher first moves `last_`, then looks for waiting
/// subscribers; a subscriber first queues, then looks at `last_`. One of the two sees the other.
/// The waker also checks `last_` again after it has marked itself asleep.
class channel : public std::enable_shared_from_this<channel> {
 public:
  /// `wake` schedules calls of `wake_some` until that returns false; never calls it inside itself.
  using waker = std::function<void(const std::shared_ptr<channel>&)>;

  channel(std::string name, topic_options options, waker wake);

  const std::shared_ptr<const std::string>& name() const noexcept { return name_; }
  bool keyed() const noexcept { return ring_.keyed(); }

  /// Returns the event's sequence. With `as`, that must be the next sequence; else nothing is
  /// published and 0 is returned.
  std::uint64_t publish(std::shared_ptr<event> e, std::optional<std::uint64_t> as = std::nullopt);
  void skip_to(std::uint64_t last);

  std::uint64_t last() const noexcept { return last_.load(); }
  /// All events that are still kept come after it.
  std::uint64_t before_first() const;
  event_cursor::step take(event_cursor& at, std::size_t most, std::vector<event_ptr>& out) const;

  void wait(waiting_place& place);
  void leave(waiting_place& place);
  /// Wakes a few waiting subscribers; true if it must be called again.
  bool wake_some(std::size_t most);

 private:
  void wake_if_needed();
  std::vector<std::shared_ptr<subscriber>> next_to_wake(std::size_t most);
  bool round_goes_on();

  const std::shared_ptr<const std::string> name_;
  const waker wake_;

  mutable std::mutex ring_mutex_;
  event_ring ring_;
  std::atomic<std::uint64_t> last_{0};

  std::atomic<bool> somebody_waits_{false};
  std::atomic<bool> waker_is_up_{false};
  std::mutex queue_mutex_;
  boost::intrusive::list<waiting_place> queue_;
  // In the waker's present round: only subscribers that waited at its start, so that the round
  // ends.
  std::size_t left_in_round_ = 0;
  std::uint64_t last_at_round_ = 0;
};

}  // namespace lifeline::detail
