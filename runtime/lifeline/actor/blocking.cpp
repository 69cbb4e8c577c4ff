#include "lifeline/actor/blocking.hpp"

#include <utility>

namespace lifeline {

std::string_view to_string(lane l) noexcept {
  switch (l) {
    case lane::commit: return "commit";
    case lane::read: return "read";
    case lane::background: return "background";
    case lane::report: return "report";
    case lane::log: return "log";
  }
  return "?";
}

class thread_door::lane_threads {
 public:
  explicit lane_threads(lane_options options) : options_(options) {
    try {
      for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
    } catch (...) {  // no more threads available: join those that run before they are destroyed
      close();
      join();
      throw;
    }
  }
  lane_threads(const lane_threads&) = delete;
  lane_threads& operator=(const lane_threads&) = delete;

  ~lane_threads() {
    close();
    join();
  }

  /// Rejects new jobs; queued jobs still run.
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
      if (closed_ || queue_.size() >= options_.queue) {
        ++refused_;
        return false;
      }
      queue_.push_back(std::move(f));
    }
    wake_.notify_one();
    return true;
  }

  lane_figures figures() const {
    const std::lock_guard lock(mutex_);
    return {threads_.size(), queue_.size(), running_, done_, refused_};
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto f = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
      lock.unlock();
      f();
      f = nullptr;
      lock.lock();
      --running_;
      ++done_;
    }
  }

  const lane_options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> queue_;
  std::size_t running_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t refused_ = 0;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

thread_door::thread_door(const std::array<lane_options, lane_count>& lanes) {
  for (std::size_t i = 0; i < lane_count; ++i) lanes_[i] = std::make_unique<lane_threads>(lanes[i]);
}

/// Close all lanes before the first is destroyed: a job of one may submit to another.
thread_door::~thread_door() {
  for (auto& l : lanes_) l->close();
  for (auto& l : lanes_) l->join();
}

bool thread_door::submit(lane l, job f) {
  return lanes_[static_cast<std::size_t>(l)]->submit(std::move(f));
}

lane_figures thread_door::figures(lane l) const {
  return lanes_[static_cast<std::size_t>(l)]->figures();
}

}  // namespace lifeline
