#include "lifeline/guards/circuit_breaker.hpp"

#include <exception>
#include <mutex>
#include <utility>

#include "lifeline/context/watch.hpp"
#include "lifeline/observe/ordered_notifier.hpp"

namespace lifeline::guards {
namespace detail {

struct breaker_body {
  struct change {
    circuit from{};
    circuit to{};
  };

  breaker_body(circuit_breaker_options o, clock& t)
      : options(std::move(o)), time(t), state(options.rules, t.now()) {
    if (options.on_change)
      on_change = [f = options.on_change](const change& c) { f(c.from, c.to); };
  }

  /// Runs `f(state, now)` under the lock and reports a change of state.
  template <class F>
  auto with(F f) {
    const time_point now = time.now();
    std::unique_lock lock(mutex);
    auto said = f(state, now);
    const circuit before = std::exchange(known, state.state(now));
    if (before != known) changes.notify(lock, {before, known}, on_change);
    return said;
  }

  const circuit_breaker_options options;
  ordered_notifier<change>::listener on_change;
  clock& time;
  std::mutex mutex;
  breaker_state state;
  circuit known = circuit::closed;
  ordered_notifier<change> changes;
};

/// Frees a probe's place when its context ends before its result is reported.
class probe_watcher final : public context_watcher {
 public:
  probe_watcher(std::shared_ptr<breaker_body> body, const call_permit& permit, time_point began)
      : body_(std::move(body)), permit_(permit), began_(began) {}

  void ended(errc e) noexcept override {
    body_->with([&](breaker_state& s, time_point now) {
      const bool waited = now - began_ >= body_->options.patience;
      e == errc::deadline_exceeded&& waited ? s.failed(permit_, now) : s.lost(permit_);
      return 0;
    });
  }

 private:
  const std::shared_ptr<breaker_body> body_;
  const call_permit permit_;
  const time_point began_;
};

}  // namespace detail

guarded_call::guarded_call(std::shared_ptr<detail::breaker_body> body, const call_permit& permit,
                           time_point began, std::shared_ptr<detail::probe_watcher> watcher)
    : body_(std::move(body)),
      permit_(permit),
      began_(began),
      watcher_(std::move(watcher)),
      exceptions_(std::uncaught_exceptions()) {}

guarded_call::~guarded_call() { std::uncaught_exceptions() > exceptions_ ? failed() : lost(); }

/// True for the first report, unless the end of the context came before it.
bool guarded_call::take() noexcept {
  if (body_ == nullptr) return false;
  return watcher_ == nullptr || watcher_->unwatch();
}

void guarded_call::succeeded() {
  if (take())
    body_->with([this](breaker_state& s, time_point now) { return s.succeeded(permit_, now), 0; });
  body_.reset();
}

void guarded_call::failed() {
  if (take())
    body_->with([this](breaker_state& s, time_point now) { return s.failed(permit_, now), 0; });
  body_.reset();
}

void guarded_call::lost() {
  // Only a probe holds a place.
  if (permit_.probes && take())
    body_->with([this](breaker_state& s, time_point) { return s.lost(permit_), 0; });
  body_.reset();
}

void guarded_call::ended(errc e) {
  if (body_ == nullptr || e == errc::canceled) return lost();
  if (e == errc::none) return succeeded();
  const bool impatient =
      e == errc::deadline_exceeded && body_->time.now() - began_ < body_->options.patience;
  impatient ? lost() : failed();
}

circuit_breaker::circuit_breaker(circuit_breaker_options options, clock& time)
    : body_(std::make_shared<detail::breaker_body>(std::move(options), time)) {}

boost::system::result<guarded_call, refusal> circuit_breaker::admit(const context& ctx) const {
  time_point began{};
  const call_permit permit = body_->with([&](breaker_state& s, time_point now) {
    began = now;
    return s.ask(now);
  });
  if (!permit) return permit.refused;
  std::shared_ptr<detail::probe_watcher> watcher;
  if (permit.probes) {
    watcher = std::make_shared<detail::probe_watcher>(body_, permit, began);
    if (!watcher->watch(ctx)) watcher->ended(ctx.err());
  }
  return guarded_call(body_, permit, began, std::move(watcher));
}

circuit circuit_breaker::state() const {
  return body_->with([](breaker_state& s, time_point now) { return s.state(now); });
}
call_counts circuit_breaker::counts() const {
  return body_->with([](breaker_state& s, time_point now) { return s.counts(now); });
}
std::uint64_t circuit_breaker::probing() const {
  return body_->with([](breaker_state& s, time_point) { return s.probing(); });
}
duration circuit_breaker::retry_after() const {
  return body_->with([](breaker_state& s, time_point now) { return s.open_left(now); });
}
void circuit_breaker::trip() const {
  body_->with([](breaker_state& s, time_point now) { return s.trip(now), 0; });
}

}  // namespace lifeline::guards
