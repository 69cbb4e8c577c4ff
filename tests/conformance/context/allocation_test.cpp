// TestAllocs: heap allocations of a context. Go allows 3 for a value, 5 for a cancel, 8 to 12 for a
// timeout.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "lifeline/context/context.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace {
thread_local int allocations = 0;

void* take(std::size_t size) {
  ++allocations;
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
}  // namespace

// Not inlined: otherwise GCC warns of mismatched allocators.
[[gnu::noinline]] void* operator new(std::size_t size) { return take(size); }
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace lifeline {
namespace {

const context_key<int> number{"number"};

/// The number of allocations of `f`, after all one-time allocations.
template <class F>
int allocations_of(F f) {
  f();
  const int before = allocations;
  f();
  return allocations - before;
}

TEST(allocations, are_none_for_a_root_or_a_copy) {
  EXPECT_EQ(allocations_of([] { const context ctx = background(); }), 0);
  const auto scope = with_cancel(background());
  EXPECT_EQ(allocations_of([&] { const context copy = scope.ctx(); }), 0);
}

TEST(allocations, are_one_for_a_context_of_any_kind) {
  const auto parent = with_timeout(background(), std::chrono::hours(1));
  for (const context& from : {background(), parent.ctx()}) {
    EXPECT_EQ(allocations_of([&] { const auto scope = with_cancel(from); }), 1);
    EXPECT_EQ(allocations_of([&] { const auto s = with_timeout(from, std::chrono::minutes(1)); }),
              1);
    EXPECT_EQ(allocations_of([&] { const auto s = with_timeout(from, duration::zero()); }), 1);
    EXPECT_EQ(allocations_of([&] { const auto value = with_value(from, number, 1); }), 1);
    EXPECT_EQ(allocations_of([&] { const auto kept = without_cancel(from); }), 1);
  }
}

TEST(allocations, are_none_for_an_end_or_a_question) {
  auto scope = with_timeout(with_value(background(), number, 1), std::chrono::hours(1));
  const auto child = with_cancel(scope.ctx());
  const int before = allocations;
  EXPECT_NE(scope.ctx().value(number), nullptr);
  EXPECT_GT(scope.ctx().remaining(), duration::zero());
  scope.cancel();
  EXPECT_TRUE(child.ctx().done());
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace lifeline
