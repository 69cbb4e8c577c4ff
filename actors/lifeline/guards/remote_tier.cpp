#include "lifeline/guards/remote_tier.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "lifeline/context/watch.hpp"

namespace lifeline::guards {

struct remote_tier::body {
  body(const context& l, std::unique_ptr<tier_link> to, remote_tier_options o)
      : life(l),
        link(std::move(to)),
        options(std::move(o)),
        breaker({.rules = options.breaker, .patience = options.queue.timeout / 4}, l.time()),
        queue(options.queue) {}

  time_point now() const { return life.time().now(); }
  /// Call under the lock.
  bool usable() const { return is_open && !over && breaker.state() == circuit::closed; }

  void run();
  void connect(std::unique_lock<std::mutex>& lock);
  void work(std::unique_lock<std::mutex>& lock);
  void lose(std::unique_lock<std::mutex>& lock, const std::string& why);
  void say(std::unique_lock<std::mutex>& lock, bool is_usable, const std::string& why);
  void end() {
    const std::lock_guard lock(mutex);
    over = true;
    woken.notify_all();
  }

  const context life;
  const std::unique_ptr<tier_link> link;
  const remote_tier_options options;
  const circuit_breaker breaker;
  after_func_handle at_end_of_life;
  std::thread thread;

  mutable std::mutex mutex;
  std::condition_variable woken;
  remote_tier_queue queue;
  bool is_open = false;
  bool over = false;
  std::uint64_t connects = 0;
  duration pause = duration::zero();
  time_point retry_at{};
  std::minstd_rand chance{std::random_device{}()};
  enum class told : std::uint8_t { nothing, usable, not_usable } last_told = told::nothing;
};

namespace {

/// An exception of the link counts as a fault.
template <class F>
tier_fault without_throwing(F use_link) {
  try {
    return use_link();
  } catch (...) {
    return thrown_error().message();
  }
}

}  // namespace

void remote_tier::body::run() {
  std::unique_lock lock(mutex);
  while (!over) {
    if (!is_open) {
      if (now() >= retry_at)
        connect(lock);
      else
        woken.wait_until(lock, retry_at, [this] { return over; });
    } else if (queue.empty()) {
      woken.wait(lock);
    } else {
      work(lock);
    }
  }
  tier_completions completions;
  queue.give_up(completions);
  lock.unlock();
  completions.run();
  link->close();
}

/// Only if the breaker permits: connecting is the probe of an open circuit.
void remote_tier::body::connect(std::unique_lock<std::mutex>& lock) {
  const duration open_left = breaker.retry_after();
  if (open_left > duration::zero()) {
    retry_at = time_after(now(), open_left);
    return;
  }
  auto call = breaker.admit(life);
  if (!call) {
    retry_at = time_after(now(), options.retry_first);
    return;
  }
  lock.unlock();
  const tier_fault fault =
      without_throwing([&] { return link->open(time_after(now(), options.connect_timeout)); });
  lock.lock();
  if (fault) {
    call->failed();
    return lose(lock, *fault);
  }
  call->succeeded();
  is_open = true;
  pause = duration::zero();
  ++connects;
  say(lock, true, {});
}

void remote_tier::body::work(std::unique_lock<std::mutex>& lock) {
  tier_completions completions;
  const time_point began = now();
  auto jobs = queue.take(began, completions);
  auto call = jobs.empty() ? refusal::circuit_open : breaker.admit(life);
  if (!call) {
    queue.failed(std::move(jobs), completions);
    lock.unlock();
    completions.run();
    return lock.lock();
  }
  lock.unlock();
  completions.run();
  std::vector<tier_command> commands;
  for (auto& j : jobs) commands.push_back(std::move(j.command));
  std::vector<tier_reply> replies(commands.size());
  const tier_fault fault =
      without_throwing([&] { return link->run(commands, replies, queue.limit_of(jobs, began)); });
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].command.what = commands[i].what;
  lock.lock();
  if (fault) {
    call->failed();
    queue.failed(std::move(jobs), completions);
    lose(lock, *fault);
  } else {
    call->succeeded();
    queue.ended(std::move(jobs), replies, completions);
  }
  lock.unlock();
  completions.run();
  lock.lock();
}

/// Ends all waiting commands. The next attempt comes after a pause, randomly shortened a little.
void remote_tier::body::lose(std::unique_lock<std::mutex>& lock, const std::string& why) {
  is_open = false;
  const duration doubled = pause > duration::max() / 2 ? duration::max() : pause * 2;
  pause = std::min(std::max(doubled, options.retry_first), options.retry_most);
  const double part = 0.8 + 0.2 * std::uniform_real_distribution<>()(chance);
  retry_at = time_after(now(), std::chrono::duration<double, std::nano>(pause) * part);
  tier_completions completions;
  queue.give_up(completions);
  lock.unlock();
  completions.run();
  link->close();
  lock.lock();
  say(lock, false, why);
}

/// Reports each change once.
void remote_tier::body::say(std::unique_lock<std::mutex>& lock, bool is_usable,
                            const std::string& why) {
  const told what = is_usable ? told::usable : told::not_usable;
  if (what == last_told) return;
  last_told = what;
  if (!options.on_change) return;
  lock.unlock();
  options.on_change(is_usable, why);
  lock.lock();
}

remote_tier::remote_tier(const context& life, std::unique_ptr<tier_link> link,
                         remote_tier_options options)
    : body_(std::make_shared<body>(life, std::move(link), std::move(options))) {
  body_->at_end_of_life = after_func(life, [weak = std::weak_ptr<body>(body_)] {
    if (const auto b = weak.lock()) b->end();
  });
  // It shares the body: one of its own callbacks may drop the tier.
  body_->thread = std::thread([b = body_] { b->run(); });
}

remote_tier::~remote_tier() {
  body_->at_end_of_life.stop();
  body_->end();
  if (body_->thread.get_id() == std::this_thread::get_id())
    body_->thread.detach();
  else
    body_->thread.join();
}

void remote_tier::get(const context& ctx, const std::string& key, tier_landing done) {
  tier_completions completions;
  {
    const std::lock_guard lock(body_->mutex);
    body_->queue.get(ctx, key, std::move(done), body_->now(), body_->usable(), completions);
    body_->woken.notify_one();
  }
  completions.run();
}

void remote_tier::set(const std::string& key, cached_bytes value, duration left) {
  const std::lock_guard lock(body_->mutex);
  body_->queue.set(key, value, left, body_->usable());
  body_->woken.notify_one();
}

tier_figures remote_tier::figures() const {
  const std::lock_guard lock(body_->mutex);
  tier_figures f = body_->queue.figures();
  f.connects = body_->connects;
  f.breaker = body_->breaker.state();
  return f;
}

const circuit_breaker& remote_tier::breaker() const noexcept { return body_->breaker; }

}  // namespace lifeline::guards
