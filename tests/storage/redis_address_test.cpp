#include "bank/storage/redis/address.hpp"

#include <gtest/gtest.h>

namespace bank::storage {
namespace {

TEST(a_redis_url, names_host_port_database_and_password) {
  const auto a = parse_redis_url("redis://:p%40ss@cache.example:6380/3");
  ASSERT_TRUE(a) << a.error().what;
  EXPECT_EQ(a->host, "cache.example");
  EXPECT_EQ(a->port, 6380);
  EXPECT_EQ(a->database, 3U);
  EXPECT_EQ(a->user, "");
  EXPECT_EQ(a->password, "p@ss");
  EXPECT_EQ(a->shown(), "cache.example:6380 (database 3)");
}

TEST(a_redis_url, has_defaults) {
  const auto a = parse_redis_url("redis://localhost");
  ASSERT_TRUE(a) << a.error().what;
  EXPECT_EQ(a->port, 6379);
  EXPECT_EQ(a->database, 0U);
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000/")->host, "::1");
  EXPECT_EQ(parse_redis_url("redis://me:pw@h")->user, "me");
}

TEST(a_redis_url, may_name_a_unix_socket) {
  const auto a = parse_redis_url("unix://:pw@/run/redis/redis.sock?db=2");
  ASSERT_TRUE(a) << a.error().what;
  EXPECT_EQ(a->path, "/run/redis/redis.sock");
  EXPECT_EQ(a->password, "pw");
  EXPECT_EQ(a->database, 2U);
  EXPECT_TRUE(parse_redis_url("unix:///run/redis.sock"));
}

TEST(a_redis_url, that_is_malformed_is_refused_without_being_quoted) {
  for (const char* url :
       {"", "localhost:6379", "http://:secret@localhost", "redis://", "redis://:secret@host/x",
        "redis://:secret@host:0", "redis://:secret@host:99999", "redis://:secret@host/1/2",
        "redis://host?db=1", "redis://secret@host", "unix://", "unix:///", "unix://host/secret",
        "unix:///run/redis.sock?database=1", "unix:///run/redis.sock?db=x", "redis://h#secret",
        "redis://:sec ret@host"}) {
    const auto a = parse_redis_url(url);
    ASSERT_FALSE(a) << url;
    EXPECT_EQ(a.error().what.find("secret"), std::string::npos) << url;
    EXPECT_FALSE(a.error().what.empty()) << url;
  }
}

}  // namespace
}  // namespace bank::storage
