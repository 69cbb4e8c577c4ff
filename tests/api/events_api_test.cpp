#include <thread>

#include "api/events_fixture.hpp"

namespace bank::api::testing {
namespace {

class the_event_stream : public events_fixture {};

TEST_F(the_event_stream, tells_of_each_entry_under_its_sequence) {
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

TEST_F(the_event_stream, tells_customers_of_their_own_accounts_only) {
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
  EXPECT_EQ(next(c).json().at("id").as_string(), into_it) << "one that was opened since";
}

TEST_F(the_event_stream, tells_of_a_changed_account) {
  const std::string account = open("alice");
  http_client c = follow(alice_);
  call({"PATCH", "/v1/accounts/" + account, admin_, R"({"state":"frozen"})"});
  const heard_event e = next(c);
  EXPECT_EQ(e.type, "account.changed");
  EXPECT_EQ(e.json().at("state").as_string(), "frozen");
}

TEST_F(the_event_stream, goes_on_behind_the_last_event_that_was_heard) {
  const std::string account = open("alice");
  for (int i = 1; i <= 4; ++i) deposit(account, i);
  http_client by_header = follow(admin_, {}, "Last-Event-ID: 3\r\n");
  EXPECT_EQ(next(by_header).id, "4");
  EXPECT_EQ(next(by_header).id, "5");
  http_client by_parameter = follow(alice_, "?last_event_id=4");
  EXPECT_EQ(next(by_parameter).id, "5");
}

TEST_F(the_event_stream, says_first_behind_what_it_begins_so_that_a_deaf_client_misses_nothing) {
  const std::string account = open("alice");
  deposit(account, 1);
  { http_client deaf = follow(alice_); }
  EXPECT_EQ(from_, "2");
  const std::string missed = deposit(account, 2);
  http_client back = follow(alice_, {}, "Last-Event-ID: " + from_ + "\r\n");
  EXPECT_EQ(from_, "2") << "where the client said that it was";
  EXPECT_EQ(next(back).json().at("id").as_string(), missed);
  follow(alice_, {}, "Last-Event-ID: 99\r\n");
  EXPECT_EQ(from_, "3") << "of what is still to come, the newest";
}

TEST_F(the_event_stream, goes_on_where_it_was_in_another_life_of_the_node) {
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

TEST_F(the_event_stream, says_how_much_it_missed_beyond_the_window) {
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

TEST_F(the_event_stream, tells_only_what_was_chosen) {
  const std::string account = open("alice");
  http_client c = follow(admin_, "?topics=system,accounts");
  deposit(account, 1);
  open("bob");
  EXPECT_EQ(next(c).type, "account.opened");
}

TEST_F(the_event_stream, is_refused_to_who_asks_wrongly) {
  expect_problem(get("/v1/events", ""), 401, "unauthenticated", "Authorization");
  expect_problem(get("/v1/events?topics=weather", admin_), 400, "invalid_field", "topics");
  expect_problem(get("/v1/events?last_event_id=-1", admin_), 400, "invalid_field", "last_event_id");
  expect_problem(call({"GET", "/v1/events", admin_, {}, "Last-Event-ID: first\r\n"}), 400,
                 "invalid_field", "Last-Event-ID");
  expect_problem(get("/v1/ws", admin_), 400, "invalid_field", "Upgrade");
  EXPECT_EQ(bus_->subscribers(), 0U);
}

TEST_F(the_event_stream, shows_its_head_alone) {
  const reply r = call({"HEAD", "/v1/events", admin_});
  EXPECT_EQ(r.status, 200U);
  EXPECT_EQ(r.field("content-type"), "text/event-stream");
  EXPECT_EQ(get("/livez", "").status, 200U) << "the connection goes on";
}

TEST_F(the_event_stream, beats_while_nothing_happens) {
  options_.event_heartbeat = std::chrono::milliseconds(20);
  http_client c = follow(admin_);
  EXPECT_EQ(c.until("\n\n"), ":");
  EXPECT_EQ(c.until("\n\n"), ":");
  open("alice");
  EXPECT_EQ(next(c).type, "account.opened");
}

TEST_F(the_event_stream, ends_soon_after_its_token_has_expired) {
  options_.event_heartbeat = std::chrono::milliseconds(20);
  const auto brief = add_token(storage::role::auditor, "eve", now() + std::chrono::seconds(1));
  http_client c = follow(brief);
  std::string text = c.until("\n\n");
  while (text == ":") text = c.until("\n\n");
  EXPECT_EQ(text, "") << "closed";
  wait_for_subscribers(0);
}

/// The heartbeat is far away: who waits is woken, and who is busy looks.
TEST_F(the_event_stream, ends_at_once_when_its_token_is_revoked) {
  const auto eve = add_token(storage::role::auditor, "eve");
  const std::string id = last_token_id_;
  http_client quiet = follow(eve);
  http_client other = follow(admin_);
  ASSERT_EQ(call({"DELETE", "/v1/admin/tokens/" + id, admin_}).status, 204U);
  EXPECT_EQ(quiet.until("\n\n"), "") << "closed";
  wait_for_subscribers(1);
  open("alice");
  EXPECT_EQ(next(other).type, "account.opened") << "the others' go on";
}

TEST_F(the_event_stream, is_limited_for_each_caller) {
  options_.streams_per_caller = 2;
  http_client one = follow(alice_);
  auto two = std::make_unique<http_client>(follow(alice_));
  const reply r = get("/v1/events", alice_);
  expect_problem(r, 429, "rate_limited");
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

TEST_F(the_event_stream, drops_a_client_that_does_not_read_while_others_hear_on) {
  options_.body_timeout = std::chrono::milliseconds(100);
  const std::string account = open("alice");
  http_client good = follow(admin_);
  http_client stalled(port(), 4'096);
  stalled.send(ask_for{"GET", "/v1/events", admin_}.text());
  wait_for_subscribers(2);
  const std::string memo(250, 'm');
  int sent = 0;
  while (bus_->subscribers() == 2) {
    post("/v1/transfers", admin_, transfer("world", account, 1, R"(,"memo":")" + memo + "\""));
    ++sent;
    EXPECT_EQ(next(good).type, "transfer.posted");
  }
  EXPECT_GT(sent, 1);
}

TEST_F(the_event_stream, says_goodbye_when_the_node_stops) {
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

/// Every acknowledged transfer is heard, once, by one who comes and goes all the time.
TEST_F(the_event_stream, misses_nothing_for_one_who_loses_its_connection_again_and_again) {
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
