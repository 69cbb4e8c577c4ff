#include "bank/api/limits/concurrency_limiter.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lifeline/context/watch.hpp"
#include "lifeline/guards/admission.hpp"

namespace bank::api {

namespace asio = boost::asio;
namespace guards = lifeline::guards;
using guards::admission;
using guards::refusal;
using lifeline::duration;
using lifeline::time_point;
using ticket = admission::ticket;

namespace {

/// Durations of requests count until this long after the last one, and each no longer than
/// `guards::time_needed` says.
constexpr std::chrono::seconds believed_for{2};

guards::admission_options limits_of(const concurrency_limiter_options& o) {
  guards::admission_options limits;
  limits.first_limit = limits.least_limit = limits.most_limit = std::max<std::size_t>(o.in_work, 1);
  limits.most_of_a_caller = o.of_a_caller;
  limits.most_beside_light = o.beside_modest;
  limits.most_waiting = o.waiting;
  limits.most_waiting_of_a_caller = o.waiting_each;
  limits.judges_by_median = false;  // it mixes all kinds of requests
  return limits;
}

double ms(duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

problem cannot_finish(duration left, duration typical) {
  char text[128];
  std::snprintf(text, sizeof text,
                "%.1f ms are left, but such requests take %.1f ms now; allow more time", ms(left),
                ms(typical));
  return {code::overloaded, text, {}, lifeline::ledger::outcome::unknown, {}};
}

problem no_room() {
  return {
      code::overloaded,
      "the queue of waiting requests is full; retry in 1 s",
      {},
      lifeline::ledger::outcome::unknown,  // an earlier request with the same id may have succeeded
      {}};
}

}  // namespace

struct concurrency_limiter::body : std::enable_shared_from_this<body> {
  /// Requests of one kind take about the same time.
  struct kind_of_work {
    guards::time_needed needed;
    time_point last{};
    std::size_t in_work = 0;
  };
  using hear = std::function<void(refusal)>;

  body(lifeline::clock& t, const concurrency_limiter_options& o)
      : is_open(o.in_work == 0), time(t), core(limits_of(o)) {}

  /// The typical duration of this kind, if it exceeds `left` and the request is not to be tried
  /// anyway. While no request of the kind runs, one is always tried.
  std::optional<duration> too_long(const void* kind, duration left, time_point now) {
    kind_of_work& k = kinds[kind];
    if (k.in_work == 0 || now - k.last > believed_for) return std::nullopt;
    return k.needed.may_begin(left, now) ? std::nullopt : k.needed.typical();
  }
  /// Call under the lock; call the returned functions without it.
  std::vector<std::pair<hear, refusal>> take(const std::vector<admission::told>& all) {
    std::vector<std::pair<hear, refusal>> tell;
    for (const auto& one : all) {
      const auto found = waiters.find(one.id);
      if (found == waiters.end()) continue;
      tell.emplace_back(std::move(found->second), one.why);
      waiters.erase(found);
    }
    return tell;
  }
  static void tell(const std::vector<std::pair<hear, refusal>>& all) {
    for (const auto& [f, why] : all) f(why);
  }
  void leave(ticket id, const void* kind, time_point began, bool was_in_work, bool well) {
    const time_point now = time.now();
    std::unique_lock lock(mutex);
    kind_of_work& k = kinds[kind];
    if (was_in_work) --k.in_work;
    if (well) {
      if (now - k.last > believed_for) k.needed = guards::time_needed();
      k.needed.add(now - began, now);
      k.last = now;
    }
    const auto all = take(well ? core.finish(id, now) : core.abandon(id, now));
    look_later();
    lock.unlock();
    tell(all);
  }
  /// A waiting request gives up.
  void give_up(ticket id) {
    std::unique_lock lock(mutex);
    const auto found = waiters.find(id);
    if (found == waiters.end()) return;
    const hear f = std::move(found->second);
    waiters.erase(found);
    const auto all = take(core.abandon(id, time.now()));
    lock.unlock();
    f(refusal::cannot_finish);
    tell(all);
  }

