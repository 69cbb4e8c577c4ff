#include "bank/node/maintenance.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "bank/node/progress_line.hpp"

namespace bank::node {
namespace {

TEST(progress, is_a_bar_where_the_total_is_known) {
  EXPECT_EQ(progress_bar("file", 0, 0), "file");
  EXPECT_EQ(progress_bar("entries", 0, 10), "[" + std::string(30, ' ') + "]   0 %  entries");
  EXPECT_EQ(progress_bar("entries", 5, 10),
            "[" + std::string(15, '#') + std::string(15, ' ') + "]  50 %  entries");
  EXPECT_EQ(progress_bar("entries", 10, 10), "[" + std::string(30, '#') + "] 100 %  entries");
  EXPECT_EQ(progress_bar("entries", 11, 10), "[" + std::string(30, '#') + "] 100 %  entries");
}

TEST(progress, is_a_line_for_each_step_where_there_is_no_terminal) {
  std::ostringstream out;
  {
    progress_line line(out, false);
    line.show("file", 0, 0);
    line.show("entries", 1, 10);
    line.show("entries", 2, 10);
    line.show("keys", 0, 0);
  }
  EXPECT_EQ(out.str(), "file\nentries\nkeys\n");
}

TEST(progress, leaves_a_terminals_line_free) {
  std::ostringstream out;
  { progress_line(out, true).show("longer", 0, 0); }
  EXPECT_EQ(out.str(), "\rlonger\r      \r");
}

TEST(maintenance, says_what_to_use_for_books_that_are_elsewhere) {
  configuration c;
  c.store = "postgres";
  std::ostringstream out, err;
  try {
    back_up(c, "file", out, err);
    FAIL();
  } catch (const std::exception& e) {
    EXPECT_NE(std::string(e.what()).find("pg_dump"), std::string::npos) << e.what();
  }
  try {
    verify(c, out, err);
    FAIL();
  } catch (const std::exception& e) {
    EXPECT_NE(std::string(e.what()).find("--postgres-url"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace bank::node
