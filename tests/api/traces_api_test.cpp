#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/events_fixture.hpp"
#include "bank/api/observe/request_watch.hpp"
#include "bank/storage/measured_calls.hpp"
#include "observe/kept_spans.hpp"

namespace bank::api::testing {
namespace {

using lifeline::span_record;
using lifeline::testing::error_of;
using lifeline::testing::shape_of;

/// Holds commits back until released.
class held_commits final : public storage::store_hook {
 public:
  std::optional<lifeline::ledger::failure> around(const storage::store_call& call,
                                                  const rest_of_call& go_on) override {
    if (call.what != storage::operation::commit) return go_on();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_; });
    if (fails_) return lifeline::ledger::failure{lifeline::ledger::errc::store_unavailable, {}, {}};
    return go_on();
  }
  void hold(bool h) {
    const std::lock_guard lock(mutex_);
    held_ = h;
    changed_.notify_all();
  }
  void fail() {
    const std::lock_guard lock(mutex_);
    fails_ = true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool fails_ = false;
};

/// A server that samples every trace, from the request to its events.
class traces_api : public events_fixture {
 protected:
  traces_api() {
    books_.reset();
    lifeline::ledger::ledger_options o;
    o.processors = 3;
    o.directory_shards = 4;
    o.events = bus_->topic(ledger_topic);
    o.traces = &traces_;
    store_.around(held_);
    store_.around(measured_);
    auto made = lifeline::ledger::ledger::start(rt_, store_, o, [](const std::string&) {});
    if (!made) throw std::runtime_error(made.error().detail);
    books_ = std::move(*made);
    watch_ = &watched_by_;
  }
  ~traces_api() override {
    held_.hold(false);
    client_.reset();
    server_.reset();
    books_.reset();
    bus_.reset();  // its events refer to the tracer
  }

  static std::string trace_of(const reply& r) { return r.field("traceparent").substr(3, 32); }
  std::vector<span_record> spans_of(const std::string& trace) const {
    auto mine = kept_.all();
    std::erase_if(mine,
                  [&](const span_record& s) { return lifeline::to_hex(s.at.trace) != trace; });
    return mine;
  }
  /// A handler's span ends after its message, so it may arrive after the answer.
  std::vector<span_record> spans_with(const std::string& trace,
                                      const std::set<std::string>& expected) const {
    while (true) {
      auto mine = spans_of(trace);
      if (std::ranges::includes(shape_of(mine), expected)) return mine;
      std::this_thread::yield();
    }
  }

  lifeline::metrics measures_;
  lifeline::testing::kept_spans kept_;
  lifeline::tracer traces_{kept_, 1, rt_.time()};
  request_watch watched_by_{measures_, {}, rt_.time(), &traces_};
  held_commits held_;
  storage::measured_calls measured_{measures_, rt_.time()};
};

TEST_F(traces_api, shows_a_transfer_from_its_request_to_its_event) {
  const std::string account = open("alice");
  http_client listener = follow(admin_);
  const reply r = post("/v1/transfers", admin_, transfer("world", account, 100));
  ASSERT_EQ(r.status, 201U);
  next(listener);
  spans_with(trace_of(r),
             {"POST /v1/transfers in ", "ask submit_transfer in POST /v1/transfers",
              "handle submit_transfer in ask submit_transfer", "take leg in handle submit_transfer",
              "journal append in handle submit_transfer", "journal commit in journal append",
              "commit in journal commit", "publish ledger in journal append",
              "deliver ledger in publish ledger"});
}

TEST_F(traces_api, shows_an_opening_and_a_change_of_an_account_down_to_the_store) {
  const reply opened =
      post("/v1/accounts", admin_, R"({"type":"checking","currency":"USD","owner":"alice"})");
  ASSERT_EQ(opened.status, 201U);
  spans_with(trace_of(opened),
             {"ask open_account in POST /v1/accounts", "journal commit in handle open_account",
              "commit in journal commit", "publish ledger in handle open_account"});
  const reply changed =
      call({"PATCH", "/v1/accounts/" + opened.text("id"), admin_, R"({"state":"frozen"})"});
  ASSERT_EQ(changed.status, 200U) << changed.body;
  spans_with(trace_of(changed),
             {"journal commit in handle change_account", "commit in journal commit"});
}

/// One commit in each of the traces that it belongs to; the store was called once.
TEST_F(traces_api, shows_a_commit_in_the_trace_of_each_waiting_request) {
  const std::string account = open("alice");
  held_.hold(true);
  std::vector<http_client> clients;
  std::size_t waiting = 0;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect());
    clients.back().send(
        ask_for{"POST", "/v1/transfers", admin_, transfer("world", account, 1)}.text());
    ++waiting;
    while (books_->waiting_entries() != waiting) std::this_thread::yield();
  }
  held_.hold(false);
  std::vector<std::string> traces;
  for (auto& c : clients) {
    const reply r = c.read();
    ASSERT_EQ(r.status, 201U) << r.body;
    traces.push_back(trace_of(r));
    spans_with(traces.back(), {"journal commit in journal append"});
  }
  const auto commit_of = [&](const std::string& trace) {
    auto mine = spans_of(trace);
    return *std::ranges::find(mine, "journal commit", &span_record::name);
  };
  const span_record carries = commit_of(traces[1]);
  const span_record same = commit_of(traces[2]);
  EXPECT_TRUE(commit_of(traces[0]).links.empty()) << "it was alone";
  EXPECT_TRUE(carries.links.empty());
  ASSERT_EQ(same.links.size(), 1U);
  EXPECT_EQ(same.links[0], carries.at);
  EXPECT_TRUE(shape_of(spans_of(traces[1])).contains("commit in journal commit"));
  EXPECT_FALSE(shape_of(spans_of(traces[2])).contains("commit in journal commit"));
}

TEST_F(traces_api, marks_failed_spans) {
  const std::string account = open("alice");
  held_.fail();
  const reply r = post("/v1/transfers", admin_, transfer("world", account, 1));
  ASSERT_EQ(r.status, 503U) << r.body;
  std::size_t failed = 0;
  for (const span_record& s :
       spans_with(trace_of(r), {"journal commit in journal append", "commit in journal commit"}))
    failed += error_of(s) == "commit failed" ? 1 : 0;
  EXPECT_EQ(failed, 2U) << "the commit, and the store's call";
}

}  // namespace
}  // namespace bank::api::testing
