#include "api/events_fixture.hpp"
#include "bank/api/events/websocket.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api::testing {
namespace {

class the_websocket : public events_fixture {
 protected:
  using events_fixture::events_fixture;

  http_client open_socket(const std::string& token, const std::string& query = {}) {
    http_client c = connect();
    c.send(ask_for{"GET",
                   "/v1/ws" + query,
                   token,
                   {},
                   "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"}
               .text());
    const reply head = c.read();
    EXPECT_EQ(head.status, 101U) << head.body;
    EXPECT_EQ(head.field("upgrade"), "websocket");
    EXPECT_EQ(head.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    return c;
  }
  /// The next frame's opcode and payload.
  static std::pair<int, std::string> next_frame(http_client& c) {
    const std::string head = c.bytes(2);
    if (head.size() < 2) return {-1, ""};
    std::size_t length = static_cast<unsigned char>(head[1]);
    if (length == 126) {
      const std::string more = c.bytes(2);
      length = static_cast<unsigned char>(more[0]) * 256U + static_cast<unsigned char>(more[1]);
    }
    return {head[0] & 0x0F, c.bytes(length)};
  }
  static std::string ping() { return {"\x89\x81mask\x1c", 7}; }
};

TEST_F(the_websocket, sends_each_event_as_json) {
  http_client c = open_socket(admin_, "?topics=accounts");
  const std::string account = open("alice");
  deposit(account, 5);
  const auto [opcode, text] = next_frame(c);
  EXPECT_EQ(opcode, 1);
  const auto said = boost::json::parse(text).as_object();
  EXPECT_EQ(said.at("type").as_string(), "account.opened");
  EXPECT_EQ(said.at("id").as_int64(), 1);
  EXPECT_EQ(said.at("data").at("id").as_string(), account);
}

TEST_F(the_websocket, resumes_by_a_parameter) {
  const std::string account = open("alice");
  deposit(account, 5);
  http_client c = open_socket(alice_, "?last_event_id=1");
  EXPECT_EQ(boost::json::parse(next_frame(c).second).at("id").as_int64(), 2);
}

TEST_F(the_websocket, answers_a_ping_at_once) {
  http_client c = open_socket(admin_);
  c.send(ping());
  EXPECT_EQ(next_frame(c).first, 10);
}

TEST_F(the_websocket, sends_pings_while_idle) {
  options_.event_heartbeat = std::chrono::milliseconds(20);
  http_client c = open_socket(admin_);
  EXPECT_EQ(next_frame(c).first, 9);
}

TEST_F(the_websocket, closes_on_invalid_frames) {
  http_client c = open_socket(admin_);
  c.send("GET / HTTP/1.1\r\n\r\n");
  const auto [opcode, why] = next_frame(c);
  EXPECT_EQ(opcode, 8);
  EXPECT_EQ(why, std::string("\x03\xea", 2)) << "1002";
  EXPECT_TRUE(c.closed());
  wait_for_subscribers(0);
}

TEST_F(the_websocket, sends_a_closing_event_when_the_node_stops) {
  http_client c = open_socket(admin_);
  bus_->topic(system_topic).publish(system_closing{});
  bus_->close();
  EXPECT_EQ(boost::json::parse(next_frame(c).second).at("type").as_string(), "system.closing");
  const auto [opcode, why] = next_frame(c);
  EXPECT_EQ(opcode, 8);
  EXPECT_EQ(why, std::string("\x03\xe9", 2)) << "1001";
  EXPECT_TRUE(c.closed());
}

/// Its heartbeat is far away: a waiting stream is woken.
TEST_F(the_websocket, ends_at_once_when_its_token_is_revoked) {
  const auto eve = add_token(storage::role::auditor, "eve");
  const std::string id = last_token_id_;
  http_client quiet = open_socket(eve);
  http_client other = open_socket(admin_);
  wait_for_subscribers(2);
  ASSERT_EQ(call({"DELETE", "/v1/admin/tokens/" + id, admin_}).status, 204U);
  const auto [opcode, why] = next_frame(quiet);
  EXPECT_EQ(opcode, 8);
  EXPECT_EQ(why, std::string("\x03\xf0", 2) + "token revoked") << "1008";
  EXPECT_TRUE(quiet.closed());
  wait_for_subscribers(1);
  open("alice");
  EXPECT_EQ(boost::json::parse(next_frame(other).second).at("type").as_string(), "account.opened")
      << "other streams continue";
}

struct handshake_row {
  const char* clause;
  std::string fields;
  unsigned status;
};

/// RFC 6455, 4.2; RFC 9110, 7.8 and 15.5.22.
TEST_F(the_websocket, follows_the_handshake_of_the_standards) {
  const std::string connection = "Connection: Upgrade\r\n";
  const std::string upgrade = "Upgrade: websocket\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const handshake_row& row : {
           handshake_row{"4.2.1", connection + upgrade + version + key, 101},
           handshake_row{"9110, 7.8 a list of protocols",
                         connection + version + key + "Upgrade: foo/2, WebSocket, bar\r\n", 101},
           handshake_row{"9110, 5.3 a list in two lines",
                         connection + version + key + "Upgrade: foo\r\n" + upgrade, 101},
           handshake_row{"9110, 7.6.1 a list of options",
                         "Connection: keep-alive, upgrade\r\n" + upgrade + version + key, 101},
           handshake_row{"9110, 5.6.1 empty elements",
                         "Connection: ,UPGRADE\r\nUpgrade: ,websocket,\r\n" + version + key, 101},
           handshake_row{"4.2.2 protocols and extensions that nobody knows",
                         connection + upgrade + version + key +
                             "Sec-WebSocket-Protocol: chat\r\n"
                             "Sec-WebSocket-Extensions: permessage-deflate\r\n",
                         101},
           handshake_row{"15.5.22 no upgrade", "", 426},
           handshake_row{"4.2.1 another protocol",
                         connection + version + key + "Upgrade: websockets, h2c\r\n", 426},
           handshake_row{"4.2.1 an upgrade of this connection?", upgrade + version + key, 426},
           handshake_row{"4.2.1 an upgrade to what?", connection + version + key, 426},
           handshake_row{"4.4 a later version",
                         connection + upgrade + key + "Sec-WebSocket-Version: 25\r\n", 426},
           handshake_row{"4.4 an earlier version",
                         connection + upgrade + key + "Sec-WebSocket-Version: 8\r\n", 426},
           handshake_row{"4.4 no version", connection + upgrade + key, 426},
           handshake_row{"4.2.1 no key", connection + upgrade + version, 400},
           handshake_row{"4.2.1 a short key",
                         connection + upgrade + version + "Sec-WebSocket-Key: YQ==\r\n", 400},
           handshake_row{"11.3.1 two keys", connection + upgrade + version + key + key, 400},
           handshake_row{"11.3.5 two versions", connection + upgrade + version + version + key,
                         400},
       }) {
    SCOPED_TRACE(row.clause);
    http_client c = connect();
    c.send(ask_for{"GET", "/v1/ws", admin_, {}, row.fields}.text());
    const reply r = c.read();
    EXPECT_EQ(r.status, row.status) << r.body;
    if (row.status == 400) continue;
    EXPECT_EQ(r.field("upgrade"), "websocket");
    EXPECT_TRUE(r.field("connection").starts_with("Upgrade")) << r.field("connection");
    EXPECT_EQ(r.field("sec-websocket-version"), row.status == 426 ? "13" : "");
    EXPECT_EQ(r.field("sec-websocket-protocol"), "");
    EXPECT_EQ(r.field("sec-websocket-extensions"), "");
    if (row.status == 426) expect_problem(r, 426, "upgrade_required", "Upgrade");
  }
}

