#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <optional>
#include <thread>

#include "api/http_client.hpp"
#include "bank/node/node.hpp"
#include "bank/node/stores.hpp"
#include "bank/storage/files/data_dir.hpp"
#include "lifeline/context/watch.hpp"
#include "node/scratch_folder.hpp"

namespace bank::node {
namespace {

using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;
using std::chrono::milliseconds;

std::string in(milliseconds d) {
  const auto t = lifeline::process_clock().wall_now() + d;
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
  const std::time_t whole = s;
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(t.time_since_epoch().count() % 1000));
  return text;
}

/// A node on files that can be restarted.
class background_of_a_node : public ::testing::Test {
 protected:
  background_of_a_node() {
    config.http.port = 0;
    config.data_dir = (folder / "data").string();
    config.ledger.directory_shards = config.ledger.processors = 2;
    start();
  }
  ~background_of_a_node() override { end(); }

  void start() {
    sequence_.emplace(lifeline::background(), lifeline::server_shutdown_phases());
    dir_.emplace(config.data_dir);
    node_.emplace(config, open_stores(config, *dir_), dir_->path(), stop_, *sequence_);
    node_->serve();
    std::ifstream(dir_->path() / "admin.token") >> token_;
  }
  /// Stops the node; returns what could not be stopped.
  std::vector<std::string> end() {
    if (!node_) return {};
    sequence_->begin(std::chrono::seconds(20));
    wait(sequence_->over());
    auto abandoned = sequence_->result().abandoned;
    node_.reset();
    sequence_.reset();
    dir_.reset();
    return abandoned;
  }

  reply call(const ask_for& a) {
    http_client client(node_->port());
    client.send(a.text());
    return client.read();
  }
  reply get(const std::string& target) { return call({"GET", target, token_}); }
  reply post(const std::string& target, const std::string& body) {
    return call({"POST", target, token_, body});
  }
  std::string open() {
    return post("/v1/accounts", R"({"type":"checking","currency":"USD","owner":"alice"})")
        .text("id");
  }
  /// A transfer from the world; returns its id.
  std::string pay(const std::string& to, std::int64_t amount, const std::string& more) {
    const reply r =
        post("/v1/transfers", R"({"from":"world","to":")" + to + R"(","amount":)" +
                                  std::to_string(amount) + R"(,"currency":"USD")" + more + "}");
    EXPECT_EQ(r.status, 201U) << r.body;
    first_state_ = r.text("state");
    return r.text("id");
  }
  /// Waits until the condition holds; the test's time limit ends it otherwise.
  void wait_for(const std::string& target, const std::string& state) {
    while (get(target).text("state") != state) std::this_thread::yield();
  }
  /// A transfer of 5 from the world; returns its id.
  std::string stand(const std::string& to, const std::string& first_at, const std::string& every) {
    const reply r = post("/v1/standing-orders",
                         R"({"from":"world","to":")" + to + R"(","amount":5,"currency":"USD",)" +
                             R"("every":)" + every + R"(,"first_at":")" + first_at + "\"}");
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }
  std::int64_t occurrences(const std::string& order) {
    return get("/v1/standing-orders/" + order).json().at("occurrences").to_number<std::int64_t>();
  }
  /// While no node runs.
  template <class F>
  void with_books(F use) {
    storage::data_dir dir(config.data_dir);
    const auto kept = open_stores(config, dir);
    use(*kept.books);
  }
  std::int64_t posted(const std::string& account) {
    return get("/v1/accounts/" + account)
        .json()
        .at("balance")
        .at("posted")
        .to_number<std::int64_t>();
  }
  reply done(const std::string& job) {
    wait_for("/v1/jobs/" + job, "succeeded");
    return get("/v1/jobs/" + job);
  }

  testing::scratch_folder folder;
  configuration config;
  std::string first_state_;  ///< state of the last transfer, from its answer

 private:
  stop_request stop_{lifeline::background()};
  std::optional<lifeline::shutdown_sequence> sequence_;
  std::optional<storage::data_dir> dir_;
  std::optional<node> node_;
  std::string token_;
};

TEST_F(background_of_a_node, executes_what_is_scheduled_and_ends_holds_by_itself) {
  const std::string a = open();
  const std::string later = pay(a, 5, R"(,"execute_at":")" + in(milliseconds(300)) + "\"");
  EXPECT_EQ(first_state_, "scheduled");
  const std::string hold = pay(a, 7, R"(,"pending":true,"expires_in":1)");
  EXPECT_EQ(first_state_, "pending");
  wait_for("/v1/transfers/" + later, "posted");
  wait_for("/v1/transfers/" + hold, "expired");
  EXPECT_EQ(posted(a), 5);
}

