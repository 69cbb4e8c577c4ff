#include "bank/api/events/websocket.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace bank::api {

namespace {

constexpr unsigned fin_bit = 0x80;
constexpr unsigned reserved_bits = 0x70;
constexpr unsigned mask_bit = 0x80;
constexpr unsigned longest_control = 125;

unsigned byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

bool is_known(unsigned opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }
bool is_control(unsigned opcode) { return opcode >= 8; }

/// The payload's length, and how many bytes after the second encode it; nothing while some of them
/// are missing.
struct frame_length {
  std::uint64_t payload = 0;
  std::size_t bytes = 0;

  // The shortest encoding is the only valid one; the highest bit is never set (RFC 6455, 5.2).
  bool is_proper() const noexcept {
    return payload >= (bytes == 0 ? 0U : bytes == 2 ? 126U : 65'536U) && payload >> 63U == 0;
  }
};
std::optional<frame_length> length_of(std::string_view bytes) {
  const unsigned first = byte_at(bytes, 1) & ~mask_bit;
  const std::size_t more = first == 127 ? 8 : first == 126 ? 2 : 0;
  if (more == 0) return frame_length{first, 0};
  if (bytes.size() < 2 + more) return std::nullopt;
  frame_length l{0, more};
  for (std::size_t i = 0; i < more; ++i) l.payload = l.payload << 8 | byte_at(bytes, 2 + i);
  return l;
}

/// May a close frame contain the code (RFC 6455, 7.4)? Not if it means "no code", and not if it is
/// undefined.
bool is_close_code(unsigned code) {
  const bool is_defined = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
  return is_defined || (code >= 3000 && code <= 4999);
}

std::optional<ws_close> judge_close(std::string_view payload) {
  if (payload.empty()) return std::nullopt;
  if (payload.size() == 1 || !is_close_code(byte_at(payload, 0) << 8U | byte_at(payload, 1)))
    return ws_close::protocol_error;
  if (!json::is_utf8(payload.substr(2))) return ws_close::invalid_payload;
  return std::nullopt;
}

}  // namespace

ws_verdict read_ws_frame(std::string_view bytes, ws_frame& frame, std::size_t& used) {
  if (bytes.size() < 2) return ws_verdict::incomplete;
  const unsigned opcode = byte_at(bytes, 0) & 0x0FU;
  const bool fin = (byte_at(bytes, 0) & fin_bit) != 0;
  const bool masked = (byte_at(bytes, 1) & mask_bit) != 0;
  if ((byte_at(bytes, 0) & reserved_bits) != 0 || !is_known(opcode) || !masked)
    return ws_verdict::malformed;
  const bool is_long = (byte_at(bytes, 1) & ~mask_bit) > longest_control;
  if (is_control(opcode) && (!fin || is_long)) return ws_verdict::malformed;
  const auto length = length_of(bytes);
  if (!length) return ws_verdict::incomplete;
  if (!length->is_proper()) return ws_verdict::malformed;
  if (length->payload > longest_ws_frame) return ws_verdict::too_large;
  const std::size_t mask_at = 2 + length->bytes;
  const std::size_t end = mask_at + 4 + static_cast<std::size_t>(length->payload);
  if (bytes.size() < end) return ws_verdict::incomplete;
  frame.is_last = fin;
  frame.opcode = static_cast<ws_opcode>(opcode);
  frame.payload.assign(bytes.substr(mask_at + 4, end - mask_at - 4));
  for (std::size_t i = 0; i < frame.payload.size(); ++i)
    frame.payload[i] = static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^
                                         byte_at(bytes, mask_at + i % 4));
  used = end;
  return ws_verdict::complete;
}

std::optional<ws_close> ws_conversation::judge(const ws_frame& f) {
  switch (f.opcode) {
    case ws_opcode::close: return judge_close(f.payload);
    case ws_opcode::ping:
    case ws_opcode::pong: return std::nullopt;
    case ws_opcode::continuation:
      if (!in_message_) return ws_close::protocol_error;
      break;
    case ws_opcode::text:
    case ws_opcode::binary:
      if (in_message_) return ws_close::protocol_error;
      if (f.opcode == ws_opcode::binary) return ws_close::unsupported_data;
      break;
  }
  return judge_piece(f);
}

/// Checks a message's UTF-8. A character may be split across fragments, but not by the message's
/// end.
std::optional<ws_close> ws_conversation::judge_piece(const ws_frame& f) {
  in_message_ = !f.is_last;
  if (!text_.read(f.payload) || (f.is_last && !text_.is_whole())) return ws_close::invalid_payload;
  return std::nullopt;
}

void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload) {
  out += static_cast<char>(fin_bit | static_cast<unsigned>(opcode));
  const std::size_t n = payload.size();
  const int more = n < 126 ? 0 : n < 65'536 ? 2 : 8;
  out += static_cast<char>(more == 0 ? n : more == 2 ? 126U : 127U);
  for (int shift = 8 * (more - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(n) >> static_cast<unsigned>(shift) & 0xFFU);
  out += payload;
}

void append_ws_close(std::string& out, ws_close why, std::string_view reason) {
  const auto code = static_cast<unsigned>(why);
  std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  append_ws_frame(out, ws_opcode::close, payload.append(reason));
}

std::optional<std::string> ws_accept(std::string_view key) {
  const bool base64 = key.size() == 24 && key.ends_with("==") &&
                      std::all_of(key.begin(), key.end() - 2, [](char c) {
                        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                               (c >= '0' && c <= '9') || c == '+' || c == '/';
                      });
  if (!base64) return std::nullopt;
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    return std::nullopt;
  std::array<unsigned char, 64> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return std::string(encoded.begin(), encoded.begin() + length);
}

}  // namespace bank::api
