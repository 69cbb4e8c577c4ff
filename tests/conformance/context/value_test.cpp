// TestValues; TestWithValueChecksKey and TestInvalidDerivedFail are compile errors and assertions,
// in tests/context/misuse_test.cpp.

#include <optional>
#include <string>

#include "conformance/context/manual_time.hpp"

namespace lifeline {
namespace {

using namespace testing;
using a_value = manual_time;

using text = std::optional<std::string>;  // nothing, where Go puts a nil
const context_key<text> first{"key"};
const context_key<text> second{"key"};  // the same name, another key
const context_key<text> third{"third"};

std::string found(const context& ctx, const context_key<text>& key) {
  const text* value = ctx.value(key);
  return value != nullptr && *value ? **value : "";
}

void expect_values(const context& ctx, const char* one, const char* two, const char* three) {
  EXPECT_EQ(found(ctx, first), one);
  EXPECT_EQ(found(ctx, second), two);
  EXPECT_EQ(found(ctx, third), three);
}

TEST_F(a_value, is_seen_from_where_it_was_added_downwards_and_only_there) {
  const context c1 = with_value(root, first, "1");
  const context c2 = with_value(c1, second, "2");
  const context c3 = with_value(c2, third, "3");
  const context c4 = with_value(c3, first, std::nullopt);
  expect_values(root, "", "", "");
  expect_values(c1, "1", "", "");
  expect_values(c2, "1", "2", "");
  expect_values(c3, "1", "2", "3");
  expect_values(c4, "", "2", "3");
}

TEST_F(a_value, is_seen_through_scopes_and_deadlines) {
  const auto scope = with_cancel(with_value(root, first, "1"));
  const auto timed = with_timeout(with_value(scope.ctx(), second, "2"), seconds(1));
  expect_values(timed.ctx(), "1", "2", "");
  const context hidden = with_value(timed.ctx(), second, "two");
  expect_values(hidden, "1", "two", "");
  expect_values(timed.ctx(), "1", "2", "");
}

TEST_F(a_value, is_the_same_object_wherever_it_is_seen) {
  const context c1 = with_value(root, first, "1");
  const auto scope = with_cancel(with_value(c1, second, "2"));
  EXPECT_EQ(scope.ctx().value(first), c1.value(first));
}

}  // namespace
}  // namespace lifeline
