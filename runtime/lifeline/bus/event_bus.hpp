#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/bus/detail/channel.hpp"
#include "lifeline/bus/subscription.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline {

namespace detail {
class bus_body;
}

/// A topic of a bus, to publish to. A handle, cheap to copy, safe from any thread. It may outlive
/// the bus; publishing then reaches no subscriber.
class topic {
 public:
  topic() = default;  ///< no topic: publishes nothing
  explicit topic(std::shared_ptr<detail::channel> c) noexcept : channel_(std::move(c)) {}
  explicit operator bool() const noexcept { return channel_ != nullptr; }

  /// Appends an event for all subscribers; returns its sequence. Never waits for a subscriber, and
  /// costs the same for any number of them.
  template <class T>
  std::uint64_t publish(T what) const {
    return channel_ ? channel_->publish(made(std::move(what))) : 0;
  }
  /// The same, as part of the work of `ctx`. If its trace is recorded, publishing is a span of it,
  /// and so is each of the first deliveries.
  template <class T>
  std::uint64_t publish(const context& ctx, T what) const {
    if (!channel_) return 0;
    const span publishing = span_of_publishing(ctx);
    return channel_->publish(made(std::move(what), publishing.place()));
  }
  /// The same for events numbered by their source. False, and nothing is published, unless
  /// `sequence` is the next one.
  template <class T>
  bool publish_as(std::uint64_t sequence, T what) const {
    return channel_ && channel_->publish(made(std::move(what)), sequence) != 0;
  }
  template <class T>
  bool publish_as(const context& ctx, std::uint64_t sequence, T what) const {
    if (!channel_) return false;
    const span publishing = span_of_publishing(ctx);
    return channel_->publish(made(std::move(what), publishing.place()), sequence) != 0;
  }
  /// Continues after `last`, never backwards; skipped events can no longer be received.
  void skip_to(std::uint64_t last) const {
    if (channel_) channel_->skip_to(last);
  }
  /// The sequence of the newest event; 0 before the first.
  std::uint64_t last_sequence() const noexcept { return channel_ ? channel_->last() : 0; }

 private:
  template <class T>
  std::shared_ptr<event> made(T what, const std::optional<trace_state>& within = {}) const {
    return std::make_shared<detail::event_of<T>>(channel_->name(), std::move(what), within);
  }
  span span_of_publishing(const context& ctx) const {
    return span_of(ctx, "publish ", *channel_->name(), span_kind::producer);
  }

  std::shared_ptr<detail::channel> channel_;
};

/// A subscriber's figures, for monitoring.
struct subscriber_figures {
  std::string kind;  ///< both as given in subscription_options
  std::string who;
  subscription_counts counts;
};

/// Publishes to any number of subscribers, slow ones included. Each event is kept once, in its
/// topic's window; every subscriber reads it from there at its own pace. Publishers and subscribers
/// never wait for each other.
///
/// All subscribers receive a topic's events in the same order; between topics there is no order.
/// Actors subscribe with `listen` (listen.hpp), coroutines with `wait_for_events`
/// (asio_events.hpp), threads with `subscription::wait_and_read`.
///
/// Safe from any thread. An actor of the bus wakes waiting subscribers, so destroy the bus before
/// the actor system. Its destructor closes it.
class event_bus {
 public:
  explicit event_bus(caf::actor_system& system);
  event_bus(const event_bus&) = delete;
  event_bus& operator=(const event_bus&) = delete;
  ~event_bus();

  /// The topic of this name; created with these options if it does not exist.
  lifeline::topic topic(const std::string& name, topic_options options = {});

  /// Ends with `ctx`, with the bus, or with the handle. Throws `std::invalid_argument` if it
  /// requests the latest event of each key of a topic without keys.
  subscription subscribe(const context& ctx, subscription_options options = {});

  /// Subscribers can read the events already published, then end. Later events reach no subscriber.
  void close();

  /// Totals of all subscribers, past and present: delivered counts as handled, missed as dropped.
  const loss& losses() const noexcept;
  std::size_t subscribers() const;
  /// Unread events of the subscriber with the largest lag.
  std::uint64_t most_behind() const;
  /// All subscribers, in no order. Queries each one: meant for monitoring, now and then.
  std::vector<subscriber_figures> figures() const;

 private:
  std::shared_ptr<detail::bus_body> body_;
  caf::actor waker_;
};

}  // namespace lifeline

#if LIFELINE_CAF_1
namespace lifeline::detail {
struct wake_channel;
struct events_ready;
}  // namespace lifeline::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_bus,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::bus))
CAF_ADD_TYPE_ID(lifeline_bus, (lifeline::detail::wake_channel))
CAF_ADD_TYPE_ID(lifeline_bus, (lifeline::detail::events_ready))
CAF_END_TYPE_ID_BLOCK(lifeline_bus)
#endif
