#include "lifeline/work/gather.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace lifeline {
namespace {

struct row {
  const char* name;
  gather how;
  std::size_t targets;
  std::string ends;  ///< a: an answer, f: a failure, in order
  std::optional<std::size_t> over_after;
  bool enough;
};

TEST(a_gather, is_over_as_its_kind_says) {
  using std::chrono::seconds;
  const gather soft = gather::what_comes_within(seconds(1));
  const row rows[] = {
      {"all of none", gather::all(), 0, "", 0, true},
      {"all answer", gather::all(), 3, "aaa", 3, true},
      {"all: one fails, and the others are waited for", gather::all(), 3, "faa", 3, false},
      {"all: not yet", gather::all(), 3, "aa", {}, false},
      {"first", gather::first(), 3, "a", 1, true},
      {"first after a failure", gather::first(), 3, "fa", 2, true},
      {"first: nobody", gather::first(), 3, "fff", 3, false},
      {"first of none", gather::first(), 0, "", 0, false},
      {"quorum", gather::quorum(2), 3, "afa", 3, true},
      {"quorum in haste", gather::quorum(2), 5, "aa", 2, true},
      {"quorum out of reach", gather::quorum(2), 3, "ff", 2, false},
      {"quorum of more than there are", gather::quorum(4), 3, "", 0, false},
      {"quorum of nobody", gather::quorum(0), 3, "", 0, true},
      {"what comes: nothing", soft, 3, "", {}, true},
      {"what comes: all", soft, 3, "afa", 3, true},
      {"what comes: none to ask", soft, 0, "", 0, true},
  };
  for (const row& r : rows) {
    gather_count count(r.how, r.targets);
    std::optional<std::size_t> over;
    if (count.over()) over = 0;
    for (std::size_t i = 0; i < r.ends.size(); ++i) {
      r.ends[i] == 'a' ? count.answered() : count.failed();
      if (!over && count.over()) over = i + 1;
    }
    EXPECT_EQ(over, r.over_after) << r.name;
    EXPECT_EQ(count.enough(), r.enough) << r.name;
  }
}

TEST(a_gather, takes_the_largest_limit_of_any_unit_for_none) {
  EXPECT_EQ(gather::what_comes_within(std::chrono::hours::max()).limit(), duration::max());
  EXPECT_EQ(gather::what_comes_within(std::chrono::milliseconds::max()).limit(), duration::max());
}

}  // namespace
}  // namespace lifeline
