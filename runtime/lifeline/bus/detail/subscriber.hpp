#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "lifeline/bus/detail/channel.hpp"
#include "lifeline/bus/subscription.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline::detail {

/// A subscriber's entry on the bus, which it keeps alive. It goes with the subscription's end.
class bus_entry {
 public:
  bus_entry() = default;
  bus_entry(const bus_entry&) = delete;
  bus_entry& operator=(const bus_entry&) = delete;
  virtual ~bus_entry() = default;
  /// Takes the subscriber off the bus's list; any number of times, without a lock held.
  virtual void leave() noexcept = 0;
};

/// A subscription as the bus, its waker and its context see it. Locks are taken in this order: its
/// own, then a channel's.
class subscriber final : public context_watcher {
 public:
  /// `losses` is kept by `entry`, as is whatever it needs to live.
  subscriber(subscription_options options, loss& losses, std::shared_ptr<bus_entry> entry);

  std::shared_ptr<subscriber> shared_from_this() {
    return std::static_pointer_cast<subscriber>(context_watcher::shared_from_this());
  }

  const subscription_options& options() const noexcept { return options_; }
  /// Takes a seat in a channel, behind this sequence.
  void join(std::shared_ptr<channel> where, std::uint64_t behind);

  std::vector<bus_item> read(std::size_t most);
  bool when_ready(std::function<void()> f);
  std::vector<bus_item> wait_and_read(const context& ctx, std::size_t most);
  std::optional<errc> over() const;
  subscription_counts counts() const;

  /// Calls who waits.
  void wake();
  /// Ends it: nothing more is read. The first reason counts.
  void finish(errc why);
  /// The bus closes: what is there can still be read.
  void finish_when_read(errc why);
  /// Its owner goes. Must be called before the end of its life.
  void leave();

 protected:
  void ended(errc e) noexcept override { finish(e); }

 private:
  struct seat {
    seat(subscriber& who, std::shared_ptr<channel> c, event_cursor cursor)
        : where(std::move(c)), at(cursor), place(who) {}
    std::shared_ptr<channel> where;
    event_cursor at;
    waiting_place place;
  };
  struct taken {
    std::vector<event_ptr> events{};
    std::optional<gap> before{};
    bool any = false;   ///< something was passed
    bool over = false;  ///< nothing will ever be
  };

  taken take_next(std::size_t most);
  bool something_to_read() const;
  void finish_locked(errc why);
  /// It is over: nothing of it stays in the channels or on the bus, though its owner keeps it.
  void let_go();

  const subscription_options options_;
  const std::shared_ptr<bus_entry> entry_;
  loss& losses_;

  mutable std::mutex mutex_;
  std::list<seat> seats_;
  std::list<seat>::iterator turn_ = seats_.end();  // who is read from next
  std::function<void()> ready_;
  std::optional<errc> over_;
  std::optional<errc> over_when_read_;
  subscription_counts counts_;  // without what is pending
};

}  // namespace lifeline::detail
