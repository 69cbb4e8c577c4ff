#include "lifeline/bus/detail/subscriber.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace lifeline::detail {

namespace {

/// Maximum number of events that one `read` examines. It then returns empty although there is more,
/// so that a filter that rejects everything does not hold its thread.
constexpr std::size_t most_looked_at = 4'096;

}  // namespace

subscriber::subscriber(subscription_options options, loss& losses, std::shared_ptr<bus_entry> entry)
    : options_(std::move(options)), entry_(std::move(entry)), losses_(losses) {}

void subscriber::join(std::shared_ptr<channel> where, std::uint64_t behind) {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    seats_.emplace_back(*this, std::move(where),
                        event_cursor(options_.policy, options_.bound, behind));
    if (ready_) seats_.back().where->wait(seats_.back().place);
    // Events published before joining would not wake a waiting subscriber.
    if (seats_.back().where->last() > behind) call = std::exchange(ready_, nullptr);
  }
  if (call) call();
}

subscriber::taken subscriber::take_next(std::size_t most) {
  taken t;
  const std::lock_guard lock(mutex_);
  for (std::size_t tried = 0; !over_ && !t.any && tried < seats_.size(); ++tried) {
    if (turn_ == seats_.end()) turn_ = seats_.begin();
    seat& s = *turn_++;
    const auto step = s.where->take(s.at, most, t.events);
    if (step.disconnected) {
      finish_locked(errc::overloaded);
      break;
    }
    t.any = step.offered != 0;
    if (step.announced)
      t.before = gap{*s.where->name(), step.missed, s.at.position() - t.events.size()};
    counts_.offered += step.offered;
    counts_.missed += step.missed;
    losses_.offer(step.offered);
    losses_.drop(step.missed);
  }
  if (!t.any && over_when_read_) finish_locked(*over_when_read_);
  t.over = over_.has_value();
  return t;
}

std::vector<bus_item> subscriber::read(std::size_t most) {
  std::vector<bus_item> items;
  for (std::size_t looked_at = 0; items.empty() && looked_at < most_looked_at;) {
    taken t = take_next(std::max<std::size_t>(most, 1));
    if (t.over) {
      unwatch();
      let_go();
    }
    if (!t.any) break;
    if (t.before) items.emplace_back(std::move(*t.before));
    std::uint64_t delivered = 0;
    for (event_ptr& e : t.events) {
      if (options_.wanted && !options_.wanted(*e)) continue;
      items.emplace_back(std::move(e));
      ++delivered;
    }
    looked_at += t.events.size() + 1;
    const std::uint64_t filtered = t.events.size() - delivered;
    losses_.handle(delivered);
    losses_.filter(filtered);
    const std::lock_guard lock(mutex_);
    counts_.delivered += delivered;
    counts_.filtered += filtered;
  }
  return items;
}

bool subscriber::something_to_read() const {
  return over_ || over_when_read_ || std::any_of(seats_.begin(), seats_.end(), [](const seat& s) {
           return s.where->last() > s.at.position();
         });
}

bool subscriber::when_ready(std::function<void()> f) {
  std::function<void()> replaced;  // destroyed without the lock: it may own this subscription
  const std::lock_guard lock(mutex_);
  if (something_to_read()) return false;
  for (seat& s : seats_) s.where->wait(s.place);
  // Queue first, then look again: see `channel`.
  if (something_to_read()) return false;
  replaced = std::exchange(ready_, std::move(f));
  return true;
}

void subscriber::wake() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    call = std::exchange(ready_, nullptr);
  }
  if (call) call();
}

std::vector<bus_item> subscriber::wait_and_read(const context& ctx, std::size_t most) {
  struct bell final : context_watcher {
    void ring() noexcept {
      rung = true;
      rung.notify_one();
    }
    void ended(errc) noexcept override { ring(); }
    void await() {
      rung.wait(false);
      rung = false;
    }
    std::atomic<bool> rung{false};
  };
  const auto b = std::make_shared<bell>();
  if (!b->watch(ctx)) return {};
  while (!ctx.done()) {
    auto items = read(most);
    if (!items.empty() || over()) return items;
    if (when_ready([b] { b->ring(); })) b->await();
  }
  return {};
}

std::optional<errc> subscriber::over() const {
  const std::lock_guard lock(mutex_);
  return over_;
}

subscription_counts subscriber::counts() const {
  const std::lock_guard lock(mutex_);
  subscription_counts c = counts_;
  if (over_) return c;
  for (const seat& s : seats_) {
    const std::uint64_t behind = s.where->last() - s.at.position();
    c.pending += behind;
    c.offered += behind;
  }
  return c;
}

void subscriber::finish(errc why) {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    finish_locked(why);
    call = std::exchange(ready_, nullptr);
  }
  let_go();
  if (call) call();
}

/// Unread events count as missed.
void subscriber::finish_locked(errc why) {
  if (over_) return;
  over_ = why;
  std::uint64_t missed = 0;
  for (const seat& s : seats_) missed += s.where->last() - s.at.position();
  counts_.offered += missed;
  counts_.missed += missed;
  losses_.offer(missed);
  losses_.drop(missed);
}

void subscriber::finish_when_read(errc why) {
  {
    const std::lock_guard lock(mutex_);
    over_when_read_ = why;
  }
  wake();
}

void subscriber::leave() {
  finish(errc::unreachable);
  unwatch();
}

void subscriber::let_go() {
  std::list<seat> gone;
  {
    const std::lock_guard lock(mutex_);
    for (seat& s : seats_) s.where->leave(s.place);
    gone.swap(seats_);
    turn_ = seats_.end();
  }
  entry_->leave();
}

}  // namespace lifeline::detail
