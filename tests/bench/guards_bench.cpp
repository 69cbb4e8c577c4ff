// The costs of guards, in one run: a limiter's decision alone and through its actor, memory of
// callers, the breaker, the cache alone and through four shards (by ask and without a message,
// compared with a bare ask), and the hit rates of S3-FIFO and LRU. Prints one line of JSON per
// case; `rate` is per second, except hit rates (percent) and memory (bytes per caller).

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "guards/traces.hpp"
#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/guards/cache_shard.hpp"
#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/guards/rate_limiter.hpp"

namespace {

using namespace lifeline;
using namespace lifeline::guards;

double seconds_of(const std::function<void()>& f) {
  const time_point began = process_clock().now();
  f();
  return std::chrono::duration<double>(process_clock().now() - began).count();
}

void report(const char* name, double rate) {
  std::printf(R"({"name":"%s","rate":%.1f})"
              "\n",
              name, rate);
}

/// Runs `once(i)` many times and prints the rate per second.
template <class F>
void measure(const char* name, std::size_t times, F once) {
  const double took = seconds_of([&] {
    for (std::size_t i = 0; i < times; ++i) once(i);
  });
  report(name, static_cast<double>(times) / took);
  std::fprintf(stderr, "%s: %.1f ns\n", name, took / static_cast<double>(times) * 1e9);
}

volatile std::size_t kept;

// -- cores ---------------------------------------------------------------------------------------

void limiter_cores() {
  time_point t = process_clock().now();
  token_bucket bucket(token_rate::per_second(1'000'000), 100, t);
  std::size_t admitted = 0;
  measure("bucket_allow", 50'000'000, [&](std::size_t) {
    t += duration(700);
    admitted += bucket.allow(t) ? 1 : 0;
  });
  kept = admitted;

  constexpr std::size_t callers = 1'000'000;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < callers; ++i) names.push_back("customer:" + std::to_string(i));
  rate_limits limits({.most_callers = 2 * callers, .seed = 1});
  for (const auto& name : names) limits.acquire(0, name, 5, duration::zero(), t);
  report("limiter_bytes_per_caller", static_cast<double>(limits.callers().bytes()) /
                                         static_cast<double>(limits.callers().size()));
  std::mt19937_64 random(1);
  measure("limits_acquire_of_a_million", 5'000'000, [&](std::size_t) {
    t += duration(100);
    kept = static_cast<std::size_t>(
        limits.acquire(0, names[random() % callers], 1, duration::zero(), t).what);
  });
}

void breaker_cores() {
  const time_point t = process_clock().now();
  breaker_state state({}, t);
  measure("breaker_call_closed", 50'000'000, [&](std::size_t i) {
    const time_point now = t + duration(100 * i);
    state.succeeded(state.ask(now), now);
  });
  const circuit_breaker breaker;
  const context ctx = background();
  measure("breaker_call_closed_any_thread", 10'000'000,
          [&](std::size_t) { breaker.admit(ctx)->succeeded(); });
}

void cache_cores() {
  constexpr std::size_t entries = 1'000'000;
  const time_point t = process_clock().now();
  ttl_cache cache({.most_entries = 2 * entries, .most_bytes = std::size_t{1} << 30});
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < entries; ++i) keys.push_back("account/" + std::to_string(i));
  const auto value = std::make_shared<const std::string>("x");
  for (const auto& key : keys) cache.set(key, value, t);
  const testing::zipf draw(entries);
  std::mt19937_64 random(1);
  // In memory in the order of their use, because a caller has just read the key.
  std::vector<std::string> asked(entries);
  for (auto& a : asked) a = keys[draw(random)];
  measure("cache_hit_of_a_million_zipf", 5'000'000,
          [&](std::size_t i) { kept = cache.get(asked[i % asked.size()], t).value->size(); });
  for (auto& a : asked) a = keys[random() % entries];
  measure("cache_hit_of_a_million_uniform", 5'000'000,
          [&](std::size_t i) { kept = cache.get(asked[i % asked.size()], t).value->size(); });
}

