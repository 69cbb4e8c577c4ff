#include "bank/api/http/body_decoder.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

using verdict = body_decoder::verdict;

struct outcome {
  verdict end = verdict::incomplete;
  std::string body;
  std::string left;
};

/// Feeds the text in pieces of `step`, as a socket might.
outcome decode(body_decoder d, std::string_view text, std::size_t step) {
  outcome o;
  for (std::size_t at = 0; at < text.size() && o.end == verdict::incomplete; at += step) {
    o.left += text.substr(at, step);
    std::size_t used = 0;
    o.end = d.feed(o.left, o.body, used);
    o.left.erase(0, used);
    if (o.end == verdict::complete) o.left += text.substr(std::min(text.size(), at + step));
  }
  return o;
}

TEST(body_decoder, takes_a_body_of_known_length_and_no_more) {
  for (const std::size_t step : {1U, 3U, 100U}) {
    const auto o = decode(body_decoder::of_length(5, 10), "helloGET /", step);
    EXPECT_EQ(o.end, verdict::complete);
    EXPECT_EQ(o.body, "hello");
    EXPECT_EQ(o.left, "GET /");
  }
}

TEST(body_decoder, takes_chunks_apart) {
  constexpr std::string_view text =
      "4\r\nWiki\r\nA \t;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET /";
  for (const std::size_t step : {1U, 2U, 5U, 7U, 100U}) {
    const auto o = decode(body_decoder::chunked(100), text, step);
    EXPECT_EQ(o.end, verdict::complete) << step;
    EXPECT_EQ(o.body, "Wiki0123456789");
    EXPECT_EQ(o.left, "GET /");
  }
}

TEST(body_decoder, takes_an_empty_chunked_body) {
  for (const std::size_t step : {1U, 2U, 3U, 4U, 5U}) {
    const auto o = decode(body_decoder::chunked(100), "0\r\n\r\n", step);
    EXPECT_EQ(o.end, verdict::complete) << step;
    EXPECT_EQ(o.body, "");
  }
}

TEST(body_decoder, refuses_bad_chunks) {
  for (const std::string_view text :
       {"x\r\n", "\r\n", "-1\r\n", "0x5\r\n", "5 \r\nhello\r\n", "5\nhello", "5\r\nhelloX\r\n",
        "5\r\nhello\n0\r\n\r\n", "fffffffffffffffff\r\n", "5;a\x01\r\nhello", "0\r\n\nX"}) {
    for (const std::size_t step : {1U, 100U})
      EXPECT_EQ(decode(body_decoder::chunked(100), text, step).end, verdict::malformed) << text;
  }
}

TEST(body_decoder, refuses_endless_lines) {
  const std::string text = "5;" + std::string(5'000, 'a');
  EXPECT_EQ(decode(body_decoder::chunked(100), text, 1'000).end, verdict::malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1'000; ++i) trailers += std::string(1'000, 't') + "\r\n";
  EXPECT_EQ(decode(body_decoder::chunked(100), trailers, 1'000).end, verdict::too_large);
}

TEST(body_decoder, refuses_a_body_above_the_limit_before_it_arrives) {
  EXPECT_EQ(decode(body_decoder::of_length(11, 10), "x", 1).end, verdict::too_large);
  EXPECT_EQ(decode(body_decoder::of_length(10, 10), "0123456789", 3).end, verdict::complete);
  EXPECT_EQ(decode(body_decoder::chunked(10), "6\r\n123456\r\n5\r\nx", 50).end, verdict::too_large);
  EXPECT_EQ(decode(body_decoder::chunked(10), "ffffffffffffffe\r\nx", 50).end, verdict::too_large);
}

}  // namespace
}  // namespace bank::api
