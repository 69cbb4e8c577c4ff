#include "api/server_fixture.hpp"

// RFC 9112 and RFC 3986 on the wire: messages that a server must read or refuse.

namespace bank::api::testing {
namespace {

class http_messages_api : public server_fixture {
 protected:
  reply raw(const std::string& bytes) {
    http_client c = connect();
    c.send(bytes);
    return c.read();
  }
};

struct request_row {
  const char* clause;
  std::string text;
  unsigned status;
};

const std::string host = "Host: bank\r\n";

std::string get_livez(const std::string& fields, const std::string& version = "1.1") {
  return "GET /livez HTTP/" + version + "\r\n" + fields + "\r\n";
}

std::string post_chunked(const std::string& fields, const std::string& body) {
  return "POST /livez HTTP/1.1\r\n" + host + fields + "\r\n" + body;
}

TEST_F(http_messages_api, reads_and_refuses_messages_as_rfc_9112_says) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  for (const request_row& row : {
           request_row{"2.2 one empty line before the request", "\r\n" + get_livez(host), 200},
           request_row{"2.2 white space before the first field", get_livez(" " + host), 400},
           request_row{"2.2 bare CR in a field", get_livez(host + "X: a\rb\r\n"), 400},
           request_row{"2.2 bare LF ends no line", "GET /livez HTTP/1.1\n" + host + "\r\n", 400},
           request_row{"2.3 a version of another major", get_livez(host, "2.0"), 400},
           request_row{"2.3 the name of the protocol has a case",
                       "GET /livez http/1.1\r\n" + host + "\r\n", 400},
           request_row{"3.1 the method has a case", "get /livez HTTP/1.1\r\n" + host + "\r\n", 405},
           request_row{"3.2 no Host", get_livez(""), 400},
           request_row{"3.2 no Host, HTTP/1.0", get_livez("", "1.0"), 200},
           request_row{"3.2 two Hosts", get_livez(host + host), 400},
           request_row{"3.2 two Hosts, HTTP/1.0", get_livez(host + host, "1.0"), 400},
           request_row{"5.1 white space before the colon", get_livez("Host : bank\r\n"), 400},
           request_row{"5.2 a folded line", get_livez(host + "X: a\r\n b\r\n"), 400},
           request_row{"9110, 5.5 NUL in a field",
                       get_livez(host + "X: a" + std::string(1, '\0') + "b\r\n"), 400},
           request_row{"6.1 both framings", post_chunked(chunked + "Content-Length: 5\r\n", ""),
                       400},
           request_row{"6.1 a coding in HTTP/1.0",
                       "POST /livez HTTP/1.0\r\n" + host + chunked + "\r\n0\r\n\r\n", 400},
           request_row{"6.1 an unknown coding",
                       post_chunked("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
           request_row{"6.3 chunked is not the last coding",
                       post_chunked("Transfer-Encoding: chunked, gzip\r\n", ""), 400},
           request_row{"6.3 chunked is not there at all",
                       post_chunked("Transfer-Encoding: gzip\r\n", ""), 400},
           request_row{"6.3 chunked twice",
                       post_chunked("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400},
           request_row{"6.3 a bad length", post_chunked("Content-Length: 5x\r\n", ""), 400},
           request_row{"6.3 two lengths",
                       post_chunked("Content-Length: 5\r\nContent-Length: 6\r\n", ""), 400},
           request_row{"7 codings have no case",
                       post_chunked("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), 405},
           request_row{"7.1 sizes have no case",
                       post_chunked(chunked,
                                    "A\r\n0123456789\r\n"
                                    "a\r\n0123456789\r\n0\r\n\r\n"),
                       405},
           request_row{"7.1 a size that overflows",
                       post_chunked(chunked, "10000000000000001\r\nx\r\n0\r\n\r\n"), 400},
           request_row{"7.1.1 unknown extensions are ignored",
                       post_chunked(chunked, "1;a=\"b;c\";d\r\nx\r\n0;e\r\n\r\n"), 405},
           request_row{"7.1.1 white space around extensions",
                       post_chunked(chunked, "1 ; a\r\nx\r\n0\r\n\r\n"), 405},
           request_row{"7.1.2 trailers are ignored",
                       post_chunked(chunked, "0\r\nHost: a\r\nContent-Length: 9\r\n\r\n"), 405},
       }) {
    SCOPED_TRACE(row.clause);
    const reply r = raw(row.text);
    EXPECT_EQ(r.status, row.status) << r.body;
    EXPECT_FALSE(r.field("date").empty()) << "9110, 6.6.1";
    if (row.status == 400) {
      EXPECT_EQ(r.field("connection"), "close");
    }
  }
}

TEST_F(http_messages_api, distinguishes_unknown_and_malformed_transfer_codings) {
  expect_problem(raw(post_chunked("Transfer-Encoding: gzip, chunked\r\n", "")), 501,
                 "not_implemented", "Transfer-Encoding");
  expect_problem(raw(post_chunked("Transfer-Encoding: gzip\r\n", "")), 400, "invalid_field",
                 "Transfer-Encoding");
}

/// RFC 9112, 3.2; RFC 9110, 7.2; RFC 3986, 3.2.
TEST_F(http_messages_api, judges_hosts) {
  for (const char* good : {"bank", "Bank.example", "bank:", "bank:8080", "127.0.0.1:1", "[::1]",
                           "[::1]:8080", "b%61nk", ""}) {
    EXPECT_EQ(raw(get_livez(std::string("Host: ") + good + "\r\n")).status, 200U) << good;
  }
  for (const char* bad : {"b nk", "bank/", "user@bank", "bank:port", "[::1", "::1", "bank:1:2",
                          "http://bank", "b%zznk", "bank#"}) {
    expect_problem(raw(get_livez(std::string("Host: ") + bad + "\r\n")), 400, "invalid_field",
                   "Host");
  }
}

TEST_F(http_messages_api, takes_every_form_of_a_target) {
  struct form {
    const char* clause;
    std::string line;
    unsigned status;
  };
  for (const form& f : {
           form{"9112, 3.2.1", "GET /livez", 200},
           form{"9112, 3.2.1", "GET /livez?x", 200},
           form{"9112, 3.2.2 must be taken", "GET http://bank/livez", 200},
           form{"9112, 3.2.2 whatever Host says", "GET http://other:1/livez", 200},
           form{"3986, 6.2.2.1 schemes have no case", "GET HTTP://bank/livez", 200},
           form{"3986, 6.2.2.1 nor have hosts", "GET hTTps://BANK/livez", 200},
           form{"3986, 6.2.3 no path is the root", "GET http://bank", 200},
           form{"3986, 6.2.3 no path is the root", "GET http://bank?a=/b", 200},
           form{"3986, 3.2.2 an address", "GET http://[::1]:8080/livez", 200},
           form{"9110, 4.2.1 no host", "GET http:///livez", 400},
           form{"9110, 4.2.1 no host", "GET http://:80/livez", 400},
           form{"9110, 4.2.4 a user", "GET http://admin@bank/livez", 400},
           form{"9112, 3.2.2 another scheme", "GET ftp://bank/livez", 400},
           form{"9112, 3.2.3 only for CONNECT", "GET bank:80", 400},
           form{"9112, 3.2.3", "CONNECT bank:80", 400},
           form{"9112, 3.2.4 only for OPTIONS", "GET *", 400},
           form{"9112, 3.2.4", "OPTIONS *", 405},
           form{"9112, 3.2 no fragment", "GET /livez#x", 400},
       }) {
    const reply r = raw(f.line + " HTTP/1.1\r\n" + host + "\r\n");
    EXPECT_EQ(r.status, f.status) << f.clause << ": " << f.line << '\n' << r.body;
    if (f.status == 405) {
      EXPECT_EQ(r.field("allow"), "GET, HEAD, POST, PATCH, DELETE");
    }
  }
}

TEST_F(http_messages_api, takes_equivalent_paths_for_the_same) {
  const std::string id = open("alice");
  struct path_row {
    const char* clause;
    std::string path;
    unsigned status;
  };
  const std::string digit = "%3" + id.substr(0, 1);
  for (const path_row& row : {
           path_row{"3986, 2.3 unreserved characters", "/v1/%61ccounts", 200},
           path_row{"3986, 2.3", "/%76%31/%61%63%63%6F%75%6e%74%73", 200},
           path_row{"3986, 2.3 in what a path names", "/v1/accounts/" + digit + id.substr(1), 200},
           path_row{"3986, 2.3 a hyphen", "/v1/standing%2Dorders", 200},
           path_row{"3986, 2.2 reserved ones stay data", "/v1%2Faccounts", 404},
           path_row{"3986, 2.2", "/v1/accounts%3Flimit=1", 404},
           path_row{"3986, 2.1 no octet", "/v1/%zzaccounts", 400},
           path_row{"3986, 2.1 half an octet", "/v1/accounts%6", 400},
           path_row{"3986, 2.1 a lone mark", "/v1/accounts%", 400},
           path_row{"3986, 2.4 is decoded once", "/v1/%2561ccounts", 404},
           path_row{"3986, 6.2.2.3 dot segments", "/v1/./accounts", 200},
           path_row{"3986, 6.2.2.3", "/v1/transfers/../accounts", 200},
           path_row{"3986, 6.2.2.3 encoded", "/v1/transfers/%2E%2e/accounts", 200},
           path_row{"3986, 5.2.4 above the root", "/../v1/accounts", 200},
           path_row{"3986, 5.2.4 the last segment", "/v1/accounts/.", 404},
           path_row{"3986, 6.2.2.3 not within an octet that is data", "/v1/x%2F../accounts", 404},
           path_row{"3986, 6.2.2.1 paths have a case", "/V1/accounts", 404},
           path_row{"3986, 3.3 an empty segment is one", "/v1//accounts", 404},
           path_row{"3986, 3.3", "/v1/accounts/", 404},
       }) {
    SCOPED_TRACE(row.clause);
    const reply r = call({"GET", row.path, admin_});
    EXPECT_EQ(r.status, row.status) << row.path << '\n' << r.body;
  }
}

TEST_F(http_messages_api, writes_to_an_equivalent_path_under_the_same_key) {
  const std::string body = R"({"type":"checking","currency":"USD"})";
  const reply first = post("/v1/accounts", alice_, body, "Idempotency-Key: k\r\n");
  const reply again = post("/v1/%61ccounts", alice_, body, "Idempotency-Key: k\r\n");
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(again.text("id"), first.text("id"));
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
}

/// RFC 9112, 9.3 and 9.6; RFC 9110, 7.6.1.
TEST_F(http_messages_api, keeps_or_closes_a_connection_as_its_options_say) {
  struct option_row {
    std::string version, fields;
    bool kept;
  };
  for (const option_row& row : {
           option_row{"1.1", "", true},
           option_row{"1.1", "Connection: Close\r\n", false},
           option_row{"1.1", "Connection: x, close\r\n", false},
           option_row{"1.1", "Connection: keep-alive, close\r\n", false},
           option_row{"1.1", "Connection: x\r\nConnection: close\r\n", false},
           option_row{"1.1", "Connection: ,, close\r\n", false},
           option_row{"1.1", "Connection: closed\r\n", true},
           option_row{"1.0", "", false},
           option_row{"1.0", "Connection: Keep-Alive\r\n", true},
       }) {
    http_client c = connect();
    c.send(get_livez(host + row.fields, row.version));
    const reply r = c.read();
    EXPECT_EQ(r.status, 200U) << row.fields;
    EXPECT_EQ(r.field("connection"), row.kept ? row.version == "1.0" ? "keep-alive" : "" : "close")
        << row.fields;
    if (row.kept) {
      c.send(get_livez(host));
      EXPECT_EQ(c.read().status, 200U) << row.fields;
    } else {
      EXPECT_TRUE(c.closed()) << row.fields;
    }
  }
}

}  // namespace
}  // namespace bank::api::testing
