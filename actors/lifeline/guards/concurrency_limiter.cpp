#include "lifeline/guards/concurrency_limiter.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lifeline/context/watch.hpp"
#include "lifeline/guards/admission.hpp"

namespace lifeline::guards {

namespace {

using ticket = admission::ticket;

/// Durations count until this long after the last one, and each no longer than `time_needed` says.
constexpr std::chrono::seconds believed_for{2};

admission_options limits_of(const concurrency_limiter_options& o) {
  admission_options limits;
  limits.first_limit = limits.least_limit = limits.most_limit =
      std::max<std::size_t>(o.concurrent, 1);
  limits.most_per_caller = o.concurrent_per_caller;
  limits.most_beside_light = o.weight_beside_light_caller;
  limits.most_waiting = o.queue;
  limits.most_waiting_per_caller = o.queue_per_caller;
  limits.judges_by_median = false;  // it mixes all kinds of work
  return limits;
}

}  // namespace

/// The lock guards all of it. Listeners are called, and pieces dropped, without it.
struct concurrency_limiter::body : std::enable_shared_from_this<body> {
  /// Work of one kind takes about the same time.
  struct kind_of_work {
    time_needed needed;
    time_point last{};
    std::size_t running = 0;
  };
  using listeners = std::vector<std::function<void()>>;

  body(const concurrency_limiter_options& o, clock& t)
      : is_open(o.concurrent == 0), time(t), core(limits_of(o)) {}

  /// Is `left` shorter than the kind's median, and the work not to be tried anyway? While no work
  /// of the kind runs, a piece is always tried.
  bool is_too_short(const void* kind, duration left, time_point now) {
    kind_of_work& k = kinds[kind];
    if (k.running == 0 || now - k.last > believed_for) return false;
    return !k.needed.may_begin(left, now);
  }
  void begin(piece& p);
  void leave(const piece& p);
  void give_up(ticket id);
  void look();
  void look_later();
  listeners decide(const std::vector<admission::told>& all);
  static void tell(const listeners& all);

  const bool is_open;  // no limit
  clock& time;
  std::mutex mutex;
  admission core;
  ticket last = 0;
  std::unordered_map<ticket, std::shared_ptr<waiting_piece>> waiters;
  std::unordered_map<const void*, kind_of_work> kinds;
  std::optional<cancel_scope> pause;  // until the next look, if one is due
};

/// A running or waiting piece of work; it leaves when it is dropped.
struct concurrency_limiter::piece {
  piece(std::shared_ptr<body> l, ticket i, const void* k, time_point b)
      : limiter(std::move(l)), id(i), kind(k), began(b) {}
  piece(const piece&) = delete;
  piece& operator=(const piece&) = delete;
  ~piece() { limiter->leave(*this); }

  const std::shared_ptr<body> limiter;
  const ticket id;
  const void* const kind;
  time_point began;
  bool running = false;
  bool well = false;
};

/// The wait of a piece; it gives up when the context ends.
class concurrency_limiter::waiting_piece final : public context_watcher {
 public:
  waiting_piece(std::shared_ptr<body> limiter, ticket id) : limiter_(std::move(limiter)), id_(id) {}

  // Guarded by the lock.
  std::function<void()> notify;
  std::optional<refusal> said;  // empty: it waits

