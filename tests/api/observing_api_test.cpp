#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <sstream>
#include <thread>

#include "api/observing_fixture.hpp"
#include "api/standing_limits.hpp"
#include "bank/api/routes/observing.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "observe/promtool.hpp"

namespace bank::api::testing {
namespace {

using std::chrono::seconds;

/// Collects all log lines while it lives.
class kept_log {
 public:
  kept_log() : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>(
        "kept", std::make_shared<spdlog::sinks::ostream_sink_mt>(out_));
    logger->set_level(spdlog::level::debug);
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~kept_log() { spdlog::set_default_logger(before_); }
  std::string text() const { return out_.str(); }

 private:
  std::ostringstream out_;
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(observing_api, counts_requests_by_route_and_status_and_never_by_path) {
  open_operations();
  const std::string id = lifeline::ledger::uuid::make_v7(now()).str();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/v1/accounts/" + id, admin_).status, 404U);
  EXPECT_EQ(get("/no/such/path", admin_).status, 404U);
  EXPECT_EQ(get("/no/other/path", admin_).status, 404U);
  EXPECT_TRUE(
      tells(R"(bank_http_requests_total{method="GET",route="/v1/accounts/{id}",status="404"} 3)"));
  EXPECT_TRUE(tells(R"(bank_http_requests_total{method="-",route="unmatched",status="404"} 2)"));
  EXPECT_TRUE(tells(
      R"(bank_http_request_duration_seconds_count{method="GET",route="/v1/accounts/{id}"} 3)"));
  EXPECT_EQ(scrape().find(id), std::string::npos);
  EXPECT_EQ(scrape().find("such"), std::string::npos);
}

TEST_F(observing_api, writes_metrics_that_promtool_accepts) {
  open_operations();
  open("alice");
  const reply r = get("/metrics", "");
  EXPECT_EQ(r.status, 200U);
  EXPECT_EQ(r.field("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(lifeline::testing::complaints_about(r.body), "");
  for (const char* name :
       {"lifeline_lane_waiting_jobs{lane=\"log\"}", "bank_store_breaker_state{state=\"closed\"} 1",
        "lifeline_bus_subscribers", "bank_http_connections 1", "bank_log_dropped_lines_total 7",
        "bank_money_sum_minor{currency=", "lifeline_messages_offered_total{where=\"ledger\"}",
        "bank_ready 1", "bank_alarm 0", "bank_request_log_rows_total{outcome=\"dropped\"} 2",
        "lifeline_timers_armed"})
    EXPECT_NE(r.body.find(name), std::string::npos) << name;
}

TEST_F(observing_api, requires_a_token_if_metrics_are_not_public) {
  open_operations(false);
  expect_problem(get("/metrics", ""), 401, "unauthenticated", "Authorization");
  expect_problem(get("/metrics", alice_), 403, "forbidden");
  EXPECT_EQ(get("/metrics", auditor_).status, 200U);
}

struct own_clock {
  lifeline::manual_clock time_;
};
/// Token look-ups end only when the test says so, whatever their context does.
class held_tokens final : public storage::token_store {
 public:
  template <class T>
  using result = lifeline::ledger::result<T>;
  result<void> add(const lifeline::context&, const storage::token_record&) override { return {}; }
  result<std::optional<storage::token_record>> find(const lifeline::context&,
                                                    std::string_view) override {
    ++asked;
    released.wait();
    return std::optional<storage::token_record>();
  }
  result<std::vector<storage::token_record>> list(const lifeline::context&) override {
    return std::vector<storage::token_record>();
  }
  result<bool> revoke(const lifeline::context&, std::string_view, lifeline::wall_time) override {
    return false;
  }
  std::atomic<int> asked{0};
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
};

/// Objects that blocking threads may still use after a test.
struct own_tokens {
  held_tokens held_;
};

/// Metrics need no token, but a sent token counts. Time stands still, so no bucket refills.
class limited_metrics : private own_clock, protected own_tokens, public observing_api {
 protected:
  limited_metrics() : observing_api(own_clock::time_) {
    how_.wait = std::chrono::milliseconds(0);
    open_operations();
  }
  ~limited_metrics() override {
    client_.reset();
    server_.reset();
  }
  void limit() {
    standing_.emplace(rt_, how_);
    limits_ = standing_->guard();
  }
  unsigned last_of(int times, const std::string& token) {
    unsigned status = 0;
    for (int i = 0; i < times; ++i) status = get("/metrics", token).status;
    return status;
  }
  lifeline::manual_clock& clock() { return own_clock::time_; }

  rate_limit_options how_;
  std::optional<standing_limits> standing_;
};

TEST_F(limited_metrics, exempt_admins) {
  limit();
  EXPECT_EQ(last_of(10, ""), 200U);
  EXPECT_EQ(last_of(1, ""), 429U) << "the address is at its limit";
  EXPECT_EQ(last_of(50, admin_), 200U);
  EXPECT_EQ(get("/metrics", admin_).field("ratelimit"), "");
  EXPECT_EQ(last_of(1, ""), 429U);
}

TEST_F(limited_metrics, count_a_valid_token_to_its_caller_and_a_bad_one_to_its_address) {
  limit();
  EXPECT_EQ(last_of(10, auditor_), 200U);
  EXPECT_EQ(last_of(1, auditor_), 429U);
  EXPECT_EQ(get("/v1/accounts", auditor_).status, 429U) << "the same bucket";
  const auto expired = add_token(storage::role::admin, "root", now() - seconds(1));
  EXPECT_EQ(last_of(5, "bank_wrong"), 200U) << "a bad token is no reason to refuse";
  EXPECT_EQ(last_of(4, expired), 200U);
  EXPECT_EQ(call({"GET", "/metrics", "", "", "Authorization: Basic YTpi\r\n"}).status, 200U);
  EXPECT_EQ(last_of(1, "bank_wrong"), 429U);
  EXPECT_EQ(last_of(1, alice_), 200U);
}

TEST_F(limited_metrics, count_a_refused_request_once_if_metrics_are_not_public) {
  open_operations(false);
  limit();
  EXPECT_EQ(last_of(5, ""), 401U);
  EXPECT_EQ(last_of(5, "bank_wrong"), 401U);
  EXPECT_EQ(last_of(1, "bank_wrong"), 429U);
  EXPECT_EQ(last_of(20, admin_), 200U);
}

TEST_F(limited_metrics, do_not_wait_long_for_a_store_that_does_not_answer) {
  limit();
  start(held_);
  http_client c = connect();
  c.send(ask_for{"GET", "/metrics", admin_}.text());
  while (held_.asked < 1) std::this_thread::yield();
  clock().advance(std::chrono::milliseconds(600));
  const reply r = c.read();
  EXPECT_EQ(r.status, 200U);
  EXPECT_EQ(r.field("x-ratelimit-remaining"), "9") << "counted for the address";
  EXPECT_EQ(get("/livez", "unknown").status, 200U);
  EXPECT_EQ(held_.asked, 1) << "unlimited requests look up no token";
  held_.release.set_value();
}

TEST_F(limited_metrics, do_not_query_a_store_whose_circuit_is_open) {
  limit();
  breaker_.trip();
  start(held_);
  EXPECT_EQ(get("/metrics", admin_).field("x-ratelimit-remaining"), "9");
  EXPECT_EQ(held_.asked, 0);
}

TEST_F(limited_metrics, know_an_admin_while_the_node_stops_without_asking_the_store) {
  limit();
  EXPECT_EQ(last_of(1, admin_), 200U);
  server_->stop_accepting();
  EXPECT_EQ(get("/metrics", admin_).status, 200U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/metrics", admin_).status, 200U);
  tokens_.fail_calls();
  EXPECT_EQ(last_of(10, alice_), 200U) << "not cached, and not looked up";
  EXPECT_EQ(last_of(1, alice_), 429U);
}

TEST_F(observing_api, shows_operations_data_to_admins_and_auditors) {
  open_operations();
  for (const std::string path : {"overview", "actors", "config", "requests", "errors", "history"}) {
    const std::string target = "/v1/admin/" + path;
    expect_problem(get(target, ""), 401, "unauthenticated", "Authorization");
    expect_problem(get(target, alice_), 403, "forbidden");
    EXPECT_EQ(get(target, auditor_).status, 200U) << path;
    EXPECT_EQ(get(target, admin_).status, 200U) << path;
    expect_problem(get(target + "?what=1", admin_), 400, "invalid_field", "what");
  }
}

TEST_F(observing_api, without_operations_data_answers_404) {
  for (const std::string target : {"/metrics", "/v1/admin/overview", "/v1/admin/requests"})
    expect_problem(get(target, admin_), 404, "not_found");
}

TEST_F(observing_api, shows_the_overview) {
  open_operations();
  open("alice");
  const auto o = get("/v1/admin/overview", admin_).json();
  EXPECT_EQ(o.at("state").as_string(), "serving");
  EXPECT_EQ(o.at("traffic").at("connections").as_int64(), 1);
  EXPECT_EQ(o.at("traffic").at("in_flight").as_int64(), 1);
  EXPECT_EQ(o.at("traffic").at("last_minute").at("requests").as_int64(), 1);
  EXPECT_EQ(o.at("ledger").at("healthy").as_bool(), true);
  EXPECT_EQ(o.at("store").at("breaker").at("state").as_string(), "closed");
  EXPECT_EQ(o.at("store").at("lanes").as_array().size(), lifeline::lane_count);
  EXPECT_EQ(o.at("request_log").at("dropped").as_int64(), 2);
  EXPECT_EQ(o.at("program_log").at("dropped").as_int64(), 7);
  EXPECT_TRUE(o.at("bus").at("furthest_behind").as_array().empty());
  EXPECT_EQ(o.at("money").at("currencies").at(0).at("sum").as_int64(), 0);
  EXPECT_TRUE(o.at("money").at("oldest_hold_seconds").is_null());
  EXPECT_EQ(o.at("status").as_string(), "serving");
  unready_ = "the store can't be reached";
  const reply unready = get("/v1/admin/overview", admin_);
  EXPECT_EQ(unready.text("status"), "store_unavailable");
  EXPECT_EQ(unready.text("state"), unready_);
  EXPECT_EQ(get("/v1/admin/config", admin_).json().at("port").as_int64(), 8080);
  EXPECT_EQ(get("/v1/admin/actors", admin_).json().at("tree").as_array().size(), 0U);
}

TEST_F(observing_api, sums_up_requests_and_errors_of_a_window) {
  open_operations();
  open("alice");
  for (int i = 0; i < 3; ++i) get("/v1/accounts/nonsense", admin_);
  const auto r = get("/v1/admin/requests?window=15m", admin_).json();
  EXPECT_EQ(r.at("requests").as_int64(), 4);
  EXPECT_EQ(r.at("client_errors").as_int64(), 3);
  EXPECT_EQ(r.at("server_errors").as_int64(), 0);
  EXPECT_EQ(r.at("unique_callers").as_int64(), 1);
  EXPECT_EQ(r.at("window_seconds").as_int64(), 900);
  EXPECT_EQ(r.at("dropped_rows").as_int64(), 2);
  EXPECT_EQ(r.at("slowest_paths").as_array().size(), 2U);
  const auto e = get("/v1/admin/errors", admin_).json().at("patterns").as_array();
  ASSERT_EQ(e.size(), 1U);
  EXPECT_EQ(e[0].at("count").as_int64(), 3);
  EXPECT_EQ(e[0].at("path").as_string(), "/v1/accounts/{id}");
  for (const std::string bad : {"0", "-1", "x", "1w", "32d", "1.5h", ""})
    expect_problem(get("/v1/admin/requests?window=" + bad, admin_), 400, "invalid_field", "window");
}

TEST_F(observing_api, shows_the_lag_of_each_subscriber) {
  open_operations();
  const auto slow = bus_->subscribe(rt_.background(), {.kind = "websocket", .who = "alice"});
  auto quick = bus_->subscribe(rt_.background(), {.kind = "sse", .who = "bob"});
  const auto news = bus_->topic("news");
  for (int i = 0; i < 3; ++i) news.publish(i);
  quick.read();
  const auto o = get("/v1/admin/overview", admin_).json();
  const auto& all = o.at("bus").at("furthest_behind").as_array();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("kind").as_string(), "websocket");
  EXPECT_EQ(all[0].at("who").as_string(), "alice");
  EXPECT_EQ(all[0].at("lag").as_int64(), 3);
  EXPECT_EQ(all[1].at("lag").as_int64(), 0);
  EXPECT_EQ(all[1].at("delivered").as_int64(), 3);
  EXPECT_TRUE(tells(R"(lifeline_bus_kind_most_behind_events{kind="websocket"} 3)"));
  EXPECT_TRUE(tells(R"(lifeline_bus_kind_most_behind_events{kind="sse"} 0)"));
  EXPECT_TRUE(tells(R"(lifeline_bus_kind_subscribers{kind="sse"} 1)"));
  EXPECT_EQ(scrape().find("alice"), std::string::npos) << "labels must have few values";
}

TEST_F(observing_api, shows_the_history_from_before_the_start) {
  open_operations();
  storage::log_batch noted;
  for (const auto& [minutes, requests] : {std::pair(50, 120.0), std::pair(10, 600.0)}) {
    const auto at = now() - std::chrono::minutes(minutes);
    noted.figures.push_back({at, "last_minute_requests", requests});
    noted.figures.push_back({at, "last_minute_errors", requests / 10});
    noted.figures.push_back({at, "last_minute_p99_seconds", 0.25});
  }
  ASSERT_TRUE(requests_.add(rt_.background(), noted));
  const auto h = get("/v1/admin/history?window=1h", admin_).json();
  EXPECT_EQ(h.at("window_seconds").as_int64(), 3'600);
  const auto& points = h.at("points").as_array();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].at("per_second").to_number<double>(), 2);
  EXPECT_EQ(points[1].at("per_second").to_number<double>(), 10);
  EXPECT_EQ(points[1].at("error_share").to_number<double>(), 0.1);
  EXPECT_EQ(points[1].at("p99_ms").to_number<double>(), 250);
  EXPECT_EQ(get("/v1/admin/history?window=15m", admin_).json().at("points").as_array().size(), 1U);
  expect_problem(get("/v1/admin/history?window=0", admin_), 400, "invalid_field", "window");
}

TEST_F(observing_api, keeps_a_row_of_each_request) {
  watch();
  call({"GET", "/v1/accounts?limit=1", alice_, "", "X-Request-ID: mine\r\n"});
  const auto rows = requests_.rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].request_id, "mine");
  EXPECT_EQ(rows[0].method, "GET");
  EXPECT_EQ(rows[0].route, "/v1/accounts");
  EXPECT_EQ(rows[0].path, "/v1/accounts");
  EXPECT_EQ(rows[0].caller, "customer:alice");
  EXPECT_EQ(rows[0].status, 200U);
  EXPECT_EQ(rows[0].trace_id.size(), 32U);
}

/// From the client, only path and request id may be stored or logged.
TEST_F(observing_api, shows_no_secrets_and_no_bodies) {
  const kept_log log;
  watch(1, std::chrono::milliseconds(0));
  open_operations();
  const std::string account = open("alice", R"(,"ref":"TELL-NOBODY")");
  call({"POST", "/v1/transfers", admin_, transfer("world", account, 5, R"(,"memo":"TELL-NOBODY")"),
        "Idempotency-Key: TELL-NOBODY\r\n"});
  call({"POST", "/v1/transfers", admin_, R"({"TELL-NOBODY":1})"});
  get("/v1/search?q=TELL-NOBODY", admin_);
  get("/v1/accounts", "TELL-NOBODY");
  const auto clean = [&](const std::string& text, const char* where) {
    EXPECT_EQ(text.find("TELL-NOBODY"), std::string::npos) << where << ": " << text;
    for (const std::string& token : {admin_, alice_, auditor_})
      EXPECT_EQ(text.find(token), std::string::npos) << where;
  };
  EXPECT_NE(log.text().find("request_id="), std::string::npos);
  clean(log.text(), "log");
  clean(scrape(), "metrics");
  for (const auto& r : requests_.rows())
    clean(r.path + r.route + r.caller + r.detail + r.code, "row");
  for (const auto& s : spans_.all())
    for (const auto& [name, value] : s.attributes)
      if (const auto* text = std::get_if<std::string>(&value)) clean(name + *text + s.name, "span");
}

TEST_F(observing_api, logs_request_id_and_trace_in_each_line_and_marks_slow_requests) {
  const kept_log log;
  watch(1, std::chrono::milliseconds(0));
  const reply r = call({"GET", "/v1/accounts", alice_, "", "X-Request-ID: r-17\r\n"});
  const std::string trace = r.field("traceparent").substr(3, 32);
  EXPECT_NE(log.text().find("warning slow request GET /v1/accounts status=200 caller=customer:alice"
                            " us="),
            std::string::npos)
      << log.text();
  EXPECT_NE(log.text().find(" trace_id=" + trace + " request_id=r-17"), std::string::npos)
      << log.text();
}

TEST_F(observing_api, logs_request_id_and_trace_in_lines_of_the_ledger) {
  const kept_log log;
  watch();
  rate_limit_options how;
  how.per_second = 1;
  how.burst = 1;
  how.wait = std::chrono::milliseconds(0);
  const standing_limits limits(rt_, how);
  limits_ = limits.guard();
  get("/v1/accounts", alice_);
  const reply r = call({"GET", "/v1/accounts", alice_, "", "X-Request-ID: r-18\r\n"});
  ASSERT_EQ(r.status, 429U);
  const std::string line =
      "rate limited: customer:alice /v1/accounts trace_id=" + r.field("traceparent").substr(3, 32) +
      " request_id=r-18\n";
  EXPECT_NE(log.text().find(line), std::string::npos) << log.text();
  client_.reset();
  server_.reset();
}

// -- alarms ---------------------------------------------------------------------------------------

/// Its refusals are intended: an orderly stop is no problem.
TEST_F(observing_api, raises_no_alarm_and_logs_no_warning_while_it_stops) {
  const kept_log log;
  watch();
  get("/livez", "");
  server_->stop_accepting();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/v1/accounts", admin_).status, 503U);
  expect_problem(get("/readyz", ""), 503, "shutting_down");
  EXPECT_TRUE(alarms_.empty());
  client_.reset();
  server_.reset();
  EXPECT_EQ(log.text().find("warning"), std::string::npos) << log.text();
}

TEST_F(observing_api, raises_an_alarm_when_too_many_requests_fail) {
  watch();
  for (int i = 0; i < 10; ++i) get("/livez", "");
  unready_ = "down";
  EXPECT_TRUE(alarms_.empty());
  get("/readyz", "");
  EXPECT_EQ(alarms_, std::vector<bool>{true}) << "1 of 11 is more than 5 %";
  get("/readyz", "");
  EXPECT_EQ(alarms_.size(), 1U) << "raised once";
  EXPECT_TRUE(watched_by_->alarmed());
}

TEST(window, is_read_strictly) {
  EXPECT_EQ(parse_window("90"), seconds(90));
  EXPECT_EQ(parse_window("90s"), seconds(90));
  EXPECT_EQ(parse_window("15m"), seconds(900));
  EXPECT_EQ(parse_window("24h"), seconds(86'400));
  EXPECT_EQ(parse_window("31d"), seconds(31 * 86'400));
  for (const char* bad :
       {"", "0", "0m", "-5m", "32d", "745h", "m", "5 m", "5M", "1e3", "99999999999999999999"})
    EXPECT_EQ(parse_window(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace bank::api::testing
