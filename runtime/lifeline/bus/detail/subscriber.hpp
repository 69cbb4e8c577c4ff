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

/// A subscriber's entry on the bus; keeps the bus's data alive. Released when the subscription
/// ends.
class bus_entry {
 public:
  bus_entry() = default;
  bus_entry(const bus_entry&) = delete;
  bus_entry& operator=(const bus_entry&) = delete;
  virtual ~bus_entry() = default;
  /// Removes the subscriber from the bus's list. May be called repeatedly; hold no lock.
  virtual void leave() noexcept = 0;
};

/// A subscription as seen by the bus, its waker and its context. Lock order: its own lock, then a
/// channel's.
class subscriber final : public context_watcher {
 public:
  /// `entry` keeps `losses`, and whatever `losses` needs, alive.
  subscriber(subscription_options options, loss& losses, std::shared_ptr<bus_entry> entry);

  std::shared_ptr<subscriber> shared_from_this() {
    return std::static_pointer_cast<subscriber>(context_watcher::shared_from_this());
  }

  const subscription_options& options() const noexcept { return options_; }
  /// Joins a channel, to read events after sequence `behind`.
  void join(std::shared_ptr<channel> where, std::uint64_t behind);

  std::vector<bus_item> read(std::size_t most);
  bool when_ready(std::function<void()> f);
  std::vector<bus_item> wait_and_read(const context& ctx, std::size_t most);
  std::optional<errc> over() const;
  subscription_counts counts() const;

  /// Calls the waiting reader's function.
  void wake();
  /// Ends the subscription: nothing more is read. The first reason counts.
  void finish(errc why);
  /// The bus closes: events already published can still be read.
  void finish_when_read(errc why);
  /// The owner is being destroyed. Must be called before this object's destructor.
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
    bool over = false;  ///< no event can follow
  };

  taken take_next(std::size_t most);
  bool something_to_read() const;
  void finish_locked(errc why);
  /// After the end: leaves all channels and the bus, although the owner keeps the object.
  void let_go();

  const subscription_options options_;
  const std::shared_ptr<bus_entry> entry_;
  loss& losses_;

  mutable std::mutex mutex_;
  std::list<seat> seats_;
  std::list<seat>::iterator turn_ = seats_.end();  // channel to read next
  std::function<void()> ready_;
  std::optional<errc> over_;
  std::optional<errc> over_when_read_;
  subscription_counts counts_;  // without `pending`
};

}  // namespace lifeline::detail
