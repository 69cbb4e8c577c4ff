#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <typeinfo>
#include <utility>
#include <variant>

namespace lifeline {

/// Something that happened, as its topic keeps it: made once, shared by all who hear of it, never
/// changed. What happened is a struct of the publisher's.
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
  /// What happened, if it is a `T`, else null.
  template <class T>
  const T* as() const noexcept {
    return type_ == typeid(T) ? static_cast<const T*>(what_) : nullptr;
  }

  /// The event in words, as JSON say: what `make(*this)` gives to whoever asks first, kept for all
  /// others. So every caller must mean the same form. Safe from any thread.
  template <class Make>
  const std::string& text(Make make) const {
    std::call_once(text_made_, [&] { text_ = make(*this); });
    return text_;
  }

 protected:
  event(std::shared_ptr<const std::string> topic, const std::type_info& type) noexcept
      : topic_(std::move(topic)), type_(type) {}

  const void* what_ = nullptr;

 private:
  friend class event_ring;

  const std::shared_ptr<const std::string> topic_;
  const std::type_info& type_;
  std::uint64_t sequence_ = 0;  // given by the ring, before anybody else has it
  mutable std::once_flag text_made_;
  mutable std::string text_;
};

using event_ptr = std::shared_ptr<const event>;

/// Some events of a topic that a subscriber will not hear any more: it fell too far behind, or came
/// too late. The next event of that topic stands right behind them.
struct gap {
  std::string topic;
  std::uint64_t missed = 0;
  std::uint64_t last = 0;  ///< the sequence of the last one missed

  friend bool operator==(const gap&, const gap&) = default;
};

/// What a subscriber hears.
using bus_item = std::variant<event_ptr, gap>;

namespace detail {

template <class T>
class event_of final : public event {
 public:
  event_of(std::shared_ptr<const std::string> topic, T value) noexcept
      : event(std::move(topic), typeid(T)), value_(std::move(value)) {
    what_ = &value_;
  }

 private:
  const T value_;
};

}  // namespace detail

}  // namespace lifeline
