#include <future>

#include "api/server_fixture.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api::testing {
namespace {

/// A token store without `find`.
class stalled_tokens_base : public storage::token_store {
 public:
  using found = std::optional<storage::token_record>;

  lifeline::ledger::result<void> add(const lifeline::context&,
                                     const storage::token_record&) override {
    return {};
  }
  lifeline::ledger::result<std::vector<storage::token_record>> list(
      const lifeline::context&) override {
    return std::vector<storage::token_record>();
  }
  lifeline::ledger::result<bool> revoke(const lifeline::context&, std::string_view,
                                        lifeline::wall_time) override {
    return false;
  }
};

/// A token store that answers only when the context ends, and records how it ended.
class stalled_tokens final : public stalled_tokens_base {
 public:
  lifeline::ledger::result<found> find(const lifeline::context& ctx, std::string_view) override {
    begun.set_value();
    lifeline::wait(ctx);
    ended.set_value(ctx.err());
    const auto code = ctx.err() == lifeline::errc::canceled
                          ? lifeline::ledger::errc::canceled
                          : lifeline::ledger::errc::deadline_exceeded;
    return lifeline::ledger::failure{code, {}, {}};
  }

  std::promise<void> begun;
  std::promise<lifeline::errc> ended;
};

/// A token store that ignores the end of its context: it answers when released.
class stubborn_tokens final : public stalled_tokens_base {
 public:
  lifeline::ledger::result<found> find(const lifeline::context&, std::string_view) override {
    begun.set_value();
    release.get_future().wait();
    return std::optional<storage::token_record>();
  }
  std::promise<void> begun, release;
};

/// Objects that blocking threads may still use after a test: they must outlive them.
struct held_things {
  stalled_tokens stalled_;
  stubborn_tokens stubborn_;
  std::atomic<bool> held_{false};
  std::promise<void> begun_, release_;
  std::shared_future<void> released_ = release_.get_future().share();

