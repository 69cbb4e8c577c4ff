#include <functional>
#include <future>
#include <set>

#include "api/server_fixture.hpp"
#include "api/standing_limits.hpp"
#include "bank/api/http/problem.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::api::testing {
namespace {

using storage::commit_fault;

/// A token store that answers only when the context ends.
class waiting_tokens final : public storage::token_store {
 public:
  template <class T>
  using result = lifeline::ledger::result<T>;

  result<void> add(const lifeline::context&, const storage::token_record&) override { return {}; }
  result<std::optional<storage::token_record>> find(const lifeline::context& ctx,
                                                    std::string_view) override {
    begun.set_value();
    lifeline::wait(ctx);
    const bool late = ctx.err() == lifeline::errc::deadline_exceeded;
    return lifeline::ledger::failure{
        late ? lifeline::ledger::errc::deadline_exceeded : lifeline::ledger::errc::canceled,
        {},
        {}};
  }
  result<std::vector<storage::token_record>> list(const lifeline::context&) override {
    return std::vector<storage::token_record>();
  }
  result<bool> revoke(const lifeline::context&, std::string_view, lifeline::wall_time) override {
    return false;
  }
  std::promise<void> begun;
};

constexpr auto fresh_id = "0193e0a0-0000-7000-8000-000000000001";

class errors_api : public server_fixture {
 protected:
  errors_api() {
    deposit(a_, 1'000);
    deposit(b_, 1'000);
    change(frozen_, R"({"state":"frozen"})");
    change(closed_, R"({"state":"closed"})");
    change(lender_, R"({"overdraft_limit":9007199254740991})");
    move(lender_, full_, lifeline::ledger::max_minor);
    post("/v1/transfers", alice_, repeatable(1));
    held_ = post("/v1/transfers", alice_, transfer(a_, b_, 7, R"(,"pending":true)")).text("id");
  }
  reply change(const std::string& id, const std::string& body) {
    return call({"PATCH", "/v1/accounts/" + id, admin_, body});
  }
  reply move(const std::string& from, const std::string& to, std::int64_t amount) {
    return post("/v1/transfers", admin_, transfer(from, to, amount));
  }
  std::string repeatable(std::int64_t amount, const std::string& id = fresh_id) {
    return transfer(a_, b_, amount, R"(,"id":")" + id + "\"");
  }
  reply raw(const std::string& bytes) {
    http_client c = connect();
    c.send(bytes);
    return c.read();
  }

  /// A second server over the same books, with other options or tokens.
  std::unique_ptr<server> beside(const http_options& options, storage::token_store& tokens) {
    auto made = std::make_unique<server>(
        services{rt_, *books_, store_, tokens, [this] { return ready(); }}, options);
    made->start();
    return made;
  }
  reply raw(const server& s, const std::string& bytes) {
    http_client c(s.port());
    c.send(bytes);
    return c.read();
  }
  std::string transfer_of_one(const std::string& token) {
    return ask_for{"POST", "/v1/transfers", token, transfer(a_, b_, 1)}.text();
  }

  // -- errors that need more than one line
  reply in_progress();
  reply request_timeout();
  reply overloaded();
  reply rate_limited();
  reply quota_exceeded();
  reply shutting_down();
  reply canceled();
  reply deadline_exceeded();

  std::string everything_stored() {
    lifeline::ledger::account_filter all;
    all.limit = 1'000;
    std::string text;
    const auto listed = store_.list_accounts(rt_.background(), all);
    for (const auto& a : listed->rows)
      text += a.id.str() + " " + std::to_string(a.posted) + " " + std::to_string(a.pending_in) +
              " " + std::to_string(a.pending_out) + " " + std::to_string(a.version) + "\n";
    return text + std::to_string(*store_.last_sequence(rt_.background()));
  }

  const std::string a_ = open("alice", R"(,"ref":"one")");
  const std::string b_ = open("bob");
  const std::string frozen_ = open("bob");
  const std::string closed_ = open("bob");
  const std::string euros_ =
      post("/v1/accounts", admin_, R"({"type":"checking","currency":"EUR","owner":"alice"})")
          .text("id");
  const std::string full_ = open("bob");
  const std::string lender_ = open("bob");
  std::string held_;
};

reply errors_api::in_progress() {
  std::promise<void> begun, release;
  store_.fail_next_commit(commit_fault::unavailable);
  store_.on_commit([&](const auto&) {
    begun.set_value();
    release.get_future().wait();
  });
  const std::string body = repeatable(5, "0193e0a0-0000-7000-8000-000000000002");
  http_client first = connect();
  first.send(ask_for{"POST", "/v1/transfers", alice_, body}.text());
  begun.get_future().wait();
  reply second = post("/v1/transfers", alice_, body);
  release.set_value();
  EXPECT_EQ(first.read().status, 503U);
  store_.on_commit({});
  return second;
}

reply errors_api::request_timeout() {
  http_options quick = options_;
  quick.header_timeout = std::chrono::milliseconds(20);
  const auto s = beside(quick, tokens_);
  return raw(*s, "POST /v1/tra");
}

/// With a ledger of its own, which refuses everything.
reply errors_api::overloaded() {
  storage::memory_ledger_store store;
  lifeline::ledger::ledger_options none;
  none.in_flight_per_processor = 0;
  auto books = lifeline::ledger::ledger::start(rt_, store, none, [](const std::string&) {});
  server s(services{rt_, **books, store, tokens_, {}}, options_);
  s.start();
  return raw(s, transfer_of_one(admin_));
}

/// One per second, for a faster client.
reply errors_api::rate_limited() {
  const standing_limits one(rt_, {.per_second = 0, .node_per_second = 1});
  services what{rt_, *books_, store_, tokens_, {}};
  what.limits = one.guard();
  server s(std::move(what), options_);
  s.start();
  http_client c(s.port());
  for (reply r;;) {
    c.send(ask_for{"POST", "/v1/transfers", admin_, transfer(a_, b_, 0)}.text());
    r = c.read();
    if (r.status != 400) return r;
  }
}

reply errors_api::quota_exceeded() {
  services what{rt_, *books_, store_, tokens_, {}};
  what.events = bus_.get();
  http_options options = options_;
  options.streams_per_caller = 0;
  server s(std::move(what), options);
  s.start();
  return raw(s, ask_for{"GET", "/v1/events", admin_}.text());
}

reply errors_api::shutting_down() {
  const auto s = beside(options_, tokens_);
  http_client c(s->port());
  c.send("GET /v1/accounts HTTP/1.1\r\nHost: bank\r\n");  // the start of a request
  http_client probe(s->port());
  probe.send(ask_for{"GET", "/livez"}.text());
  EXPECT_EQ(probe.read().status, 200U);
  s->stop_accepting();
  c.send("\r\n");
  return c.read();
}

reply errors_api::canceled() {
  waiting_tokens tokens;
  const auto s = beside(options_, tokens);
  http_client c(s->port());
  c.send(transfer_of_one("t"));
  tokens.begun.get_future().wait();
  s->stop_accepting();
  s->cut_short_requests();
  return c.read();
}

reply errors_api::deadline_exceeded() {
  waiting_tokens tokens;
  http_options quick = options_;
  quick.token_deadline = std::chrono::milliseconds(20);
  const auto s = beside(quick, tokens);
  return raw(*s, transfer_of_one("t"));
}

TEST_F(errors_api, each_leaves_all_balances_as_they_were) {
  const std::string account = R"({"type":"checking","currency":"USD","ref":"one"})";
  struct row {
    code expected;
    std::function<reply()> provoke;
  };
  const auto stand = [&](const std::string& from, const std::string& to, const std::string& token) {
    return post("/v1/standing-orders", token,
                transfer(from, to, 1, R"(,"every":"day","first_at":"2099-01-01T00:00:00Z")"));
  };
  const std::vector<row> table{
      {code::forbidden, [&] { return stand(b_, a_, alice_); }},
      {code::not_found, [&] { return stand(a_, fresh_id, alice_); }},
      {code::not_found,
       [&] { return get(std::string("/v1/standing-orders/") + fresh_id, alice_); }},
      {code::not_found,
       [&] {
         return call({"DELETE", std::string("/v1/standing-orders/") + fresh_id, alice_});
       }},
      {code::invalid_field, [&] { return get("/v1/standing-orders?state=x", alice_); }},
      {code::currency_mismatch, [&] { return stand(a_, euros_, alice_); }},
      {code::account_frozen, [&] { return stand(a_, frozen_, alice_); }},
      {code::account_closed, [&] { return stand(a_, closed_, alice_); }},
      {code::same_account, [&] { return stand(a_, a_, alice_); }},
      {code::store_unavailable,
       [&] {
         store_.fail_next_commit(commit_fault::unavailable);
         return stand(a_, b_, alice_);
       }},
      {code::malformed_json, [&] { return post("/v1/transfers", alice_, "{"); }},
      {code::invalid_field, [&] { return move(a_, b_, 0); }},
      {code::invalid_field, [&] { return change(a_, R"({"state":"gone"})"); }},
      {code::unauthenticated, [&] { return post("/v1/transfers", "x", transfer(a_, b_, 1)); }},
      {code::forbidden, [&] { return post("/v1/transfers", alice_, transfer(b_, a_, 1)); }},
      {code::forbidden, [&] { return post("/v1/transfers", auditor_, transfer(a_, b_, 1)); }},
      {code::not_found, [&] { return move(a_, fresh_id, 1); }},
      {code::not_found, [&] { return change(fresh_id, R"({"state":"frozen"})"); }},
      {code::method_not_allowed,
       [&] {
         return call({"DELETE", "/v1/accounts", admin_});
       }},
      {code::in_progress, [&] { return in_progress(); }},
      {code::already_exists, [&] { return post("/v1/accounts", alice_, account); }},
      {code::invalid_state, [&] { return change(a_, R"({"state":"closed"})"); }},
      {code::precondition_failed,
       [&] {
         return call({"PATCH", "/v1/accounts/" + a_, admin_, R"({"state":"frozen"})",
                      "If-Match: \"0\"\r\n"});
       }},
      {code::expectation_failed,
       [&] { return post("/v1/transfers", alice_, transfer(a_, b_, 1), "Expect: more\r\n"); }},
      {code::upgrade_required, [&] { return get("/v1/ws", alice_); }},
      {code::not_implemented,
       [&] {
         return raw(
             "POST /v1/transfers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
       }},
      {code::request_timeout, [&] { return request_timeout(); }},
      {code::body_too_large,
       [&] { return post("/v1/transfers", admin_, std::string(70'000, ' ')); }},
      {code::target_too_long,
       [&] { return raw("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"); }},
      {code::unsupported_media_type,
       [&] {
         return raw("POST /v1/transfers HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + admin_ +
                    "\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
       }},
      {code::headers_too_large,
       [&] { return raw("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a')); }},
      {code::insufficient_funds, [&] { return move(a_, b_, 5'000); }},
      {code::amount_above_hold,
       [&] { return post("/v1/transfers/" + held_ + "/post", alice_, R"({"amount":8})"); }},
      {code::currency_mismatch, [&] { return move("world", euros_, 1); }},
      {code::currency_mismatch, [&] { return move(a_, euros_, 1); }},
      {code::account_frozen, [&] { return move(frozen_, b_, 1); }},
      {code::account_frozen, [&] { return move(a_, frozen_, 1); }},
      {code::account_closed, [&] { return move(a_, closed_, 1); }},
      {code::account_closed, [&] { return change(closed_, R"({"state":"open"})"); }},
      {code::same_account, [&] { return move(a_, a_, 1); }},
      {code::balance_limit, [&] { return move(a_, full_, 1); }},
      {code::idempotency_mismatch, [&] { return post("/v1/transfers", alice_, repeatable(2)); }},
      {code::internal,
       [&] {
         store_.fail_next_commit(commit_fault::violated);
         return move(a_, b_, 1);
       }},
      {code::overloaded, [&] { return overloaded(); }},
      {code::rate_limited, [&] { return rate_limited(); }},
      {code::quota_exceeded, [&] { return quota_exceeded(); }},
      {code::store_unavailable,
       [&] {
         store_.fail_next_commit(commit_fault::unavailable);
         return move(a_, b_, 1);
       }},
      {code::shutting_down, [&] { return shutting_down(); }},
      {code::canceled, [&] { return canceled(); }},
      {code::deadline_exceeded, [&] { return deadline_exceeded(); }},
  };
  std::set<code> provoked;
  const std::string before = everything_stored();
  for (const row& r : table) {
    SCOPED_TRACE(to_string(r.expected));
    const reply answer = r.provoke();
    EXPECT_EQ(answer.status, status_of(r.expected)) << answer.body;
    EXPECT_EQ(answer.code(), to_string(r.expected)) << answer.body;
    EXPECT_NE(answer.text("outcome"), "unknown");
    EXPECT_EQ(everything_stored(), before);
    provoked.insert(r.expected);
  }
  for (std::size_t i = 0; i < code_count; ++i)
    EXPECT_TRUE(provoked.contains(static_cast<code>(i)))
        << to_string(static_cast<code>(i)) << " was not tested";
  EXPECT_EQ(move(a_, b_, 992).status, 201U) << "nothing stayed reserved";
}

}  // namespace
}  // namespace bank::api::testing
