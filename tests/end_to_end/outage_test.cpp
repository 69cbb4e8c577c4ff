#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <iostream>
#include <thread>

#include "api/http_client.hpp"
#include "bank/storage/postgres/session.hpp"
#include "driver/proxy/fault_proxy.hpp"
#include "end_to_end/programs.hpp"
#include "lifeline/ledger/values/uuid.hpp"
#include "storage/postgres_server.hpp"

// A real node under load while its store fails in every way that can be caused from outside. After
// each fault no acknowledged transfer is lost and none is booked twice.

namespace bank::end_to_end {
namespace {

using namespace std::chrono_literals;
using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;
using driver::proxy::fault_proxy;
using driver::proxy::unix_target;
using storage::tests::postgres_server;

constexpr int tellers = 6;

/// Deposits of 1 each, repeated with the same id until acknowledged. An account's balance must be
/// the number of ids.
class teller {
 public:
  teller(std::uint16_t port, std::string token, std::string account, int number)
      : port_(port), token_(std::move(token)), account_(std::move(account)), number_(number) {}

  void work(const std::atomic<bool>& enough) {
    std::optional<http_client> client;
    while (!enough) {
      try {
        if (!client) client.emplace(port_);
        const unsigned status = ask(*client);
        if (status == 0) client.reset();
        if (status == 201 || status == 200)
          ++acknowledged_;
        else
          std::this_thread::sleep_for(5ms);  // like a client with back-off
      } catch (const std::exception&) {
        client.reset();
        std::this_thread::sleep_for(5ms);
      }
    }
  }
  /// Repeats the last one until its outcome is known.
  void settle() {
    for (const int before = acknowledged_; acknowledged_ == before;) {
      http_client client(port_);
      const unsigned status = ask(client);
      if (status == 201 || status == 200) ++acknowledged_;
    }
  }
  int acknowledged() const { return acknowledged_; }
  int refused() const { return refused_; }

 private:
  unsigned ask(http_client& client) {
    const auto id = lifeline::ledger::uuid::derive(
        {"outage", std::to_string(number_), std::to_string(acknowledged_.load())});
    client.send(ask_for{"POST", "/v1/transfers", token_,
                        R"({"from":"world","amount":1,"currency":"USD","to":")" + account_ +
                            R"(","id":")" + id.str() + "\"}",
                        "X-Request-Timeout-Ms: 3000\r\n"}
                    .text());
    const reply r = client.read();
    if (r.status == 0 || r.status == 201 || r.status == 200) return r.status;
    ++refused_;
    if (r.code() == "in_progress") return r.status;  // the earlier request may still end
    EXPECT_TRUE(r.status == 503 || r.status == 504 || r.status == 429) << r.status << r.body;
    EXPECT_FALSE(r.text("outcome").empty()) << r.body;
    return r.status;
  }

  const std::uint16_t port_;
  const std::string token_, account_;
  const int number_;
  std::atomic<int> acknowledged_{0};
  std::atomic<int> refused_{0};
};

/// The times until /readyz reported the outage and the recovery.
class readiness {
 public:
  explicit readiness(std::uint16_t port) : port_(port) {}
  bool ready() const {
    http_client client(port_);
    client.send(ask_for{"GET", "/readyz"}.text());
    return client.read().status == 200;
  }
  std::chrono::milliseconds until(bool wanted) const {
    const auto begin = std::chrono::steady_clock::now();
    while (ready() != wanted) std::this_thread::sleep_for(5ms);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin);
  }

 private:
  std::uint16_t port_;
};

class outage : public testing::Test {
 protected:
  void start(std::vector<std::string> options) {
    options_ = std::move(options);
    node_.emplace(BANK_NODE, options_, scratch_ / "data", log_);
    port_ = node_->port();
    token_ = node_->admin_token();
    http_client first(port_);
    first.send(ask_for{"POST", "/v1/accounts", token_,
                       R"({"type":"checking","currency":"USD","owner":"alice"})"}
                   .text());
    account_ = first.read().text("id");
    for (int t = 0; t < tellers; ++t) tellers_.emplace_back(port_, token_, account_, t);
    for (auto& t : tellers_) threads_.emplace_back([this, &t] { t.work(enough_); });
    make_progress(50);
  }
  void start_on(fault_proxy& proxy) {
    start({"--store", "postgres", "--postgres-url",
           "host=127.0.0.1 port=" + std::to_string(proxy.port()) +
               " user=bank dbname=postgres sslmode=disable " + search_path_,
           "--tokens-ttl-ms", "200"});
  }
  void kill_node_and_start_again() {
    node_->send(SIGKILL);
    node_->wait();
    node_.emplace(BANK_NODE, options_, scratch_ / "data", log_, port_);
  }

  int acknowledged() const {
    int sum = 0;
    for (const auto& t : tellers_) sum += t.acknowledged();
    return sum;
  }
  void make_progress(int more) const {
    for (const int goal = acknowledged() + more; acknowledged() < goal;)
      std::this_thread::sleep_for(1ms);
  }
  void report(const char* fault, std::chrono::milliseconds opened,
              std::chrono::milliseconds closed) {
    std::cout << fault << ": said not to be ready after " << opened.count()
              << " ms, ready again after " << closed.count() << " ms\n";
  }

