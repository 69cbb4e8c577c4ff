#include "api/events_fixture.hpp"
#include "bank/api/events/websocket.hpp"

namespace bank::api::testing {
namespace {

class the_websocket : public events_fixture {
 protected:
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

TEST_F(the_websocket, says_each_event_as_json) {
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

TEST_F(the_websocket, beats_with_pings) {
  options_.event_heartbeat = std::chrono::milliseconds(20);
  http_client c = open_socket(admin_);
  EXPECT_EQ(next_frame(c).first, 9);
}

TEST_F(the_websocket, closes_on_what_is_no_frame_of_a_client) {
  http_client c = open_socket(admin_);
  c.send("GET / HTTP/1.1\r\n\r\n");
  const auto [opcode, why] = next_frame(c);
  EXPECT_EQ(opcode, 8);
  EXPECT_EQ(why, std::string("\x03\xea", 2)) << "1002";
  EXPECT_TRUE(c.closed());
  wait_for_subscribers(0);
}

TEST_F(the_websocket, says_goodbye_when_the_node_stops) {
  http_client c = open_socket(admin_);
  bus_->topic(system_topic).publish(system_closing{});
  bus_->close();
  EXPECT_EQ(boost::json::parse(next_frame(c).second).at("type").as_string(), "system.closing");
  const auto [opcode, why] = next_frame(c);
  EXPECT_EQ(opcode, 8);
  EXPECT_EQ(why, std::string("\x03\xe9", 2)) << "1001";
  EXPECT_TRUE(c.closed());
}

/// Its heartbeat is far away: who waits is woken.
TEST_F(the_websocket, ends_at_once_when_its_token_is_revoked) {
  const auto eve = add_token(storage::role::auditor, "eve");
  const std::string id = last_token_id_;
  http_client quiet = open_socket(eve);
  http_client other = open_socket(admin_);
  wait_for_subscribers(2);
  ASSERT_EQ(call({"DELETE", "/v1/admin/tokens/" + id, admin_}).status, 204U);
  const auto [opcode, why] = next_frame(quiet);
  EXPECT_EQ(opcode, 8);
  EXPECT_EQ(why, std::string("\x03\xf0", 2)) << "1008";
  EXPECT_TRUE(quiet.closed());
  wait_for_subscribers(1);
  open("alice");
  EXPECT_EQ(boost::json::parse(next_frame(other).second).at("type").as_string(), "account.opened")
      << "the others' go on";
}

TEST_F(the_websocket, is_refused_without_its_handshake) {
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  for (const std::string& fields :
       {std::string(), upgrade + "Sec-WebSocket-Version: 13\r\n",
        upgrade + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"})
    expect_problem(call({"GET", "/v1/ws", admin_, {}, fields}), 400, "invalid_field", "Upgrade");
  expect_problem(get("/v1/ws", ""), 401, "unauthenticated", "Authorization");
}

}  // namespace
}  // namespace bank::api::testing
