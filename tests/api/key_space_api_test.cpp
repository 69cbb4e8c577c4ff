#include <future>

#include "api/post_requests.hpp"

// A caller's keys share one space, across all POST routes and restarts.

namespace bank::api::testing {
namespace {

class key_space_api : public post_requests {
 protected:
  void expect_replayed(const post_request& r, const std::string& key, const reply& first) {
    const reply again = send(r, key);
    EXPECT_EQ(again.status, first.status) << r.target << ' ' << again.body;
    EXPECT_EQ(again.field("idempotency-replayed"), "true") << r.target;
    EXPECT_EQ(identity_of(again), identity_of(first)) << r.target;
  }
  static post_request import() {
    return {"/v1/jobs",
            R"({"kind":"import","parameters":{"currency":"USD","files":{"accounts.csv":)"
            R"("account,opened,statement\n7,2024-01-01,m\n","transactions.csv":)"
            R"("id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account)"
            R"(\n1,7,2024-01-02,credit,500,,,\n"}}})"};
  }
  /// Members to ignore: a job progresses, and a token's secret is shown once.
  static std::string identity_of(const reply& r) {
    const auto id = r.text("id");
    if (!id.empty()) return id;
    return std::string(r.rows().at(0).at("transfer").at("id").as_string());
  }
  /// The lists that a request can add to.
  std::string figures() {
    const auto tokens = tokens_.list(rt_.background());
    lifeline::job_query all_jobs;
    all_jobs.most = 100'000;
    const auto jobs = kept_.list(rt_.background(), all_jobs);
    lifeline::ledger::order_filter all_orders;
    all_orders.limit = 100'000;
    const auto orders = store_.list_orders(rt_.background(), all_orders);
    return std::to_string(*store_.last_sequence(rt_.background())) + ' ' +
           std::to_string(tokens->size()) + ' ' + std::to_string(jobs->size()) + ' ' +
           std::to_string(orders->rows.size());
  }
};

TEST_F(key_space_api, is_one_across_all_routes_and_a_restart) {
  let_jobs_end();
  struct made {
    post_request request;
    std::string key;
    reply first;
  };
  std::vector<made> all;
  for (const std::string& pattern : post_routes()) {
    made m{fresh(pattern), "k" + pattern, {}};
    m.first = send(m.request, m.key);
    ASSERT_TRUE(m.first.status / 100 == 2) << pattern << ' ' << m.first.body;
    EXPECT_EQ(m.first.field("idempotency-replayed"), "");
    all.push_back(std::move(m));
  }
  ASSERT_EQ(all.size(), 9U);
  for (int life = 0; life < 2; ++life) {
    for (const made& m : all) {
      expect_replayed(m.request, m.key, m.first);
      for (const std::string& other : post_routes()) {
        const post_request elsewhere = fresh(other);
        const std::string before = figures();
        SCOPED_TRACE(m.key + " at " + elsewhere.target);
        EXPECT_EQ(send(elsewhere, m.key).code(), "idempotency_mismatch");
        EXPECT_EQ(figures(), before);
      }
      expect_replayed(m.request, m.key, m.first);
    }
    restart();
  }
}

TEST_F(key_space_api, keeps_callers_apart) {
  let_jobs_end();
  const std::string other = add_token(storage::role::admin, "another");
  for (const std::string& pattern : post_routes()) {
    const post_request one = fresh(pattern), two = fresh("/v1/admin/tokens");
    ASSERT_EQ(send(one, "k" + pattern).status / 100, 2U);
    EXPECT_EQ(post(two.target, other, two.body, "Idempotency-Key: k" + pattern + "\r\n").status,
              201U);
  }
}

TEST_F(key_space_api, frees_the_key_of_a_job_or_token_that_was_refused) {
  let_jobs_end();
  for (const std::string& pattern : post_routes()) {
    const std::string key = "k" + pattern;
    expect_problem(post("/v1/jobs", admin_, R"({"kind":"no"})", "Idempotency-Key: " + key + "\r\n"),
                   400, "invalid_field", "kind");
    // The job's file can't be written: the key was claimed, but no job was made.
    std::filesystem::remove_all(folder_ / "files");
    const reply refused = send(import(), key);
    ASSERT_EQ(refused.code(), "store_unavailable") << refused.body;
    ASSERT_TRUE(*store_.find_key(rt_.background(), "admin:root", key));
    const post_request next = fresh(pattern);
    const reply first = send(next, key);
    EXPECT_EQ(first.status / 100, 2U) << pattern << ' ' << first.body;
    EXPECT_EQ(first.field("idempotency-replayed"), "");
    expect_replayed(next, key, first);
  }
}

