#include <gtest/gtest.h>

#include <fstream>

#include "api/http_client.hpp"
#include "bank/node/node.hpp"
#include "bank/storage/memory_ledger_store.hpp"
#include "bank/storage/memory_token_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/work/memory_job_store.hpp"
#include "node/scratch_folder.hpp"

namespace bank::node {
namespace {

using texts = std::vector<std::string>;

stores in_memory() {
  return {std::make_unique<storage::memory_ledger_store>(),
          std::make_unique<storage::memory_token_store>(),
          std::make_unique<lifeline::memory_job_store>()};
}

class node_life : public ::testing::Test {
 protected:
  node_life() {
    config.http.port = 0;
    config.demo = true;
  }

  std::string why_not(const configuration& c) {
    try {
      const node refused(c, in_memory(), folder.path(), stop, sequence);
      return "it started";
    } catch (const storage::startup_error& e) {
      return e.what();
    }
  }

  /// Stops in order; what could not be.
  texts abandoned() {
    sequence.begin(std::chrono::seconds(10));
    wait(sequence.over());
    return sequence.result().abandoned;
  }

  testing::scratch_folder folder;
  configuration config;
  stop_request stop{lifeline::background()};
  lifeline::shutdown_sequence sequence{lifeline::background(), lifeline::server_shutdown_phases()};
};

TEST_F(node_life, starts_serves_and_stops) {
  node one(config, in_memory(), folder.path(), stop, sequence);
  EXPECT_EQ(one.unready(), "starting");
  EXPECT_NE(one.port(), 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "admin.token"));
  EXPECT_TRUE(std::filesystem::exists(folder / "demo.tokens"));
  one.serve();
  EXPECT_EQ(one.unready(), "");
  EXPECT_EQ(abandoned(), texts());
  EXPECT_EQ(one.unready(), "shutting down");
  EXPECT_FALSE(stop.asked());
}

TEST_F(node_life, has_a_tree_whose_story_can_be_read) {
  config.cache.shards = 1;
  config.ledger.directory_shards = config.ledger.processors = config.ledger.group_processors = 1;
  node one(config, in_memory(), folder.path(), stop, sequence);
  one.serve();
  texts lines;
  for (const auto& e : one.history().read()) lines.push_back(words_of(e));
  EXPECT_EQ(lines, (texts{"node: journal started", "node/ledger: barrier started",
                          "node/ledger: directory 0 started", "node/ledger: processor 0 started",
                          "node/ledger: group processor 0 started",
                          "node/ledger: standing orders started", "node: ledger started",
                          "node: rate_limiter started", "node/cache: shard 0 started",
                          "node: cache started", "node/background: standing orders started",
                          "node/background: due started", "node/background: housekeeping started",
                          "node: background started", "node: http started"}));
}

TEST_F(node_life, ends_as_failed_when_another_journal_takes_over_its_store) {
  auto kept = in_memory();
  auto& books = *kept.books;
  node one(config, std::move(kept), folder.path(), stop, sequence);
  one.serve();
  ASSERT_TRUE(books.fence(lifeline::background()));  // as another node would
  std::ifstream file(folder / "admin.token");
  std::string token;
  file >> token;
  api::testing::http_client client(one.port());
  client.send(api::testing::ask_for{"POST", "/v1/accounts", token,
                                    R"({"type":"checking","currency":"USD"})"}
                  .text());
  EXPECT_EQ(client.read().status, 503U);
  wait(stop.ctx());
  EXPECT_EQ(stop.how(), exit_status::failed);
  EXPECT_EQ(stop.why(), "another journal has taken over the store");
}

TEST_F(node_life, stops_before_it_has_served) {
  node one(config, in_memory(), folder.path(), stop, sequence);
  EXPECT_EQ(abandoned(), texts());
}

TEST_F(node_life, that_is_called_off_does_not_start) {
  stop.ask(exit_status::clean, "SIGTERM");
  EXPECT_NE(why_not(config), "it started");
}

TEST_F(node_life, says_that_its_port_is_taken) {
  node first(config, in_memory(), folder.path(), stop, sequence);
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
    const node refused(config, std::move(kept), folder.path(), stop, sequence);
    FAIL() << "it started";
  } catch (const storage::startup_error& e) {
    EXPECT_TRUE(std::string(e.what()).starts_with("the ledger can't start: ")) << e.what();
  }
}

}  // namespace
}  // namespace bank::node
