#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lifeline {

/// Result of a request to cancel a job.
enum class job_cancel : unsigned char {
  unknown,  ///< it neither waits nor runs
  dropped,  ///< it waited, and will not run
  asked,    ///< it runs; its context was ended
};

/// The pure core of a job pool: which jobs wait, which run, and whether another one fits. The queue
/// bounds new jobs; jobs found at the start were accepted before, so they always fit.
class job_roster {
 public:
  /// Throws `std::invalid_argument` if `workers` is 0.
  job_roster(std::size_t workers, std::size_t queue);

  /// Reserves a place in the queue; false if it is full or closed.
  bool reserve();
  void give_back() noexcept { --reserved_; }
  /// Puts a job into a reserved place, the last. False, and the place is released, if it was closed
  /// since.
  bool take_place(std::string id);
  /// At the start: appends a job regardless of the bound; false if closed.
  bool enqueue(std::string id);

  /// The next job to run, if one waits and a worker is free.
  std::optional<std::string> start_next();
  void ended(const std::string& id);
  job_cancel cancel(const std::string& id);

  /// No job is accepted or started any more. Removes the waiting jobs and returns them in order.
  std::vector<std::string> close();
  /// Closed, and no job runs.
  bool drained() const noexcept { return closed_ && running_.empty(); }
  bool closed() const noexcept { return closed_; }

  std::size_t waiting() const noexcept { return queue_.size(); }
  const std::set<std::string>& running() const noexcept { return running_; }

 private:
  std::size_t workers_;
  std::size_t room_;
  std::size_t reserved_ = 0;
  bool closed_ = false;
  std::deque<std::string> queue_;
  std::set<std::string> running_;
};

}  // namespace lifeline
