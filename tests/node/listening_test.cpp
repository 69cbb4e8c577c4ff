#include "bank/node/listening.hpp"

#include <gtest/gtest.h>

namespace bank::node {
namespace {

TEST(listening, shows_an_address_as_a_url) {
  EXPECT_EQ(url_of("127.0.0.1", 8080), "http://127.0.0.1:8080");
  EXPECT_EQ(url_of("::1", 80), "http://[::1]:80");
  EXPECT_EQ(url_of("localhost", 1), "http://localhost:1");
}

TEST(listening, knows_what_others_can_reach) {
  for (const char* own : {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
    EXPECT_FALSE(is_beyond_loopback(own)) << own;
  for (const char* open : {"0.0.0.0", "::", "192.0.2.1", "bank.example"})
    EXPECT_TRUE(is_beyond_loopback(open)) << open;
}

TEST(listening, takes_addresses_and_names_of_hosts) {
  for (const char* right : {"127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1%lo", "localhost",
                            "bank.example", "bank.example.", "bank_node", "4u"})
    EXPECT_EQ(wrong_listen_address(right), "") << right;
  for (const char* wrong : {"256.0.0.1", "1.2.3", "8080", "127.0.0.1:8080", "[::1]", "*", "a b",
                            "http://localhost", "-a", "a..b", "."})
    EXPECT_NE(wrong_listen_address(wrong), "") << wrong;
}

std::string explain(std::errc e) {
  return explain_listen_error("127.0.0.1", 8080, std::make_error_code(e));
}

TEST(listening, says_what_to_do_when_it_cannot) {
  EXPECT_EQ(
      explain(std::errc::address_in_use),
      "port 8080 on 127.0.0.1 is in use: stop the other program, or use --port 0 for a free port");
  EXPECT_EQ(explain(std::errc::permission_denied),
            "port 8080 on 127.0.0.1 is not permitted for this user: use --port with 1024 or above");
  EXPECT_EQ(explain(std::errc::address_not_available),
            "127.0.0.1 is not an address of this machine: use --listen 127.0.0.1, or another of "
            "its addresses");
  EXPECT_EQ(explain(std::errc::io_error),
            "can't listen on 127.0.0.1 (Input/output error): use --listen with an address of this "
            "machine, such as 127.0.0.1");
}

}  // namespace
}  // namespace bank::node
