#include <gtest/gtest.h>

#include <random>

#include "bank/api/events/event_format.hpp"
#include "bank/api/events/websocket.hpp"
#include "random_seed.hpp"

// RFC 6455, 5 to 8: frames of a client, in the order of the Autobahn test suite.

namespace bank::api {
namespace {

using namespace std::string_literals;

enum masking { masked, unmasked };

/// A client's frame, valid or not. `first`: the octet with the opcode; `length`: as encoded.
std::string frame(unsigned first, std::string_view payload, std::string length = {},
                  masking m = masked) {
  if (length.empty()) length = std::string(1, static_cast<char>(payload.size()));
  length[0] = static_cast<char>(length[0] | (m == masked ? 0x80 : 0));
  std::string bytes(1, static_cast<char>(first));
  bytes += length;
  if (m == unmasked) return bytes.append(payload);
  const std::string mask = "\x37\xfa\x21\x3d";
  bytes += mask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  return bytes;
}

std::string text(std::string_view payload) { return frame(0x81, payload); }
std::string text_begins(std::string_view payload) { return frame(0x01, payload); }
std::string binary_begins(std::string_view payload) { return frame(0x02, payload); }
std::string goes_on(std::string_view payload) { return frame(0x00, payload); }
std::string ends(std::string_view payload) { return frame(0x80, payload); }
std::string ping(std::string_view payload) { return frame(0x89, payload); }
std::string pong(std::string_view payload) { return frame(0x8A, payload); }
std::string closing(unsigned code, std::string_view reason = {}) {
  return frame(0x88, std::string{static_cast<char>(code >> 8U), static_cast<char>(code)} +
                         std::string(reason));
}

/// The server's frame as text: "pong x", "close 1002".
std::string in_words(std::string_view said) {
  std::string words;
  while (said.size() >= 2) {
    const auto opcode = static_cast<unsigned char>(said[0]) & 0x0FU;
    const std::size_t length = static_cast<unsigned char>(said[1]);
    const std::string_view payload = said.substr(2, length);
    said.remove_prefix(std::min(said.size(), 2 + length));
    if (!words.empty()) words += ", ";
    if (opcode == 8 && payload.size() == 2) {
      const unsigned code =
          static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
      words += "close " + std::to_string(code);
    } else {
      words.append(opcode == 10 ? "pong " : "? ").append(payload);
    }
  }
  return words;
}

/// Reads the client's bytes in pieces of this size.
std::string answer_to(std::string_view said, std::size_t piece) {
  const auto format = ws_format();
  std::string out;
  std::string left;
  bool over = false;
  for (std::size_t at = 0; at < said.size() && !over; at += piece) {
    left += said.substr(at, piece);
    left.erase(0, format->receive(left, out, over));
  }
  const std::string words = in_words(out);
  EXPECT_EQ(over, words.find("close") != std::string::npos);
  return words;
}

struct conversation_row {
  const char* clause;
  std::string said;
  std::string answer;
};

std::vector<conversation_row> conversations() {
  const std::string long_ping(125, 'p');
  return {
      // 1, 2: messages, pings, pongs
      {"5.6 an empty text", text(""), ""},
      {"5.6 a text", text("hello"), ""},
      {"7.4.1 a binary message", text("hello") + frame(0x82, "\xff\xfe") + ping("p"), "close 1003"},
      {"7.4.1 its beginning", binary_begins("\xff"), "close 1003"},
      {"5.5.3 a pong bears the ping's payload", ping("x"), "pong x"},
      {"5.5.3 up to 125 octets", ping(long_ping), "pong " + long_ping},
      {"5.5.2 each ping, in order", ping("1") + ping("2") + ping(""), "pong 1, pong 2, pong "},
      {"5.5.2 any octets", ping("\xff\xfe"), "pong \xff\xfe"},
      {"5.5.3 nobody answers a pong", pong("x"), ""},
      {"5.5 a long control frame", frame(0x89, std::string(126, 'x'), "\x7e\x00\x7e"s),
       "close 1002"},
      {"5.5 one that only says so", frame(0x89, "", "\x7e"), "close 1002"},
      // 3: reserved bits
      {"5.2 RSV1", frame(0xC1, "x"), "close 1002"},
      {"5.2 RSV2", frame(0xA1, "x"), "close 1002"},
      {"5.2 RSV3, in a control frame", frame(0x99, "x"), "close 1002"},
      {"5.2 RSV2 of a fragment", text_begins("a") + frame(0xA0, "b"), "close 1002"},
      // 4: opcodes
      {"5.2 opcode 3", frame(0x83, ""), "close 1002"},
      {"5.2 opcode 7", frame(0x87, "x"), "close 1002"},
      {"5.2 opcode 11", frame(0x8B, ""), "close 1002"},
      {"5.2 opcode 15", text("a") + frame(0x8F, "x") + ping("p"), "close 1002"},
      // 5: fragments
      {"5.4 a ping in fragments", frame(0x09, "a") + ends("b"), "close 1002"},
      {"5.4 a pong in fragments", frame(0x0A, "a") + ends("b"), "close 1002"},
      {"5.5.1 a close in fragments", frame(0x08, "\x03\xe8"), "close 1002"},
      {"5.4 a text in fragments", text_begins("a") + goes_on("b") + goes_on("") + ends("c"), ""},
      {"5.4 a ping between them", text_begins("a") + ping("p") + ends("b") + text("c"), "pong p"},
      {"5.4 a continuation of nothing", goes_on("a"), "close 1002"},
      {"5.4 its end", ends("a"), "close 1002"},
      {"5.4 a continuation of what has ended", text_begins("a") + ends("b") + ends("c"),
       "close 1002"},
      {"5.4 a control frame begins no message", ping("") + ends("a"), "pong , close 1002"},
      {"5.4 a text within a text", text_begins("a") + text("b"), "close 1002"},
      {"5.4 a text begins within a text", text_begins("a") + text_begins("b"), "close 1002"},
      {"5.4 a binary message within a text", text_begins("a") + frame(0x82, "b"), "close 1002"},
      // 6: UTF-8
      {"8.1 text", text("\xce\xba\xe1\xbd\xb9\xf0\x9f\x92\xb6"), ""},
      {"8.1 no text", text("\xff\xfe"), "close 1007"},
      {"8.1 an overlong form", text("\xc0\xaf"), "close 1007"},
      {"8.1 a surrogate", text("\xed\xa0\x80"), "close 1007"},
      {"8.1 above U+10FFFF", text("\xf4\x90\x80\x80"), "close 1007"},
      {"8.1 an unfinished character", text("\xce"), "close 1007"},
      {"8.1 one cut by a fragment's end", text_begins("\xf0\x9f") + goes_on("\x92") + ends("\xb6"),
       ""},
      {"8.1 and left unfinished", text_begins("\xf0\x9f") + ends("\x92"), "close 1007"},
      {"8.1 and gone wrong, at once", text_begins("\xf0\x9f") + goes_on("a"), "close 1007"},
      {"8.1 an empty end", text_begins("\xce") + ends(""), "close 1007"},
      {"8.1 a ping within a character", text_begins("\xce") + ping("\xba") + ends("\xba"),
       "pong \xba"},
      // 7: closing
      {"5.5.1 a close is answered", closing(1000), "close 1000"},
      {"5.5.1 without a code, too", frame(0x88, ""), "close 1000"},
      {"5.5.1 and ends it all", closing(1000) + ping("p") + closing(1002), "close 1000"},
      {"5.5.1 also amid a message", text_begins("a") + closing(1000), "close 1000"},
      {"5.5.1 half a code", frame(0x88, "\x03"), "close 1002"},
      {"5.5.1 a reason", closing(1000, std::string(123, 'r')), "close 1000"},
      {"5.5 a reason that is too long",
       frame(0x88, "\x03\xe8" + std::string(124, 'r'), "\x7e\x00\x7e"s), "close 1002"},
      {"5.5.1 a reason that is no text", closing(1000, "\xff"), "close 1007"},
      {"5.5.1 or half a character", closing(1000, "\xce"), "close 1007"},
      // 9: sizes
      {"5.1 no mask", frame(0x81, "hello", "", unmasked), "close 1002"},
      {"5.1 no mask, no payload", frame(0x89, "", "", unmasked), "close 1002"},
      {"5.2 126 octets", frame(0x81, std::string(126, 'x'), "\x7e\x00\x7e"s) + ping(""), "pong "},
      {"5.2 a length longer than need be", frame(0x81, "hello", "\x7e\x00\x05"s), "close 1002"},
      {"5.2 much longer", frame(0x81, "hello", "\x7f\x00\x00\x00\x00\x00\x00\x00\x05"s),
       "close 1002"},
      {"5.2 65,535 octets in the longest form",
       frame(0x81, "", "\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s), "close 1002"},
      {"5.2 the highest bit", frame(0x81, "", "\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s),
       "close 1002"},
      {"7.4.1 more than is read", frame(0x82, "", "\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s),
       "close 1009"},
      {"7.4.1 just more", frame(0x81, "", "\x7e\x10\x01"s), "close 1009"},
  };
}

TEST(websocket_protocol, answers_a_client_as_rfc_6455_says) {
  for (const conversation_row& row : conversations())
    for (const std::size_t piece : {1U, 2U, 7U, 1'000U})
      EXPECT_EQ(answer_to(row.said, piece), row.answer) << row.clause << ", by " << piece;
}

/// 7.4.1 and 7.4.2.
TEST(websocket_protocol, echoes_only_codes_that_may_be_sent) {
  for (unsigned code = 0; code < 65'536; code += code < 5'100 ? 1 : 97) {
    const bool is_defined =
        (code >= 1000 && code <= 1014) && code != 1004 && code != 1005 && code != 1006;
    const bool is_sent = is_defined || (code >= 3000 && code < 5000);
    ASSERT_EQ(answer_to(closing(code), 100),
              is_sent ? "close " + std::to_string(code) : "close 1002")
        << code;
  }
}

/// A text in fragments of any length is checked like the whole.
TEST(websocket_protocol, checks_a_text_in_any_fragments) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const std::array<std::string, 8> parts{
      "a",        "\xce\xba", "\xe1\xbd\xb9", "\xf0\x9f\x92\xb6",
      "\xed\xa0", "\xff",     "\xc3",         "\xf4\x8f\xbf\xbf"};
  for (int i = 0; i < 5'000; ++i) {
    std::string whole;
    for (std::size_t n = random() % 6; n > 0; --n)
      whole += parts[random() % (i % 2 == 0 ? 4 : parts.size())];
    std::string said = text_begins(whole.substr(0, random() % 3));
    std::size_t at = std::min<std::size_t>(whole.size(), said.size() - 6);
    while (at < whole.size()) {
      const std::size_t n = 1 + random() % 4;
      said += goes_on(std::string_view(whole).substr(at, n));
      at += n;
    }
    said += ends("");
    ASSERT_EQ(answer_to(said, 1 + random() % 9), json::is_utf8(whole) ? "" : "close 1007") << whole;
  }
}

}  // namespace
}  // namespace bank::api
