#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "lifeline/context/context.hpp"

namespace lifeline {

/// Counts of the messages offered to one kind of actor, topic or sink. At rest they balance:
///
///     offered = handled + expired + cancelled + dropped + dead-lettered + filtered + in flight
///
/// A message sent with `offered(losses, ctx)` is counted from its sending to its end: while it
/// waits it is in flight, and if it dies with its mailbox it is a dead letter. Other messages are
/// counted when taken from the mailbox. Safe from any thread.
class loss {
 public:
  struct counts {
    std::uint64_t offered = 0;
    std::uint64_t handled = 0;        ///< a handler ran
    std::uint64_t expired = 0;        ///< its deadline passed before it was handled
    std::uint64_t cancelled = 0;      ///< it was cancelled before it was handled
    std::uint64_t dropped = 0;        ///< a queue was full
    std::uint64_t dead_lettered = 0;  ///< its receiver was gone, or died with it in the mailbox
    std::uint64_t in_flight = 0;      ///< sent, and not counted above yet
    std::uint64_t filtered = 0;       ///< its receiver had filtered it out

    bool balances() const noexcept {
      return offered ==
             handled + expired + cancelled + dropped + dead_lettered + filtered + in_flight;
    }
  };

  void offer() noexcept { add(offered_); }
  void handle() noexcept { add(handled_); }
  void drop() noexcept { add(dropped_); }
  void dead_letter() noexcept { add(dead_lettered_); }
  /// Adds `n` offered messages.
  void offer(std::uint64_t n) noexcept { add(offered_, n); }
  void handle(std::uint64_t n) noexcept { add(handled_, n); }
  void drop(std::uint64_t n) noexcept { add(dropped_, n); }
  void filter(std::uint64_t n) noexcept { add(filtered_, n); }
  /// Not handled, because its context was done.
  void end(errc e) noexcept { add(e == errc::deadline_exceeded ? expired_ : cancelled_); }
  /// In flight from now on.
  void depart() noexcept { add(in_flight_); }
  void arrive() noexcept { in_flight_.fetch_sub(1, std::memory_order_relaxed); }

  /// Exact while no thread counts.
  counts read() const noexcept {
    const auto load = [](const counter& c) { return c.load(std::memory_order_relaxed); };
    return {load(offered_), load(handled_),       load(expired_),   load(cancelled_),
            load(dropped_), load(dead_lettered_), load(in_flight_), load(filtered_)};
  }

 private:
  using counter = std::atomic<std::uint64_t>;
  static void add(counter& c, std::uint64_t n = 1) noexcept {
    c.fetch_add(n, std::memory_order_relaxed);
  }

  counter offered_{0};
  counter handled_{0};
  counter expired_{0};
  counter cancelled_{0};
  counter dropped_{0};
  counter dead_lettered_{0};
  counter in_flight_{0};
  counter filtered_{0};
};

namespace detail {

/// One message in flight. If its last copy is dropped before it was taken, it is a dead letter.
class offer {
 public:
  explicit offer(loss& losses) noexcept : losses_(&losses) {
    losses.offer();
    losses.depart();
  }
  offer(offer&& other) noexcept : losses_(std::exchange(other.losses_, nullptr)) {}
  offer& operator=(offer&&) = delete;
  ~offer() {
    if (losses_ != nullptr && take(*losses_)) losses_->dead_letter();
  }

  /// True once, and only for the ledger where it was offered: a message made from this one carries
  /// this offer, but is another message.
  bool take(loss& losses) const noexcept {
    if (&losses != losses_ || taken_.exchange(true, std::memory_order_relaxed)) return false;
    losses.arrive();
    return true;
  }
  /// Not sent: its context was done before.
  void refuse(errc e) const noexcept {
    if (take(*losses_)) losses_->end(e);
  }

 private:
  loss* losses_;  // null after a move
  mutable std::atomic<bool> taken_{false};
};

inline const context_key<offer> offer_key{"lifeline.offer"};

/// Counts a message that is taken from the mailbox.
inline void take_offer(loss& losses, const context& ctx) noexcept {
  const offer* sent = ctx.value(offer_key);
  if (sent == nullptr || !sent->take(losses)) losses.offer();
}

}  // namespace detail

/// `ctx` for one message that is counted in `losses` from now on. Pass it to `ask` or `tell` and
/// keep no copy. `losses` must outlive the message, and so the actor system. Costs one allocation.
///
///     ask(self, offered(losses, ctx), target, m).then(…);
inline context offered(loss& losses, const context& ctx) {
  return with_value(ctx, detail::offer_key, detail::offer(losses));
}

}  // namespace lifeline
