// The costs of contexts: create, end, query and watch, case by case as in Go's benchmarks (see
// context_report.py). Started by scripts/bench.

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <new>
#include <random>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/context/watch.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> bytes_taken{0};
std::atomic<std::size_t> blocks_taken{0};

void* take(std::size_t size) {
  if (counting.load(std::memory_order_relaxed)) {
    bytes_taken += size;
    ++blocks_taken;
  }
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}

}  // namespace

// Not inlined: else GCC warns about a block of one allocator given to another.
[[gnu::noinline]] void* operator new(std::size_t size) { return take(size); }
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace lifeline {
namespace {

using namespace std::chrono_literals;
using benchmark::DoNotOptimize;

/// One request in flight as in a server: not a root, shared by all threads of a benchmark.
const context& parent() {
  static const cancel_scope scope = with_cancel(background());
  return scope.ctx();
}

/// Live requests beside the measured ones, with deadlines spread over the next two hours.
std::vector<cancel_scope> live_timers(std::size_t count) {
  std::mt19937 random(1);
  std::vector<cancel_scope> live;
  live.reserve(count);
  while (live.size() < count)
    live.push_back(with_timeout(background(), 10min + 1ms * (random() % 6'600'000)));
  return live;
}

// -- making and ending
// ---------------------------------------------------------------------------------

void with_cancel_and_cancel(benchmark::State& state) {
  for (auto _ : state) DoNotOptimize(with_cancel(parent()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(with_cancel_and_cancel)->Threads(1)->Threads(2)->UseRealTime();

void with_timeout_and_cancel(benchmark::State& state) {
  for (auto _ : state) DoNotOptimize(with_timeout(background(), 1h));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(with_timeout_and_cancel)->Threads(1)->Threads(2)->UseRealTime();

void with_timeout_under_one_parent(benchmark::State& state) {
  for (auto _ : state) DoNotOptimize(with_timeout(parent(), 1h));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(with_timeout_under_one_parent)->Threads(1)->Threads(2)->UseRealTime();

void with_timeout_beside_live(benchmark::State& state) {
  static std::vector<cancel_scope> live;
  if (state.thread_index() == 0) live = live_timers(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) DoNotOptimize(with_timeout(background(), 1h));
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) live.clear();
}
BENCHMARK(with_timeout_beside_live)->Arg(40)->Arg(400'000)->Threads(2)->UseRealTime();

void thousand_children(benchmark::State& state) {
  std::vector<cancel_scope> children;
  children.reserve(1'000);
  for (auto _ : state) {
    auto top = with_cancel(background());
    for (int i = 0; i < 1'000; ++i) children.push_back(with_cancel(top.ctx()));
    top.cancel();
    children.clear();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(thousand_children)->UseRealTime();

void after_func_and_stop(benchmark::State& state) {
  for (auto _ : state) {
    const auto handle = after_func(parent(), [] {});
    DoNotOptimize(handle.stop());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(after_func_and_stop)->UseRealTime();

// -- asking
// --------------------------------------------------------------------------------------------

void err(benchmark::State& state) {
  const context ctx = parent();
  for (auto _ : state) {
    if (ctx.err() != errc::none) std::abort();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(err)->UseRealTime();

void done(benchmark::State& state) {
  const context ctx = parent();
  for (auto _ : state) {
    if (ctx.done()) std::abort();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(done)->UseRealTime();

void copy(benchmark::State& state) {
  for (auto _ : state) {
    context ctx = parent();
    DoNotOptimize(ctx);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(copy)->UseRealTime();

void value_at_depth(benchmark::State& state) {
  std::deque<context_key<int>> keys;
  context ctx = background();
  for (int i = 0; i < state.range(0); ++i) ctx = with_value(ctx, keys.emplace_back("key"), i);
  for (auto _ : state) {
    if (ctx.value(keys.front()) == nullptr || ctx.value(keys.back()) == nullptr) std::abort();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(value_at_depth)->Arg(1)->Arg(10)->Arg(100)->UseRealTime();

const context_key<int> number{"number"};

void with_value_once(benchmark::State& state) {
  for (auto _ : state) DoNotOptimize(with_value(parent(), number, 1));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(with_value_once)->UseRealTime();

// -- memory
// --------------------------------------------------------------------------------------------

void bytes_per_live_deadline(benchmark::State& state) {
  constexpr std::size_t count = 10'000;
  for (auto _ : state) {
    std::vector<cancel_scope> live;
    live.reserve(count);
    bytes_taken = blocks_taken = 0;
    counting = true;
    while (live.size() < count) live.push_back(with_timeout(parent(), 1h));
    counting = false;
  }
  state.counters["bytes"] = static_cast<double>(bytes_taken) / count;
  state.counters["blocks"] = static_cast<double>(blocks_taken) / count;
}
BENCHMARK(bytes_per_live_deadline)->Iterations(3);

}  // namespace
}  // namespace lifeline

BENCHMARK_MAIN();