void hit_rates() {
  const auto trace = testing::zipf_with_scans(100'000, 2'000'000, 1);
  for (const std::size_t part : {100U, 20U, 10U}) {
    const std::size_t size = 100'000 / part;
    const std::string suffix = "_" + std::to_string(100 / part) + "_percent";
    report(("hits_s3_fifo" + suffix).c_str(), 100 * testing::hit_rate_of_s3_fifo(trace, size));
    report(("hits_lru" + suffix).c_str(), 100 * testing::hit_rate_of_lru(trace, size));
  }
}

// -- actors --------------------------------------------------------------------------------------

/// Keeps `open` asks open until it has `total` answers.
template <class Answer, class Message>
struct asking {
  context ctx;
  std::function<caf::actor(std::size_t)> whom;
  std::function<Message(std::size_t)> what;
  std::size_t left = 0;
  std::size_t waiting = 0;
  std::atomic<int>* done = nullptr;

  void next(caf::event_based_actor* self) {
    --left;
    ++waiting;
    ask(self, ctx, whom(left), what(left))
        .then([this, self](const Answer&) { heard(self); }, [this, self](errc) { heard(self); });
  }
  void heard(caf::event_based_actor* self) {
    --waiting;
    if (left > 0) return next(self);
    if (waiting > 0) return;
    ++*done;
    done->notify_all();
  }
};

template <class Answer, class Message>
void measure_asks(const char* name, runtime& rt, const context& life, std::size_t askers,
                  std::size_t each, std::function<caf::actor(std::size_t)> whom,
                  std::function<Message(std::size_t)> what) {
  std::atomic<int> done{0};
  const double took = seconds_of([&] {
    for (std::size_t i = 0; i < askers; ++i)
      spawn_linked(rt.system(), life, [&, each](caf::event_based_actor* self) -> caf::behavior {
        auto state = std::make_shared<asking<Answer, Message>>(
            asking<Answer, Message>{life, whom, what, each, 0, &done});
        self->attach_functor([state] {});
        for (int open = 0; open < 16; ++open) state->next(self);
        return {[](const Answer&) {}};
      });
    for (int n = done; n < static_cast<int>(askers); n = done) done.wait(n);
  });
  report(name, static_cast<double>(askers * each) / took);
}

struct nothing_asked {
  std::uint64_t n = 0;
};
template <class Inspector>
auto inspect(Inspector& f, nothing_asked& x) {
  return fields(f, "nothing_asked", x, x.n);
}
struct nothing_done {
  std::uint64_t n = 0;
};
template <class Inspector>
auto inspect(Inspector& f, nothing_done& x) {
  return fields(f, "nothing_done", x, x.n);
}

/// A bare ask to one actor: the upper limit for asks to guards.
void bare_actor(runtime& rt, const context& life) {
  loss losses;
  const auto idle =
      spawn_linked(rt.system(), life, [&](caf::event_based_actor* self) -> caf::behavior {
        return {shed(self, losses,
                     [](const context&, const nothing_asked& m) { return nothing_done{m.n}; })};
      });
  measure_asks<nothing_done, nothing_asked>(
      "bare_asks", rt, life, 4, 500'000, [=](std::size_t) { return idle; },
      [](std::size_t i) { return nothing_asked{i}; });
}

/// Runs `each(i)` on several threads at once, without a message.
void measure_threads(const char* name, std::size_t threads, std::size_t each,
                     const std::function<void(std::size_t)>& once) {
  const double took = seconds_of([&] {
    std::vector<std::jthread> all;
    for (std::size_t t = 0; t < threads; ++t)
      all.emplace_back([&, t] {
        for (std::size_t i = 0; i < each; ++i) once(t * each + i);
      });
  });
  report(name, static_cast<double>(threads * each) / took);
}

void limiter_actor(runtime& rt, const context& life) {
  rate_limits_options options;
  options.each = {token_rate::per_second(1'000'000'000), 1'000'000};
  const token_source tokens;
  const auto limiter = spawn_rate_limiter(rt.system(), life, options, nullptr, nullptr, tokens);
  measure_asks<tokens_answered, acquire_tokens>(
      "limiter_asks", rt, life, 4, 500'000, [=](std::size_t) { return limiter; },
      [](std::size_t i) { return acquire_tokens{.caller = "c" + std::to_string(i % 1'000)}; });
  std::atomic<std::size_t> waits{0};
  measure_threads("limiter_takes", 4, 2'000'000, [&](std::size_t i) {
    if (!tokens.take(life, "c" + std::to_string(i % 1'000))) ++waits;
  });
  if (waits > 0) std::fprintf(stderr, "limiter_takes: %zu would wait\n", waits.load());
}

void cache_actors(runtime& rt, const context& life) {
  cache_shard_options options;
  options.load = [](const context&, const std::string&, const landing<cached_value>& done) {
    done(make_cached("x"));
  };
  std::vector<caf::actor> made;
  std::vector<cache_reader> readers(4);
  for (const auto& reader : readers) {
    options.reader = reader;
    made.push_back(spawn_cache_shard(rt.system(), life, options));
  }
  const cache_shards shards(made, 1, readers);
  const auto key = [](std::size_t i) { return "account/" + std::to_string(i % 10'000); };
  measure_asks<cache_answered, get_cached>(
      "cache_asks_4_shards", rt, life, 4, 500'000, [&](std::size_t i) { return shards.of(key(i)); },
      [&](std::size_t i) { return get_cached{key(i)}; });
  std::atomic<std::size_t> missed{0};
  measure_threads("cache_gets_4_shards", 4, 2'000'000, [&](std::size_t i) {
    if (!shards.find(life, key(i))) ++missed;
  });
  if (missed > 0) std::fprintf(stderr, "cache_gets_4_shards: %zu missed\n", missed.load());
}

}  // namespace

int main() {
  limiter_cores();
  breaker_cores();
  cache_cores();
  hit_rates();
  runtime rt;
  auto life = with_cancel(rt.background());
  bare_actor(rt, life.ctx());
  limiter_actor(rt, life.ctx());
  cache_actors(rt, life.ctx());
}
