#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "api/server_fixture.hpp"
#include "bank/api/observe/operations_service.hpp"
#include "bank/storage/memory/request_store.hpp"
#include "observe/kept_spans.hpp"

namespace bank::api::testing {

/// A server with operations data; its request log is in memory.
class observing_api : public server_fixture {
 protected:
  explicit observing_api(lifeline::clock& time = lifeline::process_clock())
      : server_fixture(time) {}
  ~observing_api() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }
  void watch(double share = 0, std::chrono::milliseconds slow = std::chrono::seconds(60)) {
    traces_.emplace(spans_, share, rt_.time());
    request_watch_options how;
    how.slow = slow;
    how.alarm.fewest = 5;
    watched_by_.emplace(
        measures_, how, rt_.time(), &*traces_,
        [this](storage::request_row r) {
          EXPECT_TRUE(requests_.add(rt_.background(), {{std::move(r)}, {}}));
        },
        [this](bool raised, const traffic&) { alarms_.push_back(raised); });
    watch_ = &*watched_by_;
  }
  void open_operations(bool public_metrics = true) {
    if (!watched_by_) watch();
    breaker_of_store_ = &breaker_;
    operations_service::parts p{measures_, *watched_by_};
    p.requests = &requests_;
    p.public_metrics = public_metrics;
    p.config = [] { return std::string(R"({"port":8080})"); };
    p.rows = [] { return row_figures{3, 2, 1}; };
    p.dropped_lines = [] { return 7U; };
    p.started = now();
    p.money = [] {
      money_reading r;
      r.totals.currencies.push_back({*lifeline::ledger::currency::parse("USD"), 0, 5});
      return std::optional(r);
    };
    own_operations_.emplace(std::move(p));
    operations_ = &*own_operations_;
  }
  std::string scrape() { return get("/metrics", "").body; }
  bool tells(const std::string& line) {
    return scrape().find("\n" + line + "\n") != std::string::npos;
  }

  lifeline::metrics measures_;
  lifeline::testing::kept_spans spans_;
  std::optional<lifeline::tracer> traces_;
  storage::memory_request_store requests_;
  std::vector<bool> alarms_;
  std::optional<request_watch> watched_by_;
  std::optional<operations_service> own_operations_;
  const lifeline::guards::circuit_breaker breaker_{{}, rt_.time()};
};

}  // namespace bank::api::testing
