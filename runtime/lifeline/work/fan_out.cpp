#include "lifeline/work/fan_out.hpp"

namespace lifeline::detail {

void fan_out_state::begin(const context& ctx, duration limit) {
  scope_.emplace(limit == duration::max() ? with_cancel(ctx) : with_timeout(ctx, limit));
  const bool lives = watch(scope_->ctx());
  if (lives && !over()) return;
  finish(lives ? errc::canceled : scope_->ctx().err());  // no targets, or no time
}

bool fan_out_state::over() const {
  const std::lock_guard lock(mutex_);
  return over_ || count_.over();
}

bool fan_out_state::enough() const {
  const std::lock_guard lock(mutex_);
  return count_.enough();
}

/// Messages that are not answers are dropped.
void fan_out_state::receive(caf::mailbox_element& element) {
  if (!element.mid.is_response()) return;
  const auto number = element.mid.request_id().integer_value();
  if (number == 0 || number > settled_.size()) return;
  const std::size_t target = number - 1;
  settle(target, [&] {
    const errc why = keep(target, element);
    if (why != errc::none) keep_error(target, why);
    return why;
  });
}

void fan_out_state::fail(std::size_t target, errc why) {
  settle(target, [&] {
    keep_error(target, why);
    return why;
  });
}

template <class Settle>
void fan_out_state::settle(std::size_t target, Settle how) {
  {
    const std::lock_guard lock(mutex_);
    if (over_ || settled_[target]) return;
    settled_[target] = true;
    how() == errc::none ? count_.answered() : count_.failed();
    if (!count_.over()) return;
  }
  finish(errc::canceled);
}

/// Call without the lock: ending the context notifies others, which may answer at once.
void fan_out_state::finish(errc rest) {
  {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    over_ = true;
    for (std::size_t i = 0; i < settled_.size(); ++i)
      if (!settled_[i]) keep_error(i, rest);
  }
  scope_->cancel();
  put(asker_, nullptr, answer_id_, nullptr, errc::none);
}

/// Late answers are dropped.
fan_out_inbox::fan_out_inbox(caf::actor_system& system, std::shared_ptr<fan_out_state> state)
    : state_(std::move(state)),
      address_(caf::actor_cast<caf::strong_actor_ptr>(system.spawn<caf::actor_companion>())) {
  companion().on_enqueue([s = state_](caf::mailbox_element_ptr e) { s->receive(*e); });
}

/// After `on_enqueue` has returned, no other thread is in `receive`.
fan_out_inbox::~fan_out_inbox() {
  companion().on_enqueue(nullptr);
  companion().cleanup(caf::exit_reason::normal, nullptr);
}

caf::actor_companion& fan_out_inbox::companion() const {
  return *static_cast<caf::actor_companion*>(caf::actor_cast<caf::abstract_actor*>(address_));
}

}  // namespace lifeline::detail
