#include "bank/node/store_guard.hpp"
#include "bank/api/observe/log.hpp"

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "lifeline/context/watch.hpp"

namespace bank::node {

using lifeline::context;
using lifeline::duration;
using lifeline::errc;
using lifeline::time_point;
using lifeline::guards::circuit;
using lifeline::guards::circuit_breaker;
using lifeline::guards::guarded_call;

namespace ledger = lifeline::ledger;

namespace {

/// Interval between checks for hanging calls.
constexpr std::chrono::milliseconds look_every{50};

void tell_of_change(circuit from, circuit to) {
  const bool worse = to == circuit::open;
  log::at(worse ? log::level::error : log::level::info, "the store's circuit is {} (was {})",
          to_string(to), to_string(from));
}

const lifeline::context_key<bool> unguarded_key{"unguarded"};

ledger::failure unavailable(std::string why) {
  return {ledger::errc::store_unavailable, ledger::outcome::none, std::move(why)};
}

errc end_of_probe(ledger::errc e) noexcept {
  switch (e) {
    case ledger::errc::deadline_exceeded: return errc::deadline_exceeded;
    case ledger::errc::canceled: return errc::canceled;
    default: return errc::unreachable;
  }
}

}  // namespace

struct store_guard::passage::call {
  time_point began;
  patience how;
  std::optional<guarded_call> verdict;  ///< empty once reported
  std::list<std::shared_ptr<call>>::iterator place;
};

/// Outlives the guard while calls or a probe run.
struct store_guard::body : std::enable_shared_from_this<body> {
  using call = passage::call;

  body(lifeline::runtime& r, probe p, const store_guard_options& o)
      : rt(r),
        ask(std::move(p)),
        options(o),
        breaker({.rules = o.rules,
                 .patience = o.slow,
                 .on_change =
                     [also = o.on_change](circuit from, circuit to) {
                       tell_of_change(from, to);
                       if (also) also(from, to);
                     }},
                r.time()),
        life(with_cancel(r.background())),
        next_probe(r.time().now() + o.probe_every) {}

  std::shared_ptr<call> begin(guarded_call verdict, patience how) {
    auto c = std::make_shared<call>(call{rt.time().now(), how, std::move(verdict), {}});
    const std::lock_guard lock(mutex);
    c->place = running.insert(running.end(), c);
    return c;
  }
  enum class outcome : std::uint8_t { lost, failed, succeeded };
  void end(call& c, outcome how) {
    const std::lock_guard lock(mutex);
    if (how == outcome::succeeded) last_success = rt.time().now();
    if (c.verdict) tell(*c.verdict, how);
    c.verdict.reset();
    running.erase(c.place);
  }
  static void tell(guarded_call& verdict, outcome how) {
    switch (how) {
      case outcome::lost: return verdict.lost();
      case outcome::failed: return verdict.failed();
      case outcome::succeeded: return verdict.succeeded();
    }
  }

  void look_again() {
    const std::lock_guard lock(mutex);
    if (life.ctx().done()) return;
    pause.emplace(with_timeout(life.ctx(), look_every));
    after_func(pause->ctx(), [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->life.ctx().done()) return;
      self->look();
      self->look_again();
    });
  }
  /// Calls that run for too long.
  struct hanging_calls {
    bool any = false;
    bool of_late = false;  ///< one that became too long just now
  };

  void look();
  hanging_calls find_hanging(time_point now);
  void judge_late_probe(bool others_hang, time_point now);
  void begin_probe(time_point now);
  void run_probes();
  void probed(findings found);
  void note(std::optional<lifeline::ledger::write_obstacle> found);
  void stop();

  lifeline::runtime& rt;
  const probe ask;
  const store_guard_options options;
  const circuit_breaker breaker;
  lifeline::cancel_scope life;
  std::mutex mutex;
  std::list<std::shared_ptr<call>> running;  // oldest first
  std::optional<lifeline::cancel_scope> pause;
  // The probe has a thread of its own, so that it never waits for other calls.
  std::thread prober;
  std::condition_variable changed;
  time_point next_probe;
  std::optional<guarded_call> probing;  // empty: none runs, or it was judged
  time_point probe_began{};
  bool probe_is_out = false;
  bool last_was_late = false;
  time_point last_success{};  // of a call or a probe
  std::optional<lifeline::ledger::write_obstacle> obstacle;
  std::atomic<bool> obstructed{false};  // is there an obstacle?
  bool ending = false;
};

void store_guard::body::look() {
  const time_point now = rt.time().now();
  const circuit c = breaker.state();
  const std::lock_guard lock(mutex);
  const hanging_calls hang = find_hanging(now);
  const bool is_silent = hang.of_late && now - last_success >= 3 * options.slow / 2;
  const duration enough = is_silent ? options.slow / 2 : options.slow;
  if (probing && now - probe_began >= enough) judge_late_probe(hang.any, now);
  if (probe_is_out && !probing && now >= next_probe) {  // late a second time
    breaker.trip();
    next_probe = now + options.probe_every;
  }
  if (!probe_is_out && (now >= next_probe || c == circuit::half_open)) begin_probe(now);
}

store_guard::body::hanging_calls store_guard::body::find_hanging(time_point now) {
  hanging_calls found;
  for (const auto& c : running) {
    if (now - c->began < options.slow) break;
    found.any = true;
    // A call that still hangs from an earlier outage says nothing about the time since.
    if (now - c->began < 2 * options.slow) found.of_late = true;
    if (c->how == patience::may_take_long) continue;
    if (c->verdict) c->verdict->failed();
    c->verdict.reset();
  }
  return found;
}

