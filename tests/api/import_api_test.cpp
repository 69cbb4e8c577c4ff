#include <array>
#include <filesystem>
#include <future>
#include <list>
#include <sstream>
#include <thread>

#include "api/jobs_fixture.hpp"

namespace bank::api::testing {
namespace {

using namespace std::chrono_literals;
using import_api = jobs_fixture;

const std::string accounts = R"(account,opened,statement\n7,2024-01-01,monthly\n)";
const std::string header =
    "id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account\\n";

std::string import_of(const std::string& rows, const std::string& more = R"("currency":"CZK")",
                      const std::string& closing = {}) {
  return R"({"kind":"import","parameters":{"files":{"accounts.csv":")" + accounts +
         R"(","transactions.csv":")" + header + rows + "\"" + closing + "}," + more + "}}";
}
const std::string good_row = R"(1,7,2024-01-02,credit,500,fee,,\n)";

TEST_F(import_api, accepts_books_keeps_their_files_until_the_job_ends_and_shows_no_text_of_them) {
  const reply r = post("/v1/jobs", admin_, import_of(good_row));
  ASSERT_EQ(r.status, 202U) << r.body;
  const auto parameters = r.json().at("parameters").as_object();
  EXPECT_EQ(parameters.at("currency").as_string(), "CZK");
  EXPECT_EQ(parameters.at("overdraft_limit").as_int64(), 0);
  EXPECT_EQ(parameters.at("files").at("accounts.csv").at("bytes").as_int64(), 46);
  EXPECT_EQ(r.body.find("monthly"), std::string::npos);
  const auto kept = files_.read(r.text("id"));
  ASSERT_TRUE(kept);
  EXPECT_NE(kept->find("monthly"), std::string::npos);
}

TEST_F(import_api, is_for_admins_only) {
  expect_problem(post("/v1/jobs", alice_, import_of(good_row)), 403, "forbidden", "kind");
  expect_problem(post("/v1/jobs", auditor_, import_of(good_row)), 403, "forbidden");
}

TEST_F(import_api, names_file_line_column_and_the_correct_form) {
  const struct {
    std::string body;
    std::string field;
    std::string detail;
  } cases[] = {
      {import_of(good_row + R"(2,7,2024-01-02,credit,1.5,fee,,\n)"),
       "parameters.files.transactions.csv",
       "transactions.csv:3: amount_minor: \"1.5\" is not an amount: it must be an integer of minor "
       "units from 1 to 2^53-1, digits only"},
      {import_of(R"(1,7,2024-02-30,credit,5,fee,,\n)"), "parameters.files.transactions.csv",
       "transactions.csv:2: date: \"2024-02-30\" is not a valid date: in 2024-02 the day must be "
       "01 to 29"},
      {import_of(R"(1,9,2024-01-02,credit,5,fee,,\n)"), "parameters.files.transactions.csv",
       "transactions.csv:2: account: account \"9\" is missing from accounts.csv"},
      {import_of(R"(1,7,2024-01-02,credit,5\n)"), "parameters.files.transactions.csv",
       "transactions.csv:2: kind: the row has 5 cells, but must have 8 "
       "(id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account)"},
      {import_of(good_row, R"("currency":"CZK")",
                 R"(,"closing_balances.csv":"account,balance_minor\n7,501\n")"),
       "parameters.files.closing_balances.csv",
       "closing_balances.csv:2: balance_minor: the transactions of account 7 sum to 500, not to "
       "501"},
      {import_of(good_row, R"("currency":"CZK")", R"(,"standing_orders.csv":"x")"),
       "parameters.files.standing_orders.csv",
       "files.standing_orders.csv: unknown field; allowed: accounts.csv, transactions.csv, "
       "closing_balances.csv"},
      {R"({"kind":"import","parameters":{"currency":"CZK","files":{"accounts.csv":"a"}}})",
       "parameters.files.transactions.csv",
       "files.transactions.csv: must be given: the text of the file"},
      {R"({"kind":"import","parameters":{"currency":"CZK"}})", "parameters.files",
       "files: must be given: an object with each file's text under its name"},
      {import_of(good_row, R"("owner":"x")"), "parameters.currency", "currency: must be given"},
      {import_of(good_row, R"("currency":"CZK","overdraft_limit":-1)"),
       "parameters.overdraft_limit",
       "overdraft_limit: must be an integer from 0 to 9007199254740991, not -1"},
  };
  for (const auto& c : cases) {
    const reply r = post("/v1/jobs", admin_, c.body);
    SCOPED_TRACE(c.detail);
    expect_problem(r, 400, "invalid_field", c.field);
    EXPECT_EQ(r.text("detail"), c.detail);
  }
  EXPECT_EQ(get("/v1/jobs", admin_).rows().size(), 0U);
}

TEST_F(import_api, knows_a_repeated_import_by_its_key) {
  const std::string key = "Idempotency-Key: i\r\n";
  const reply first = post("/v1/jobs", admin_, import_of(good_row), key);
  ASSERT_EQ(first.status, 202U) << first.body;
  const reply again = post("/v1/jobs", admin_, import_of(good_row), key);
  EXPECT_EQ(again.text("id"), first.text("id"));
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
  const auto kept = files_.read(first.text("id"));
  const std::string other_row = R"(1,7,2024-01-02,credit,501,fee,,\n)";
  expect_problem(post("/v1/jobs", admin_, import_of(other_row), key), 422, "idempotency_mismatch",
                 "Idempotency-Key");
  EXPECT_EQ(files_.read(first.text("id")), kept) << "the job's file is still its own";
}

TEST_F(import_api, keeps_nothing_of_a_refused_import) {
  for (int i = 0; i < 2; ++i) wait_for_state(submit(import_of(good_row)), "running");
  for (int i = 0; i < 3; ++i) submit(import_of(good_row));
  expect_problem(post("/v1/jobs", admin_, import_of(good_row)), 503, "overloaded");
  const auto names = std::filesystem::directory_iterator(folder_ / "files");
  EXPECT_EQ(std::distance(begin(names), end(names)), 5);
}

std::string padded(std::size_t size, const std::string& body) {
  return std::string(size, ' ') + body;
}

TEST_F(import_api, alone_takes_large_bodies) {
  options_.bulk_body_limit = 300'000;
  EXPECT_EQ(post("/v1/jobs", admin_, padded(200'000, import_of(good_row))).status, 202U);
  expect_problem(post("/v1/jobs", admin_, padded(200'000, R"({"kind":"verify"})")), 413,
                 "body_too_large");
  expect_problem(post("/v1/jobs", admin_, padded(300'000, import_of(good_row))), 413,
                 "body_too_large");
  expect_problem(post("/v1/accounts", admin_, padded(100'000, "{}")), 413, "body_too_large");
}

/// Only the head of a request with a large body.
std::string large_head(const std::string& token, const std::string& length) {
  return "POST /v1/jobs HTTP/1.1\r\nHost: a\r\n" +
         (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") +
         "Content-Type: application/json\r\n" + length + "\r\n\r\n";
}

TEST_F(import_api, checks_the_caller_before_a_large_body_arrives) {
  for (const std::string length : {"Content-Length: 1000000", "Transfer-Encoding: chunked"}) {
    SCOPED_TRACE(length);
    const auto answered = [&](const std::string& token) {
      http_client c = connect();
      c.send(large_head(token, length));
      return c.read();
    };
    const reply nobody = answered("");
    expect_problem(nobody, 401, "unauthenticated", "Authorization");
    EXPECT_EQ(nobody.field("www-authenticate"), R"(Bearer realm="bank")");
    EXPECT_EQ(nobody.field("connection"), "close");
    expect_problem(answered("no-such-token"), 401, "unauthenticated", "Authorization");
    expect_problem(answered(auditor_), 403, "forbidden");
  }
  http_client c = connect();
  c.send(large_head(alice_, "Content-Length: 1000000"));
  expect_problem(c.read(), 413, "body_too_large");
}

class large_bodies : public jobs_fixture {
 protected:
  large_bodies() {
    options_.bulk_body_limit = 300'000;
    options_.bulk_memory = 1'000'000;
  }
  /// The head of a batch; the client waits for 100 Continue.
  http_client begin(const std::string& token, const std::string& length) {
    http_client c = connect();
    c.send("POST /v1/transfers/batch HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token +
           "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n" + length + "\r\n\r\n");
    return c;
  }
  static bool may_go_on(http_client& c) { return c.read().status == 100; }
  static std::string chunk(std::size_t size) {
    std::ostringstream line;
    line << std::hex << size << "\r\n" << std::string(size, ' ') << "\r\n";
    return line.str();
  }
  static void expect_no_room(const reply& r) {
    expect_problem(r, 503, "overloaded");
    EXPECT_EQ(r.text("outcome"), "none");
    EXPECT_EQ(r.field("retry-after"), "1");
    EXPECT_EQ(r.field("connection"), "close");
  }
};

TEST_F(large_bodies, share_a_quota) {
  http_client first = begin(admin_, "Content-Length: 200000");
  ASSERT_TRUE(may_go_on(first));
  http_client of_another = begin(alice_, "Content-Length: 300000");
  ASSERT_TRUE(may_go_on(of_another));
  expect_no_room(begin(admin_, "Content-Length: 100000").read());
  const std::string small = R"({"type":"checking","currency":"USD","owner":"carol"})";
  EXPECT_EQ(post("/v1/accounts", admin_, small).status, 201U) << "small bodies need no quota";

  first.send(std::string(200'000, ' '));
  EXPECT_EQ(first.read().status, 400U);
  http_client next = begin(admin_, "Content-Length: 100000");
  EXPECT_TRUE(may_go_on(next)) << "an answered body is freed";

  of_another.hang_up();
  const auto is_free = [&] {
    http_client again = begin(alice_, "Content-Length: 300000");
    return may_go_on(again);
  };
  while (!is_free()) std::this_thread::yield();  // until the server has freed it
}

TEST_F(large_bodies, that_are_chunked_use_the_quota_once_they_are_large) {
  std::list<http_client> small;
  for (int i = 0; i < 10; ++i) {
    small.push_back(begin(admin_, "Transfer-Encoding: chunked"));
    ASSERT_TRUE(may_go_on(small.back()));
    small.back().send(chunk(20'000));
  }
  std::array<http_client, 2> large{begin(admin_, "Transfer-Encoding: chunked"),
                                   begin(admin_, "Transfer-Encoding: chunked")};
  std::array<std::future<reply>, 2> answers;
  for (int i : {0, 1}) {
    ASSERT_TRUE(may_go_on(large[i]));
    large[i].send(chunk(100'000));
    answers[i] = std::async(std::launch::async, [&c = large[i]] { return c.read(); });
  }
  int refused = 0;
  while (answers[refused].wait_for(1ms) != std::future_status::ready) refused = 1 - refused;
  expect_no_room(answers[refused].get());
  large[1 - refused].send("0\r\n\r\n");
  EXPECT_EQ(answers[1 - refused].get().status, 400U);
  for (http_client& c : small) {
    c.send("0\r\n\r\n");
    EXPECT_EQ(c.read().status, 400U);
  }
}

TEST_F(import_api, accepts_a_large_chunked_body_of_an_admin_and_keeps_the_connection) {
  http_client c = connect();
  const std::string body = padded(100'000, import_of(good_row));
  std::ostringstream size;
  size << std::hex << body.size();
  c.send(large_head(admin_, "Transfer-Encoding: chunked") + size.str() + "\r\n" + body +
         "\r\n0\r\n\r\n");
  EXPECT_EQ(c.read().status, 202U);
  c.send(ask_for{"GET", "/v1/jobs", admin_}.text());
  EXPECT_EQ(c.read().status, 200U);
}

class api_without_files : public jobs_fixture {
 protected:
  api_without_files() { jobs_.emplace(*pool_); }
};

TEST_F(api_without_files, refuses_imports) {
  expect_problem(post("/v1/jobs", admin_, import_of(good_row)), 404, "not_found");
}

}  // namespace
}  // namespace bank::api::testing
