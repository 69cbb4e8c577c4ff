#pragma once

#include <boost/system/result.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace detail {
template <class Key, class Value>
class flight_table;
template <class Key, class Value>
class flight;
}  // namespace detail

/// Reports the outcome of a flight's work to all waiting callers; held by the work. Only the first
/// report counts. If all copies are dropped without one, the callers get `broken_promise`. Safe
/// from any thread.
template <class Value>
class landing {
 public:
  using outcome = boost::system::result<Value, errc>;

  explicit landing(std::function<void(const outcome&)> tell)
      : body_(std::make_shared<body>(std::move(tell))) {}

  void operator()(Value v) const { body_->say(std::move(v)); }
  void fail(errc why) const { body_->say(why); }

 private:
  struct body {
    explicit body(std::function<void(const outcome&)> f) : tell(std::move(f)) {}
    body(const body&) = delete;
    body& operator=(const body&) = delete;
    ~body() { say(errc::broken_promise); }
    void say(const outcome& what) {
      if (!said.exchange(true)) tell(what);
    }
    std::function<void(const outcome&)> tell;
    std::atomic<bool> said{false};
  };
  std::shared_ptr<body> body_;
};

/// Does a piece of work once for all concurrent callers with the same key (a row that a hundred
/// requests miss in a cache, for instance): a caller that comes while it runs joins it.
///
/// Each caller waits within its own context and leaves when that ends. The work's context has the
/// values of the first caller. It ends when the last caller leaves, with that caller's error; so it
/// lasts until the latest of their deadlines. It has no deadline itself, since a later caller may
/// still join. Once the work has reported or was given up, the next caller starts it anew: nothing
/// is cached.
///
/// Safe from any thread. Its destructor cancels running work; all callers get `canceled`.
template <class Key, class Value>
class single_flight {
 public:
  using outcome = typename landing<Value>::outcome;
  /// Begins the work; called inside the first caller's `join`. If it throws before it reported an
  /// outcome, the callers get `broken_promise`.
  using work = std::function<void(const context&, landing<Value>)>;
  /// Receives the outcome, once; `canceled` or `deadline_exceeded` if the caller's own context
  /// ended first. Called on the thread that ended it, perhaps inside `join`. Must be short and must
  /// not throw.
  using listener = std::function<void(const outcome&)>;

  single_flight() : table_(std::make_shared<detail::flight_table<Key, Value>>()) {}
  single_flight(const single_flight&) = delete;
  single_flight& operator=(const single_flight&) = delete;
  ~single_flight() { table_->end_all(); }

  /// True if it joined running work; false if it began the work, or its context was done already.
  bool join(const context& ctx, const Key& key, const work& begin, listener report) {
    return table_->join(ctx, key, begin, std::move(report));
  }
  /// Number of running pieces of work.
  std::size_t under_way() const { return table_->size(); }

 private:
  std::shared_ptr<detail::flight_table<Key, Value>> table_;
};

namespace detail {

/// A caller that waits for a flight.
template <class Key, class Value>
class waiter final : public context_watcher {
 public:
  waiter(std::shared_ptr<flight_table<Key, Value>> t,
         typename single_flight<Key, Value>::listener report)
      : table_(std::move(t)), report_(std::move(report)) {}

  std::shared_ptr<flight<Key, Value>> joined;  // none yet; guarded by the table's lock

  void report(const typename landing<Value>::outcome& what) { report_(what); }
  void leave(errc why) {
    if (table_->remove(std::static_pointer_cast<waiter>(this->shared_from_this()), why))
      report_(why);
  }

 protected:
  void ended(errc e) noexcept override { leave(e); }

 private:
  const std::shared_ptr<flight_table<Key, Value>> table_;
  const typename single_flight<Key, Value>::listener report_;
};

template <class Key, class Value>
class flight {
 public:
  flight(Key k, const context& first)
      : key(std::move(k)), scope(with_cancel(without_cancel(first))) {}

  const Key key;
  cancel_scope scope;
  std::set<std::shared_ptr<context_watcher>> waiters;  // guarded by the table's lock
};

template <class Key, class Value>
class flight_table : public std::enable_shared_from_this<flight_table<Key, Value>> {
 public:
  using flight_type = flight<Key, Value>;
  using waiter_type = waiter<Key, Value>;
  using outcome = typename landing<Value>::outcome;

  bool join(const context& ctx, const Key& key,
            const typename single_flight<Key, Value>::work& begin,
            typename single_flight<Key, Value>::listener report) {
    if (ctx.done()) return report(ctx.err()), false;
    const auto who = std::make_shared<waiter_type>(this->shared_from_this(), std::move(report));
    who->watch(ctx);  // before others see it: landing ends the watch
    const auto [f, is_first] = board(ctx, key, who);
    if (ctx.done()) who->leave(ctx.err());
    if (is_first && !f->scope.ctx().done()) begin_work(f, begin);
    return !is_first;
  }

  /// False if the caller has its outcome already. The last one to leave ends the work, with its own
  /// error.
  bool remove(const std::shared_ptr<waiter_type>& who, errc why) {
    std::shared_ptr<flight_type> f;
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      f = who->joined;
      if (!f || f->waiters.erase(who) == 0) return false;
      last = f->waiters.empty();
      if (last) forget(f);
    }
    if (last) f->scope.ctx().node().end(why, std::make_shared<const error>(why));
    return true;
  }

  void land(const std::shared_ptr<flight_type>& f, const outcome& what) {
    std::set<std::shared_ptr<context_watcher>> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(f->waiters);
      forget(f);
    }
    for (const auto& one : all) {
      one->unwatch();
      static_cast<waiter_type&>(*one).report(what);
    }
    f->scope.cancel();
  }

  void end_all() {
    std::vector<std::shared_ptr<flight_type>> all;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [key, f] : flights_) all.push_back(f);
    }
    for (const auto& f : all) land(f, errc::canceled);
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return flights_.size();
  }

 private:
  /// Work that throws drops its landing, which reports `broken_promise`.
  void begin_work(const std::shared_ptr<flight_type>& f,
                  const typename single_flight<Key, Value>::work& begin) {
    const auto land = [t = this->weak_from_this(), f](const outcome& o) {
      if (const auto table = t.lock()) table->land(f, o);
    };
    try {
      begin(f->scope.ctx(), landing<Value>(land));
    } catch (...) {
    }
  }

  struct boarded {
    std::shared_ptr<flight_type> flight;
    bool is_first;
  };

  boarded board(const context& ctx, const Key& key, const std::shared_ptr<waiter_type>& who) {
    const std::lock_guard lock(mutex_);
    auto& f = flights_[key];
    const bool is_first = f == nullptr;
    if (is_first) f = std::make_shared<flight_type>(key, ctx);
    who->joined = f;
    f->waiters.insert(who);
    return {f, is_first};
  }

  void forget(const std::shared_ptr<flight_type>& f) {
    const auto found = flights_.find(f->key);
    if (found != flights_.end() && found->second == f) flights_.erase(found);
  }

  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<flight_type>> flights_;
};

}  // namespace detail

}  // namespace lifeline
