#include <atomic>

#include "api/server_fixture.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api::testing {
namespace {

struct hand_clock {
  lifeline::manual_clock clock_;
};

/// Alice's account is opened at 08:53:20; then, at each ten seconds, a deposit of 1, 2, 3 …
class reports_api : protected hand_clock, public server_fixture {
 protected:
  reports_api() : server_fixture(clock_) {
    for (int i = 1; i <= 5; ++i) {
      clock_.advance(std::chrono::seconds(10));
      paid_.push_back(deposit(a_, i));
    }
  }
  static std::string second(int n) {
    return "2025-10-09T08:53:" + std::to_string(20 + n) + ".000Z";
  }
  static std::string minute_later() { return "2025-10-09T08:54:30Z"; }
  std::string path(const std::string& tail) { return "/v1/accounts/" + a_ + tail; }

  const std::string a_ = open("alice");
  std::vector<std::string> paid_;
};

TEST_F(reports_api, shows_a_past_balance) {
  const auto at = [&](const std::string& time) {
    const reply r = get(path("/balance?at=" + time), alice_);
    EXPECT_EQ(r.status, 200U) << r.body;
    return r.json().at("posted").as_int64();
  };
  EXPECT_EQ(at(second(0)), 0);
  EXPECT_EQ(at(second(9)), 0);
  EXPECT_EQ(at(second(10)), 1);
  EXPECT_EQ(at("2025-10-09T08:53:39.999Z"), 1);
  EXPECT_EQ(at(second(39)), 6);
  const reply now = get(path("/balance"), alice_);
  EXPECT_EQ(now.json().at("posted").as_int64(), 15);
  EXPECT_EQ(now.text("at"), "2025-10-09T08:54:10.000Z");
  expect_problem(get(path("/balance?at=2025-10-09T08:53:19.999Z"), alice_), 404, "not_found", "at");
  expect_problem(get(path("/balance?at=2026-01-01T00:00:00Z"), alice_), 400, "invalid_field", "at");
  expect_problem(get(path("/balance?at=yesterday"), alice_), 400, "invalid_field", "at");
  expect_problem(get(path("/balance?at=" + second(10)), bob_), 404, "not_found");
}

TEST_F(reports_api, makes_a_statement) {
  const reply r = get(path("/statement?from=" + second(20) + "&to=" + second(39)), alice_);
  ASSERT_EQ(r.status, 200U) << r.body;
  const auto s = r.json();
  EXPECT_EQ(s.at("opening_balance").as_int64(), 1);
  EXPECT_EQ(s.at("closing_balance").as_int64(), 6);
  EXPECT_EQ(s.at("totals").at("credits").as_int64(), 5);
  ASSERT_EQ(s.at("data").as_array().size(), 2U);
  EXPECT_EQ(s.at("data").at(0).at("balance_after").as_int64(), 3);
  const auto whole = get(path("/statement"), auditor_).json();
  EXPECT_EQ(whole.at("from").as_string(), second(0));
  EXPECT_EQ(whole.at("data").as_array().size(), 5U);
  EXPECT_EQ(whole.at("closing_balance").as_int64(), 15);
}

TEST_F(reports_api, makes_a_statement_as_csv) {
  const reply r = get(path("/statement?format=csv&to=" + second(15)), alice_);
  ASSERT_EQ(r.status, 200U) << r.body;
  EXPECT_EQ(r.field("content-type"), "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(r.field("content-disposition"), "attachment; filename=\"statement-" + a_ + ".csv\"");
  EXPECT_NE(r.body.find("transfer,2," + paid_[0] + "," + second(10) +
                        ",transfer,world,,1,0.01,1,0.01,USD\r\n"),
            std::string::npos)
      << r.body;
}

TEST_F(reports_api, refuses_bad_spans_and_formats) {
  expect_problem(get(path("/statement?from=" + second(9) + "&to=" + second(8)), alice_), 400,
                 "invalid_field", "to");
  expect_problem(get(path("/statement?from=1"), alice_), 400, "invalid_field", "from");
  expect_problem(get(path("/statement?format=pdf"), alice_), 400, "invalid_field", "format");
  expect_problem(get(path("/statement"), bob_), 404, "not_found");
}

/// The clock was 12 s ahead for one commit.
TEST_F(reports_api, use_the_last_commit_as_now_if_the_clock_is_behind) {
  clock_.jump_wall(std::chrono::seconds(12));
  deposit(a_, 6);
  clock_.jump_wall(std::chrono::seconds(-12));
  const reply last = get("/v1/transfers/" + deposit(a_, 7), alice_);
  EXPECT_EQ(last.text("posted_at"), "2025-10-09T08:54:22.000Z");
  EXPECT_EQ(last.text("created_at"), last.text("posted_at"));
  const reply now = get(path("/balance"), alice_);
  EXPECT_EQ(now.json().at("posted").as_int64(), posted(a_));
  EXPECT_EQ(now.text("at"), last.text("posted_at"));
  EXPECT_EQ(get(path("/balance?at=" + last.text("posted_at")), alice_).body, now.body);
  const auto s = get(path("/statement"), alice_).json();
  EXPECT_EQ(s.at("data").as_array().size(), 7U);
  EXPECT_EQ(s.at("closing_balance").as_int64(), 28);
  EXPECT_EQ(get("/v1/transfers?account=" + a_ + "&from_time=" + last.text("posted_at"), alice_)
                .rows()
                .size(),
            2U);
}

TEST_F(reports_api, never_change_when_the_clock_is_set_back) {
  const std::vector<std::string> questions{
      path("/balance?at=2025-10-09T08:54:10Z"), path("/statement?to=2025-10-09T08:54:09Z"),
      "/v1/transfers?account=" + a_ + "&to_time=2025-10-09T08:54:10Z"};
  std::vector<std::string> answers;
  for (const std::string& q : questions) answers.push_back(get(q, alice_).body);
  clock_.jump_wall(std::chrono::seconds(-8));
  deposit(a_, 6);
  EXPECT_EQ(posted(a_), 21);
  for (std::size_t i = 0; i < questions.size(); ++i)
    EXPECT_EQ(get(questions[i], alice_).body, answers[i]) << questions[i];
}

/// It is complete up to now; later rows are not included yet.
TEST_F(reports_api, end_a_statement_no_later_than_now) {
  const reply r = get(path("/statement?to=2026-01-01T00:00:00Z"), alice_);
  ASSERT_EQ(r.status, 200U) << r.body;
  EXPECT_EQ(r.text("to"), "2025-10-09T08:54:10.001Z");
  EXPECT_EQ(r.json().at("closing_balance").as_int64(), 15);
  deposit(a_, 6);
  EXPECT_EQ(get(path("/statement?to=" + r.text("to")), alice_).body, r.body);
  const reply later =
      get(path("/statement?from=2025-12-01T00:00:00Z&to=2026-01-01T00:00:00Z"), alice_);
  EXPECT_EQ(later.json().at("opening_balance").as_int64(), 21);
  EXPECT_TRUE(later.json().at("data").as_array().empty());
  expect_problem(get(path("/statement?from=2025-12-01T00:00:00Z"), alice_), 400, "invalid_field",
                 "from");
}

TEST_F(reports_api, refuses_a_statement_that_is_too_long) {
  using namespace lifeline::ledger;
  books_.reset();
  const auto epoch = store_.fence(rt_.background()).value();
  const auto id = *account_id::parse(a_);
  std::vector<entry> entries;
  for (int i = 0; i < 10'000; ++i) {
    transfer_record t;
    t.id = transfer_id(uuid::derive({"many", std::to_string(i)}));
    t.from = world_account(*currency::parse("USD"));
    t.to = id;
    t.amount = {1, *currency::parse("USD")};
    entries.push_back(transfer_entry{t, {}});
  }
  const lifeline::wall_time at(std::chrono::seconds(1'760'000'100));
  ASSERT_EQ(store_.commit({{epoch, 1}, at, entries}).index(), 0U);
  expect_problem(get(path("/statement?to=2025-10-10T00:00:00Z"), alice_), 400, "invalid_field",
                 "from");
  const reply r = get(path("/statement?from=2025-10-09T08:54:20Z&to=2025-10-10T00:00:00Z"), alice_);
  ASSERT_EQ(r.status, 200U);
  EXPECT_EQ(r.json().at("closing_balance").as_int64(), 10'015);
}

/// 2 MB of statement with memory for one part: the rest waits in the store until the client reads.
TEST_F(reports_api, sends_a_statement_as_fast_as_it_is_read) {
  options_.buffer_memory = 300'000;
  std::string note = R"(,"metadata":{)";
  for (int i = 0; i < 18; ++i)
    note += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"" + std::string(500, 'x') + '"';
  note += '}';
  for (int i = 0; i < 220; ++i) {
    const reply r = post("/v1/transfers", admin_, transfer("world", a_, 7, note));
    ASSERT_EQ(r.status, 201U) << r.body;
  }
  http_client slow(port(), 4'096);
  slow.send(ask_for{"GET", path("/statement"), alice_}.text());
  for (int i = 0; i < 20; ++i) {
    slow.take(20'000);
    EXPECT_EQ(get(path("/balance"), bob_).status, 404U) << "others are served meanwhile";
  }
  const reply r = slow.read();
  ASSERT_EQ(r.status, 200U);
  EXPECT_TRUE(slow.closed());
  const auto s = r.json();
  EXPECT_EQ(s.at("totals").at("credit_count").as_int64(), 225);
  const auto& rows = s.at("data").as_array();
  ASSERT_EQ(rows.size(), 225U);
  std::int64_t balance = 0;
  for (const auto& row : rows) {
    balance += row.at("amount").as_int64();
    EXPECT_EQ(row.at("balance_after").as_int64(), balance) << "oldest first, none twice";
  }
  EXPECT_EQ(s.at("closing_balance").as_int64(), balance);
}

TEST_F(reports_api, says_nothing_of_a_statement_that_has_not_changed) {
  const std::string to = "&to=" + second(39);
  const reply r = get(path("/statement?format=csv" + to), alice_);
  ASSERT_EQ(r.status, 200U);
  const std::string tag = r.field("etag");
  EXPECT_FALSE(tag.empty());
  EXPECT_NE(get(path("/statement?format=json" + to), alice_).field("etag"), tag);
  const ask_for again{
      "GET", path("/statement?format=csv" + to), alice_, {}, "If-None-Match: " + tag + "\r\n"};
  const reply same = call(again);
  EXPECT_EQ(same.status, 304U);
  EXPECT_EQ(same.field("transfer-encoding"), "");
  const reply head = call({"HEAD", path("/statement?format=csv" + to), alice_});
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.field("etag"), tag);
}

TEST_F(reports_api, ends_a_statement_by_closing_for_an_old_client) {
  http_client old = connect();
  old.send("GET " + path("/statement?format=csv") + " HTTP/1.0\r\nAuthorization: Bearer " + alice_ +
           "\r\n\r\n");
  const std::string head = old.until("\r\n\r\n");
  EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos);
  const std::string body = old.bytes(1'000'000);
  EXPECT_EQ(body, get(path("/statement?format=csv"), alice_).body);
}

/// Fails the reads of a history after the first few.
class failing_history final : public storage::store_hook {
 public:
  std::optional<lifeline::ledger::failure> around(const storage::store_call& call,
                                                  const rest_of_call& go_on) override {
    if (call.what == storage::operation::history && --good_ < 0)
      return lifeline::ledger::failure{lifeline::ledger::errc::store_unavailable,
                                       lifeline::ledger::outcome::none, "it does not answer"};
    return go_on();
  }
  std::atomic<int> good_{2};
};

TEST_F(reports_api, a_statement_that_is_cut_off_does_not_look_complete) {
  failing_history failing;
  add_hook(failing);
  ASSERT_EQ(get(path("/statement"), alice_).status, 200U) << "one read for the walk, one for rows";
  failing.good_ = 1;
  http_client c = connect();
  c.send(ask_for{"GET", path("/statement"), alice_}.text());
  EXPECT_EQ(c.read().status, 0U) << "its last chunk is missing";
  failing.good_ = 0;
  expect_problem(get(path("/statement"), alice_), 503, "store_unavailable");
  server_.reset();
  books_.reset();
}

TEST_F(reports_api, lists_transfers_page_by_page_while_money_moves) {
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const reply r = get(
        "/v1/transfers?account=" + a_ + "&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor),
        alice_);
    ASSERT_EQ(r.status, 200U) << r.body;
    for (const auto& row : r.rows()) seen.emplace_back(row.at("id").as_string());
    cursor = r.text("next_cursor");
    deposit(a_, 1);
  } while (!cursor.empty());
  EXPECT_EQ(seen, std::vector<std::string>(paid_.rbegin(), paid_.rend()));
}

/// 08:53:40 of that day, in many time zones: three deposits before, three transfers
/// after.
TEST_F(reports_api, takes_times_of_any_offset) {
  for (const std::string time :
       {"2025-10-09T08:53:40Z", "2025-10-09t08:53:40z", "2025-10-09T08:53:40-00:00",
        "2025-10-09T08:53:40.000000%2B00:00", "2025-10-09T08:53:40+00:00",
        "2025-10-09T08:53:40%20"
        "00:00",
        "2025-10-09T22:53:40%2B14:00", "2025-10-09T14:23:40%2B05:30",
        "2025-10-08T20:53:40-12:00"}) {
    const reply balance = get(path("/balance?at=" + time), alice_);
    ASSERT_EQ(balance.status, 200U) << time << balance.body;
    EXPECT_EQ(balance.json().at("posted").as_int64(), 3) << time;
    EXPECT_EQ(balance.text("at"), "2025-10-09T08:53:40.000Z") << time;
    EXPECT_EQ(get("/v1/transfers?from_time=" + time, admin_).rows().size(), 4U) << time;
    EXPECT_EQ(get("/v1/transfers?to_time=" + time, admin_).rows().size(), 1U) << time;
    EXPECT_EQ(get(path("/statement?from=" + time), alice_).rows().size(), 4U) << time;
    EXPECT_EQ(get(path("/statement?to=" + time), alice_).text("to"), "2025-10-09T08:53:40.000Z");
  }
  for (const std::string time :
       {"2025-10-09T08:53:40", "2025-10-09%2008:53:40Z", "2025-10-09T08:53:40%2B0000",
        "2025-02-29T08:53:40%2B00:00", "2025-10-09T08:53:40%2B24:00"}) {
    const reply refused = get(path("/balance?at=" + time), alice_);
    expect_problem(refused, 400, "invalid_field", "at");
    EXPECT_NE(refused.text("detail").find("+ is written %2B"), std::string::npos);
  }
}

TEST_F(reports_api, filters_lists_of_transfers) {
  const auto count = [&](const std::string& query, const std::string& token) {
    const reply r = get("/v1/transfers" + query, token);
    EXPECT_EQ(r.status, 200U) << r.body;
    return r.rows().size();
  };
  const std::string b = open("bob");
  deposit(b, 5);
  EXPECT_EQ(count("", admin_), 6U);
  EXPECT_EQ(count("", alice_), 5U) << "customers see their own only";
  EXPECT_EQ(count("", bob_), 1U);
  EXPECT_EQ(count("?account=" + b, auditor_), 1U);
  EXPECT_EQ(count("?state=posted", admin_), 6U);
  EXPECT_EQ(count("?state=voided", admin_), 0U);
  EXPECT_EQ(count("?from_time=" + second(20) + "&to_time=" + second(39), admin_), 2U);
  EXPECT_EQ(count("?from_time=" + minute_later(), admin_), 0U);
  expect_problem(get("/v1/transfers?account=" + b, alice_), 404, "not_found");
  expect_problem(get("/v1/transfers?account=x", admin_), 400, "invalid_field", "account");
  expect_problem(get("/v1/transfers?state=gone", admin_), 400, "invalid_field", "state");
  expect_problem(get("/v1/transfers?from_time=1", admin_), 400, "invalid_field", "from_time");
  expect_problem(get("/v1/transfers?from_time=" + second(9) + "&to_time=" + second(8), admin_), 400,
                 "invalid_field", "to_time");
  const std::string cursor = get("/v1/transfers?limit=1", admin_).text("next_cursor");
  expect_problem(get("/v1/transfers?state=posted&cursor=" + cursor, admin_), 400, "invalid_field",
                 "cursor");
  expect_problem(get("/v1/transfers?cursor=" + cursor, alice_), 400, "invalid_field", "cursor");
}

}  // namespace
}  // namespace bank::api::testing
