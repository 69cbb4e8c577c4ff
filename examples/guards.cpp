// A shop with three guards. Callers have a rate limit. A cache loads a slow value once for all
// concurrent requests. A circuit breaker guards a supplier that fails. Time is moved by hand, so
// that the program ends at once; a server would use the process's clock.

#include <cstdio>
#include <functional>
#include <string>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/cache_shard.hpp"
#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/guards/rate_limiter.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "lifeline/work/ask_and_wait.hpp"

using namespace lifeline;
using namespace lifeline::guards;
using namespace std::chrono_literals;

/// Asks from this thread and waits for the answer.
template <class Answer, class Message>
Answer ask_now(runtime& rt, const caf::actor& whom, const Message& m) {
  return *ask_and_wait<Answer>(rt.system(), rt.background(), whom, m);
}

void limit_callers(runtime& rt, manual_clock& time, const context& life) {
  rate_limits_options options;
  options.each = {token_rate::per_second(10), 2};
  const token_source tokens;
  const auto limiter = spawn_rate_limiter(rt.system(), life, options, nullptr, nullptr, tokens);
  for (const std::string caller : {"alice", "alice", "alice", "bob"}) {
    auto t = tokens.take(life,
                         caller);  // at once, on this thread; if it must wait, the limiter is asked
    if (!t) t = ask_now<tokens_answered>(rt, limiter, acquire_tokens{.caller = caller});
    if (t->admitted)
      std::printf("%s may go, %d left\n", caller.c_str(), static_cast<int>(t->remaining));
    else
      std::printf("%s: try again in %d ms\n", caller.c_str(),
                  static_cast<int>(t->retry_after / 1ms));
  }
  time.advance(100ms);
  const auto t = ask_now<tokens_answered>(rt, limiter, acquire_tokens{.caller = "alice"});
  std::printf("100 ms later: alice %s\n", t.admitted ? "may go" : "may not");
}

void cache_prices(runtime& rt, const context& life) {
  cache_shard_options options;
  options.load = [](const context&, const std::string& key, const landing<cached_value>& done) {
    std::printf("fetching %s\n", key.c_str());
    done(make_cached("350"));
  };
  const auto cache = spawn_cache_shard(rt.system(), life, options);
  for (int i = 0; i < 2; ++i) {
    const auto a = ask_now<cache_answered>(rt, cache, get_cached{"price/tea"});
    std::printf("tea costs %s (%s)\n", a.value.bytes->c_str(),
                a.from() == cache_source::hit ? "hit" : "fetched");
  }
  ask_now<cache_changed>(rt, cache, erase_cached{"price/", true});
  ask_now<cache_answered>(rt, cache, get_cached{"price/tea"});
}

void leave_a_failing_supplier_alone(manual_clock& time, const context& ctx) {
  const circuit_breaker breaker({.rules = {.failures_in_a_row = 2, .open_for = 1s}}, time);
  const auto call = [&](bool works) {
    auto leave = breaker.admit(ctx);
    if (!leave) return std::printf("supplier: %s\n", std::string(to_string(leave.error())).c_str());
    works ? leave->succeeded() : leave->failed();
    return std::printf("supplier: %s\n", works ? "delivers" : "fails");
  };
  for (int i = 0; i < 3; ++i) call(false);
  time.advance(1s);
  call(true);
}

int main() {
  manual_clock time;
  runtime rt({}, time);
  auto life = with_cancel(rt.background());
  limit_callers(rt, time, life.ctx());
  cache_prices(rt, life.ctx());
  leave_a_failing_supplier_alone(time, life.ctx());
}
