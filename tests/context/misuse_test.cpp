// Wrong uses do not compile where possible; elsewhere an assertion names the mistake.

#include <gtest/gtest.h>

#include <chrono>
#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "lifeline/context/context.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;

template <class Key, class Value>
concept a_value = requires(const context& ctx, Key&& key, Value&& value) {
  with_value(ctx, std::forward<Key>(key), std::forward<Value>(value));
};
template <class Key>
concept asked_for = requires(const context& ctx, Key&& key) {
  ctx.value(std::forward<Key>(key));
};
template <class Time>
concept a_timeout = requires(const context& ctx, Time time) {
  with_timeout(ctx, time);
};
template <class Time>
concept a_deadline = requires(const context& ctx, Time time) {
  with_deadline(ctx, time);
};

using key = context_key<std::string>;

// A key is a long-lived object, identified by its address.
static_assert(a_value<const key&, const char*> && asked_for<const key&>);
static_assert(!a_value<key, const char*> && !asked_for<key>);
static_assert(!a_value<const char*, const char*> && !asked_for<const char*>);
static_assert(!std::copy_constructible<key>);
// A value has its key's type.
static_assert(!a_value<const key&, seconds>);
// Time has a unit, and a deadline is a point of steady time.
static_assert(a_timeout<seconds> && !a_timeout<int> && !a_timeout<double>);
static_assert(a_deadline<time_point> && !a_deadline<seconds> && !a_deadline<wall_time>);
// A scope has exactly one owner.
static_assert(std::movable<cancel_scope> && !std::copyable<cancel_scope>);
// A context is made from another, never from nothing that looks like one.
static_assert(!std::convertible_to<std::nullptr_t, context>);

#ifndef NDEBUG
const key name{"name"};

/// Each death test runs in a separate process, because the clock's thread may run in this one.
class misuse_death : public ::testing::Test {
 protected:
  misuse_death() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(misuse_death, of_a_context_that_was_moved_from_is_named) {
  context ctx = background();
  const context other = std::move(ctx);
  EXPECT_DEATH(static_cast<void>(ctx.done()), "moved from");  // NOLINT(bugprone-use-after-move)
  EXPECT_DEATH(static_cast<void>(with_cancel(ctx)), "moved from");
}

TEST_F(misuse_death, of_a_scope_that_was_moved_from_is_named) {
  auto scope = with_cancel(background());
  const auto other = std::move(scope);
  EXPECT_DEATH(static_cast<void>(scope.ctx().done()), "moved from");
}

TEST_F(misuse_death, of_after_func_without_a_function_is_named) {
  EXPECT_DEATH(after_func(background(), nullptr), "needs a function");
}

class silent_watcher final : public context_watcher {
  void ended(errc) noexcept override {}
};

TEST_F(misuse_death, of_a_watcher_without_owner_or_that_watches_twice_is_named) {
  silent_watcher unowned;
  EXPECT_DEATH(unowned.watch(background()), "shared_ptr");
  const auto scope = with_cancel(background());
  const auto owned = std::make_shared<silent_watcher>();
  owned->watch(scope.ctx());
  EXPECT_DEATH(owned->watch(scope.ctx()), "one context only");
}
#endif

}  // namespace
}  // namespace lifeline
