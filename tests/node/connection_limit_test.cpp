#include "bank/node/connection_limit.hpp"

#include <gtest/gtest.h>

namespace bank::node {
namespace {

TEST(connection_limit, is_what_is_configured_where_enough_files_may_be_open) {
  for (const std::uint64_t files : {std::uint64_t{10'384}, std::uint64_t{1'048'576}, UINT64_MAX}) {
    const auto limit = fit_connections(10'000, files);
    EXPECT_EQ(limit.connections, 10'000U) << files;
    EXPECT_EQ(limit.warning, "") << files;
  }
}

TEST(connection_limit, leaves_files_to_the_stores) {
  struct row {
    std::uint64_t files;
    std::size_t connections;
  };
  for (const row& r : {row{10'383, 9'999}, row{1'024, 640}, row{769, 385}, row{768, 384},
                       row{256, 128}, row{1, 1}}) {
    const auto limit = fit_connections(10'000, r.files);
    EXPECT_EQ(limit.connections, r.connections) << r.files;
    EXPECT_NE(limit.warning, "") << r.files;
  }
}

TEST(connection_limit, says_which_numbers_do_not_fit_and_what_to_do) {
  EXPECT_EQ(fit_connections(10'000, 1'024).warning,
            "http.max_connections is 10000, but this process may have 1024 open files: it serves "
            "at most 640 connections; raise the limit (ulimit -n, or LimitNOFILE= in a systemd "
            "unit), or lower http.max_connections");
}

}  // namespace
}  // namespace bank::node
