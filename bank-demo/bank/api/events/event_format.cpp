#include "bank/api/events/event_format.hpp"

#include "bank/api/events/event_text.hpp"
#include "bank/api/events/websocket.hpp"
#include "bank/json/write.hpp"

namespace bank::api {

namespace {

class sse final : public event_format {
 public:
  std::string_view kind() const noexcept override { return "sse"; }
  /// The client's reconnection delay, and an event that is an id only. So the client resumes there
  /// even if the connection breaks before the first event.
  void append_beginning(std::string& out, std::uint64_t from) const override {
    out += "retry: 1000\nid: ";
    json::append_integer(out, static_cast<std::int64_t>(from));
    out += "\n\n";
  }
  void append(std::string& out, const lifeline::bus_item& item) const override {
    append_sse(out, item);
  }
  void append_heartbeat(std::string& out) const override { out += ":\n\n"; }
  void append_end(std::string&) const override {}
  // A reconnecting client gets 401.
  void append_refusal(std::string&, std::string_view) const override {}
  std::size_t receive(std::string_view bytes, std::string&, bool&) override { return bytes.size(); }
};

class ws final : public event_format {
 public:
  std::string_view kind() const noexcept override { return "websocket"; }
  void append_beginning(std::string&, std::uint64_t) const override {}
  void append(std::string& out, const lifeline::bus_item& item) const override {
    std::string text;
    append_json(text, item);
    append_ws_frame(out, ws_opcode::text, text);
  }
  void append_heartbeat(std::string& out) const override {
    append_ws_frame(out, ws_opcode::ping, {});
  }
  void append_end(std::string& out) const override { append_ws_close(out, ws_close::going_away); }
  void append_refusal(std::string& out, std::string_view why) const override {
    append_ws_close(out, ws_close::policy_violation, why);
  }

  std::size_t receive(std::string_view bytes, std::string& out, bool& ends) override {
    std::size_t all = 0;
    while (!ends) {
      std::size_t used = 0;
      const auto verdict = read_ws_frame(bytes.substr(all), frame_, used);
      if (verdict == ws_verdict::incomplete) break;
      all += used;
      ends = answer(verdict, out);
    }
    return all;
  }

 private:
  /// True if the connection ends. Messages from the client are ignored.
  bool answer(ws_verdict verdict, std::string& out) {
    if (const auto why = failure_of(verdict)) {
      append_ws_close(out, *why);
      return true;
    }
    if (frame_.opcode == ws_opcode::ping) append_ws_frame(out, ws_opcode::pong, frame_.payload);
    if (frame_.opcode != ws_opcode::close) return false;
    if (frame_.payload.empty()) {
      append_ws_close(out, ws_close::normal);
    } else {
      frame_.payload.resize(2);  // echoes the client's code (RFC 6455, 5.5.1)
      append_ws_frame(out, ws_opcode::close, frame_.payload);
    }
    return true;
  }

  std::optional<ws_close> failure_of(ws_verdict verdict) {
    switch (verdict) {
      case ws_verdict::malformed: return ws_close::protocol_error;
      case ws_verdict::too_large: return ws_close::too_large;
      case ws_verdict::incomplete:
      case ws_verdict::complete: break;
    }
    return conversation_.judge(frame_);
  }

  ws_conversation conversation_;
  ws_frame frame_;
};

}  // namespace

std::unique_ptr<event_format> sse_format() { return std::make_unique<sse>(); }
std::unique_ptr<event_format> ws_format() { return std::make_unique<ws>(); }

}  // namespace bank::api
