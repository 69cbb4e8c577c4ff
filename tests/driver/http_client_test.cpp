#include "driver/http_client.hpp"

#include <gtest/gtest.h>

#include "driver/task_group.hpp"
#include "driver/trivial_server.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;

/// Runs exchanges one after another over one connection.
std::vector<http_answer> exchange_all(const trivial_server& server,
                                      const std::vector<std::string>& targets,
                                      std::chrono::milliseconds timeout = 10s) {
  asio::io_context io;
  const auto client = http_client::make(io, {server.address(), "secret", timeout});
  std::vector<http_answer> answers;
  const auto run = [&]() -> task<void> {
    http_connection connection(*client);
    for (const std::string& target : targets) {
      const std::string request = client->get(target);
      http_answer answer = co_await connection.exchange(request);
      answers.push_back(std::move(answer));
    }
  };
  task_group group(io);
  group.spawn(run());
  io.run();
  return answers;
}

TEST(http_client, keeps_its_connection_between_requests) {
  trivial_server server([](const std::string&) { return ok("hello"); });
  const auto answers = exchange_all(server, {"/a", "/b", "/c"});
  ASSERT_EQ(answers.size(), 3U);
  for (const http_answer& a : answers) {
    EXPECT_FALSE(a.error) << a.error.message();
    EXPECT_EQ(a.status, 200U);
    EXPECT_EQ(a.body, "hello");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(http_client, sends_who_it_is_and_where_to) {
  std::string seen;
  trivial_server server([&](const std::string& head) {
    seen = head;
    return ok("");
  });
  exchange_all(server, {"/v1/accounts?limit=2"});
  EXPECT_TRUE(seen.starts_with("GET /v1/accounts?limit=2 HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_NE(seen.find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos);
}

TEST(http_client, reads_the_fields_that_decisions_depend_on) {
  trivial_server server([](const std::string&) {
    return ok("", "idempotency-replayed: true\r\nRetry-After: 3\r\n");
  });
  const auto answers = exchange_all(server, {"/"});
  EXPECT_TRUE(answers.at(0).replayed);
  EXPECT_EQ(answers.at(0).retry_after, 3s);
}

TEST(http_client, reads_an_answer_in_chunks) {
  trivial_server server([](const std::string&) {
    return std::string(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  });
  EXPECT_EQ(exchange_all(server, {"/"}).at(0).body, "abcde");
}

TEST(http_client, tells_of_a_lost_connection_and_connects_anew_for_the_next_request) {
  trivial_server server([](const std::string& head) {
    return head.starts_with("GET /die") ? std::string() : ok("alive");
  });
  const auto answers = exchange_all(server, {"/live", "/die", "/live"});
  EXPECT_FALSE(answers.at(0).error);
  EXPECT_TRUE(answers.at(1).error);
  EXPECT_EQ(answers.at(1).status, 0U);
  EXPECT_FALSE(answers.at(2).error);
  EXPECT_EQ(answers.at(2).body, "alive");
  EXPECT_EQ(server.connections(), 2);
}

TEST(http_client, hangs_up_when_the_node_says_so) {
  trivial_server server([](const std::string&) { return ok("bye", "Connection: close\r\n"); });
  const auto answers = exchange_all(server, {"/", "/"});
  EXPECT_EQ(answers.at(1).body, "bye");
  EXPECT_EQ(server.connections(), 2);
}

TEST(http_client, gives_up_on_an_answer_that_does_not_come) {
  trivial_server server([](const std::string& head) {
    return head.starts_with("GET /slow") ? std::string("wait") : ok("quick");
  });
  const auto answers = exchange_all(server, {"/quick", "/slow", "/quick"}, 50ms);
  EXPECT_EQ(answers.at(1).error, asio::error::timed_out);
  EXPECT_EQ(answers.at(2).body, "quick");
}

TEST(http_client, tells_of_a_port_that_nobody_listens_on) {
  asio::io_context io;
  asio::ip::tcp::acceptor reserved(io,
                                   asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::uint16_t port = reserved.local_endpoint().port();
  reserved.close();
  const auto client = http_client::make(io, {{"127.0.0.1", port}, "", 10s});
  http_answer answer;
  const auto run = [&]() -> task<void> {
    http_connection connection(*client);
    const std::string request = client->get("/");
    answer = co_await connection.exchange(request);
  };
  task_group group(io);
  group.spawn(run());
  io.run();
  EXPECT_EQ(answer.error, asio::error::connection_refused);
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