 private:
  void ended(errc) noexcept override { limiter_->give_up(id_); }
  const std::shared_ptr<body> limiter_;
  const ticket id_;
};

// -- under the lock -------------------------------------------------------------------------------

void concurrency_limiter::body::begin(piece& p) {
  p.running = true;
  ++kinds[p.kind].running;
}

/// Pass the result to `tell`. A turn outlives its place among the waiters.
concurrency_limiter::body::listeners concurrency_limiter::body::decide(
    const std::vector<admission::told>& all) {
  listeners decided;
  for (const auto& one : all) {
    const auto found = waiters.find(one.id);
    if (found == waiters.end()) continue;
    found->second->said = one.why;
    if (found->second->notify) decided.push_back(std::move(found->second->notify));
    waiters.erase(found);
  }
  return decided;
}

/// A caller held back by others goes on when those others are gone, though no work ends.
void concurrency_limiter::body::look_later() {
  if (pause || !core.holds_back()) return;
  pause.emplace(with_timeout(lifeline::background(time), core.look_every()));
  after_func(pause->ctx(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->look();
  });
}

// -- without the lock -----------------------------------------------------------------------------

void concurrency_limiter::body::tell(const listeners& all) {
  for (const auto& notify : all) notify();
}

void concurrency_limiter::body::leave(const piece& p) {
  const time_point now = time.now();
  std::unique_lock lock(mutex);
  const auto gone = waiters.extract(p.id);
  kind_of_work& k = kinds[p.kind];
  if (p.running) --k.running;
  if (p.well) {
    if (now - k.last > believed_for) k.needed = time_needed();
    k.needed.add(now - p.began, now);
    k.last = now;
  }
  const auto decided = decide(p.well ? core.finish(p.id, now) : core.abandon(p.id, now));
  look_later();
  lock.unlock();
  tell(decided);
}

void concurrency_limiter::body::give_up(ticket id) {
  std::unique_lock lock(mutex);
  if (!waiters.contains(id)) return;
  auto decided = decide({{id, refusal::cannot_finish}});
  const auto others = decide(core.abandon(id, time.now()));
  lock.unlock();
  tell(decided);
  tell(others);
}

void concurrency_limiter::body::look() {
  std::unique_lock lock(mutex);
  pause.reset();
  const auto decided = decide(core.look(time.now()));
  look_later();
  lock.unlock();
  tell(decided);
}

// -- its handle -----------------------------------------------------------------------------------

concurrency_limiter::concurrency_limiter(const concurrency_limiter_options& options, clock& time)
    : body_(std::make_shared<body>(options, time)) {}

void concurrency_limiter::place::went_well() noexcept {
  if (mine_) mine_->well = true;
}

concurrency_limiter::turn concurrency_limiter::arrive(const context& ctx, const std::string& caller,
                                                      const void* kind, std::size_t weight) {
  if (body_->is_open) return turn(place(nullptr));
  const time_point now = body_->time.now();
  const duration left = ctx.deadline().value_or(time_point::max()) - now;
  std::unique_lock lock(body_->mutex);
  if (body_->is_too_short(kind, left, now)) return turn(make_error_code(refusal::cannot_finish));
  const ticket id = ++body_->last;
  const auto decided = body_->core.arrive(id, caller, left, now, weight);
  if (decided.what == admission::verdict::refused)
    return turn(decided.why == refusal::overloaded ? make_error_code(decided.why)
                                                   : make_error_code(errc::deadline_exceeded));
  auto mine = std::make_shared<piece>(body_, id, kind, now);
  if (decided.what == admission::verdict::enters) {
    body_->begin(*mine);
    return turn(place(std::move(mine)));
  }
  auto waits = std::make_shared<waiting_piece>(body_, id);
  body_->waiters.emplace(id, waits);
  body_->look_later();
  lock.unlock();
  if (!waits->watch(ctx)) body_->give_up(id);
  return {std::move(waits), std::move(mine)};
}

void concurrency_limiter::turn::when_decided(std::function<void()> notify) {
  {
    const std::lock_guard lock(mine_->limiter->mutex);
    if (!waits_->said) return waits_->notify.swap(notify);
  }
  notify();
}

concurrency_limiter::entry concurrency_limiter::turn::take() {
  if (decided_) return std::move(*decided_);
  waits_->unwatch();
  const context& ctx = waits_->ctx();
  body& limiter = *mine_->limiter;
  const time_point now = mine_->began = limiter.time.now();
  std::unique_lock lock(limiter.mutex);
  if (waits_->said != refusal::none) {
    lock.unlock();
    mine_.reset();
    return make_error_code(ctx.done() ? ctx.err() : errc::deadline_exceeded);
  }
  const duration left = ctx.deadline().value_or(time_point::max()) - now;
  const bool too_short = limiter.is_too_short(mine_->kind, left, now);
  limiter.begin(*mine_);
  lock.unlock();
  if (!too_short) return place(std::move(mine_));
  mine_.reset();
  return make_error_code(refusal::cannot_finish);
}

std::optional<duration> concurrency_limiter::typical(const void* kind) const {
  const std::lock_guard lock(body_->mutex);
  const auto found = body_->kinds.find(kind);
  return found == body_->kinds.end() ? std::nullopt : found->second.needed.typical();
}

concurrency_figures concurrency_limiter::figures() const {
  const std::lock_guard lock(body_->mutex);
  return {body_->core.under_way(), body_->core.waiting()};
}

}  // namespace lifeline::guards