/// RFC 9110, 7.8: HTTP/1.0 has no upgrade. RFC 6455, 4.1: it is requested with GET.
TEST_F(the_websocket, is_not_opened_by_other_means) {
  const std::string fields =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  http_client old = connect();
  old.send("GET /v1/ws HTTP/1.0\r\nHost: bank\r\nAuthorization: Bearer " + admin_ + "\r\n" +
           fields + "\r\n");
  const reply r = old.read();
  EXPECT_EQ(r.status, 426U);
  EXPECT_EQ(r.field("connection"), "Upgrade, close");
  EXPECT_EQ(call({"HEAD", "/v1/ws", admin_, {}, fields}).status, 426U);
  EXPECT_EQ(call({"POST", "/v1/ws", admin_, {}, fields}).status, 405U);
  expect_problem(call({"GET", "/v1/ws", {}, {}, fields}), 401, "unauthenticated", "Authorization");
}

/// RFC 6455, 7.1.1: the server ends the connection after the close frame.
TEST_F(the_websocket, sends_a_close_code_and_ends_the_connection) {
  struct failure_row {
    std::string said, code;
  };
  for (const failure_row& row : {
           failure_row{std::string("\x88\x81mask\x6e", 7), "\x03\xea"},      // half a code
           failure_row{std::string("\x80\x81mask\x15", 7), "\x03\xea"},      // of nothing
           failure_row{std::string("\x81\x81mask\x92", 7), "\x03\xef"},      // no text
           failure_row{std::string("\x88\x82mask\x62\xd9", 8), "\x0f\xb8"},  // 4024
           failure_row{std::string("\x88\x82mask\x6e\x8c", 8), "\x03\xea"},  // 1005
           failure_row{std::string("\x82\xfemask\x6e\x8c", 8), "\x03\xf1"},  // too large
       }) {
    http_client c = open_socket(admin_);
    c.send(row.said);
    const auto [opcode, why] = next_frame(c);
    EXPECT_EQ(opcode, 8);
    EXPECT_EQ(why, row.code);
    EXPECT_TRUE(c.closed());
  }
}

struct own_clock {
  lifeline::manual_clock time_;
};
/// The test moves the time.
class the_websocket_in_time : private own_clock, public the_websocket {
 protected:
  the_websocket_in_time() : the_websocket(own_clock::time_) {
    options_.event_pace = std::chrono::milliseconds(0);
  }
  ~the_websocket_in_time() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }
  lifeline::manual_clock& clock() { return own_clock::time_; }
};

TEST_F(the_websocket_in_time, is_closed_when_its_token_expires) {
  http_client c =
      open_socket(add_token(storage::role::auditor, "eve", now() + std::chrono::seconds(5)));
  clock().advance(std::chrono::milliseconds(5'100));
  const auto [opcode, why] = next_frame(c);
  EXPECT_EQ(opcode, 8);
  EXPECT_EQ(why, std::string("\x03\xf0", 2) + "token expired") << "1008";
  EXPECT_TRUE(c.closed());
  wait_for_subscribers(0);
}

TEST_F(the_websocket_in_time, sends_no_event_from_after_the_expiry) {
  http_client c =
      open_socket(add_token(storage::role::auditor, "eve", now() + std::chrono::hours(1)));
  wait_for_subscribers(1);
  clock().jump_wall(std::chrono::hours(1));
  open("alice");
  EXPECT_EQ(next_frame(c).first, 8);
  EXPECT_TRUE(c.closed());
}

}  // namespace
}  // namespace bank::api::testing
