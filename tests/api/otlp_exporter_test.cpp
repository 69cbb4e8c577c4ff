#include "bank/api/observe/otlp_exporter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace bank::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using lifeline::metrics;
using lifeline::span_record;

/// A collector: accepts requests, one connection after another, on a thread of its own.
class collector {
 public:
  explicit collector(unsigned status = 200) : status_(status) {
    thread_ = std::thread([this] { run(); });
  }
  ~collector() {
    over_ = true;
    let_go();
    boost::system::error_code ignored;
    asio::io_context io;
    asio::ip::tcp::socket last(io);
    last.connect(acceptor_.local_endpoint(), ignored);  // wakes it
    last.close(ignored);
    thread_.join();
  }

  std::string endpoint() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/v1/traces";
  }
  /// Stops answering until `let_go`.
  void hold() {
    const std::lock_guard lock(mutex_);
    holds_ = true;
  }
  void let_go() {
    {
      const std::lock_guard lock(mutex_);
      holds_ = false;
    }
    changed_.notify_all();
  }
  /// Waits for this many spans.
  std::vector<boost::json::object> spans(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return spans_.size() >= n; });
    return spans_;
  }
  std::vector<std::string> targets() {
    const std::lock_guard lock(mutex_);
    return targets_;
  }

 private:
  void run() {
    while (!over_) {
      asio::ip::tcp::socket s(io_);
      acceptor_.accept(s);
      serve(s);
    }
  }
  void serve(asio::ip::tcp::socket& s) {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> r;
    boost::system::error_code ec;
    http::read(s, buffer, r, ec);
    if (ec) return;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !holds_; });
    targets_.emplace_back(std::string(r.method_string()) + ' ' + std::string(r.target()) + ' ' +
                          std::string(r[http::field::content_type]));
    if (status_ == 200) note(boost::json::parse(r.body()).as_object());
    lock.unlock();
    changed_.notify_all();
    http::response<http::string_body> answer(http::int_to_status(status_), 11, "{}");
    answer.prepare_payload();
    http::write(s, answer, ec);
  }
  void note(const boost::json::object& request) {
    for (const auto& resource : request.at("resourceSpans").as_array())
      for (const auto& scope : resource.at("scopeSpans").as_array())
        for (const auto& span : scope.at("spans").as_array()) spans_.push_back(span.as_object());
  }

  const unsigned status_;
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
  std::atomic<bool> over_{false};
  std::vector<boost::json::object> spans_;
  std::vector<std::string> targets_;
  std::thread thread_;
};

span_record span(const std::string& name) {
  span_record s;
  s.at = {lifeline::new_trace_id(), lifeline::new_span_id(), true};
  s.name = name;
  return s;
}

otlp_options quick(const std::string& endpoint) {
  otlp_options o;
  o.endpoint = endpoint;
  o.linger = std::chrono::milliseconds(1);
  o.version = "1.2";
  return o;
}

double count(const metrics& m, const char* outcome) {
  return m.sum_of("bank_trace_spans_total", {{"outcome", outcome}});
}

TEST(otlp_json, writes_a_span_as_the_protocol_defines) {
  span_record s = span("GET /v1/accounts/{id}");
  s.at.trace.fill(0xab);
  s.at.span.fill(0x01);
  s.parent.fill(0x02);
  s.kind = lifeline::span_kind::server;
  s.start_unix_ns = 1'700'000'000'123'456'789;
  s.took = std::chrono::nanoseconds(11);
  s.attributes = {{"http.response.status_code", std::int64_t{500}}, {"url.path", "/\"x\""}};
  s.failed = true;
  EXPECT_EQ(otlp_json({&s, 1}, "1.2"),
            R"({"resourceSpans":[{"resource":{"attributes":[)"
            R"({"key":"service.name","value":{"stringValue":"bank-node"}},)"
            R"({"key":"service.version","value":{"stringValue":"1.2"}}]},)"
            R"("scopeSpans":[{"scope":{"name":"lifeline"},"spans":[{)"
            R"("traceId":"abababababababababababababababab","spanId":"0101010101010101",)"
            R"("parentSpanId":"0202020202020202","name":"GET /v1/accounts/{id}","kind":2,)"
            R"("startTimeUnixNano":"1700000000123456789","endTimeUnixNano":"1700000000123456800",)"
            R"("attributes":[{"key":"http.response.status_code","value":{"intValue":"500"}},)"
            R"({"key":"url.path","value":{"stringValue":"/\"x\""}}],"status":{"code":2}}]}]}]})");
}

TEST(otlp_exporter, exports_every_span) {
  collector to;
  metrics m;
  {
    const auto exporter = make_otlp_exporter(quick(to.endpoint()), m);
    for (int i = 0; i < 1'500; ++i) exporter->take(span(std::to_string(i)));
    EXPECT_EQ(to.spans(1'500).at(1'499).at("name").as_string(), "1499");
  }
  EXPECT_EQ(count(m, "exported"), 1'500);
  EXPECT_EQ(count(m, "dropped"), 0);
  EXPECT_EQ(to.targets().front(), "POST /v1/traces application/json");
}

TEST(otlp_exporter, exports_waiting_spans_at_its_end) {
  collector to;
  metrics m;
  auto how = quick(to.endpoint());
  how.linger = std::chrono::hours(1);
  make_otlp_exporter(how, m)->take(span("last"));
  EXPECT_EQ(to.spans(1).size(), 1U);
  EXPECT_EQ(count(m, "exported"), 1);
}

TEST(otlp_exporter, drops_and_counts_spans_for_a_slow_collector) {
  collector to;
  metrics m;
  auto how = quick(to.endpoint());
  how.queue = 10;
  how.batch = 1;
  to.hold();
  {
    const auto exporter = make_otlp_exporter(how, m);
    for (int i = 0; i < 1'000; ++i)
      exporter->take(span("s"));  // returns even if the collector does not
    EXPECT_GE(count(m, "dropped"), 900);
    to.let_go();
  }
  EXPECT_EQ(count(m, "exported") + count(m, "dropped"), 1'000);
  EXPECT_GE(count(m, "exported"), 1);
}

TEST(otlp_exporter, counts_refused_spans_as_dropped) {
  collector to(503);
  metrics m;
  make_otlp_exporter(quick(to.endpoint()), m)->take(span("s"));
  EXPECT_EQ(count(m, "exported"), 0);
  EXPECT_EQ(count(m, "dropped"), 1);
}

TEST(otlp_exporter, works_without_a_reachable_collector) {
  std::string nowhere;
  {
    const collector gone;
    nowhere = gone.endpoint();
  }
  metrics m;
  make_otlp_exporter(quick(nowhere), m)->take(span("s"));
  EXPECT_EQ(count(m, "dropped"), 1);
}

TEST(otlp_exporter, refuses_invalid_addresses) {
  metrics m;
  for (const char* bad : {"", "localhost", "https://a/v1/traces", "ftp://a", "http://"})
    EXPECT_THROW(make_otlp_exporter(quick(bad), m), std::invalid_argument) << bad;
}

}  // namespace
}  // namespace bank::api
