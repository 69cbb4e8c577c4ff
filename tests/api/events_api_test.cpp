#include <atomic>
#include <optional>
#include <thread>

#include "api/events_fixture.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api::testing {
namespace {

class the_event_stream : public events_fixture {};

TEST_F(the_event_stream, sends_each_entry_with_its_sequence) {
  http_client c = follow(admin_);
  const std::string account = open("alice");
  const std::string t = deposit(account, 500);
  const heard_event opened = next(c);
  EXPECT_EQ(opened.type, "account.opened");
  EXPECT_EQ(opened.id, "1");
  EXPECT_EQ(opened.json().at("id").as_string(), account);
  const heard_event posted = next(c);
  EXPECT_EQ(posted.type, "transfer.posted");
  EXPECT_EQ(posted.id, "2");
  EXPECT_EQ(posted.json(), get("/v1/transfers/" + t, admin_).json());
}

TEST_F(the_event_stream, sends_customers_events_of_their_own_accounts_only) {
  const std::string bobs = open("bob");
  const std::string alices = open("alice");
  http_client c = follow(alice_);
  deposit(bobs, 500);
  open("bob");
  const std::string own = deposit(alices, 700);
  EXPECT_EQ(next(c).json().at("id").as_string(), own);
  const std::string next_account = open("alice");
  EXPECT_EQ(next(c).json().at("id").as_string(), next_account);
  const std::string into_it = deposit(next_account, 1);
  EXPECT_EQ(next(c).json().at("id").as_string(), into_it) << "an account opened since";
}

TEST_F(the_event_stream, sends_a_changed_account) {
  const std::string account = open("alice");
  http_client c = follow(alice_);
  call({"PATCH", "/v1/accounts/" + account, admin_, R"({"state":"frozen"})"});
  const heard_event e = next(c);
  EXPECT_EQ(e.type, "account.changed");
  EXPECT_EQ(e.json().at("state").as_string(), "frozen");
}

/// An answer is never ahead of its event.
TEST_F(the_event_stream, begins_behind_all_that_was_answered) {
  for (int i = 0; i < 40; ++i) {
    const std::string account = open("alice");
    http_client c = follow(admin_);
    call({"PATCH", "/v1/accounts/" + account, admin_, R"({"overdraft_limit":5})"});
    http_client behind_change = follow(admin_);
    const std::string t = deposit(account, 1);
    EXPECT_EQ(next(c).type, "account.changed");
    const heard_event e = next(behind_change);
    EXPECT_EQ(e.type, "transfer.posted");
    EXPECT_EQ(e.json().at("id").as_string(), t);
  }
}

TEST_F(the_event_stream, resumes_after_the_last_event_id) {
  const std::string account = open("alice");
  for (int i = 1; i <= 4; ++i) deposit(account, i);
  http_client by_header = follow(admin_, {}, "Last-Event-ID: 3\r\n");
  EXPECT_EQ(next(by_header).id, "4");
  EXPECT_EQ(next(by_header).id, "5");
  http_client by_parameter = follow(alice_, "?last_event_id=4");
  EXPECT_EQ(next(by_parameter).id, "5");
}

TEST_F(the_event_stream, starts_with_an_id_so_that_an_early_reconnect_misses_nothing) {
  const std::string account = open("alice");
  deposit(account, 1);
  { http_client deaf = follow(alice_); }
  EXPECT_EQ(from_, "2");
  const std::string missed = deposit(account, 2);
  http_client back = follow(alice_, {}, "Last-Event-ID: " + from_ + "\r\n");
  EXPECT_EQ(from_, "2") << "the client's position";
  EXPECT_EQ(next(back).json().at("id").as_string(), missed);
  follow(alice_, {}, "Last-Event-ID: 99\r\n");
  EXPECT_EQ(from_, "3") << "the newest event";
}

TEST_F(the_event_stream, resumes_after_a_restart_of_the_node) {
  const std::string account = open("alice");
  http_client c = follow(admin_);
  deposit(account, 1);
  const std::string last = next(c).id;
  deposit(account, 2);
  server_.reset();
  client_.reset();
  listen_in(1'000);
  deposit(account, 3);
  http_client again = follow(admin_, {}, "Last-Event-ID: " + last + "\r\n");
  EXPECT_EQ(next(again).json().at("amount").as_int64(), 2);
  EXPECT_EQ(next(again).json().at("amount").as_int64(), 3);
}

TEST_F(the_event_stream, reports_the_gap_beyond_the_replay_window) {
  listen_in(3);
  const std::string account = open("alice");
  for (int i = 1; i <= 9; ++i) deposit(account, i);
  http_client c = follow(admin_, {}, "Last-Event-ID: 2\r\n");
  const heard_event g = next(c);
  EXPECT_EQ(g.type, "gap");
  EXPECT_EQ(g.id, "");
  EXPECT_EQ(g.data, R"({"missed":5})");
  EXPECT_EQ(next(c).id, "8");
}

TEST_F(the_event_stream, sends_only_the_chosen_topics) {
  const std::string account = open("alice");
  http_client c = follow(admin_, "?topics=system,accounts");
  deposit(account, 1);
  open("bob");
  EXPECT_EQ(next(c).type, "account.opened");
}

TEST_F(the_event_stream, refuses_invalid_requests) {
  expect_problem(get("/v1/events", ""), 401, "unauthenticated", "Authorization");
  expect_problem(get("/v1/events?topics=weather", admin_), 400, "invalid_field", "topics");
  expect_problem(get("/v1/events?last_event_id=-1", admin_), 400, "invalid_field", "last_event_id");
  expect_problem(call({"GET", "/v1/events", admin_, {}, "Last-Event-ID: first\r\n"}), 400,
                 "invalid_field", "Last-Event-ID");
  expect_problem(get("/v1/ws", admin_), 426, "upgrade_required", "Upgrade");
  expect_problem(get("/v1/ws?topics=weather", admin_), 400, "invalid_field", "topics");
  EXPECT_EQ(bus_->subscribers(), 0U);
}

TEST_F(the_event_stream, answers_head) {
  const reply r = call({"HEAD", "/v1/events", admin_});
  EXPECT_EQ(r.status, 200U);
  EXPECT_EQ(r.field("content-type"), "text/event-stream");
  EXPECT_EQ(get("/livez", "").status, 200U) << "the connection stays open";
}

TEST_F(the_event_stream, sends_heartbeats_while_idle) {
  options_.event_heartbeat = std::chrono::milliseconds(20);
  http_client c = follow(admin_);
  EXPECT_EQ(c.until("\n\n"), ":");
  EXPECT_EQ(c.until("\n\n"), ":");
  open("alice");
  EXPECT_EQ(next(c).type, "account.opened");
}

/// The heartbeat is far away: a waiting stream is woken, a busy one checks.
TEST_F(the_event_stream, ends_at_once_when_its_token_is_revoked) {
  const auto eve = add_token(storage::role::auditor, "eve");
  const std::string id = last_token_id_;
  http_client quiet = follow(eve);
  http_client other = follow(admin_);
  ASSERT_EQ(call({"DELETE", "/v1/admin/tokens/" + id, admin_}).status, 204U);
  EXPECT_EQ(quiet.until("\n\n"), "") << "closed";
  wait_for_subscribers(1);
  open("alice");
  EXPECT_EQ(next(other).type, "account.opened") << "other streams continue";
}

/// Does not answer any more once a token was revoked.
class lost_tokens final : public storage::token_store {
 public:
  explicit lost_tokens(storage::token_store& real) : real_(real) {}
  template <class T>
  using result = lifeline::ledger::result<T>;
  using record = storage::token_record;

  result<void> add(const lifeline::context& c, const record& t) override { return real_.add(c, t); }
  result<std::optional<record>> find(const lifeline::context& c, std::string_view h) override {
    if (lost_)
      return lifeline::ledger::failure{lifeline::ledger::errc::store_unavailable, {}, "gone"};
    return real_.find(c, h);
  }
  result<std::vector<record>> list(const lifeline::context& c) override { return real_.list(c); }
  result<bool> revoke(const lifeline::context& c, std::string_view id,
                      lifeline::wall_time at) override {
    lost_ = true;
    return real_.revoke(c, id, at);
  }

 private:
  storage::token_store& real_;
  std::atomic<bool> lost_{false};
};
struct own_tokens {
  std::optional<lost_tokens> lost_;
};
class the_event_stream_over_a_lost_store : protected own_tokens, public events_fixture {};

TEST_F(the_event_stream_over_a_lost_store, ends_when_its_token_is_revoked) {
  lost_.emplace(tokens_);
  start(*lost_);
  const auto eve = add_token(storage::role::auditor, "eve");
  const std::string id = last_token_id_;
  const std::string account = open("alice");
  http_client c = follow(eve);
  ASSERT_EQ(call({"DELETE", "/v1/admin/tokens/" + id, admin_}).status, 204U);
  deposit(account, 4711);
  EXPECT_EQ(c.until("no such thing"), "");
  expect_problem(get("/v1/accounts", eve), 401, "unauthenticated", "Authorization");
}

/// Everything received until the connection closes.
std::string rest_of(http_client& c) { return c.until("no such thing"); }

/// Makes more events than can be sent to a client that does not read.
void fill(http_client& bank, const std::string& admin, const std::string& account) {
  const std::string memo(250, 'm');
  for (int i = 0; i < 2'000; ++i) {
    bank.send(ask_for{"POST", "/v1/transfers", admin,
                      R"({"from":"world","to":")" + account +
                          R"(","amount":1,"currency":"USD","memo":")" + memo + "\"}"}
                  .text());
    ASSERT_EQ(bank.read().status, 201U);
  }
}

TEST_F(the_event_stream, sends_a_lagging_client_nothing_after_its_token_was_revoked) {
  listen_in(10'000);
  const auto eve = add_token(storage::role::auditor, "eve");
  const std::string id = last_token_id_;
  const std::string account = open("alice");
  http_client behind(port(), 4'096);
  behind.send(ask_for{"GET", "/v1/events", eve}.text());
  wait_for_subscribers(1);
  http_client bank = connect();
  fill(bank, admin_, account);
  ASSERT_EQ(call({"DELETE", "/v1/admin/tokens/" + id, admin_}).status, 204U);
  deposit(account, 4711);
  const std::string heard = rest_of(behind);
  EXPECT_NE(heard.find("transfer.posted"), std::string::npos) << "sent before the revocation";
  EXPECT_EQ(heard.find(R"("amount":4711)"), std::string::npos);
  wait_for_subscribers(0);
}

struct own_clock {
  lifeline::manual_clock time_;
};
/// Time stands still until the test moves it; the heartbeat is fifteen seconds away.
class the_event_stream_in_time : private own_clock, public events_fixture {
 protected:
  the_event_stream_in_time() : events_fixture(own_clock::time_) {
    options_.event_pace = std::chrono::milliseconds(0);
  }
  ~the_event_stream_in_time() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }
  std::string token_for(std::chrono::seconds time) {
    return add_token(storage::role::auditor, "eve", now() + time);
  }
  lifeline::manual_clock& clock() { return own_clock::time_; }
};

TEST_F(the_event_stream_in_time, ends_when_its_token_expires) {
  http_client brief = follow(token_for(std::chrono::seconds(5)));
  http_client other = follow(admin_);
  clock().advance(std::chrono::seconds(4));
  open("alice");
  EXPECT_EQ(next(brief).type, "account.opened");
  EXPECT_EQ(next(other).type, "account.opened");
  clock().advance(std::chrono::milliseconds(1'100));
  EXPECT_EQ(rest_of(brief), "") << "closed, long before a heartbeat";
  wait_for_subscribers(1);
  open("alice");
  EXPECT_EQ(next(other).type, "account.opened") << "other streams continue";
}

/// The expiry is a wall time, so a jump of wall time reaches it.
TEST_F(the_event_stream_in_time, ends_when_wall_time_jumps_past_the_expiry) {
  http_client brief = follow(token_for(std::chrono::hours(1)));
  clock().jump_wall(std::chrono::hours(2));
  clock().advance(std::chrono::milliseconds(100));
  EXPECT_EQ(rest_of(brief), "");
  wait_for_subscribers(0);
}

/// Even without a check of the time since: no sweep runs here.
TEST_F(the_event_stream_in_time, sends_no_event_from_after_the_expiry) {
  const std::string account = open("alice");
  http_client brief = follow(token_for(std::chrono::hours(1)));
  clock().jump_wall(std::chrono::hours(1));
  deposit(account, 4711);
  EXPECT_EQ(rest_of(brief), "");
  wait_for_subscribers(0);
}

TEST_F(the_event_stream_in_time, ends_with_its_token_even_if_the_client_does_not_read) {
  listen_in(10'000);
  const std::string account = open("alice");
  const auto brief = token_for(std::chrono::seconds(5));
  http_client stalled(port(), 4'096);
  stalled.send(ask_for{"GET", "/v1/events", brief}.text());
  wait_for_subscribers(1);
  http_client bank = connect();
  fill(bank, admin_, account);
  clock().advance(std::chrono::milliseconds(5'100));
  wait_for_subscribers(0);
  deposit(account, 4711);
  EXPECT_EQ(rest_of(stalled).find(R"("amount":4711)"), std::string::npos);
}

/// Real time would end slow requests of the test, too.
TEST_F(the_event_stream_in_time, drops_a_client_that_does_not_read_and_serves_others) {
  options_.body_timeout = std::chrono::seconds(5);
  const std::string account = open("alice");
  http_client good = follow(admin_);
  http_client stalled(port(), 4'096);
  stalled.send(ask_for{"GET", "/v1/events", admin_}.text());
  wait_for_subscribers(2);
  const std::string memo(250, 'm');
  int sent = 0;
  while (bus_->subscribers() == 2) {
    const reply r =
        post("/v1/transfers", admin_, transfer("world", account, 1, R"(,"memo":")" + memo + "\""));
    ASSERT_EQ(r.status, 201U) << r.body;
    ASSERT_EQ(next(good).type, "transfer.posted");
    ++sent;
    clock().advance(std::chrono::milliseconds(500));
  }
  EXPECT_GT(sent, 10) << "time enough to write an answer";
}

TEST_F(the_event_stream, is_limited_for_each_caller) {
  options_.streams_per_caller = 2;
  http_client one = follow(alice_);
  auto two = std::make_unique<http_client>(follow(alice_));
  const reply r = get("/v1/events", alice_);
  expect_problem(r, 429, "quota_exceeded");
  EXPECT_EQ(r.text("detail"), "2 of 2 event streams of the caller are open; close one");
  http_client others = follow(bob_);
  two.reset();
  wait_for_subscribers(2);
  http_client three = follow(alice_);
}

TEST_F(the_event_stream, ends_when_its_client_hangs_up) {
  http_client c = follow(admin_);
  wait_for_subscribers(1);
  c.hang_up();
  wait_for_subscribers(0);
  EXPECT_TRUE(server_->drain(rt_.background()));
}

TEST_F(the_event_stream, sends_a_closing_event_when_the_node_stops) {
  http_client c = follow(admin_);
  open("alice");
  bus_->topic(system_topic).publish(system_closing{});
  bus_->close();
  EXPECT_EQ(next(c).type, "account.opened");
  EXPECT_EQ(next(c).type, "system.closing");
  EXPECT_TRUE(c.closed());
  EXPECT_TRUE(server_->drain(rt_.background()));
}

TEST_F(the_event_stream, ends_with_the_server) {
  http_client c = follow(admin_);
  server_.reset();
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(bus_->subscribers(), 0U);
}

/// A client that reconnects all the time receives every acknowledged transfer once.
TEST_F(the_event_stream, misses_nothing_across_many_reconnects) {
  constexpr int transfers = 200;
  const std::string account = open("alice");
  std::thread teller([&] {
    http_client own = connect();
    for (int i = 1; i <= transfers; ++i) {
      own.send(ask_for{"POST", "/v1/transfers", admin_, transfer("world", account, i)}.text());
      EXPECT_EQ(own.read().status, 201U);
    }
  });
  std::uint64_t last = 1;
  int heard = 0;
  while (heard < transfers) {
    http_client c = follow(alice_, {}, "Last-Event-ID: " + std::to_string(last) + "\r\n");
    for (int i = 0; i < 7 && heard < transfers; ++i) {
      const heard_event e = next(c);
      ASSERT_EQ(e.id, std::to_string(++last));
      ASSERT_EQ(e.json().at("amount").as_int64(), ++heard);
    }
  }
  teller.join();
}

}  // namespace
}  // namespace bank::api::testing
