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

/// What a subscriber wants to hear, and how.
struct subscription_options {
  /// For figures: what kind of reader it is, one of a few, and which one.
  std::string kind = "reader";
  std::string who{};
  /// Of which topics, also of those that come later: see `topic_matches`.
  std::string topics = "**";
  /// Of their events; runs on the subscriber's side, must not throw. None: all.
  std::function<bool(const event&)> wanted{};
  when_behind policy = when_behind::hears_a_gap;
  /// How far it may fall behind in a topic before the policy acts, where that is not the window
  /// itself: for `drops_oldest` and `is_disconnected`. 0: as far as the window reaches.
  std::size_t bound = 0;
  /// Where it begins in topics that are there by now: with what is published from now on, or with
  /// the oldest that is kept. Topics that come later it hears from their beginning.
  bool from_the_oldest = false;
  /// By topic, instead: behind this sequence. What of it is kept no more is a gap, or missed; a
  /// sequence that is still to come counts as the newest.
  std::map<std::string, std::uint64_t> after{};
};

/// What became of the events of a subscriber's topics since it subscribed. It always balances, and
/// nothing is pending once the subscription is over.
struct subscription_counts {
  std::uint64_t offered = 0;
  std::uint64_t delivered = 0;  ///< it was given these
  std::uint64_t missed = 0;     ///< it was too far behind, or gone
  std::uint64_t filtered = 0;   ///< its filter did not want these
  std::uint64_t pending = 0;    ///< not looked at yet

  bool balances() const noexcept { return offered == delivered + missed + filtered + pending; }
};

/// A place on the bus, from which one reader hears of events: those of a topic in their order, each
/// once. Owned by the reader; its destructor unsubscribes. Its end, also that of its context, drops
/// what was not read, and takes it off the bus, though its owner may keep it for its counts.
///
/// Nothing is stored for a reader that does not read: it may pause for as long as it likes, at the
/// price that its policy names. `read` and the waits are for one thread at a time; the rest is safe
/// from any. It may outlive the bus, which ends it.
class subscription {
 public:
  subscription() = default;  ///< over from the beginning
  explicit subscription(std::shared_ptr<detail::subscriber> s) noexcept : body_(std::move(s)) {}
  subscription(subscription&&) noexcept = default;
  subscription& operator=(subscription&& other) noexcept;
  ~subscription();

  /// What has come, `most` at most, one at least; empty if there is nothing now, or all that there
  /// was is filtered out. Does not wait. A gap is one item more.
  std::vector<bus_item> read(std::size_t most = 64);

  /// Calls `f` once, as soon as there may be something to read, or this has ended: on any thread;
  /// `f` must be short and must not throw. False, and `f` is not called, if that is so already. A
  /// later call replaces `f`; an early call of it, with nothing to read, is possible.
  bool when_ready(std::function<void()> f);

  /// For plain threads: reads, and waits for that if need be; empty once this or `ctx` is over.
  std::vector<bus_item> wait_and_read(const context& ctx, std::size_t most = 64);

  /// Why nothing more will come, once that is so and all was read: its context's error; `canceled`
  /// after the bus was closed; `overloaded` if it was disconnected for being slow; `unreachable`
  /// after `end`.
  std::optional<errc> over() const;
  /// Unsubscribes now.
  void end();

  subscription_counts counts() const;

 private:
  std::shared_ptr<detail::subscriber> body_;
};

}  // namespace lifeline