void store_guard::body::judge_late_probe(bool others_hang, time_point now) {
  probing->failed();
  probing.reset();
  if (others_hang || last_was_late) breaker.trip();
  last_was_late = true;
  next_probe = now + options.probe_every;
}

void store_guard::body::begin_probe(time_point now) {
  auto admitted = breaker.admit(life.ctx());
  next_probe = now + options.probe_every;
  if (!admitted) return;
  probing.emplace(std::move(*admitted));
  probe_began = now;
  probe_is_out = true;
  changed.notify_all();
}

void store_guard::body::run_probes() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return ending || probe_is_out; });
    if (ending) return;
    lock.unlock();
    const auto scope = with_timeout(life.ctx(), options.slow);
    findings found = ask(scope.ctx());
    lock.lock();
    probe_is_out = false;
    probed(std::move(found));
  }
}

void store_guard::body::probed(findings found) {
  if (!probing || life.ctx().done()) return;  // already judged
  const time_point now = rt.time().now();
  if (found.end == errc::deadline_exceeded) return judge_late_probe(find_hanging(now).any, now);
  if (found.end == errc::none) {
    last_was_late = false;
    last_success = now;
    note(std::move(found.obstacle));
    probing->succeeded();
  } else {
    if (breaker.state() == circuit::closed) log::error("the store's probe failed: {}", found.why);
    probing->failed();
    breaker.trip();
  }
  probing.reset();
}

void store_guard::body::note(std::optional<lifeline::ledger::write_obstacle> found) {
  if (found == obstacle) return;
  obstacle = std::move(found);
  obstructed = obstacle.has_value();
  if (obstacle) {
    log::error("{} cannot be written to: {}; writes get 503 until it can", obstacle->where,
               obstacle->cause);
  } else {
    log::info("the store can be written to again");
  }
}

void store_guard::body::stop() {
  life.cancel();
  {
    const std::lock_guard lock(mutex);
    ending = true;
  }
  changed.notify_all();
  prober.join();
}

store_guard::store_guard(lifeline::runtime& rt, probe ask, const store_guard_options& options)
    : body_(std::make_shared<body>(rt, std::move(ask), options)) {
  body_->prober = std::thread([b = body_.get()] { b->run_probes(); });
  body_->look_again();
}

store_guard::~store_guard() { body_->stop(); }

std::optional<store_guard::passage> store_guard::enter(const context& ctx, patience p) const {
  auto admitted = body_->breaker.admit(ctx);
  if (!admitted) return std::nullopt;
  return passage(body_, body_->begin(std::move(*admitted), p));
}

std::optional<ledger::failure> store_guard::around(const storage::store_call& call,
                                                   const rest_of_call& go_on) {
  using storage::operation_kind;
  const operation_kind kind = traits_of(call.what).kind;
  if (kind == operation_kind::recovery || call.ctx.value(unguarded_key) != nullptr) return go_on();
  const bool commits = kind == operation_kind::commit;
  if (commits && is_obstructed()) return unavailable("the store cannot be written to");
  auto passage = enter(
      call.ctx, kind == operation_kind::look_up ? patience::short_call : patience::may_take_long);
  if (!passage) return unavailable("store unavailable (circuit open); retry in 1 s");
  auto failed = go_on();
  if (!failed || failed->code == ledger::errc::internal) {  // it answers, if only with a refusal
    passage->succeeded();
  } else if (failed->code == ledger::errc::store_unavailable) {
    passage->failed();
    if (commits) probe_soon();
  }
  return failed;
}

const circuit_breaker& store_guard::breaker() const noexcept { return body_->breaker; }

bool store_guard::is_obstructed() const noexcept { return body_->obstructed; }

void store_guard::probe_soon() const {
  const std::lock_guard lock(body_->mutex);
  body_->next_probe = body_->rt.time().now();
}

bool store_guard::is_probing() const {
  const std::lock_guard lock(body_->mutex);
  return body_->probe_is_out;
}

std::string store_guard::closed_off() const {
  switch (body_->breaker.state()) {
    case circuit::open: return "store unavailable (circuit open)";
    case circuit::half_open: return "store being tested (circuit half-open)";
    case circuit::closed: break;
  }
  const std::lock_guard lock(body_->mutex);
  return body_->obstacle ? "the store cannot be written to: " + body_->obstacle->cause
                         : std::string();
}

store_guard::passage::passage(std::shared_ptr<body> b, std::shared_ptr<call> c)
    : body_(std::move(b)), call_(std::move(c)) {}

store_guard::passage::~passage() {
  if (call_) body_->end(*call_, body::outcome::lost);
}
void store_guard::passage::succeeded() {
  body_->end(*std::exchange(call_, nullptr), body::outcome::succeeded);
}
void store_guard::passage::failed() {
  body_->end(*std::exchange(call_, nullptr), body::outcome::failed);
}

context unguarded(const context& ctx) { return with_value(ctx, unguarded_key, true); }

store_guard::probe probe_of(ledger::journal_store& store) {
  return [&store](const context& ctx) -> store_guard::findings {
    auto found = store.find_obstacle(ctx);
    if (!found) return {end_of_probe(found.error().code), std::move(found.error().detail), {}};
    return {errc::none, {}, std::move(*found)};
  };
}

}  // namespace bank::node
