#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lifeline/bus/event.hpp"

namespace bank::api {

/// The protocol of an event stream: how events are sent, and what the client may send.
class event_format {
 public:
  event_format() = default;
  event_format(const event_format&) = delete;
  event_format& operator=(const event_format&) = delete;
  virtual ~event_format() = default;

  /// Short name of the kind, for metrics.
  virtual std::string_view kind() const noexcept = 0;
  /// Sent first. The client receives the ledger's events after `from`.
  virtual void append_beginning(std::string& out, std::uint64_t from) const = 0;
  virtual void append(std::string& out, const lifeline::bus_item& item) const = 0;
  /// Heartbeat: shows each side that the other is alive.
  virtual void append_heartbeat(std::string& out) const = 0;
  /// Sent last, when the node stops.
  virtual void append_end(std::string& out) const = 0;
  /// Sent last, when the client's token is no longer valid; `why` is one short line.
  virtual void append_refusal(std::string& out, std::string_view why) const = 0;
  /// Reads what the client sent, appends the necessary replies and returns how many bytes they
  /// have. `ends`: nothing may be sent after them.
  virtual std::size_t receive(std::string_view bytes, std::string& out, bool& ends) = 0;
};

/// Server-Sent Events: the client sends nothing.
std::unique_ptr<event_format> sse_format();
/// WebSocket text messages, one per event.
std::unique_ptr<event_format> ws_format();

}  // namespace bank::api
