#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <atomic>
#include <set>
#include <thread>

#include "api/http_client.hpp"
#include "end_to_end/programs.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::end_to_end {
namespace {

using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

reply call(const running_node& node, const ask_for& a) {
  http_client client(node.port());
  client.send(a.text());
  return client.read();
}

std::string open_account(const running_node& node) {
  const reply r = call(node, {"POST", "/v1/accounts", node.admin_token(),
                              R"({"type":"checking","currency":"USD","owner":"alice"})"});
  EXPECT_EQ(r.status, 201U) << r.body;
  return r.text("id");
}

ask_for deposit(const std::string& token, const std::string& to, const std::string& id) {
  return {
      "POST", "/v1/transfers", token,
      R"({"from":"world","amount":1,"currency":"USD","to":")" + to + R"(","id":")" + id + "\"}"};
}

std::string id_of(int client, int n) {
  return lifeline::ledger::uuid::derive({"deposit", std::to_string(client), std::to_string(n)})
      .str();
}

/// The answers to one client.
struct told {
  std::set<std::string> done;
  std::set<std::string> maybe;
  int without_a_word = 0;
  unsigned last = 0;
};

/// Requests over one connection until the node announces its end.
told deposit_until_stopped(std::uint16_t port, const std::string& token, const std::string& to,
                           int number, std::atomic<int>& acknowledged) {
  told t;
  http_client client(port);
  for (int n = 0;; ++n) {
    const std::string id = id_of(number, n);
    client.send(deposit(token, to, id).text());
    const reply r = client.read();
    t.last = r.status;
    if (r.status == 0) ++t.without_a_word;
    if (r.status == 201) {
      t.done.insert(id);
      ++acknowledged;
    } else if (r.status == 0 || r.text("outcome") != "none") {
      t.maybe.insert(id);
    }
    if (r.status == 0 || r.field("connection") == "close") return t;
  }
}

TEST(stop, under_load_leaves_no_request_without_an_answer_and_loses_nothing) {
  constexpr int clients = 16;
  const scratch_folder scratch;
  std::optional<running_node> node(std::in_place, scratch / "data", scratch / "node.log");
  const std::string token = node->admin_token();
  const std::string to = open_account(*node);
  std::atomic<int> acknowledged{0};
  std::vector<told> all(clients);
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i, port = node->port()] {
      all[static_cast<std::size_t>(i)] = deposit_until_stopped(port, token, to, i, acknowledged);
    });
  while (acknowledged < 500) std::this_thread::yield();
  node->send(SIGTERM);
  for (auto& t : threads) t.join();
  EXPECT_EQ(node->wait().status, 0) << read_text(scratch / "node.log");

  node.emplace(scratch / "data", scratch / "node.log");
  std::size_t done = 0;
  std::size_t maybe = 0;
  for (const told& t : all) {
    EXPECT_EQ(t.without_a_word, 0);
    EXPECT_TRUE(t.last == 201 || t.last == 503) << t.last;
    for (const auto& id : t.done)
      EXPECT_EQ(call(*node, {"GET", "/v1/transfers/" + id, token}).text("state"), "posted") << id;
    done += t.done.size();
    maybe += t.maybe.size();
  }
  const auto posted = call(*node, {"GET", "/v1/accounts/" + to, token}).json();
  const auto balance =
      static_cast<std::size_t>(posted.at("balance").at("posted").to_number<std::int64_t>());
  EXPECT_GE(balance, done);
  EXPECT_LE(balance, done + maybe);
  const auto money = call(*node, {"GET", "/v1/admin/money", token}).json();
  EXPECT_EQ(money.at("currencies").as_array().at(0).at("sum").to_number<std::int64_t>(), 0);
  node->send(SIGTERM);
  EXPECT_EQ(node->wait().status, 0);
}

