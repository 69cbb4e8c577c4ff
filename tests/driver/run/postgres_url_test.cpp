#include <gtest/gtest.h>

#include "driver/run/node_access.hpp"

namespace bank::driver {
namespace {

std::string place(std::string_view url) {
  const auto t = target_of(url);
  if (!t) return "none";
  if (const auto* local = std::get_if<proxy::unix_target>(&*t)) return local->path;
  const auto& remote = std::get<proxy::tcp_target>(*t);
  return remote.host + ":" + std::to_string(remote.port);
}

TEST(postgres_url, says_where_the_database_is) {
  EXPECT_EQ(place("postgresql://u:p@db.example:6000/bank"), "db.example:6000");
  EXPECT_EQ(place("postgresql://db.example/bank"), "db.example:5432");
  EXPECT_EQ(place("postgresql:///bank?host=/var/run/postgresql"),
            "/var/run/postgresql/.s.PGSQL.5432");
  EXPECT_EQ(place("postgresql:///bank?host=/run/x&port=6000"), "/run/x/.s.PGSQL.6000");
  EXPECT_EQ(place("host=/run/x port=7 dbname=bank"), "/run/x/.s.PGSQL.7");
  EXPECT_EQ(place("host=h hostaddr=10.0.0.1 dbname=bank"), "10.0.0.1:5432");
  EXPECT_EQ(place("bank"), "none");
  EXPECT_EQ(place("postgresql://[bad"), "none");
}

TEST(postgres_url, leads_through_the_proxy) {
  EXPECT_EQ(through("postgresql://u:p@db.example:6000/bank?connect_timeout=3", 99),
            "postgresql://u:p@127.0.0.1:99/bank?connect_timeout=3");
  EXPECT_EQ(through("postgresql:///bank?host=/run/x&port=6000", 99),
            "postgresql://127.0.0.1:99/bank");
  EXPECT_EQ(through("host=/run/x dbname=bank", 99),
            "host=/run/x dbname=bank host=127.0.0.1 hostaddr=127.0.0.1 port=99");
}

}  // namespace
}  // namespace bank::driver
