#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <typeinfo>
#include <utility>
#include <variant>

#include "lifeline/observe/trace.hpp"

namespace lifeline {

/// Something that happened, as its topic keeps it: made once, shared by all subscribers, never
/// changed. Its content is a struct of the publisher's.
///
///     if (const auto* t = e.as<transfer_posted>()) show(*t);
class event {
 public:
  event(const event&) = delete;
  event& operator=(const event&) = delete;
  virtual ~event() = default;

  const std::string& topic() const noexcept { return *topic_; }
  /// Its place in its topic, from 1 and without gaps.
  std::uint64_t sequence() const noexcept { return sequence_; }
  /// The content if it is a `T`, else null.
  template <class T>
  const T* as() const noexcept {
    return type_ == typeid(T) ? static_cast<const T*>(what_) : nullptr;
  }

  /// The span of its delivery to one subscriber, if it was published within a recorded trace; else
  /// an empty span. Only the first few deliveries of an event have spans.
  span delivery() const;

  /// The event as text, JSON for instance: the result of the first caller's `make(*this)`, kept for
  /// all others. So every caller must use the same format. Safe from any thread.
  template <class Make>
  const std::string& text(Make make) const {
    std::call_once(text_made_, [&] { text_ = make(*this); });
    return text_;
  }

 protected:
  event(std::shared_ptr<const std::string> topic, const std::type_info& type,
        const std::optional<trace_state>& published)
      : topic_(std::move(topic)),
        type_(type),
        published_(published ? std::make_unique<const publication>(*published) : nullptr) {}

  const void* what_ = nullptr;

 private:
  friend class event_ring;

  static constexpr int most_traced_deliveries = 16;
  struct publication {
    explicit publication(const trace_state& p) noexcept : place(p) {}
    const trace_state place;
    mutable std::atomic<int> deliveries{0};
  };

  const std::shared_ptr<const std::string> topic_;
  const std::type_info& type_;
  const std::unique_ptr<const publication> published_;  // null: its trace is not recorded
  std::uint64_t sequence_ = 0;  // set by the ring before the event is shared
  mutable std::once_flag text_made_;
  mutable std::string text_;
};

inline span event::delivery() const {
  if (!published_ || published_->deliveries.fetch_add(1) >= most_traced_deliveries) return {};
  return {published_->place, "deliver " + *topic_, span_kind::consumer};
}

using event_ptr = std::shared_ptr<const event>;

/// A run of events in one topic that a subscriber can no longer receive: it fell too far behind or
/// came too late. The topic's next event follows directly.
struct gap {
  std::string topic;
  std::uint64_t missed = 0;
  std::uint64_t last = 0;  ///< sequence of the last missed event

  friend bool operator==(const gap&, const gap&) = default;
};

/// What a subscriber receives.
using bus_item = std::variant<event_ptr, gap>;

namespace detail {

template <class T>
class event_of final : public event {
 public:
  event_of(std::shared_ptr<const std::string> topic, T value,
           const std::optional<trace_state>& published = std::nullopt)
      : event(std::move(topic), typeid(T), published), value_(std::move(value)) {
    what_ = &value_;
  }

 private:
  const T value_;
};

}  // namespace detail

}  // namespace lifeline
