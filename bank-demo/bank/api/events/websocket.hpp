#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bank/json/utf8.hpp"

namespace bank::api {

// The frames of RFC 6455, as far as a server needs them that only sends: no sockets, no actors.

enum class ws_opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// Reason for closing a connection.
enum class ws_close : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_payload = 1007,
  policy_violation = 1008,
  too_large = 1009,
};

struct ws_frame {
  bool is_last = true;  ///< of its message
  ws_opcode opcode = ws_opcode::text;
  std::string payload;  ///< unmasked
};

enum class ws_verdict : std::uint8_t { incomplete, complete, malformed, too_large };

/// The longest frame read: clients have little to send here.
inline constexpr std::size_t longest_ws_frame = 4'096;

/// Reads a client's frame from the start of `bytes`; sets `used` to its length.
ws_verdict read_ws_frame(std::string_view bytes, ws_frame& frame, std::size_t& used);

/// Checks the order of a client's frames: messages may come in fragments with control frames
/// between them (RFC 6455, 5.4). A message must be text (7.4.1: 1003).
class ws_conversation {
 public:
  /// The error with which the connection must fail; nothing if the frame is allowed here.
  std::optional<ws_close> judge(const ws_frame& f);

 private:
  std::optional<ws_close> judge_piece(const ws_frame& f);

  bool in_message_ = false;
  json::utf8_reader text_;
};

/// Appends a message as one server frame.
void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload);
/// `reason` has at most 123 bytes and is for people.
void append_ws_close(std::string& out, ws_close why, std::string_view reason = {});

/// The answer to a `Sec-WebSocket-Key`; nothing if that is not 16 bytes in base64.
std::optional<std::string> ws_accept(std::string_view key);

}  // namespace bank::api
