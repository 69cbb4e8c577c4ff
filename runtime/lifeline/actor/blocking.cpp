#include "lifeline/actor/blocking.hpp"

#include <utility>

namespace lifeline {

class thread_door::lane_threads {
 public:
  explicit lane_threads(lane_options options) : options_(options) {
    for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
  }
  lane_threads(const lane_threads&) = delete;
  lane_threads& operator=(const lane_threads&) = delete;

  ~lane_threads() {
    close();
    join();
  }

  /// Takes nothing more; what is queued still runs.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
  }

  void join() {
    for (auto& t : threads_)
      if (t.joinable()) t.join();
  }

  bool submit(job f) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || queue_.size() >= options_.queue) return false;
      queue_.push_back(std::move(f));
    }
    wake_.notify_one();
    return true;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto f = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      f();
      f = nullptr;
      lock.lock();
    }
  }

  const lane_options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> queue_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

thread_door::thread_door(const std::array<lane_options, lane_count>& lanes) {
  for (std::size_t i = 0; i < lane_count; ++i) lanes_[i] = std::make_unique<lane_threads>(lanes[i]);
}

/// All lanes are closed before the first goes: a job of one may still submit to another.
thread_door::~thread_door() {
  for (auto& l : lanes_) l->close();
  for (auto& l : lanes_) l->join();
}

bool thread_door::submit(lane l, job f) {
  return lanes_[static_cast<std::size_t>(l)]->submit(std::move(f));
}

}  // namespace lifeline
