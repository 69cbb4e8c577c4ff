#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "api/observing_fixture.hpp"

// Traces of a server's requests.

namespace bank::api::testing {
namespace {

using lifeline::span_record;
using std::chrono::seconds;

const std::string callers = "12345678901234567890123456789012";

TEST_F(observing_api, continues_its_callers_trace) {
  watch();
  const std::string value = "00-" + callers + "-1234567890123456-01";
  for (const std::string name : {"traceparent", "TraceParent", "TRACEPARENT"}) {
    const reply r = call({"GET", "/livez", "", "", name + ":  " + value + " \r\n"});
    EXPECT_EQ(r.field("traceparent").substr(3, 32), callers) << name;
    EXPECT_NE(r.field("traceparent").substr(36, 16), "1234567890123456");
    EXPECT_EQ(r.field("traceparent").substr(53), "01");
  }
  ASSERT_EQ(spans_.all().size(), 3U) << "sampled by the caller, so by the node";
  EXPECT_EQ(lifeline::to_hex(spans_.all()[0].parent), "1234567890123456");
}

TEST_F(observing_api, starts_a_new_trace_if_the_callers_is_malformed) {
  watch();
  const std::string good = "00-" + callers + "-1234567890123456-01";
  const std::vector<std::string> bad{
      "traceparent: 00-" + callers + "-1234567890123456-01-more\r\n",
      "traceparent: ff-" + callers + "-1234567890123456-01\r\n",
      "traceparent: \r\n",
      "trace-parent: " + good + "\r\n",
      "traceparent: " + good + "\r\ntraceparent: " + good + "\r\n",
  };
  std::set<std::string> seen;
  for (const std::string& fields : bad) {
    const reply r = call({"GET", "/livez", "", "", fields});
    EXPECT_EQ(r.status, 200U) << fields;
    const std::string mine = r.field("traceparent");
    ASSERT_EQ(mine.size(), 55U) << fields;
    EXPECT_NE(mine.substr(3, 32), callers) << fields;
    EXPECT_TRUE(seen.insert(mine.substr(3, 32)).second) << "each has its own";
  }
}

TEST_F(observing_api, keeps_errors_of_unsampled_traces) {
  watch(0);
  get("/livez", "");
  EXPECT_TRUE(spans_.all().empty());
  unready_ = "down";
  get("/readyz", "");
  ASSERT_EQ(spans_.all().size(), 1U);
  EXPECT_TRUE(spans_.all()[0].failed);
  EXPECT_EQ(spans_.all()[0].name, "GET /readyz");
}

TEST_F(observing_api, keeps_slow_requests_of_unsampled_traces) {
  watch(0, std::chrono::milliseconds(0));
  get("/livez", "");
  EXPECT_EQ(spans_.all().size(), 1U);
}

TEST_F(observing_api, traces_a_transfer_down_to_the_journal) {
  watch(1);
  const std::string account = open("alice");
  const reply r = post("/v1/transfers", admin_, transfer("world", account, 100));
  const std::string trace = r.field("traceparent").substr(3, 32);
  const std::set<std::string> expected{"POST /v1/transfers", "ask submit_transfer",
                                       "handle submit_transfer", "take leg", "journal append"};
  // A handler's span ends after its message, so it may arrive after the answer.
  std::vector<span_record> mine;
  for (std::set<std::string> names; !std::ranges::includes(names, expected);) {
    std::this_thread::yield();
    mine.clear();
    for (const auto& s : spans_.all())
      if (lifeline::to_hex(s.at.trace) == trace) mine.push_back(s);
    for (const auto& s : mine) names.insert(s.name);
  }
  std::set<lifeline::span_id> ids;
  for (const auto& s : mine) ids.insert(s.at.span);
  for (const auto& s : mine)
    EXPECT_TRUE(s.parent == lifeline::span_id{} || ids.contains(s.parent)) << s.name;
}

TEST_F(observing_api, names_attributes_as_opentelemetry_does) {
  watch(1);
  const std::string account = open("alice");
  call({"GET", "/v1/accounts/" + account, alice_, "", "X-Request-ID: r-17\r\n"});
  const auto all = spans_.all();
  const auto found = std::ranges::find(all, "GET /v1/accounts/{id}", &span_record::name);
  ASSERT_NE(found, all.end());
  std::map<std::string, span_record::value> said(found->attributes.begin(),
                                                 found->attributes.end());
  EXPECT_EQ(said["http.request.method"], span_record::value("GET"));
  EXPECT_EQ(said["url.path"], span_record::value("/v1/accounts/" + account));
  EXPECT_EQ(said["http.response.status_code"], span_record::value(std::int64_t{200}));
  EXPECT_EQ(said["request_id"], span_record::value("r-17"));
  EXPECT_EQ(said["account_id"], span_record::value(account));
}

}  // namespace
}  // namespace bank::api::testing
