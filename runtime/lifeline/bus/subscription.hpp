#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/bus/event.hpp"
#include "lifeline/bus/event_cursor.hpp"
#include "lifeline/context/context.hpp"

namespace lifeline {

namespace detail {
class subscriber;
}

/// What a subscriber wants to receive, and how.
struct subscription_options {
  /// For figures: the kind of reader (few different values) and the individual reader.
  std::string kind = "reader";
  std::string who{};
  /// Pattern of topic names, including topics created later; see `topic_matches`.
  std::string topics = "**";
  /// Filter of events. Runs on the reading thread; must not throw. None: all events.
  std::function<bool(const event&)> wanted{};
  when_behind policy = when_behind::hears_a_gap;
  /// Maximum lag in events, per topic, before the policy acts; for `drops_oldest` and
  /// `is_disconnected`. 0: the topic's window.
  std::size_t bound = 0;
  /// Start in existing topics: false, with the next event published; true, with the oldest event
  /// kept. Topics created later are read from their first event.
  bool from_the_oldest = false;
  /// Start per topic instead: after this sequence. Events after it that are no longer kept form a
  /// gap, or count as missed. A sequence in the future counts as the newest.
  std::map<std::string, std::uint64_t> after{};
};

/// Counts of the events published in a subscriber's topics since it subscribed. They always
/// balance; nothing is pending once the subscription is over.
struct subscription_counts {
  std::uint64_t offered = 0;
  std::uint64_t delivered = 0;  ///< given to the subscriber
  std::uint64_t missed = 0;     ///< lost: it was too far behind, or gone
  std::uint64_t filtered = 0;   ///< rejected by its filter
  std::uint64_t pending = 0;    ///< not examined yet

  bool balances() const noexcept { return offered == delivered + missed + filtered + pending; }
};

/// A subscription of one reader: it receives each event of a topic once, in order. Owned by the
/// reader; its destructor unsubscribes. When it ends, also by its context, unread events are
/// dropped and it leaves the bus; the owner may keep it for its counts.
///
/// Nothing is stored for a reader that does not read. It may pause for any time; its policy says
/// what it then loses. `read` and the waits are for one thread at a time; all else is safe from any
/// thread. It may outlive the bus, which ends it.
class subscription {
 public:
  subscription() = default;  ///< over from the start
  explicit subscription(std::shared_ptr<detail::subscriber> s) noexcept : body_(std::move(s)) {}
  subscription(subscription&&) noexcept = default;
  subscription& operator=(subscription&& other) noexcept;
  ~subscription();

  /// Available items: between 1 and `most` events, gaps not counted. Empty if there is nothing now,
  /// or the filter rejected all. Does not wait.
  std::vector<bus_item> read(std::size_t most = 64);

  /// Calls `f` once, as soon as there may be something to read or the subscription has ended. `f`
  /// runs on any thread, must be short and must not throw. False if that is so already; then `f` is
  /// not called. A later call replaces `f`. `f` may be called although there is nothing to read.
  bool when_ready(std::function<void()> f);

  /// For plain threads: waits for items if needed and reads; empty once this or `ctx` is over.
  std::vector<bus_item> wait_and_read(const context& ctx, std::size_t most = 64);

  /// Why nothing more will come; set once that is so and everything was read. The context's error;
  /// `canceled` after the bus was closed; `overloaded` if disconnected for being slow;
  /// `unreachable` after `end`.
  std::optional<errc> over() const;
  /// Unsubscribes now.
  void end();

  subscription_counts counts() const;

 private:
  std::shared_ptr<detail::subscriber> body_;
};

}  // namespace lifeline
