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

/// Where a subscriber stands in a channel's queue of those who wait; in none if it does not.
struct waiting_place : boost::intrusive::list_base_hook<> {
  explicit waiting_place(subscriber& who) noexcept : owner(who) {}
  subscriber& owner;
};

/// A topic as all its threads see it: the ring behind a lock, and a queue of those who wait behind
/// another. Whoever publishes wakes nobody but the waker, and that only if somebody waits and it is
/// not awake: so publishing costs the same however many subscribers there are.
///
/// That nobody sleeps through an event: a publisher moves `last_` first and then looks whether
/// somebody waits; who is going to wait queues first and then looks at `last_`. One of them sees
/// the other. The waker, too, looks at `last_` again after it has said that it sleeps.
class channel : public std::enable_shared_from_this<channel> {
 public:
  /// `wake` has somebody call `wake_some` soon, until that gives false; never inside itself.
  using waker = std::function<void(const std::shared_ptr<channel>&)>;

  channel(std::string name, topic_options options, waker wake);

  const std::shared_ptr<const std::string>& name() const noexcept { return name_; }
  bool keyed() const noexcept { return ring_.keyed(); }

  /// Gives the event's sequence; with `as`, it must be the next one, else nothing is published and
  /// 0 given.
  std::uint64_t publish(std::shared_ptr<event> e, std::optional<std::uint64_t> as = std::nullopt);
  void skip_to(std::uint64_t last);

  std::uint64_t last() const noexcept { return last_.load(); }
  /// All that can still be heard stands behind it.
  std::uint64_t before_first() const;
  event_cursor::step take(event_cursor& at, std::size_t most, std::vector<event_ptr>& out) const;

  void wait(waiting_place& place);
  void leave(waiting_place& place);
  /// Wakes a few of those who wait; true if it must be called again.
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
  // Of the waker's present round: only who waited at its beginning is woken, so that it ends.
  std::size_t left_in_round_ = 0;
  std::uint64_t last_at_round_ = 0;
};

}  // namespace lifeline::detail
