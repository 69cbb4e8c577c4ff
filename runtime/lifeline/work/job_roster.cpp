#include "lifeline/work/job_roster.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lifeline {

job_roster::job_roster(std::size_t workers, std::size_t queue) : workers_(workers), room_(queue) {
  if (workers == 0) throw std::invalid_argument("a job pool needs at least 1 worker, not 0");
}

/// A job that a free worker takes at once needs no place in the queue.
bool job_roster::reserve() {
  if (closed_) return false;
  const std::size_t idle = workers_ - std::min(workers_, running_.size());
  if (queue_.size() + reserved_ >= room_ + idle) return false;
  ++reserved_;
  return true;
}

bool job_roster::take_place(std::string id) {
  --reserved_;
  return enqueue(std::move(id));
}

bool job_roster::enqueue(std::string id) {
  if (closed_) return false;
  queue_.push_back(std::move(id));
  return true;
}

std::optional<std::string> job_roster::start_next() {
  if (closed_ || queue_.empty() || running_.size() >= workers_) return std::nullopt;
  std::string next = std::move(queue_.front());
  queue_.pop_front();
  running_.insert(next);
  return next;
}

void job_roster::ended(const std::string& id) { running_.erase(id); }

job_cancel job_roster::cancel(const std::string& id) {
  if (running_.contains(id)) return job_cancel::asked;
  const auto found = std::find(queue_.begin(), queue_.end(), id);
  if (found == queue_.end()) return job_cancel::unknown;
  queue_.erase(found);
  return job_cancel::dropped;
}

std::vector<std::string> job_roster::close() {
  closed_ = true;
  std::vector<std::string> waited(queue_.begin(), queue_.end());
  queue_.clear();
  return waited;
}

}  // namespace lifeline