  /// Holds back the next commit until `release_` is set.
  void hold_commit(storage::memory_ledger_store& store) {
    store.on_commit([this](const auto&) {
      if (held_.exchange(true)) return;
      begun_.set_value();
      released_.wait();
    });
  }
};

class life_api : protected held_things, public server_fixture {};

TEST_F(life_api, ends_the_request_when_its_client_hangs_up) {
  start(stalled_);
  http_client c = connect();
  c.send(ask_for{"GET", "/v1/accounts", "t"}.text());
  stalled_.begun.get_future().wait();
  EXPECT_EQ(server_->running_requests(), 1U);
  c.hang_up();
  EXPECT_EQ(stalled_.ended.get_future().get(), lifeline::errc::canceled);
  EXPECT_TRUE(server_->drain(rt_.background()));
}

TEST_F(life_api, distinguishes_a_pipelined_request_from_a_hang_up) {
  start(stalled_);
  http_client c = connect();
  c.send(ask_for{"GET", "/v1/accounts", "t", "", "X-Request-Timeout-Ms: 300\r\n"}.text());
  stalled_.begun.get_future().wait();
  c.send(ask_for{"GET", "/livez"}.text());
  EXPECT_EQ(stalled_.ended.get_future().get(), lifeline::errc::deadline_exceeded);
  EXPECT_EQ(c.read().status, 504U);
  EXPECT_EQ(c.read().status, 200U);
}

TEST_F(life_api, answers_504_when_the_token_is_not_checked_in_time) {
  options_.token_deadline = std::chrono::milliseconds(50);
  start(stalled_);
  http_client c = connect();
  c.send(ask_for{"GET", "/v1/accounts", "t"}.text());
  const reply r = c.read();
  expect_problem(r, 504, "deadline_exceeded");
  EXPECT_FALSE(r.json().contains("outcome"));
}

TEST_F(life_api, reports_outcome_none_for_a_write_whose_token_was_not_checked) {
  options_.token_deadline = std::chrono::milliseconds(50);
  start(stalled_);
  http_client c = connect();
  c.send(ask_for{"POST", "/v1/transfers", "t", "{}"}.text());
  const reply r = c.read();
  expect_problem(r, 504, "deadline_exceeded");
  EXPECT_EQ(r.text("outcome"), "none");
}

TEST_F(life_api, answers_503_when_requests_are_cancelled) {
  start(stalled_);
  http_client c = connect();
  c.send(ask_for{"GET", "/v1/accounts", "t"}.text());
  stalled_.begun.get_future().wait();
  server_->stop_accepting();
  server_->cut_short_requests();
  const reply r = c.read();
  expect_problem(r, 503, "canceled");
  EXPECT_EQ(r.field("connection"), "close");
  EXPECT_TRUE(c.closed());
}

TEST_F(life_api, reports_outcome_unknown_for_a_cancelled_write) {
  const std::string a = open("alice");
  hold_commit(store_);
  http_client c = connect();
  c.send(ask_for{"POST", "/v1/transfers", admin_, transfer("world", a, 5)}.text());
  begun_.get_future().wait();
  server_->stop_accepting();
  server_->cut_short_requests();
  const reply r = c.read();
  expect_problem(r, 503, "canceled");
  EXPECT_EQ(r.text("outcome"), "unknown");
  release_.set_value();
}

/// Probes see that the node stops; all other requests get 503 with Retry-After.
TEST_F(life_api, answers_on_new_connections_while_it_stops) {
  const std::uint16_t at = port();
  server_->stop_accepting();
  EXPECT_TRUE(server_->drain(rt_.background()));
  const auto ask = [at](const ask_for& a) {
    http_client c(at);
    c.send(a.text());
    reply r = c.read();
    EXPECT_EQ(r.field("connection"), "close") << a.target;
    EXPECT_TRUE(c.closed()) << a.target;
    return r;
  };
  EXPECT_EQ(ask({"GET", "/livez"}).status, 200U);
  EXPECT_EQ(ask({"GET", "/metrics"}).code(), "not_found") << "answered; this server has no metrics";
  for (const char* path : {"/readyz", "/healthz", "/v1/accounts", "/", "/openapi.json", "/nowhere"})
    expect_problem(ask({"GET", path, admin_}), 503, "shutting_down");
  const reply write = ask({"POST", "/v1/transfers", admin_, "{}"});
  expect_problem(write, 503, "shutting_down");
  EXPECT_EQ(write.text("outcome"), "none");
  server_.reset();
  EXPECT_ANY_THROW(http_client{at});
}

/// Waits until `when` drops its handle, as the phases of a stop do.
void wait_for_none(const std::function<void(std::shared_ptr<const void>)>& when) {
  std::promise<void> none;
  when(std::shared_ptr<const void>(&none, [&](const void*) { none.set_value(); }));
  none.get_future().wait();
}

TEST_F(life_api, waits_a_moment_for_a_request_of_an_idle_connection_and_answers_a_later_one) {
  http_client idle = connect();
  idle.send(ask_for{"GET", "/livez"}.text());
  EXPECT_EQ(idle.read().status, 200U);
  server_->stop_accepting();
  wait_for_none([&](auto held) { server_->when_no_connections(std::move(held)); });
  idle.send(ask_for{"GET", "/v1/accounts", admin_}.text());
  const reply r = idle.read();
  expect_problem(r, 503, "shutting_down");
  EXPECT_EQ(r.field("connection"), "close");
  EXPECT_TRUE(idle.closed());
}

TEST_F(life_api, refuses_a_large_body_while_it_stops_without_reading_it) {
  const std::uint16_t at = port();
  server_->stop_accepting();
  http_client c(at);
  c.send(
      "POST /v1/transfers/batch HTTP/1.1\r\nHost: bank\r\nAuthorization: Bearer unknown\r\n"
      "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{");
  const reply r = c.read();
  expect_problem(r, 503, "shutting_down");
  EXPECT_EQ(r.text("outcome"), "none");
  EXPECT_TRUE(c.closed());
}

TEST_F(life_api, refuses_new_requests_while_it_stops) {
  http_client reading = connect();
  const std::string late = ask_for{"POST", "/v1/transfers", admin_, "{}"}.text();
  // Answered first, so that the connection surely exists.
  reading.send(ask_for{"GET", "/livez"}.text() + late.substr(0, 20));
  EXPECT_EQ(reading.read().status, 200U);
  server_->stop_accepting();
  reading.send(late.substr(20));
  const reply r = reading.read();
  expect_problem(r, 503, "shutting_down");
  EXPECT_EQ(r.text("outcome"), "none");
  EXPECT_EQ(r.field("connection"), "close");
  EXPECT_TRUE(reading.closed());
}

TEST_F(life_api, answers_requests_sent_before_the_stop) {
  const std::string a = open("alice");
  hold_commit(store_);
  http_client c = connect();
  const std::string payment =
      ask_for{"POST", "/v1/transfers", admin_, transfer("world", a, 5)}.text();
  c.send(payment + ask_for{"GET", "/readyz"}.text() + payment);
  begun_.get_future().wait();
  server_->stop_accepting();
  release_.set_value();
  EXPECT_EQ(c.read().status, 201U);
  expect_problem(c.read(), 503, "shutting_down");
  const reply last = c.read();
  expect_problem(last, 503, "shutting_down");
  EXPECT_EQ(last.text("outcome"), "none");
  EXPECT_EQ(last.field("connection"), "close");
  EXPECT_TRUE(c.closed());
}

TEST_F(life_api, answers_a_request_that_arrives_during_the_stop) {
  http_client c = connect();
  c.send(ask_for{"GET", "/livez"}.text());
  EXPECT_EQ(c.read().status, 200U);
  server_->stop_accepting();
  c.send(ask_for{"GET", "/readyz"}.text());
  const reply r = c.read();
  expect_problem(r, 503, "shutting_down");
  EXPECT_EQ(r.field("connection"), "close");
}

TEST_F(life_api, drains_until_the_last_statement_has_returned_and_names_it) {
  start(stubborn_);
  http_client c = connect();
  c.send(ask_for{"GET", "/v1/accounts", "t", "", "X-Request-ID: stuck-1\r\n"}.text());
  stubborn_.begun.get_future().wait();
  server_->stop_accepting();
  server_->cut_short_requests();
  expect_problem(c.read(), 503, "canceled");
  const auto hurry = lifeline::with_timeout(rt_.background(), std::chrono::milliseconds(20));
  EXPECT_FALSE(server_->drain(hurry.ctx()));
  EXPECT_EQ(server_->running_requests(), 0U);
  EXPECT_EQ(server_->running_calls(), std::vector<std::string>{"token check, request_id=stuck-1"});
  std::promise<void> none;
  server_->when_no_calls(
      std::shared_ptr<const void>(&none, [&](const void*) { none.set_value(); }));
  stubborn_.release.set_value();
  none.get_future().wait();
  EXPECT_TRUE(server_->drain(rt_.background()));
}

TEST_F(life_api, drains_until_the_last_request_has_its_answer) {
  const std::string a = open("alice");
  hold_commit(store_);
  http_client c = connect();
  c.send(ask_for{"POST", "/v1/transfers", admin_, transfer("world", a, 5)}.text());
  begun_.get_future().wait();
  server_->stop_accepting();
  const auto hurry = lifeline::with_timeout(rt_.background(), std::chrono::milliseconds(20));
  EXPECT_FALSE(server_->drain(hurry.ctx()));
  release_.set_value();
  EXPECT_TRUE(server_->drain(rt_.background()));
  EXPECT_EQ(c.read().status, 201U);
  EXPECT_EQ(server_->running_requests(), 0U);
}

TEST_F(life_api, ends_with_requests_still_running) {
  start(stalled_);
  http_client c = connect();
  c.send(ask_for{"GET", "/v1/accounts", "t"}.text());
  stalled_.begun.get_future().wait();
  server_.reset();
  EXPECT_EQ(stalled_.ended.get_future().get(), lifeline::errc::canceled);
}

struct own_clock {
  lifeline::manual_clock time_;
};
/// The same with a clock moved by the test.
class timed_life_api : private own_clock, protected held_things, public server_fixture {
 protected:
  timed_life_api() : server_fixture(own_clock::time_) {}
  lifeline::manual_clock& clock() { return own_clock::time_; }
};

/// Time stands still, so only the node's own rule lets the stop continue.
TEST_F(timed_life_api, is_not_delayed_by_new_connections_while_it_stops) {
  start(stalled_);
  server_->stop_accepting();
  http_client idle = connect();
  http_client in_head = connect();
  in_head.send("GET /readyz HTTP/1.1\r\n");
  http_client in_body = connect();
  in_body.send("POST /v1/accounts HTTP/1.1\r\nHost: bank\r\nContent-Length: 50\r\n\r\n{");
  http_client probe = connect();
  probe.send(ask_for{"GET", "/readyz"}.text());
  expect_problem(probe.read(), 503, "shutting_down");
  wait_for_none([&](auto held) { server_->when_no_connections(std::move(held)); });
  wait_for_none([&](auto held) { server_->when_no_requests(std::move(held)); });
  wait_for_none([&](auto held) { server_->when_no_calls(std::move(held)); });
  in_head.send("Host: bank\r\n\r\n");
  expect_problem(in_head.read(), 503, "shutting_down");
}

TEST_F(timed_life_api, finishes_a_request_whose_token_expires_meanwhile) {
  const std::string a = open("alice");
  const std::string brief =
      add_token(storage::role::admin, "eve", now() + std::chrono::seconds(10));
  hold_commit(store_);
  http_client c = connect();
  c.send(ask_for{"POST", "/v1/transfers", brief, transfer("world", a, 5)}.text());
  begun_.get_future().wait();
  clock().jump_wall(std::chrono::seconds(20));
  release_.set_value();
  EXPECT_EQ(c.read().status, 201U);
  c.send(ask_for{"GET", "/v1/accounts", brief}.text());
  EXPECT_EQ(c.read().status, 401U);
}

TEST_F(timed_life_api, reports_outcome_unknown_for_a_late_write) {
  const std::string a = open("alice");
  hold_commit(store_);
  http_client c = connect();
  c.send(ask_for{"POST", "/v1/transfers", admin_, transfer("world", a, 5),
                 "X-Request-Timeout-Ms: 1000\r\n"}
             .text());
  begun_.get_future().wait();
  clock().advance(std::chrono::seconds(2));
  const reply r = c.read();
  expect_problem(r, 504, "deadline_exceeded");
  EXPECT_EQ(r.text("outcome"), "unknown");
  release_.set_value();
}

TEST_F(life_api, can_be_made_and_dropped_without_being_started) {
  const server unused({rt_, *books_, store_, tokens_, {}}, options_);
  EXPECT_NE(unused.port(), 0);
}

TEST_F(life_api, reports_that_an_address_is_in_use) {
  http_options same = options_;
  same.port = port();
  EXPECT_THROW(server({rt_, *books_, store_, tokens_, {}}, same), std::system_error);
  same.listen = "256.0.0.1";
  EXPECT_THROW(server({rt_, *books_, store_, tokens_, {}}, same), std::system_error);
}

}  // namespace
}  // namespace bank::api::testing
