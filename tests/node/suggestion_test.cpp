#include "bank/node/suggestion.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bank::node {
namespace {

const std::vector<std::string> names{"port", "listen", "http.threads", "data_dir"};

TEST(suggestion, gives_the_nearest_name) {
  EXPECT_EQ(nearest_name("prot", names), "port");
  EXPECT_EQ(nearest_name("Listen", names), "listen");
  EXPECT_EQ(nearest_name("DATA_DIR", names), "data_dir");
  EXPECT_EQ(nearest_name("data-dir", names), "data_dir");
  EXPECT_EQ(nearest_name("htp.thread", names), "http.threads");
}

TEST(suggestion, is_silent_when_nothing_is_near) {
  EXPECT_EQ(nearest_name("colour", names), std::nullopt);
  const std::vector<std::string> flags{"--listen"};
  EXPECT_EQ(nearest_name("--lisen", flags), "--listen");
  EXPECT_EQ(nearest_name("--cluster", flags), std::nullopt);
  EXPECT_EQ(nearest_name("", names), std::nullopt);
  EXPECT_EQ(did_you_mean("colour", names), "");
}

TEST(suggestion, asks_in_a_sentence) {
  EXPECT_EQ(did_you_mean("prot", names), "; did you mean \"port\"?");
}

}  // namespace
}  // namespace bank::node
