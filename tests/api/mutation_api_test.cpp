#include <random>

#include "api/server_fixture.hpp"
#include "random_seed.hpp"

namespace bank::api::testing {
namespace {

class mutation_api : public server_fixture {};

constexpr int rounds = 1'500;

/// Damages a request in one of several ways.
std::string mutate(std::string text, std::mt19937_64& random) {
  static constexpr std::array<std::string_view, 12> pieces{"\r\n",
                                                           "\n",
                                                           " ",
                                                           ":",
                                                           "\x01",
                                                           "\xff",
                                                           "Content-Length: 3\r\n",
                                                           "Transfer-Encoding: chunked\r\n",
                                                           "{",
                                                           "\"",
                                                           "9999999999999999999999",
                                                           "%"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t i = 1 + below(3); i > 0 && !text.empty(); --i) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0: text[at] = static_cast<char>(below(256)); break;
      case 1: text.erase(at, 1 + below(8)); break;
      case 2: text.insert(at, pieces[below(pieces.size())]); break;
      default: text.insert(at, text.substr(below(text.size()), below(40))); break;
    }
  }
  return text;
}

TEST_F(mutation_api, never_answers_500_and_never_crashes) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const std::string a = open("alice");
  deposit(a, 1'000'000);
  const std::vector<std::string> good{
      ask_for{"GET", "/v1/accounts?owner=alice&limit=5", admin_}.text(),
      ask_for{"GET", "/v1/accounts/" + a + "/history", alice_}.text(),
      ask_for{"POST", "/v1/transfers", admin_, transfer(a, "world", 1, R"(,"metadata":{"a":"b"})"),
              "Idempotency-Key: k\r\n"}
          .text(),
      "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + alice_ +
          "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
          "24\r\n{\"type\":\"checking\",\"currency\":\"USD\"}\r\n0\r\n\r\n",
      ask_for{"PATCH", "/v1/accounts/" + a, admin_, R"({"overdraft_limit":5})"}.text(),
      ask_for{"GET", "/v1/accounts/" + a + "/statement?from=2026-01-01T00:00:00Z&format=csv",
              alice_}
          .text(),
      ask_for{"GET", "/v1/transfers?account=" + a + "&to_time=2026-01-01T00:00:00.5Z", admin_}
          .text(),
      ask_for{"GET", "/v1/search?q=ali&types=accounts,owners", alice_}.text(),
  };
  for (int i = 0; i < rounds; ++i) {
    const std::string text = mutate(good[static_cast<std::size_t>(i) % good.size()], random);
    http_client c = connect();
    c.send(text);
    boost::system::error_code ignored;
    c.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    for (reply r = c.read(); r.status != 0; r = c.read()) {
      ASSERT_NE(r.status, 500U) << text;
      if (r.status >= 400) {
        ASSERT_EQ(r.text("request_id"), r.field("x-request-id")) << text;
      }
    }
  }
  EXPECT_EQ(get("/livez", "").status, 200U);
  const auto money = get("/v1/admin/money", admin_).json();
  for (const auto& c : money.at("currencies").as_array()) EXPECT_EQ(c.at("sum").as_int64(), 0);
}

}  // namespace
}  // namespace bank::api::testing
