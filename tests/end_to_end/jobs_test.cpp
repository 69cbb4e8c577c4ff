#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "api/http_client.hpp"
#include "end_to_end/programs.hpp"

namespace bank::end_to_end {
namespace {

using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;

reply call(const running_node& node, const ask_for& a) {
  http_client client(node.port());
  client.send(a.text());
  return client.read();
}

std::string submit(const running_node& node, const std::string& kind) {
  const reply r =
      call(node, {"POST", "/v1/jobs", node.admin_token(), R"({"kind":")" + kind + "\"}"});
  EXPECT_EQ(r.status, 202U) << r.body;
  return r.text("id");
}

std::string state_of(const running_node& node, const std::string& job) {
  return call(node, {"GET", "/v1/jobs/" + job, node.admin_token()}).text("state");
}

void expect_success(const running_node& node, const std::string& job) {
  std::string state;
  do {
    state = state_of(node, job);
    std::this_thread::yield();
  } while (state == "queued" || state == "running");
  EXPECT_EQ(state, "succeeded");
}

/// Enough accounts for a reconcile job to take a while.
void open_accounts(const running_node& node, int count) {
  http_client client(node.port());
  for (int i = 0; i < count; ++i) {
    client.send(ask_for{"POST", "/v1/accounts", node.admin_token(),
                        R"({"type":"checking","currency":"USD","owner":"alice"})"}
                    .text());
    EXPECT_EQ(client.read().status, 201U);
  }
}

TEST(jobs, that_run_when_the_node_is_told_to_stop_end_or_go_on_at_the_next_start) {
  const scratch_folder scratch;
  std::optional<running_node> node(std::in_place, scratch / "data", scratch / "node.log");
  open_accounts(*node, 1'000);
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) all.push_back(submit(*node, i % 2 == 0 ? "verify" : "reconcile"));
  node->send(SIGTERM);
  EXPECT_EQ(node->wait().status, 0) << read_text(scratch / "node.log");
  node.emplace(scratch / "data", scratch / "node.log");
  for (const auto& job : all) expect_success(*node, job);
  node->send(SIGTERM);
  EXPECT_EQ(node->wait().status, 0) << read_text(scratch / "node.log");
}

TEST(jobs, that_a_crash_cuts_off_go_on_at_the_next_start) {
  const scratch_folder scratch;
  std::optional<running_node> node(std::in_place, scratch / "data", scratch / "node.log");
  open_accounts(*node, 300);
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) all.push_back(submit(*node, "verify"));
  node->send(SIGKILL);
  node->wait();
  node.emplace(scratch / "data", scratch / "node.log");
  for (const auto& job : all) expect_success(*node, job);
}

}  // namespace
}  // namespace bank::end_to_end
