#include "driver/http_client.hpp"

#include <gtest/gtest.h>

#include "driver/load/trivial_answerer.hpp"
#include "driver/task_group.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;

/// An exchange with a copy of its body.
struct kept_answer : exchanged {
  std::string body;
};

/// Runs exchanges one after another over one connection.
std::vector<kept_answer> exchange_all(std::uint16_t port, const std::vector<std::string>& targets,
                                      std::chrono::milliseconds timeout = 10s) {
  asio::io_context io;
  const auto client = http_client::make(io, {"127.0.0.1", port}, "secret");
  std::vector<kept_answer> answers;
  const auto run = [&]() -> task<void> {
    load_connection connection = client->connect();
    std::string request;
    for (const std::string& target : targets) {
      client->get(target, request);
      const exchanged e = co_await connection.exchange(request, timeout);
      answers.push_back({e, std::string(e.answer.body)});
    }
  };
  task_group group(io);
  group.spawn(run());
  io.run();
  return answers;
}

TEST(http_client, keeps_its_connection_between_requests) {
  trivial_answerer server([](std::string_view) { return ok("hello"); });
  const auto answers = exchange_all(server.port(), {"/a", "/b", "/c"});
  ASSERT_EQ(answers.size(), 3U);
  for (const kept_answer& a : answers) {
    EXPECT_FALSE(a.error) << a.error.message();
    EXPECT_EQ(a.answer.status, 200U);
    EXPECT_EQ(a.body, "hello");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(http_client, sends_who_it_is_and_where_to) {
  std::string seen;
  trivial_answerer server([&](std::string_view head) {
    seen = head;
    return ok("");
  });
  exchange_all(server.port(), {"/v1/accounts?limit=2"});
  EXPECT_TRUE(seen.starts_with("GET /v1/accounts?limit=2 HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_NE(seen.find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos);
}

TEST(http_client, reads_the_fields_that_decisions_depend_on) {
  trivial_answerer server(
      [](std::string_view) { return ok("", "idempotency-replayed: true\r\nRetry-After: 3\r\n"); });
  const auto answers = exchange_all(server.port(), {"/"});
  EXPECT_TRUE(answers.at(0).answer.replayed);
  EXPECT_EQ(answers.at(0).answer.retry_after, 3s);
}

TEST(http_client, reads_an_answer_in_chunks) {
  trivial_answerer server([](std::string_view) {
    return std::string(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  });
  EXPECT_EQ(exchange_all(server.port(), {"/"}).at(0).body, "abcde");
}

TEST(http_client, tells_of_a_lost_connection_and_connects_anew_for_the_next_request) {
  trivial_answerer server([](std::string_view head) {
    return head.starts_with("GET /die") ? std::string() : ok("alive");
  });
  const auto answers = exchange_all(server.port(), {"/live", "/die", "/live"});
  EXPECT_FALSE(answers.at(0).error);
  EXPECT_TRUE(answers.at(1).error);
  EXPECT_EQ(answers.at(1).answer.status, 0U);
  EXPECT_FALSE(answers.at(2).error);
  EXPECT_EQ(answers.at(2).body, "alive");
  EXPECT_EQ(server.connections(), 2);
}

TEST(http_client, hangs_up_when_the_node_says_so) {
  trivial_answerer server([](std::string_view) { return ok("bye", "Connection: close\r\n"); });
  const auto answers = exchange_all(server.port(), {"/", "/"});
  EXPECT_EQ(answers.at(1).body, "bye");
  EXPECT_EQ(server.connections(), 2);
}

TEST(http_client, gives_up_on_an_answer_that_does_not_come) {
  trivial_answerer server([](std::string_view head) {
    return head.starts_with("GET /slow") ? std::string(" ") : ok("quick");
  });
  const auto answers = exchange_all(server.port(), {"/quick", "/slow", "/quick"}, 50ms);
  EXPECT_EQ(answers.at(1).error, asio::error::timed_out);
  EXPECT_EQ(answers.at(2).body, "quick");
}

TEST(http_client, tells_of_a_port_that_nobody_listens_on) {
  asio::io_context io;
  asio::ip::tcp::acceptor reserved(io,
                                   asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::uint16_t port = reserved.local_endpoint().port();
  reserved.close();
  EXPECT_EQ(exchange_all(port, {"/"}).at(0).error, asio::error::connection_refused);
}

TEST(http_client, tries_every_address_of_its_node) {
  const trivial_answerer server([](std::string_view) { return ok("here"); });
  const std::vector<asio::ip::tcp::endpoint> nodes{
      {asio::ip::make_address("127.0.0.2"), server.port()},
      {asio::ip::make_address("127.0.0.1"), server.port()}};
  asio::io_context io;
  std::string body;
  const auto run = [&]() -> task<void> {
    load_connection connection(io, nodes, nullptr);
    const exchanged e = co_await connection.exchange("GET / HTTP/1.1\r\n\r\n");
    body = e.answer.body;
  };
  task_group group(io);
  group.spawn(run());
  io.run();
  EXPECT_EQ(body, "here");
}

TEST(http_address, is_tried_with_both_families_in_turn) {
  const auto at = [](const char* address) {
    return asio::ip::tcp::endpoint(asio::ip::make_address(address), 1);
  };
  EXPECT_EQ(in_connection_order({at("::1"), at("::2"), at("::3"), at("1.1.1.1"), at("2.2.2.2")}),
            (std::vector{at("::1"), at("1.1.1.1"), at("::2"), at("2.2.2.2"), at("::3")}));
  EXPECT_EQ(in_connection_order({at("1.1.1.1"), at("2.2.2.2"), at("::1")}),
            (std::vector{at("1.1.1.1"), at("::1"), at("2.2.2.2")}));
  EXPECT_TRUE(in_connection_order({}).empty());
}

TEST(http_address, is_read_from_a_url) {
  EXPECT_EQ(*http_address::parse("http://127.0.0.1:8080"), (http_address{"127.0.0.1", 8080}));
  EXPECT_EQ(*http_address::parse("http://localhost/"), (http_address{"localhost", 80}));
  EXPECT_EQ(*http_address::parse("http://[::1]:9"), (http_address{"::1", 9}));
  EXPECT_EQ(http_address::parse("http://[::1]:9")->url(), "http://[::1]:9");
}

TEST(http_address, refuses_what_is_none) {
  for (const char* url : {"", "127.0.0.1:8080", "ftp://x", "http://", "http://x/v1", "http://x:0",
                          "http://x:99999", "http://x?y"})
    EXPECT_FALSE(http_address::parse(url)) << url;
  EXPECT_NE(http_address::parse("https://x").error().text.find("plain HTTP only"),
            std::string::npos);
}

}  // namespace
}  // namespace bank::driver
