#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lifeline/bus/event.hpp"

namespace bank::api {

/// How events go over the wire, and what a client may say meanwhile.
class event_format {
 public:
  event_format() = default;
  event_format(const event_format&) = delete;
  event_format& operator=(const event_format&) = delete;
  virtual ~event_format() = default;

  /// One word for figures.
  virtual std::string_view kind() const noexcept = 0;
  /// What is sent first. The client will hear what comes behind `from` in the ledger.
  virtual void append_beginning(std::string& out, std::uint64_t from) const = 0;
  virtual void append(std::string& out, const lifeline::bus_item& item) const = 0;
  /// So that both sides see that the other is there.
  virtual void append_heartbeat(std::string& out) const = 0;
  /// The node's last word, as it stops.
  virtual void append_end(std::string& out) const = 0;
  /// The node's last word to a client whose token is no longer good; `why` is one short line.
  virtual void append_refusal(std::string& out, std::string_view why) const = 0;
  /// Reads what the client says, and appends what must be answered; gives how many bytes that was.
  /// `ends`: nothing is to be sent after that.
  virtual std::size_t hear(std::string_view bytes, std::string& out, bool& ends) = 0;
};

/// Server-Sent Events: the client says nothing.
std::unique_ptr<event_format> sse_format();
/// A WebSocket's text messages, one for each item.
std::unique_ptr<event_format> ws_format();

}  // namespace bank::api