/// An incomplete request body keeps the node draining.
TEST(stop, is_seen_by_whoever_asks_until_it_is_over) {
  const scratch_folder scratch;
  running_node node(scratch / "data", scratch / "node.log");
  const std::string token = node.admin_token();
  const std::string request =
      ask_for{"POST", "/v1/accounts", token, R"({"type":"checking","currency":"USD"})"}.text();
  http_client idle(node.port());
  http_client slow(node.port());
  slow.send(request.substr(0, request.size() - 5));
  while (call(node, {"GET", "/readyz"}).status != 200U) {
  }
  node.send(SIGTERM);
  reply ready = call(node, {"GET", "/readyz"});
  while (ready.status == 200U) ready = call(node, {"GET", "/readyz"});
  EXPECT_EQ(ready.status, 503U);
  EXPECT_EQ(ready.code(), "shutting_down");
  EXPECT_EQ(call(node, {"GET", "/livez"}).status, 200U);
  EXPECT_EQ(call(node, {"GET", "/metrics", token}).status, 200U);
  const reply refused = call(node, deposit(token, "nobody", id_of(0, 0)));
  EXPECT_EQ(refused.code(), "shutting_down");
  EXPECT_EQ(refused.text("outcome"), "none");
  idle.send(ask_for{"GET", "/v1/accounts", token}.text());
  EXPECT_EQ(idle.read().code(), "shutting_down");
  slow.send(request.substr(request.size() - 5));
  EXPECT_EQ(slow.read().code(), "shutting_down");
  EXPECT_EQ(node.wait().status, 0) << read_text(scratch / "node.log");
  EXPECT_ANY_THROW(http_client{node.port()});
}

/// Clients that reconnect and send nothing or half a request do not delay a stop.
TEST(stop, is_not_held_up_by_a_flood_of_connections) {
  const scratch_folder scratch;
  running_node node(BANK_NODE, {"--shutdown-timeout-ms", "600000"}, scratch / "data",
                    scratch / "node.log");
  std::atomic<bool> over{false};
  std::vector<std::thread> flood;
  for (int i = 0; i < 4; ++i)
    flood.emplace_back([&, i, port = node.port()] {
      std::vector<http_client> open;
      while (!over) {
        try {
          if (open.size() > 100) open.clear();
          open.emplace_back(port);
          if (i % 2 == 0) open.back().send("GET /readyz HTTP/1.1\r\nHost: b\r\n");
          if (i == 3) open.back().send(ask_for{"GET", "/metrics", "unknown"}.text());
        } catch (const boost::system::system_error&) {
        }
      }
    });
  while (call(node, {"GET", "/readyz"}).status != 200U) {
  }
  node.send(SIGTERM);
  EXPECT_EQ(node.wait().status, 0) << read_text(scratch / "node.log");
  over = true;
  for (auto& t : flood) t.join();
}

TEST(stop, is_not_made_dirty_by_the_echo_of_its_signal) {
  const scratch_folder scratch;
  running_node node(scratch / "data", scratch / "node.log");
  node.send(SIGTERM);
  node.send(SIGTERM);
  node.send(SIGINT);
  EXPECT_EQ(node.wait().status, 0) << read_text(scratch / "node.log");
}

/// A node that hangs in the call named by the environment, with two seconds for its stop.
class stuck : public ::testing::Test {
 protected:
  void start(const char* in) {
    ::setenv("STUCK_IN", in, 1);
    node.emplace(STUCK_NODE, std::vector<std::string>{"--shutdown-timeout-ms", "2000"},
                 scratch / "data", scratch / "node.log");
    ::unsetenv("STUCK_IN");
    client.emplace(node->port());
  }
  std::string log() const { return read_text(scratch / "node.log"); }

  const scratch_folder scratch;
  std::optional<running_node> node;
  std::optional<http_client> client;
};

TEST_F(stuck, in_a_statement_ends_in_time_with_status_4_and_names_it) {
  start("totals");
  client->send(
      ask_for{"GET", "/v1/admin/money", node->admin_token(), "", "X-Request-ID: the-stuck-one\r\n"}
          .text());
  // The answer on a second connection shows that the first request was or soon will be read.
  while (call(*node, {"GET", "/readyz"}).status != 200U) {
  }
  node->send(SIGTERM);
  EXPECT_EQ(client->read().status, 503U) << "the request itself is cancelled, and answered";
  EXPECT_EQ(node->wait().status, 4);
  EXPECT_TRUE(has(log(),
                  "abandoned: drain: statements (GET /v1/admin/money "
                  "request_id=the-stuck-one)"))
      << log();
  EXPECT_TRUE(has(log(), "stopped; abandoned: drain: statements")) << log();
}

TEST_F(stuck, in_a_commit_ends_in_time_with_status_4_and_names_it) {
  start("commit");
  const std::string to = open_account(*node);
  client->send(deposit(node->admin_token(), to, id_of(0, 0)).text());
  while (call(*node, {"GET", "/readyz"}).status != 200U) {
  }
  node->send(SIGTERM);
  const reply r = client->read();
  EXPECT_EQ(r.status, 503U);
  EXPECT_EQ(r.text("outcome"), "unknown");
  EXPECT_EQ(node->wait().status, 4);
  EXPECT_TRUE(has(log(), "commits in the store: 1")) << log();
}

}  // namespace
}  // namespace bank::end_to_end
