#include "bank/api/events/websocket.hpp"

#include <gtest/gtest.h>

#include <random>

#include "bank/api/events/event_format.hpp"
#include "random_seed.hpp"

namespace bank::api {
namespace {

/// A client's frame: masked.
std::string frame_of(ws_opcode opcode, std::string_view payload, bool fin = true) {
  std::string plain;
  append_ws_frame(plain, opcode, payload);
  if (!fin) plain[0] = static_cast<char>(plain[0] & 0x7F);
  plain[1] = static_cast<char>(plain[1] | static_cast<char>(0x80));
  const std::size_t head = plain.size() - payload.size();
  const std::string mask = "mask";
  for (std::size_t i = 0; i < payload.size(); ++i)
    plain[head + i] = static_cast<char>(plain[head + i] ^ mask[i % 4]);
  return plain.insert(head, mask);
}

ws_verdict read(std::string_view bytes, ws_frame& f) {
  std::size_t used = 0;
  return read_ws_frame(bytes, f, used);
}

TEST(a_websocket, accepts_a_key_as_the_standard_says) {
  EXPECT_EQ(ws_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_FALSE(ws_accept(""));
  EXPECT_FALSE(ws_accept("dGhlIHNhbXBsZSBub25jZQ="));
  EXPECT_FALSE(ws_accept("dGhlIHNhbXBsZSBub25jZQ\r\n"));
}

TEST(a_websocket, reads_frames_of_each_length_whole_or_not_at_all) {
  for (const std::size_t n : {0U, 1U, 125U, 126U, 4'096U}) {
    const std::string payload(n, 'x');
    const std::string bytes = frame_of(ws_opcode::text, payload);
    ws_frame f;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
      ASSERT_EQ(read(std::string_view(bytes).substr(0, cut), f), ws_verdict::incomplete) << cut;
    ASSERT_EQ(read(bytes + "more", f), ws_verdict::complete);
    EXPECT_EQ(f.payload, payload);
  }
}

TEST(a_websocket, refuses_what_a_client_may_not_send) {
  ws_frame f;
  std::string unmasked;
  append_ws_frame(unmasked, ws_opcode::text, "hello");
  EXPECT_EQ(read(unmasked, f), ws_verdict::malformed);
  EXPECT_EQ(read(frame_of(ws_opcode::ping, "x", false), f), ws_verdict::malformed);
  EXPECT_EQ(read(frame_of(ws_opcode::ping, std::string(126, 'x')), f), ws_verdict::malformed);
  EXPECT_EQ(read(frame_of(static_cast<ws_opcode>(3), "x"), f), ws_verdict::malformed);
  EXPECT_EQ(read(frame_of(ws_opcode::text, std::string(4'097, 'x')), f), ws_verdict::too_large);
}

TEST(a_websocket, never_reads_beyond_its_input) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes(random() % 24, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    ws_frame f;
    std::size_t used = 0;
    if (read_ws_frame(bytes, f, used) == ws_verdict::complete) {
      ASSERT_LE(used, bytes.size());
    }
  }
}

TEST(a_websocket, answers_pings_and_closes_and_ignores_text) {
  const auto format = ws_format();
  std::string out;
  bool ends = false;
  const std::string said = frame_of(ws_opcode::text, "hello", false) +
                           frame_of(ws_opcode::continuation, " you") +
                           frame_of(ws_opcode::ping, "p");
  EXPECT_EQ(format->receive(said + frame_of(ws_opcode::close, "").substr(0, 1), out, ends),
            said.size());
  std::string wanted;
  append_ws_frame(wanted, ws_opcode::pong, "p");
  EXPECT_EQ(out, wanted);
  EXPECT_FALSE(ends);
  out.clear();
  wanted.clear();
  format->receive(frame_of(ws_opcode::close, ""), out, ends);
  append_ws_close(wanted, ws_close::normal);
  EXPECT_EQ(out, wanted);
  EXPECT_TRUE(ends);
}

}  // namespace
}  // namespace bank::api
