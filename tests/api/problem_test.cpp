#include "bank/api/http/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

namespace bank::api {
namespace {

namespace ledger = lifeline::ledger;

boost::json::object written(const problem& p, bool write, std::string_view path = "/v1/x") {
  std::string out;
  append_problem(out, p, path, "req-1", write);
  return boost::json::parse(out).as_object();
}

TEST(problem, has_the_statuses_of_the_contract) {
  const std::vector<std::pair<std::string_view, unsigned>> table{{"malformed_json", 400},
                                                                 {"invalid_field", 400},
                                                                 {"unauthenticated", 401},
                                                                 {"forbidden", 403},
                                                                 {"not_found", 404},
                                                                 {"method_not_allowed", 405},
                                                                 {"in_progress", 409},
                                                                 {"already_exists", 409},
                                                                 {"invalid_state", 409},
                                                                 {"precondition_failed", 412},
                                                                 {"request_timeout", 408},
                                                                 {"body_too_large", 413},
                                                                 {"target_too_long", 414},
                                                                 {"unsupported_media_type", 415},
                                                                 {"expectation_failed", 417},
                                                                 {"upgrade_required", 426},
                                                                 {"headers_too_large", 431},
                                                                 {"internal", 500},
                                                                 {"not_implemented", 501},
                                                                 {"insufficient_funds", 422},
                                                                 {"currency_mismatch", 422},
                                                                 {"account_frozen", 422},
                                                                 {"account_closed", 422},
                                                                 {"same_account", 422},
                                                                 {"balance_limit", 422},
                                                                 {"amount_above_hold", 422},
                                                                 {"idempotency_mismatch", 422},
                                                                 {"rate_limited", 429},
                                                                 {"quota_exceeded", 429},
                                                                 {"overloaded", 503},
                                                                 {"store_unavailable", 503},
                                                                 {"shutting_down", 503},
                                                                 {"canceled", 503},
                                                                 {"deadline_exceeded", 504}};
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < code_count; ++i) {
    const auto c = static_cast<code>(i);
    const auto row = std::find_if(table.begin(), table.end(),
                                  [c](const auto& r) { return r.first == to_string(c); });
    ASSERT_NE(row, table.end()) << to_string(c);
    EXPECT_EQ(status_of(c), row->second) << to_string(c);
    EXPECT_TRUE(seen.insert(to_string(c)).second);
  }
  EXPECT_EQ(seen.size(), table.size());
}

TEST(problem, is_written_with_all_members) {
  for (std::size_t i = 0; i < code_count; ++i) {
    const auto c = static_cast<code>(i);
    const auto o = written({c, "said \"so\"", "amount", {}, {}}, true);
    EXPECT_EQ(o.at("type").as_string(), "urn:problem-type:bank:" + std::string(to_string(c)));
    EXPECT_EQ(o.at("title").as_string(), title_of(c));
    EXPECT_EQ(o.at("status").as_int64(), status_of(c));
    EXPECT_EQ(o.at("detail").as_string(), "said \"so\"");
    EXPECT_EQ(o.at("instance").as_string(), "/v1/x");
    EXPECT_EQ(o.at("code").as_string(), to_string(c));
    EXPECT_EQ(o.at("request_id").as_string(), "req-1");
    EXPECT_EQ(o.at("field").as_string(), "amount");
    EXPECT_EQ(o.contains("outcome"), status_of(c) >= 500);
    EXPECT_EQ(o.contains("retry_after"), status_of(c) == 503 || status_of(c) == 429);
  }
}

TEST(problem, has_an_outcome_for_writes_only) {
  const problem unknown{code::deadline_exceeded, "", "", ledger::outcome::unknown, {}};
  EXPECT_EQ(written(unknown, true).at("outcome").as_string(), "unknown");
  EXPECT_FALSE(written(unknown, false).contains("outcome"));
  EXPECT_EQ(written({code::overloaded, "", "", {}, {}}, true).at("outcome").as_string(), "none");
}

TEST(problem, names_the_path_as_a_uri_reference) {
  struct row {
    std::string_view path, instance;
  };
  for (const row& r :
       {row{"", "/"}, row{"*", "*"}, row{"/v1/x:y@z;a=(b)", "/v1/x:y@z;a=(b)"},
        row{"/a\xff\"b", "/a%FF%22b"}, row{"/v{1}/<a>|^`\\", "/v%7B1%7D/%3Ca%3E%7C%5E%60%5C"},
        row{"/a[0]#b", "/a%5B0%5D%23b"}, row{"/a%2Fb%e9", "/a%2Fb%e9"}, row{"/50%", "/50%25"},
        row{"/%4", "/%254"}, row{"/%zz", "/%25zz"}, row{"//host:port/a", "/%2Fhost:port/a"}}) {
    const auto o = written({code::not_found, "", "", {}, {}}, false, r.path);
    EXPECT_EQ(o.at("instance").as_string(), r.instance);
  }
}

TEST(problem, is_always_utf8) {
  std::string out;
  append_problem(out, no_such("account", "\xff\xfe\xc3\xa9"), "/", "id", false);
  EXPECT_NO_THROW(boost::json::parse(out)) << out;
  out.clear();
  append_problem(out, no_such("account", "caf\xc3\xa9"), "/", "id", false);
  EXPECT_NE(out.find("caf\xc3\xa9"), std::string::npos);
}

TEST(problem, exists_for_every_failure_of_the_ledger) {
  for (int i = 0; i <= static_cast<int>(ledger::errc::internal); ++i) {
    const auto e = static_cast<ledger::errc>(i);
    const problem p = problem_of(ledger::failure{e, ledger::outcome::unknown, "why"});
    EXPECT_EQ(to_string(p.code), to_string(e));
    EXPECT_EQ(p.detail, "why");
    EXPECT_EQ(p.outcome.has_value(), !ledger::is_refusal(e));
  }
}

TEST(problem, exists_for_every_end_of_a_wait) {
  using lifeline::errc;
  EXPECT_EQ(problem_of(errc::canceled).code, code::canceled);
  EXPECT_EQ(problem_of(errc::deadline_exceeded).code, code::deadline_exceeded);
  EXPECT_EQ(problem_of(errc::overloaded).code, code::overloaded);
  EXPECT_EQ(problem_of(errc::broken_promise).code, code::store_unavailable);
  EXPECT_EQ(problem_of(errc::unreachable).code, code::store_unavailable);
}

}  // namespace
}  // namespace bank::api