TEST_F(key_space_api, lets_a_refused_request_use_its_key_again) {
  std::filesystem::remove_all(folder_ / "files");
  const post_request again = import();
  ASSERT_EQ(send(again, "k").code(), "store_unavailable");
  restart();
  std::filesystem::create_directories(folder_ / "files");
  const reply done = send(again, "k");
  EXPECT_EQ(done.status, 202U) << done.body;
  EXPECT_EQ(done.field("idempotency-replayed"), "");
  expect_replayed(again, "k", done);
}

/// Two requests with one key at once: while the first is being committed, another route asks.
TEST_F(key_space_api, gives_a_key_to_exactly_one_of_two_routes) {
  let_jobs_end();
  for (const std::string& one : post_routes()) {
    for (const std::string& two : {std::string("/v1/jobs"), std::string("/v1/transfers")}) {
      if (one == two) continue;
      SCOPED_TRACE(one + " and " + two);
      const std::string key = "k" + one + two;
      const post_request first = fresh(one), second = fresh(two);
      std::promise<void> begun, release;
      auto go_on = release.get_future().share();
      std::atomic<bool> once{false};
      store_.on_commit([&, go_on](const auto&) {
        if (once.exchange(true)) return;
        begun.set_value();
        go_on.wait();
      });
      http_client other = connect();
      other.send(
          ask_for{"POST", first.target, admin_, first.body, "Idempotency-Key: " + key + "\r\n"}
              .text());
      begun.get_future().wait();
      auto late = std::async(std::launch::async, [&] { return send(second, key); });
      release.set_value();
      const reply a = other.read();
      const reply b = late.get();
      EXPECT_EQ(a.status / 100, 2U) << a.body;
      EXPECT_TRUE(b.code() == "idempotency_mismatch" || b.code() == "in_progress") << b.body;
      EXPECT_EQ(send(second, key).code(), "idempotency_mismatch");
      store_.on_commit({});
    }
  }
}

TEST_F(key_space_api, reports_that_the_first_request_for_a_job_or_token_is_still_running) {
  let_jobs_end();
  for (const std::string& pattern : post_routes()) {
    const post_request r = fresh(pattern);
    std::promise<void> begun, release;
    auto go_on = release.get_future().share();
    std::atomic<bool> once{false};
    store_.on_commit([&, go_on](const auto&) {
      if (once.exchange(true)) return;
      begun.set_value();
      go_on.wait();
    });
    const std::string key = "k" + pattern;
    http_client other = connect();
    other.send(
        ask_for{"POST", r.target, admin_, r.body, "Idempotency-Key: " + key + "\r\n"}.text());
    begun.get_future().wait();
    EXPECT_EQ(send(r, key).code(), "in_progress") << pattern;
    release.set_value();
    EXPECT_EQ(other.read().status / 100, 2U) << pattern;
    store_.on_commit({});
  }
}

TEST_F(key_space_api, keeps_no_key_for_a_token_that_was_not_kept) {
  let_jobs_end();
  const post_request token = fresh("/v1/admin/tokens"), next = fresh("/v1/transfers");
  ASSERT_EQ(send(fresh("/v1/transfers"), "warm").status, 201U)
      << "the caller's token is now cached";
  tokens_.fail_calls();
  EXPECT_EQ(send(token, "k").code(), "store_unavailable");
  EXPECT_EQ(send(next, "k").code(), "idempotency_mismatch")
      << "whether the token exists is unknown now";
  tokens_.fail_calls(0);
  EXPECT_EQ(send(next, "k").status, 201U);
  EXPECT_EQ(send(token, "k").code(), "idempotency_mismatch");
}

}  // namespace
}  // namespace bank::api::testing