  /// Call under the lock. Looks again later: a caller held back by others goes on when those others
  /// are gone, though no request ends.
  void look_later() {
    if (pause || !core.holds_back()) return;
    pause.emplace(with_timeout(lifeline::background(time), core.look_every()));
    after_func(pause->ctx(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->look();
    });
  }
  void look() {
    std::unique_lock lock(mutex);
    pause.reset();
    const auto all = take(core.look(time.now()));
    look_later();
    lock.unlock();
    tell(all);
  }

  const bool is_open;  // no limit
  lifeline::clock& time;
  mutable std::mutex mutex;
  admission core;
  ticket last = 0;
  std::unordered_map<ticket, hear> waiters;
  std::unordered_map<const void*, kind_of_work> kinds;
  std::optional<lifeline::cancel_scope> pause;  // until the next look, if one is due
};

struct concurrency_limiter::place::held {
  std::shared_ptr<body> limiter;
  ticket id;
  const void* kind;
  time_point began;
  bool in_work = false;
};

concurrency_limiter::place::~place() {
  if (held_) held_->limiter->leave(held_->id, held_->kind, held_->began, held_->in_work, well_);
}

concurrency_limiter::concurrency_limiter(lifeline::clock& time,
                                         const concurrency_limiter_options& options)
    : body_(std::make_shared<body>(time, options)) {}
concurrency_limiter::~concurrency_limiter() = default;

namespace {

/// Gives up a waiting request when its context ends.
template <class Body>
class waiting_request final : public lifeline::context_watcher {
 public:
  waiting_request(std::shared_ptr<Body> limiter, ticket id)
      : limiter_(std::move(limiter)), id_(id) {}

 private:
  void ended(lifeline::errc) noexcept override { limiter_->give_up(id_); }
  const std::shared_ptr<Body> limiter_;
  const ticket id_;
};

}  // namespace

asio::awaitable<result<concurrency_limiter::place>> concurrency_limiter::enter(
    asio::io_context& io, lifeline::context ctx, std::string caller, const void* kind,
    std::size_t weight) {
  if (body_->is_open) co_return place();
  const time_point now = body_->time.now();
  const time_point due = ctx.deadline().value_or(time_point::max());
  std::unique_lock lock(body_->mutex);
  if (const auto typical = body_->too_long(kind, due - now, now))
    co_return cannot_finish(due - now, *typical);
  const ticket id = ++body_->last;
  const auto decided = body_->core.arrive(id, caller, due - now, now, weight);
  if (decided.what == admission::verdict::refused) {
    if (decided.why == refusal::overloaded) co_return no_room();
    co_return problem_of(lifeline::errc::deadline_exceeded);
  }
  place mine;
  mine.held_ = std::make_shared<place::held>(place::held{body_, id, kind, now});
  if (decided.what == admission::verdict::enters) {
    mine.held_->in_work = true;
    ++body_->kinds[kind].in_work;
    co_return mine;
  }

  std::shared_ptr<waiting_request<body>> watcher;
  const refusal why = co_await asio::async_initiate<decltype(asio::use_awaitable), void(refusal)>(
      [&](auto handler) {
        auto waits = std::make_shared<decltype(handler)>(std::move(handler));
        body_->waiters.emplace(id, [&io, waits](refusal r) {
          asio::post(io, [h = std::move(*waits), r]() mutable { std::move(h)(r); });
        });
        body_->look_later();
        lock.unlock();
        watcher = std::make_shared<waiting_request<body>>(body_, id);
        if (!watcher->watch(ctx)) body_->give_up(id);
      },
      asio::use_awaitable);
  watcher->unwatch();
  if (why != refusal::none) {
    mine.held_.reset();
    co_return problem_of(ctx.done() ? ctx.err() : lifeline::errc::deadline_exceeded);
  }
  mine.held_->began = body_->time.now();
  const duration left = due - mine.held_->began;
  lock.lock();
  const auto typical = body_->too_long(kind, left, mine.held_->began);
  mine.held_->in_work = true;
  ++body_->kinds[kind].in_work;
  lock.unlock();
  if (typical) co_return cannot_finish(left, *typical);
  co_return mine;
}

std::size_t concurrency_limiter::in_work() const {
  const std::lock_guard lock(body_->mutex);
  return body_->core.under_way();
}
std::size_t concurrency_limiter::waiting() const {
  const std::lock_guard lock(body_->mutex);
  return body_->core.waiting();
}

}  // namespace bank::api
