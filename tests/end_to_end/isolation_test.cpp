#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/http_client.hpp"
#include "end_to_end/programs.hpp"

// A real node at its defaults beside hostile clients: others are served, and its memory stays
// bounded.

namespace bank::end_to_end {
namespace {

using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;

class isolation : public ::testing::Test {
 protected:
  isolation() {
    mallory = call({"POST", "/v1/admin/tokens", admin, R"({"role":"customer","owner":"mallory"})"})
                  .text("secret");
    account = open("mallory");
  }

  reply call(const ask_for& a) {
    if (!kept) kept = std::make_unique<http_client>(node.port());
    kept->send(a.text());
    reply r = kept->read();
    if (r.status == 0 || r.field("connection") == "close") kept.reset();
    return r;
  }
  std::string open(const std::string& owner) {
    return call({"POST", "/v1/accounts", admin,
                 R"({"type":"checking","currency":"USD","owner":")" + owner + "\"}"})
        .text("id");
  }
  /// An honest caller reads and writes as if it were alone.
  void expect_others_are_served(int times) {
    const std::string mine = open("alice");
    for (int i = 0; i < times; ++i) {
      EXPECT_EQ(call({"GET", "/v1/accounts/" + mine, admin}).status, 200U);
      EXPECT_EQ(call({"POST", "/v1/transfers", admin,
                      R"({"from":"world","amount":1,"currency":"USD","to":")" + mine + "\"}"})
                    .status,
                201U);
    }
  }
  /// 40 MB of statement.
  void fill_the_statement() {
    std::string note = R"("metadata":{)";
    for (int i = 0; i < 20; ++i)
      note += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"" + std::string(500, 'x') + '"';
    const std::string item =
        R"({"from":"world","amount":1,"currency":"USD",)" + note + R"(},"to":")" + account + "\"}";
    for (int batch = 0; batch < 8; ++batch) {
      std::string all;
      for (int i = 0; i < 500; ++i) all += (i > 0 ? "," : "") + item;
      ASSERT_EQ(
          call({"POST", "/v1/transfers/batch", admin, R"({"transfers":[)" + all + "]}"}).status,
          200U);
    }
  }
  /// More memory than an attack may take, in MiB; the address sanitizer keeps what was freed.
#ifdef __SANITIZE_ADDRESS__
  static constexpr std::size_t much = 1'000;
#else
  static constexpr std::size_t much = 200;
#endif
  /// The most memory that the node has used so far, in MiB.
  std::size_t peak_memory() const {
    std::ifstream status("/proc/" + std::to_string(node.pid()) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) / 1024;
    return 0;
  }

  const scratch_folder scratch;
  running_node node{scratch / "data", scratch / "node.log"};
  const std::string admin = node.admin_token();
  std::unique_ptr<http_client> kept;
  std::string mallory;
  std::string account;
};

TEST_F(isolation, statements_that_nobody_reads_take_bounded_memory) {
  fill_the_statement();
  const std::size_t before = peak_memory();
  std::vector<std::unique_ptr<http_client>> unread;
  for (int i = 0; i < 30; ++i) {
    unread.push_back(std::make_unique<http_client>(node.port(), 4'096));
    unread.back()->send(ask_for{"GET", "/v1/accounts/" + account + "/statement", mallory}.text());
  }
  expect_others_are_served(50);
  // All at once they would be 1,200 MiB.
  EXPECT_LT(peak_memory(), before + much);
  unread.clear();
  expect_others_are_served(1);
}

TEST_F(isolation, floods_without_a_token_keep_nobody_waiting_for_ever) {
  const std::size_t before = peak_memory();
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += ask_for{"GET", i % 2 ? "/livez" : "/metrics"}.text();
  std::vector<std::thread> attackers;
  std::atomic<bool> over{false};
  for (int i = 0; i < 4; ++i) {
    attackers.emplace_back([&] {
      std::vector<std::unique_ptr<http_client>> unread;
      while (!over) {
        unread.push_back(std::make_unique<http_client>(node.port(), 4'096));
        unread.back()->send(flood);
        if (unread.size() == 50) unread.clear();
      }
    });
  }
  expect_others_are_served(100);
  over = true;
  for (auto& a : attackers) a.join();
  EXPECT_LT(peak_memory(), before + much);
}

}  // namespace
}  // namespace bank::end_to_end
