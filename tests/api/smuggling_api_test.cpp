#include "api/server_fixture.hpp"

namespace bank::api::testing {
namespace {

class smuggling_api : public server_fixture {};

TEST_F(smuggling_api, answers_400_once_and_closes) {
  const std::string hidden = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string& text : {
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
           "Content-Length: 4\r\n\r\n0\r\n\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: "
           "4\r\n\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: "
           "0\r\n\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n" + hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n" + hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
           "chunked\r\n\r\n1\r\nab\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n" +
               hidden,
           "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 4\r\n\r\n" + hidden,
           "GET /livez HTTP/1.1\r\n\r\n" + hidden,
           "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden,
           "GET /livez HTTP/1.1\nHost: a\n\n" + hidden,
           "GET /livez HTTP/9.9\r\nHost: a\r\n\r\n" + hidden,
           "GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n" + hidden,
           "\x16\x03\x01 a hand-shake" + hidden,
       }) {
    SCOPED_TRACE(text);
    http_client c = connect();
    c.send(text);
    const reply r = c.read();
    EXPECT_EQ(r.status, 400U);
    EXPECT_EQ(r.code(), "invalid_field");
    EXPECT_EQ(r.field("connection"), "close");
    EXPECT_EQ(r.text("request_id"), r.field("x-request-id"));
    EXPECT_TRUE(c.closed());
  }
}

}  // namespace
}  // namespace bank::api::testing
