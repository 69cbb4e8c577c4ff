#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "api/http_client.hpp"
#include "bank/node/node.hpp"
#include "bank/storage/memory/ledger_store.hpp"
#include "bank/storage/memory/request_store.hpp"
#include "bank/storage/memory/token_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/work/memory_job_store.hpp"
#include "node/scratch_folder.hpp"
#include "observe/promtool.hpp"
#include "storage/redis_server.hpp"

namespace bank::node {
namespace {

using texts = std::vector<std::string>;

stores in_memory() {
  return {std::make_unique<storage::memory_ledger_store>(),
          std::make_unique<storage::memory_token_store>(),
          std::make_unique<lifeline::memory_job_store>(),
          {},
          {},
          std::make_unique<storage::memory_request_store>()};
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

  std::string admin_token() {
    std::ifstream file(folder / "admin.token");
    std::string token;
    file >> token;
    return token;
  }
  api::testing::reply get(const node& one, const std::string& target) {
    api::testing::http_client client(one.port());
    client.send(api::testing::ask_for{"GET", target, admin_token()}.text());
    return client.read();
  }

  /// Stops the node; returns what could not be stopped.
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
  EXPECT_EQ(one.ready().status, api::node_status::starting);
  EXPECT_NE(one.port(), 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "admin.token"));
  EXPECT_TRUE(std::filesystem::exists(folder / "demo.tokens"));
  one.serve();
  EXPECT_EQ(one.ready().reason, "");
  EXPECT_EQ(abandoned(), texts());
  EXPECT_EQ(one.ready().status, api::node_status::shutting_down);
  EXPECT_FALSE(stop.asked());
  // After the phases the node still answers health checks until it is destroyed.
  api::testing::reply ready = get(one, "/readyz");
  EXPECT_EQ(ready.status, 503U);
  EXPECT_EQ(ready.code(), "shutting_down");
  EXPECT_EQ(get(one, "/livez").status, 200U);
  EXPECT_EQ(get(one, "/metrics").status, 200U);
  EXPECT_EQ(get(one, "/v1/accounts").code(), "shutting_down");
}

TEST_F(node_life, has_a_tree_whose_story_can_be_read) {
  config.cache.shards = 1;
  config.ledger.directory_shards = config.ledger.processors = 1;
  node one(config, in_memory(), folder.path(), stop, sequence);
  one.serve();
  texts lines;
  for (const auto& e : one.history().read()) lines.push_back(words_of(e));
  EXPECT_EQ(lines, (texts{"node: journal started", "node/ledger: barrier started",
                          "node/ledger: directory 0 started", "node/ledger: processor 0 started",
                          "node/ledger: standing orders started", "node: ledger started",
                          "node: rate_limiter started", "node/cache: shard 0 started",
                          "node: cache started", "node/background: standing orders started",
                          "node/background: due started", "node/background: housekeeping started",
                          "node/background: meter started", "node: background started",
                          "node: http started", "node: request_log started"}));
}

TEST_F(node_life, tells_prometheus_of_all_its_parts) {
  node one(config, in_memory(), folder.path(), stop, sequence);
  one.serve();
  EXPECT_EQ(get(one, "/v1/accounts").status, 200U);
  std::string text;
  while (text.find("bank_money_sum_minor{currency=\"USD\"} 0") == std::string::npos) {
    std::this_thread::yield();  // the meter's first round begins at once
    text = get(one, "/metrics").body;
  }
  EXPECT_EQ(lifeline::testing::complaints_about(text), "");
  for (const char* name :
       {"bank_transfer_durable_seconds_count", "bank_journal_batch_entries_sum",
        "bank_store_calls_total{operation=\"list_accounts\",outcome=\"answered\"} ",
        "bank_store_call_duration_seconds_bucket",
        "lifeline_actor_messages_total{kind=\"account\"}",
        "lifeline_actor_mailbox_depth_bucket{kind=\"journal\"",
        "lifeline_actor_handler_duration_seconds_count{kind=\"transaction_processor\"}",
        "bank_cache_requests_total{result=\"hit\"}",
        "bank_rate_limit_requests_total{outcome=\"refused_caller\"}",
        "lifeline_supervision_events_total{event=\"start\"}", "bank_jobs_running 0",
        "bank_chain_verified_sequence 0", "bank_money_oldest_hold_seconds 0",
        "lifeline_messages_in_flight{where=\"ledger\"}", "bank_request_log_waiting_rows"})
    EXPECT_NE(text.find(name), std::string::npos) << name;
  EXPECT_EQ(abandoned(), texts());
}

/// Every metric named in a file of `config/`.
std::set<std::string> metrics_in(const std::string& file) {
  std::ifstream in(std::string(BANK_CONFIG_DIR) + file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto is_part = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  std::set<std::string> names;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if(at, text.end(), is_part);
    at = std::find_if_not(begin, text.end(), is_part);
    std::string name(begin, at);
    if (!name.starts_with("bank_") && !name.starts_with("lifeline_")) continue;
    for (const std::string_view of_histogram : {"_bucket", "_sum", "_count"})
      if (name.ends_with(of_histogram)) {
        name.resize(name.size() - of_histogram.size());
        break;
      }
    names.insert(std::move(name));
  }
  return names;
}

TEST_F(node_life, tells_all_that_the_alerts_and_the_dashboard_ask_for) {
  node one(config, in_memory(), folder.path(), stop, sequence,
           [] { return std::uint64_t{0}; });  // lines that the program's log has dropped
  one.serve();
  EXPECT_EQ(get(one, "/v1/accounts").status, 200U);
  std::string text;
  while (text.find("bank_money_sum_minor{") == std::string::npos) {
    std::this_thread::yield();
    text = get(one, "/metrics").body;
  }
  for (const std::string file : {"/prometheus/alerts.yml", "/grafana/bank-node.json"}) {
    const auto names = metrics_in(file);
    EXPECT_GT(names.size(), 9U) << file;
    for (const std::string& name : names)
      EXPECT_NE(text.find("\n# TYPE " + name + ' '), std::string::npos) << name << " in " << file;
  }
}

TEST_F(node_life, writes_down_every_request_before_it_ends) {
  auto kept = in_memory();
  auto& log = static_cast<storage::memory_request_store&>(*kept.requests);
  config.observe.log_linger = std::chrono::minutes(1);
  node one(config, std::move(kept), folder.path(), stop, sequence);
  one.serve();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(get(one, "/livez").status, 200U);
  EXPECT_EQ(abandoned(), texts());
  EXPECT_EQ(log.rows().size(), 100U);
}

TEST_F(node_life, serves_although_its_request_log_is_away) {
  auto kept = in_memory();
  static_cast<storage::memory_request_store&>(*kept.requests).fail_adds();
  config.observe.log_linger = std::chrono::milliseconds(0);
  config.observe.log_queue = 10;
  node one(config, std::move(kept), folder.path(), stop, sequence);
  one.serve();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(get(one, "/v1/accounts").status, 200U);
  while (get(one, "/v1/admin/requests").json().at("dropped_rows").as_int64() < 20)
    std::this_thread::yield();
  EXPECT_EQ(abandoned(), texts());
}

TEST_F(node_life, shows_its_tree_and_its_configuration) {
  config.postgres.url = "postgresql://user:secret@host/bank";
  node one(config, in_memory(), folder.path(), stop, sequence);
  one.serve();
  const auto tree = get(one, "/v1/admin/actors").json().at("tree").as_array();
  texts paths;
  for (const auto& member : tree) {
    paths.emplace_back(member.at("path").as_string());
    EXPECT_EQ(member.at("state").as_string(), "running") << paths.back();
  }
  for (const char* path : {"node/journal", "node/ledger/processor 0", "node/request_log"})
    EXPECT_NE(std::ranges::find(paths, path), paths.end()) << path;
  const auto set = get(one, "/v1/admin/config");
  EXPECT_EQ(set.json().at("postgres").at("url").as_string(), "***");
  EXPECT_EQ(set.json().at("http").at("threads").as_int64(), 1);
  EXPECT_EQ(set.body.find("secret"), std::string::npos);
}

TEST_F(node_life, keeps_what_was_read_in_redis_too) {
  storage::tests::redis_server redis({"--requirepass", "s3cret"});
  config.cache.redis_url = "unix://:s3cret@" + redis.socket();
  config.cache.redis_timeout = std::chrono::seconds(20);
  config.cache.entries = config.cache.shards = 1;
  {
    node one(config, in_memory(), folder.path(), stop, sequence);
    one.serve();
    std::string text;
    while (text.find("bank_cache_redis_connects_total 1") == std::string::npos) {
      std::this_thread::yield();
      text = get(one, "/metrics").body;
    }
    EXPECT_EQ(lifeline::testing::complaints_about(text), "");
    EXPECT_NE(text.find("bank_cache_redis_breaker_state{state=\"closed\"} 1"), std::string::npos);
    const auto accounts = get(one, "/v1/accounts").rows();
    ASSERT_GE(accounts.size(), 2U);
    const auto page = [&](std::size_t i) {
      return get(one, "/v1/accounts/" + std::string(accounts[i].at("id").as_string()) + "/history");
    };
    EXPECT_EQ(page(0).field("cache-status"), "bank-node; fwd=miss; stored");
    page(1);
    EXPECT_TRUE(page(0).field("cache-status").ends_with("; detail=redis"));
    text = get(one, "/metrics").body;
    EXPECT_NE(text.find("bank_cache_redis_requests_total{result=\"hit\"} 1"), std::string::npos);
    EXPECT_NE(text.find("bank_cache_requests_total{result=\"redis\"} 1"), std::string::npos);
    EXPECT_EQ(get(one, "/v1/admin/overview").json().at("cache").at("redis").as_int64(), 1);
    const auto set = get(one, "/v1/admin/config");
    EXPECT_EQ(set.json().at("cache").at("redis_url").as_string(), "***");
    EXPECT_EQ(set.body.find("s3cret"), std::string::npos);
    EXPECT_EQ(abandoned(), texts());
  }
  EXPECT_EQ(redis.ask({"PING"}), "PONG");
}

TEST_F(node_life, serves_although_its_redis_is_not_there) {
  config.cache.redis_url = "unix:///nowhere/at/all";
  node one(config, in_memory(), folder.path(), stop, sequence);
  one.serve();
  EXPECT_EQ(one.ready().reason, "");
  EXPECT_EQ(get(one, "/v1/accounts").status, 200U);
  std::string text;
  while (text.find("bank_cache_redis_breaker_state{state=\"closed\"} 0") == std::string::npos) {
    std::this_thread::yield();
    text = get(one, "/metrics").body;
  }
  EXPECT_EQ(abandoned(), texts());
}

TEST_F(node_life, that_is_not_watched_serves_all_the_same) {
  config.observe.enabled = false;
  node one(config, in_memory(), folder.path(), stop, sequence);
  one.serve();
  EXPECT_EQ(get(one, "/v1/accounts").status, 200U);
  EXPECT_EQ(get(one, "/metrics").status, 404U);
  EXPECT_EQ(abandoned(), texts());
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
  EXPECT_EQ(why_not(same),
            "port " + std::to_string(first.port()) +
                " on 127.0.0.1 is in use: stop the other program, or use --port 0 for a free port");
}

TEST_F(node_life, says_that_its_address_is_not_there) {
  config.http.listen = "192.0.2.1";
  EXPECT_EQ(why_not(config),
            "192.0.2.1 is not an address of this machine: use --listen 127.0.0.1, or another of "
            "its addresses");
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