TEST_F(background_of_a_node, catches_up_after_a_restart_without_doubling) {
  const std::string a = open();
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(pay(a, 1, R"(,"execute_at":")" + in(milliseconds(900)) + "\""));
  const std::string hold = pay(a, 7, R"(,"pending":true,"expires_in":1)");
  EXPECT_TRUE(end().empty());
  // They come due while no node runs.
  lifeline::wait_for(lifeline::background(), milliseconds(1'200));
  start();
  for (const auto& id : ids) wait_for("/v1/transfers/" + id, "posted");
  wait_for("/v1/transfers/" + hold, "expired");
  EXPECT_EQ(posted(a), 5);
  EXPECT_TRUE(end().empty());
  start();
  EXPECT_EQ(posted(a), 5);
}

TEST_F(background_of_a_node, pays_what_stands_by_itself) {
  const std::string a = open();
  const std::string now = stand(a, in(milliseconds(-30'000)), R"("day")");
  const std::string soon = stand(a, in(milliseconds(400)), R"("month")");
  for (const auto& id : {now, soon})
    while (occurrences(id) != 1) std::this_thread::yield();
  while (posted(a) != 10) std::this_thread::yield();
  const auto shown = get("/v1/standing-orders/" + now).json();
  EXPECT_EQ(shown.at("state").as_string(), "active");
  const auto made = get("/v1/transfers?state=posted").rows();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[1].at("kind").as_string(), "standing_order");
  EXPECT_EQ(made[1].at("execute_at"), shown.at("first_at"));
  EXPECT_EQ(made[1].at("metadata").at("standing_order").as_string(), now);
}

TEST_F(background_of_a_node, catches_up_with_what_stands_without_doubling) {
  const std::string a = open();
  const std::string b = open();
  pay(a, 250, "");
  EXPECT_TRUE(end().empty());
  // A standing order opened 99 days ago, with the node stopped since.
  const auto day = std::chrono::hours(24);
  using namespace lifeline::ledger;
  standing_order o;
  o.id = standing_order_id(uuid::derive({"order"}));
  o.seed = uuid::derive({"seed"});
  o.from = *account_id::parse(a);
  o.to = *account_id::parse(b);
  o.amount = {3, *currency::parse("USD")};
  o.schedule = {interval::day, lifeline::process_clock().wall_now() - 99 * day, {}};
  o.created_at = o.schedule.first_at;
  with_books([&](journal_store& books) {
    const auto epoch = books.fence(lifeline::background()).value();
    const auto r =
        books.commit({{epoch, 1}, lifeline::process_clock().wall_now(), {open_order_entry{o, {}}}});
    EXPECT_EQ(r.index(), 0U);
  });
  start();
  while (occurrences(o.id.str()) != 100) std::this_thread::yield();
  while (posted(b) != 249) std::this_thread::yield();
  // 83 could be paid; the others are rejected.
  while (!get("/v1/transfers?state=scheduled").rows().empty()) std::this_thread::yield();
  const auto rejected = get("/v1/transfers?state=rejected&limit=200").rows();
  EXPECT_EQ(rejected.size(), 17U);
  EXPECT_EQ(rejected.at(0).at("reason").as_string(), "insufficient_funds");
  EXPECT_TRUE(end().empty());
  start();
  EXPECT_EQ(occurrences(o.id.str()), 100);
  EXPECT_EQ(posted(a), 1);
  const auto verified = done(post("/v1/jobs", R"({"kind":"verify"})").text("id")).json();
  EXPECT_TRUE(verified.at("result").at("whole").as_bool());
}

TEST_F(background_of_a_node, verifies_reconciles_and_states) {
  const std::string a = open();
  for (int i = 0; i < 3; ++i) pay(a, 10, "");
  pay(a, 4, R"(,"pending":true)");
  const auto verified = done(post("/v1/jobs", R"({"kind":"verify"})").text("id")).json();
  EXPECT_TRUE(verified.at("result").at("whole").as_bool());
  EXPECT_TRUE(verified.at("result").at("break").is_null());
  const auto agreed = done(post("/v1/jobs", R"({"kind":"reconcile"})").text("id")).json();
  EXPECT_TRUE(agreed.at("result").at("agrees").as_bool());
  EXPECT_EQ(agreed.at("result").at("accounts").to_number<int>(), 2);
  EXPECT_EQ(agreed.at("result").at("moving").to_number<int>(), 0);
  const auto stated = [&](const std::string& format) {
    return done(post("/v1/jobs", R"({"kind":"statement","parameters":{"account":")" + a +
                                     R"(","format":")" + format + R"("}})")
                    .text("id"))
        .json();
  };
  const auto json = stated("json");
  EXPECT_EQ(json.at("result").at("statement").at("data").as_array().size(), 3U);
  EXPECT_EQ(json.at("result").at("statement").at("closing_balance").to_number<int>(), 30);
  const std::string csv(stated("csv").at("result").at("text").as_string());
  EXPECT_TRUE(csv.starts_with("row,sequence,")) << csv;
}

TEST_F(background_of_a_node, keeps_jobs_and_their_results_over_a_restart) {
  const std::string id = post("/v1/jobs", R"({"kind":"verify"})").text("id");
  const std::string before = done(id).body;
  EXPECT_TRUE(end().empty());
  start();
  EXPECT_EQ(get("/v1/jobs/" + id).body, before);
}

}  // namespace
}  // namespace bank::node
