#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <thread>

#include "api/http_client.hpp"
#include "end_to_end/programs.hpp"

// A real node at the limits of its machine, and with unexpected signals: failures are reported and
// affect nothing else.

namespace bank::end_to_end {
namespace {

using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;

class limits : public ::testing::Test {
 protected:
  reply call(const ask_for& a) const {
    http_client client(node.port());
    client.send(a.text());
    return client.read();
  }
  reply read(const std::string& path) const { return call({"GET", path, node.admin_token()}); }
  reply deposit(const std::string& to) const {
    return call({"POST", "/v1/transfers", node.admin_token(),
                 R"({"from":"world","amount":1,"currency":"USD","to":")" + to + "\"}",
                 "X-Request-Timeout-Ms: 1000\r\n"});
  }
  std::string open_account() const {
    return call({"POST", "/v1/accounts", node.admin_token(),
                 R"({"type":"checking","currency":"USD","owner":"alice"})"})
        .text("id");
  }
  bool log_has(const std::string& part) const {
    return read_text(scratch / "node.log").find(part) != std::string::npos;
  }
  void set_limit(__rlimit_resource what, rlim_t soft) {
    rlimit now{};
    ASSERT_EQ(::prlimit(node.pid(), what, nullptr, &now), 0);
    now.rlim_cur = soft == RLIM_INFINITY ? now.rlim_max : soft;
    ASSERT_EQ(::prlimit(node.pid(), what, &now, nullptr), 0);
  }
  /// A limit under which the node can open no more files.
  rlim_t first_free_descriptor() const {
    const std::string all = "/proc/" + std::to_string(node.pid()) + "/fd/";
    rlim_t n = 0;
    while (std::filesystem::is_symlink(all + std::to_string(n))) ++n;
    return n;
  }

  const scratch_folder scratch;
  running_node node{scratch / "data", scratch / "node.log"};
};

TEST_F(limits, a_hang_up_of_the_terminal_stops_the_node_in_order) {
  node.send(SIGHUP);
  EXPECT_EQ(node.wait().status, 0) << read_text(scratch / "node.log");
  EXPECT_TRUE(log_has("stopping: SIGHUP"));
}

TEST_F(limits, signals_that_mean_nothing_to_the_node_do_nothing) {
  node.send(SIGUSR1);
  node.send(SIGUSR2);
  EXPECT_EQ(read("/readyz").status, 200U);
  node.send(SIGTERM);
  EXPECT_EQ(node.wait().status, 0);
}

TEST_F(limits, a_stop_of_an_idle_node_warns_of_nothing) {
  EXPECT_NE(open_account(), "");
  node.send(SIGTERM);
  EXPECT_EQ(node.wait().status, 0);
  EXPECT_FALSE(log_has("[warning]")) << read_text(scratch / "node.log");
  EXPECT_FALSE(log_has("[error]")) << read_text(scratch / "node.log");
}

TEST_F(limits, a_client_for_whom_no_descriptor_is_free_is_answered_and_the_log_says_why) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer needs descriptors of its own: without one it ends the node";
#endif
  http_client kept(node.port());
  const ask_for metrics{"GET", "/metrics", node.admin_token()};
  kept.send(metrics.text());
  ASSERT_EQ(kept.read().status, 200U);
  set_limit(RLIMIT_NOFILE, first_free_descriptor());
  for (int i = 0; i < 3; ++i) {
    const reply refused = call({"GET", "/livez"});
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.code(), "overloaded");
    EXPECT_EQ(refused.field("retry-after"), "1");
    EXPECT_NE(refused.field("x-request-id"), "");
  }
  kept.send(metrics.text());
  EXPECT_NE(kept.read().body.find("bank_http_accept_failures_total 3"), std::string::npos);
  set_limit(RLIMIT_NOFILE, RLIM_INFINITY);
  EXPECT_EQ(read("/readyz").status, 200U);
  EXPECT_TRUE(log_has("cannot accept connections (Too many open files)"));
}

/// A file size limit simulates a full disk without a file system of its own.
TEST_F(limits, a_full_disk_is_named_refuses_writes_and_leaves_reads) {
  const std::string account = open_account();
  ASSERT_EQ(deposit(account).status, 201U);
  set_limit(RLIMIT_FSIZE, 1);
  EXPECT_GE(deposit(account).status, 503U);
  while (read("/readyz").status != 503U) std::this_thread::yield();
  for (int i = 0; i < 200; ++i) {  // its state must not flap
    ASSERT_EQ(read("/readyz").status, 503U) << i;
    ASSERT_EQ(read("/v1/accounts/" + account).status, 200U) << i;
    const reply still = deposit(account);
    ASSERT_EQ(still.status, 503U) << i;
    ASSERT_EQ(still.text("outcome"), "none") << still.body;
  }
  EXPECT_NE(read("/readyz").text("detail").find("cannot be written to"), std::string::npos);

  set_limit(RLIMIT_FSIZE, RLIM_INFINITY);
  while (read("/readyz").status != 200U) std::this_thread::yield();
  EXPECT_EQ(deposit(account).status, 201U);
  const auto balance = read("/v1/accounts/" + account).json().at("balance").as_object();
  EXPECT_EQ(balance.at("posted").to_number<int>(), 2);
  EXPECT_TRUE(log_has("the store can be written to again")) << read_text(scratch / "node.log");
}

}  // namespace
}  // namespace bank::end_to_end
