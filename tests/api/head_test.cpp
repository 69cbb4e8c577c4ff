#include <gtest/gtest.h>

#include "bank/api/http/head_parser.hpp"
#include "bank/api/http/head_scanner.hpp"

namespace bank::api {
namespace {

using verdict = head_scanner::verdict;
constexpr std::string_view plain = "GET /v1/accounts?limit=2 HTTP/1.1\r\nHost: bank\r\n\r\n";

TEST(head_scanner, finds_the_end_of_a_head) {
  head_scanner s({});
  EXPECT_EQ(s.scan(std::string(plain) + "body"), verdict::complete);
  EXPECT_EQ(s.size(), plain.size());
}

TEST(head_scanner, finds_it_byte_by_byte) {
  head_scanner s({});
  for (std::size_t n = 0; n < plain.size(); ++n)
    ASSERT_EQ(s.scan(plain.substr(0, n)), verdict::incomplete) << n;
  EXPECT_EQ(s.scan(plain), verdict::complete);
}

TEST(head_scanner, skips_empty_lines_before_the_request) {
  head_scanner s({});
  EXPECT_EQ(s.scan("\r\n" + std::string(plain)), verdict::complete);
  EXPECT_EQ(s.skipped(), 2U);
  EXPECT_EQ(s.size(), plain.size() + 2);
}

TEST(head_scanner, refuses_malformed_requests) {
  for (const std::string_view text :
       {"GET / HTTP/1.1\n", "\n", "\x16\x03\x01", "GET / HTTP/1.1\r\nHost: a\n\r\n", "{\"a\":1}",
        "\r\n\r\n\r\n\r\n\r\n\r\n"}) {
    head_scanner s({});
    EXPECT_EQ(s.scan(text), verdict::malformed) << text;
  }
}

TEST(head_scanner, distinguishes_a_long_target_from_large_headers) {
  const std::string line = "GET /" + std::string(9'000, 'a');
  EXPECT_EQ(head_scanner({}).scan(line), verdict::target_too_long);
  EXPECT_EQ(head_scanner({}).scan(line + " HTTP/1.1\r\n\r\n"), verdict::target_too_long);
  const std::string fields = "GET / HTTP/1.1\r\nX: " + std::string(17'000, 'a');
  EXPECT_EQ(head_scanner({}).scan(fields), verdict::head_too_large);
  EXPECT_EQ(head_scanner({}).scan(fields + "\r\n\r\n"), verdict::head_too_large);
}

bool parses(std::string_view head, request& r, head_error& why) {
  r.clear();
  return parse_head(head, r, why);
}

TEST(head_parser, keeps_what_the_api_reads) {
  request r;
  head_error why;
  ASSERT_TRUE(
      parses("POST /v1/transfers?x=1 HTTP/1.1\r\nhost: a\r\nAUTHORIZATION: Bearer t\r\n"
             "X-Request-Id: r 1\r\nX-Request-Timeout-Ms: 50\r\nIdempotency-Key: k\r\n"
             "Content-Type: application/json\r\nContent-Length: 12\r\n"
             "Expect: 100-continue\r\n\r\n",
             r, why));
  EXPECT_EQ(r.method, method::post);
  EXPECT_EQ(r.path, "/v1/transfers");
  EXPECT_EQ(r.query, "x=1");
  EXPECT_EQ(r.authorization, "Bearer t");
  EXPECT_EQ(r.request_id, "r 1");
  EXPECT_EQ(r.timeout_ms, "50");
  EXPECT_EQ(r.idempotency_key, "k");
  EXPECT_EQ(r.content_type, "application/json");
  EXPECT_EQ(r.content_length, 12U);
  EXPECT_TRUE(r.expects_continue);
  EXPECT_TRUE(r.keep_alive);
  EXPECT_FALSE(r.chunked);
}

TEST(head_parser, knows_when_the_connection_is_kept) {
  struct row {
    std::string_view version, field;
    bool kept;
  };
  for (const row& c : {row{"1.1", "X: y", true}, row{"1.1", "Connection: close", false},
                       row{"1.0", "X: y", false}, row{"1.0", "Connection: keep-alive", true}}) {
    request r;
    head_error why;
    std::string head = "GET / HTTP/";
    head.append(c.version).append("\r\nHost: a\r\n").append(c.field).append("\r\n\r\n");
    ASSERT_TRUE(parses(head, r, why)) << head;
    EXPECT_EQ(r.keep_alive, c.kept) << head;
  }
}

TEST(head_parser, takes_the_path_of_an_absolute_target) {
  request r;
  head_error why;
  ASSERT_TRUE(parses("GET http://bank:8080/livez?a HTTP/1.1\r\nHost: bank\r\n\r\n", r, why));
  EXPECT_EQ(r.path, "/livez");
  EXPECT_EQ(r.query, "a");
}

TEST(head_parser, refuses_ambiguous_heads) {
  for (const std::string_view fields : {"Content-Length: 1\r\nContent-Length: 1",
                                        "Content-Length: 1\r\nContent-Length: 2",
                                        "Content-Length: 1, 1",
                                        "Content-Length: +1",
                                        "Content-Length: -1",
                                        "Content-Length: 0x1",
                                        "Content-Length:",
                                        "Content-Length: 99999999999999999999999",
                                        "Content-Length: 1\r\nTransfer-Encoding: chunked",
                                        "Transfer-Encoding: chunked\r\nContent-Length: 1",
                                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                                        "Transfer-Encoding: gzip",
                                        "Transfer-Encoding: gzip, chunked",
                                        "Transfer-Encoding: chunked, identity",
                                        "Transfer-Encoding : chunked",
                                        "X: a\r\n folded",
                                        "X: a\r\n\tfolded",
                                        "no colon",
                                        "Bad Name: x",
                                        "Host: other",
                                        "Authorization: a\r\nAuthorization: b",
                                        "Idempotency-Key: a\r\nIdempotency-Key: b",
                                        "X: a\x01z"}) {
    request r;
    head_error why;
    std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
    head.append(fields).append("\r\n\r\n");
    EXPECT_FALSE(parses(head, r, why)) << fields;
    EXPECT_FALSE(why.detail.empty()) << fields;
  }
}

TEST(head_parser, refuses_bad_request_lines) {
  for (const std::string_view line :
       {"GET /", "GET  / HTTP/1.1", "GET / HTTP/2.0", "GET / HTTP/1.2", "GET / http/1.1",
        "GET / HTTP/1.1 ", "GET a HTTP/1.1", "GET /a#b HTTP/1.1", "G(T / HTTP/1.1", "GET"}) {
    request r;
    head_error why;
    std::string head(line);
    head += "\r\nHost: a\r\n\r\n";
    EXPECT_FALSE(parses(head, r, why)) << line;
  }
  request r;
  head_error why;
  EXPECT_FALSE(parses("GET / HTTP/1.1\r\n\r\n", r, why)) << "no Host";
  EXPECT_TRUE(parses("GET / HTTP/1.0\r\n\r\n", r, why));
}

}  // namespace
}  // namespace bank::api
