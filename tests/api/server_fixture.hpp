#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "api/http_client.hpp"
#include "bank/api/cache/account_versions.hpp"
#include "bank/api/jobs/job_service.hpp"
#include "bank/api/server.hpp"
#include "bank/storage/memory/ledger_store.hpp"
#include "bank/storage/memory/token_store.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::api::testing {

/// A real server on a free port, over the memory stores, with a token for each role.
class server_fixture : public ::testing::Test {
 protected:
  explicit server_fixture(lifeline::clock& time = lifeline::process_clock(),
                          const lifeline::ledger::ledger_secret& secret = {})
      : rt_({}, time), store_(secret) {
    store_.around(versions_);
    admin_ = add_token(storage::role::admin, "root");
    alice_ = add_token(storage::role::customer, "alice");
    bob_ = add_token(storage::role::customer, "bob");
    auditor_ = add_token(storage::role::auditor, "audit");
    start_books();
    options_.port = 0;
  }
  ~server_fixture() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }

  void start_books() {
    lifeline::ledger::ledger_options books;
    books.processors = 3;
    books.directory_shards = 4;
    auto made = lifeline::ledger::ledger::start(rt_, store_, books, [](const std::string&) {});
    if (!made) throw std::runtime_error(made.error().detail);
    books_ = std::move(*made);
  }
  /// Before the first request: no call of the store may run.
  void add_hook(storage::store_hook& h) {
    books_.reset();
    store_.around(h);
    start_books();
  }
  /// Starts with the current options; called on first use.
  void start() { start(tokens_); }
  void start(storage::token_store& tokens) {
    services what{rt_, *books_, store_, tokens, [this] { return ready(); }};
    what.jobs = jobs_ ? &*jobs_ : nullptr;
    what.events = bus_.get();
    what.limits = limits_;
    what.cache = cache_;
    what.store_breaker = breaker_of_store_;
    what.watch = watch_;
    what.operations = operations_;
    server_ = std::make_unique<server>(std::move(what), options_);
    server_->start();
  }
  readiness ready() const {
    return unready_.empty() ? readiness{} : readiness{node_status::store_unavailable, unready_};
  }
  std::uint16_t port() {
    if (!server_) start();
    return server_->port();
  }
  http_client connect() { return http_client(port()); }

  std::string add_token(storage::role r, const std::string& owner,
                        std::optional<lifeline::wall_time> expires = {}) {
    const auto secret = storage::make_secret();
    const storage::token_record t{
        lifeline::ledger::uuid::make_v7(now()).str(), secret.hash, r, owner, now(), expires, {}};
    EXPECT_TRUE(tokens_.add(rt_.background(), t));
    last_token_id_ = t.id;
    return secret.secret;
  }
  lifeline::wall_time now() { return rt_.time().wall_now(); }

  /// Over one kept connection.
  reply call(const ask_for& a) {
    if (!client_) client_ = std::make_unique<http_client>(port());
    client_->send(a.text());
    reply r = client_->read(a.method == "HEAD");
    if (r.status == 0 || r.field("connection") == "close") client_.reset();
    return r;
  }
  reply get(const std::string& target, const std::string& token) {
    return call({"GET", target, token});
  }
  reply post(const std::string& target, const std::string& token, const std::string& body,
             const std::string& fields = {}) {
    return call({"POST", target, token, body, fields});
  }

  /// Opens an account in USD; returns its id.
  std::string open(const std::string& owner, const std::string& more = {}) {
    const reply r =
        post("/v1/accounts", admin_,
             R"({"type":"checking","currency":"USD","owner":")" + owner + "\"" + more + "}");
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }
  static std::string transfer(const std::string& from, const std::string& to, std::int64_t amount,
                              const std::string& more = {}) {
    return R"({"from":")" + from + R"(","to":")" + to + R"(","amount":)" + std::to_string(amount) +
           R"(,"currency":"USD")" + more + "}";
  }
  std::string deposit(const std::string& to, std::int64_t amount) {
    const reply r = post("/v1/transfers", admin_, transfer("world", to, amount));
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  }
  std::int64_t posted(const std::string& account) {
    return get("/v1/accounts/" + account, admin_).json().at("balance").at("posted").as_int64();
  }

  lifeline::runtime rt_;
  std::unique_ptr<lifeline::event_bus> bus_ = std::make_unique<lifeline::event_bus>(rt_.system());
  storage::memory_ledger_store store_;
  storage::memory_token_store tokens_;
  account_versions versions_;
  std::unique_ptr<lifeline::ledger::ledger> books_;
  http_options options_;
  std::string unready_;                 ///< why the node can't serve; empty: it can
  std::optional<job_service> jobs_;     ///< set by a test before its first request, else none
  const rate_guard* limits_ = nullptr;  ///< set by a test before the start, else none
  const read_cache* cache_ = nullptr;   ///< likewise
  const lifeline::guards::circuit_breaker* breaker_of_store_ = nullptr;  ///< likewise
  request_watch* watch_ = nullptr;                                       ///< likewise
  const operations_service* operations_ = nullptr;
  std::unique_ptr<server> server_;
  std::unique_ptr<http_client> client_;
  std::string admin_, alice_, bob_, auditor_;
  std::string last_token_id_;
};

/// Is this the expected problem, complete and well-formed?
inline void expect_problem(const reply& r, unsigned status, std::string_view code,
                           std::string_view field = {}) {
  ASSERT_EQ(r.status, status) << r.body;
  EXPECT_EQ(r.field("content-type"), "application/problem+json");
  EXPECT_EQ(r.code(), code) << r.body;
  EXPECT_EQ(r.json().at("status").as_int64(), status);
  EXPECT_EQ(r.text("request_id"), r.field("x-request-id"));
  EXPECT_FALSE(r.field("x-request-id").empty());
  for (const std::string_view member : {"type", "title", "detail", "instance"})
    EXPECT_FALSE(r.text(member).empty()) << member;
  EXPECT_EQ(r.text("field"), field) << r.body;
  EXPECT_EQ(!r.field("retry-after").empty(), status == 503 || status == 429);
}

}  // namespace bank::api::testing
