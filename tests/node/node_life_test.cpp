#include <gtest/gtest.h>

#include "bank/node/node.hpp"
#include "bank/storage/memory_ledger_store.hpp"
#include "bank/storage/memory_token_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "node/scratch_folder.hpp"

namespace bank::node {
namespace {

using texts = std::vector<std::string>;

stores in_memory() {
  return {std::make_unique<storage::memory_ledger_store>(),
          std::make_unique<storage::memory_token_store>()};
}

class node_life : public ::testing::Test {
 protected:
  node_life() {
    config.http.port = 0;
    config.demo = true;
  }

  std::string why_not(const configuration& c) {
    try {
      const node refused(c, in_memory(), folder.path(), stop);
      return "it started";
    } catch (const storage::startup_error& e) {
      return e.what();
    }
  }

  testing::scratch_folder folder;
  configuration config;
  stop_request stop{lifeline::background()};
};

TEST_F(node_life, starts_serves_and_stops) {
  node one(config, in_memory(), folder.path(), stop);
  EXPECT_EQ(one.unready(), "starting");
  EXPECT_NE(one.port(), 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "admin.token"));
  EXPECT_TRUE(std::filesystem::exists(folder / "demo.tokens"));
  one.serve();
  EXPECT_EQ(one.unready(), "");
  EXPECT_EQ(one.stop(), texts());
  EXPECT_EQ(one.unready(), "shutting down");
  EXPECT_FALSE(stop.asked());
}

TEST_F(node_life, stops_before_it_has_served) {
  node one(config, in_memory(), folder.path(), stop);
  EXPECT_EQ(one.stop(), texts());
}

TEST_F(node_life, that_is_called_off_does_not_start) {
  stop.ask(exit_status::clean, "SIGTERM");
  EXPECT_NE(why_not(config), "it started");
}

TEST_F(node_life, says_that_its_port_is_taken) {
  node first(config, in_memory(), folder.path(), stop);
  first.serve();
  configuration same = config;
  same.http.port = first.port();
  EXPECT_EQ(why_not(same), "port " + std::to_string(first.port()) +
                               " on 127.0.0.1 is taken: stop the other program or use --port 0");
}

TEST_F(node_life, says_that_its_address_is_not_there) {
  config.http.listen = "192.0.2.1";
  EXPECT_EQ(why_not(config),
            "192.0.2.1 is not an address of this machine: use --listen 127.0.0.1, or one that is");
}

TEST_F(node_life, says_that_the_store_does_not_answer) {
  auto kept = in_memory();
  static_cast<storage::memory_ledger_store&>(*kept.books).fail_fences();
  try {
    const node refused(config, std::move(kept), folder.path(), stop);
    FAIL() << "it started";
  } catch (const storage::startup_error& e) {
    EXPECT_TRUE(std::string(e.what()).starts_with("the ledger can't start: ")) << e.what();
  }
}

}  // namespace
}  // namespace bank::node
