#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lifeline {

/// What became of a wish to cancel a job.
enum class job_cancel : unsigned char {
  unknown,  ///< it neither waits nor runs
  dropped,  ///< it waited, and will not run
  asked,    ///< it runs, and was told
};

/// The pure core of a job pool: who waits, who runs, whether another one may come. The queue is
/// bounded for those who come; those found at the start were accepted once, and find room always.
class job_roster {
 public:
  /// Throws `std::invalid_argument` without workers.
  job_roster(std::size_t workers, std::size_t queue);

  /// Holds a place in the queue for one who is not here yet; false if it is full or closed.
  bool reserve();
  void give_back() noexcept { --reserved_; }
  /// Takes a reserved place, the last; false, and the place is given back, if it was closed since.
  bool take_place(std::string id);
  /// At the start: the last, be there room or not; false if closed.
  bool enqueue(std::string id);

  /// The next to run, if one waits and a worker is free.
  std::optional<std::string> start_next();
  void ended(const std::string& id);
  job_cancel cancel(const std::string& id);

  /// Nobody comes or starts any more. Who waited is given, in order, and waits no longer.
  std::vector<std::string> close();
  /// Closed, and nobody runs.
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