  reply ask(const std::string& target) {
    http_client client(port_);
    client.send(ask_for{"GET", target, token_}.text());
    return client.read();
  }
  /// Ends the load; then the balances must be right, for the node and for verify.
  void expect_whole_books() {
    enough_ = true;
    for (auto& t : threads_) t.join();
    threads_.clear();
    for (auto& t : tellers_) t.settle();
    const reply account = ask("/v1/accounts/" + account_);
    ASSERT_EQ(account.status, 200U) << account.body << '\n' << read_text(log_);
    const auto balance = account.json().at("balance").at("posted").to_number<int>();
    EXPECT_EQ(balance, acknowledged());
    const auto money = ask("/v1/admin/money").json();
    for (const auto& c : money.at("currencies").as_array())
      EXPECT_EQ(c.at("sum").to_number<int>(), 0);
    node_->send(SIGTERM);
    EXPECT_EQ(node_->wait().status, 0) << read_text(log_);
    child_process::command verify{BANK_NODE,
                                  {"verify", "--data-dir", (scratch_ / "data").string()},
                                  scratch_ / "verify.log",
                                  {}};
    verify.arguments.insert(verify.arguments.end(), options_.begin(), options_.end());
    EXPECT_EQ(run_program(verify).status, 0) << read_text(scratch_ / "verify.log");
    int refused = 0;
    for (const auto& t : tellers_) refused += t.refused();
    std::cout << acknowledged() << " acknowledged, " << refused << " answers without success\n";
  }
  ~outage() override {
    enough_ = true;
    for (auto& t : threads_) t.join();
  }

  postgres_server& server_ = postgres_server::instance();
  const std::string url_ = server_.new_url();
  const std::string search_path_ = url_.substr(url_.find("options="));
  const scratch_folder scratch_;
  const std::filesystem::path log_ = scratch_ / "node.log";
  std::vector<std::string> options_;
  std::optional<running_node> node_;
  std::uint16_t port_ = 0;
  std::string token_, account_;
  std::deque<teller> tellers_;
  std::vector<std::thread> threads_;
  std::atomic<bool> enough_{false};
};

TEST_F(outage, of_the_whole_server_loses_and_doubles_nothing) {
  fault_proxy proxy(unix_target{server_.socket()});
  start_on(proxy);
  const readiness is(port_);
  for (int round = 0; round < 2; ++round) {
    server_.kill();
    const auto opened = is.until(false);
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(ask("/v1/admin/overview").status, 200U) << "who looks after the node is let in";
    server_.start();
    report("server killed", opened, is.until(true));
    make_progress(50);
  }
  expect_whole_books();
}

TEST_F(outage, of_one_backend_loses_and_doubles_nothing) {
  fault_proxy proxy(unix_target{server_.socket()});
  start_on(proxy);
  storage::postgres_session other(url_);
  for (int round = 0; round < 5; ++round) {
    other.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE state <> 'idle' AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
    make_progress(50);
  }
  expect_whole_books();
}

/// Connections are cut anywhere, also during a commit.
TEST_F(outage, of_connections_loses_and_doubles_nothing) {
  fault_proxy proxy(unix_target{server_.socket()});
  start_on(proxy);
  for (std::uint64_t bytes : {700U, 1'500U, 4'000U, 9'000U, 20'000U}) {
    proxy.cut_after(bytes);
    std::this_thread::sleep_for(300ms);
    proxy.pass();
    make_progress(20);
    for (int cut = 0; cut < 5; ++cut) {
      proxy.cut_now();
      make_progress(10);
    }
  }
  expect_whole_books();
}

TEST_F(outage, of_the_way_to_the_server_is_noticed_and_over_when_it_is_over) {
  fault_proxy proxy(unix_target{server_.socket()});
  start_on(proxy);
  const readiness is(port_);
  proxy.delay({200ms, 50ms});  // a commit takes seconds, and queries count as slow
  std::this_thread::sleep_for(3s);
  proxy.pass();
  is.until(true);
  make_progress(50);
  for (const auto length : {2'000ms, 30'000ms}) {
    proxy.black_hole();
    const auto opened = is.until(false);
    EXPECT_EQ(ask("/v1/admin/overview").status, 200U);
    std::this_thread::sleep_for(length - opened);
    proxy.pass();
    report("everything dropped", opened, is.until(true));
    make_progress(50);
  }
  proxy.down();
  const auto opened = is.until(false);
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(ask("/v1/admin/overview").status, 200U);
  proxy.pass();
  report("connections refused", opened, is.until(true));
  make_progress(50);
  expect_whole_books();
}

TEST_F(outage, of_the_node_itself_loses_and_doubles_nothing_in_postgres) {
  fault_proxy proxy(unix_target{server_.socket()});
  start_on(proxy);
  for (int round = 0; round < 2; ++round) {
    kill_node_and_start_again();
    make_progress(50);
  }
  expect_whole_books();
}

/// No file of the node may grow: a full disk for one process.
TEST_F(outage, of_the_disk_loses_and_doubles_nothing) {
  start({});
  const readiness is(port_);
  const rlimit full{4096, RLIM_INFINITY};
  const rlimit roomy{RLIM_INFINITY, RLIM_INFINITY};
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(::prlimit(node_->pid(), RLIMIT_FSIZE, &full, nullptr), 0);
    const auto opened = is.until(false);
    std::this_thread::sleep_for(500ms);
    ASSERT_EQ(::prlimit(node_->pid(), RLIMIT_FSIZE, &roomy, nullptr), 0);
    report("disk full", opened, is.until(true));
    make_progress(50);
  }
  expect_whole_books();
}

}  // namespace
}  // namespace bank::end_to_end
