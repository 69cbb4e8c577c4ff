#include "bank/storage/postgres/pool.hpp"

#include <utility>

#include "bank/storage/rules/posting.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::context;

namespace {

/// Idle time after which a session is tested before use.
constexpr std::chrono::seconds trusted_for{2};

failure unavailable(const std::string& why) {
  return {errc::store_unavailable, outcome::none, "PostgreSQL: " + why};
}

/// Wakes callers that wait for a session when the context ends.
class waker final : public lifeline::context_watcher {
 public:
  waker(std::mutex& mutex, std::condition_variable& changed) : mutex_(mutex), changed_(changed) {}

 private:
  void ended(lifeline::errc /*why*/) noexcept override {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  std::mutex& mutex_;
  std::condition_variable& changed_;
};

bool lives(postgres_session& s) {
  try {
    s.run("SELECT 1");
    return true;
  } catch (const postgres_error&) {
    return false;
  }
}

}  // namespace

result<postgres_pool::lease> postgres_pool::take(const context& ctx) {
  std::unique_lock lock(mutex_);
  if (auto end = wait_for_room(lock, ctx)) return std::move(*end);
  ++lent_;
  if (auto s = take_idle(lock)) return lease(*this, std::move(s), false);
  lock.unlock();
  auto made = connect();
  if (!made) {
    lock.lock();
    --lent_;
    changed_.notify_all();
  }
  return made;
}

std::optional<failure> postgres_pool::wait_for_room(std::unique_lock<std::mutex>& lock,
                                                    const context& ctx) {
  const auto may_go_on = [&] { return closed_ || lent_ < most_ || ctx.done(); };
  if (!may_go_on()) {
    // The watcher is called under the context's lock and takes the pool's lock: so the pool's lock
    // is released while the watcher starts and ends.
    lock.unlock();
    const auto w = std::make_shared<waker>(mutex_, changed_);
    w->watch(ctx);
    lock.lock();
    changed_.wait(lock, may_go_on);
    lock.unlock();
    w->unwatch();
    lock.lock();
    if (!may_go_on()) return wait_for_room(lock, ctx);
  }
  if (auto end = ended(ctx)) return end;
  return closed_ ? std::optional(unavailable("the store was closed")) : std::nullopt;
}

std::unique_ptr<postgres_session> postgres_pool::take_idle(std::unique_lock<std::mutex>& lock) {
  while (!idle_.empty()) {
    idle_session newest = std::move(idle_.back());
    idle_.pop_back();
    lock.unlock();
    const bool trusted = lifeline::process_clock().now() - newest.since < trusted_for;
    const bool good = newest.session->is_open() && (trusted || lives(*newest.session));
    lock.lock();
    if (good) return std::move(newest.session);
    idle_.clear();
  }
  return nullptr;
}

result<postgres_pool::lease> postgres_pool::connect() {
  const lifeline::clock& time = lifeline::process_clock();
  const auto began = time.now();
  if (const auto why = back_off_->too_soon(began)) return unavailable(*why);
  try {
    auto made = std::make_unique<postgres_session>(url_);
    back_off_->connected(time.now());
    return lease(*this, std::move(made), true);
  } catch (const postgres_error& e) {
    back_off_->failed(began, time.now(), e.what());
    return unavailable(e.what());
  }
}

void postgres_pool::give_back(std::unique_ptr<postgres_session> s, bool spoilt) noexcept {
  std::vector<idle_session> gone;
  const bool good = !spoilt && s->is_open();
  if (!good) s.reset();
  const std::lock_guard lock(mutex_);
  --lent_;
  if (!good) gone.swap(idle_);
  if (good && !closed_) idle_.push_back({std::move(s), lifeline::process_clock().now()});
  changed_.notify_all();
}

void postgres_pool::close() noexcept {
  std::vector<idle_session> gone;
  std::unique_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return lent_ == 0; });
  gone.swap(idle_);
}

std::size_t postgres_pool::in_flight() const {
  const std::lock_guard lock(mutex_);
  return lent_;
}

}  // namespace bank::storage
