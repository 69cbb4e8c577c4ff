#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "api/http_client.hpp"
#include "end_to_end/programs.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::end_to_end {
namespace {

using api::testing::ask_for;
using api::testing::http_client;

constexpr int tellers = 4;

std::string id_of(int teller, int n) {
  return lifeline::ledger::uuid::derive({"told", std::to_string(teller), std::to_string(n)}).str();
}

/// Subscribes to the ledger's events and resumes after the last one when the connection breaks,
/// until it has all expected events.
class follower {
 public:
  follower(std::uint16_t port, std::string token) : port_(port), token_(std::move(token)) {}

  void follow_until(const std::atomic<bool>& enough) {
    while (!enough) {
      try {
        follow_once(enough);
      } catch (const std::exception&) {
        std::this_thread::yield();  // no node listens now
      }
    }
  }
  /// Number of events per transfer.
  const std::map<std::string, int>& heard() const { return heard_; }
  int connections() const { return connections_; }
  std::uint64_t last() const { return last_; }

 private:
  void follow_once(const std::atomic<bool>& enough) {
    http_client c(port_);
    c.send(ask_for{"GET",
                   "/v1/events?topics=transfers,accounts",
                   token_,
                   {},
                   "Last-Event-ID: " + std::to_string(last_) + "\r\n"}
               .text());
    if (c.read().status != 200) return;
    ++connections_;
    while (!enough) {
      const std::string text = c.until("\n\n");
      if (text.empty()) return;
      if (text.starts_with("id: ")) hear(text);
      EXPECT_FALSE(text.starts_with("event: gap")) << text;
    }
  }
  void hear(const std::string& text) {
    const std::uint64_t id = std::stoull(text.substr(4));
    EXPECT_EQ(id, ++last_);
    const auto data = boost::json::parse(text.substr(text.find("data: ") + 6)).as_object();
    ++heard_[std::string(data.at("id").as_string())];
  }

  const std::uint16_t port_;
  const std::string token_;
  std::atomic<std::uint64_t> last_{0};
  int connections_ = 0;
  std::map<std::string, int> heard_;
};

/// Makes deposits until the node dies; returns the acknowledged ids.
std::set<std::string> deposit(std::uint16_t port, const std::string& token, const std::string& to,
                              int teller, int& n, int until, std::atomic<int>& acknowledged) {
  std::set<std::string> done;
  http_client client(port);
  for (; n < until; ++n) {
    client.send(ask_for{"POST", "/v1/transfers", token,
                        R"({"from":"world","amount":1,"currency":"USD","to":")" + to +
                            R"(","id":")" + id_of(teller, n) + "\"}"}
                    .text());
    if (client.read().status != 201) return done;
    done.insert(id_of(teller, n));
    ++acknowledged;
  }
  return done;
}

struct load {
  std::uint16_t port = 0;
  std::string token;
  std::string account;
  std::atomic<int> acknowledged{0};
  int next[tellers] = {};
  std::set<std::string> done[tellers];

  std::vector<std::thread> begin(int until) {
    std::vector<std::thread> threads;
    for (int t = 0; t < tellers; ++t)
      threads.emplace_back([this, t, until] {
        done[t].merge(deposit(port, token, account, t, next[t], until, acknowledged));
      });
    return threads;
  }
};

TEST(events, reach_a_client_that_comes_back_once_each_across_a_kill_under_load) {
  const scratch_folder scratch;
  std::optional<running_node> node(std::in_place, scratch / "data", scratch / "node.log");
  load l;
  l.port = node->port();
  l.token = node->admin_token();
  http_client first(l.port);
  first.send(ask_for{"POST", "/v1/accounts", l.token,
                     R"({"type":"checking","currency":"USD","owner":"alice"})"}
                 .text());
  l.account = first.read().text("id");

  follower f(l.port, l.token);
  std::atomic<bool> enough{false};
  std::thread following([&] { f.follow_until(enough); });
  for (int kills = 1; kills <= 2; ++kills) {
    const int enough_for_now = l.acknowledged + 300;
    auto threads = l.begin(1'000'000);
    while (l.acknowledged < enough_for_now) std::this_thread::yield();
    node->send(SIGKILL);
    node->wait();
    for (auto& t : threads) t.join();
    node.emplace(scratch / "data", scratch / "node.log", l.port);
  }
  const auto last = node->ledger_sequence();
  while (last && f.last() < static_cast<std::uint64_t>(*last)) std::this_thread::yield();
  enough = true;
  node->send(SIGTERM);
  EXPECT_EQ(node->wait().status, 0) << read_text(scratch / "node.log");
  following.join();

  ASSERT_TRUE(last);
  EXPECT_GE(f.connections(), 2);
  for (const auto& done : l.done)
    for (const auto& id : done) EXPECT_TRUE(f.heard().contains(id)) << id << " was acknowledged";
  for (const auto& [id, times] : f.heard()) EXPECT_EQ(times, 1) << id;
  EXPECT_EQ(static_cast<std::int64_t>(f.heard().size()), *last);
}

}  // namespace
}  // namespace bank::end_to_end
