#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/context/context.hpp"

namespace lifeline {

enum class job_state : std::uint8_t {
  queued,       ///< waits for a worker, or for the next start
  running,      ///< a worker has it; after a crash: was cut off
  succeeded,    ///< `result` says with what
  failed,       ///< `failure` says why
  cancelled,    ///< somebody did not want it any more
  interrupted,  ///< cut off by the end of a process, and not of a kind that can go on
};

std::string_view to_string(job_state s) noexcept;
/// None if there is no state of that name.
std::optional<job_state> job_state_of(std::string_view name) noexcept;

/// `queued` and `running` go on; the others are for good.
constexpr bool is_final(job_state s) noexcept {
  return s != job_state::queued && s != job_state::running;
}

/// All that is known of a job, and kept. Texts are the business of its kind.
struct job_record {
  std::string id;
  std::string kind;
  std::string owner;  ///< whose it is, for lists; may be empty
  std::string input;
  job_state state = job_state::queued;
  double progress = 0;  ///< 0 to 1
  std::string result{};
  std::string failure{};
  std::uint32_t attempts = 0;  ///< how often it was begun
  std::chrono::milliseconds limit{};
  wall_time created{};
  std::optional<wall_time> started{};  ///< the latest attempt
  std::optional<wall_time> ended{};

  friend bool operator==(const job_record&, const job_record&) = default;
};

/// The same without its input and its result, as lists show it.
job_record without_texts(const job_record& j);

struct job_query {
  std::optional<std::string> owner{};  ///< nothing: everybody's
  std::optional<std::string> kind{};
  /// Goes on behind this one, the last of the page before.
  std::optional<std::string> behind{};
  std::size_t most = 100;
};

template <class T>
using job_stored = boost::system::result<T, error>;

/// Keeps jobs, so that they are found again after a crash. Implemented by whoever has a disk;
/// `memory_job_store` shows the meaning. All calls may block, and come from several threads at
/// once. When a call's context is done, it should give up with the context's error.
///
/// What a call has answered is kept for good: `create` must be durable before it returns, since the
/// job's id is told to its owner then.
class job_store {
 public:
  job_store() = default;
  job_store(const job_store&) = delete;
  job_store& operator=(const job_store&) = delete;
  virtual ~job_store() = default;

  /// A new one; `std::errc::file_exists` if its id is known.
  virtual job_stored<void> create(const context& ctx, const job_record& job) = 0;
  /// Replaces all that is known of the job of this id; `std::errc::no_such_file_or_directory` if
  /// there is none. The pool never calls it twice at once for one id.
  virtual job_stored<void> update(const context& ctx, const job_record& job) = 0;
  /// By its id or a second one; nothing if there is none.
  virtual job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) = 0;
  /// Makes `other` a second id of a job: `find` gives the job for it, under the job's own id, as
  /// long as it is kept. Nothing happens if it is so already; `std::errc::file_exists` if `other`
  /// is another job's, `std::errc::no_such_file_or_directory` if there is no such job.
  virtual job_stored<void> link(const context& ctx, const std::string& other,
                                const std::string& id) = 0;
  /// The newest first, without their inputs and results, which may be large; one page. If `behind`
  /// is not known, the page is empty.
  virtual job_stored<std::vector<job_record>> list(const context& ctx, const job_query& query) = 0;
  /// All that are queued or running, the oldest first: asked once, at the start.
  virtual job_stored<std::vector<job_record>> unfinished(const context& ctx) = 0;
  /// Deletes those that ended before a time, at most so many, and says how many that were.
  virtual job_stored<std::size_t> forget(const context& ctx, wall_time ended_before,
                                         std::size_t most) = 0;
};

}  // namespace lifeline
