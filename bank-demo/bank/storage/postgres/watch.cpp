#include "bank/storage/postgres/watch.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "lifeline/context/watch.hpp"

namespace bank::storage {

namespace {

/// A cancel between two statements has no effect, so it is repeated.
constexpr std::chrono::milliseconds between_cancels{10};
constexpr int most_cancels = 100;

}  // namespace

/// Called by the thread that ends the context; it blocks on a thread of its own only.
class postgres_watch::killer final : public lifeline::context_watcher {
 public:
  killer(postgres_session& session, at_end what) noexcept : session_(session), what_(what) {}

  /// The statement is over. Returns when no cancel is running.
  void finish() {
    if (unwatch()) return;
    std::unique_lock lock(mutex_);
    finished_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return told_; });
    lock.unlock();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void ended(lifeline::errc /*why*/) noexcept override {
    const std::lock_guard lock(mutex_);
    try {
      if (!finished_) thread_ = std::thread([this] { kill(); });
    } catch (const std::system_error&) {
      session_.sever();
    }
    told_ = true;
    changed_.notify_all();
  }

  void kill() {
    std::unique_lock lock(mutex_);
    const auto over = [this] { return finished_; };
    int left = what_ == at_end::cancel ? most_cancels : 0;
    for (; !finished_ && left > 0; --left) {
      lock.unlock();
      const bool told = session_.cancel();
      lock.lock();
      if (!told) break;
      changed_.wait_for(lock, between_cancels, over);
    }
    if (!finished_) session_.sever();
  }

  postgres_session& session_;
  const at_end what_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
  bool told_ = false;
  bool finished_ = false;
};

postgres_watch::postgres_watch(const lifeline::context& ctx, postgres_session& session,
                               at_end what) {
  auto k = std::make_shared<killer>(session, what);
  if (k->watch(ctx)) killer_ = std::move(k);
}

postgres_watch::~postgres_watch() {
  if (killer_) killer_->finish();
}

}  // namespace bank::storage
