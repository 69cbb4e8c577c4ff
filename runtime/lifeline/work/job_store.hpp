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
  running,      ///< a worker has it; found after a crash: it was interrupted
  succeeded,    ///< has a `result`
  failed,       ///< has a `failure`
  cancelled,    ///< cancelled on request
  interrupted,  ///< interrupted by the end of a process, and its kind can't be resumed
};

std::string_view to_string(job_state s) noexcept;
/// Empty if no state has that name.
std::optional<job_state> job_state_of(std::string_view name) noexcept;

/// `queued` and `running` are not final; the others are.
constexpr bool is_final(job_state s) noexcept {
  return s != job_state::queued && s != job_state::running;
}

/// The stored record of a job. The kind defines the meaning of its texts.
struct job_record {
  std::string id;
  std::string kind;
  std::string owner;  ///< for lists; may be empty
  std::string input;
  job_state state = job_state::queued;
  double progress = 0;  ///< 0 to 1
  std::string result{};
  std::string failure{};
  std::uint32_t attempts = 0;  ///< number of runs begun
  std::chrono::milliseconds limit{};
  wall_time created{};
  std::optional<wall_time> started{};  ///< start of the latest run
  std::optional<wall_time> ended{};

  friend bool operator==(const job_record&, const job_record&) = default;
};

/// The record without input and result, as lists show it.
job_record without_texts(const job_record& j);

struct job_query {
  std::optional<std::string> owner{};  ///< empty: all owners
  std::optional<std::string> kind{};
  /// Start after this id, the last of the page before.
  std::optional<std::string> behind{};
  std::size_t most = 100;
};

template <class T>
using job_stored = boost::system::result<T, error>;

/// Stores jobs, so that they are found again after a crash. Implemented by the embedder on durable
/// storage; `memory_job_store` is the reference. All calls may block, and come from several threads
/// at once. When a call's context is done, it should return the context's error.
///
/// A successful call is durable: `create` must not return before that, since the job's id is then
/// given to its owner.
class job_store {
 public:
  job_store() = default;
  job_store(const job_store&) = delete;
  job_store& operator=(const job_store&) = delete;
  virtual ~job_store() = default;

  /// Stores a new job; `std::errc::file_exists` if its id is known.
  virtual job_stored<void> create(const context& ctx, const job_record& job) = 0;
  /// Replaces the record of the job with this id; `std::errc::no_such_file_or_directory` if there
  /// is none. The pool never calls it concurrently for one id.
  virtual job_stored<void> update(const context& ctx, const job_record& job) = 0;
  /// The job with this id or second id; empty if there is none.
  virtual job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) = 0;
  /// Makes `other` a second id of a job. `find` returns the job for it, under the job's own id, as
  /// long as the job is stored. No effect if it is so already. `std::errc::file_exists` if `other`
  /// is another job's; `std::errc::no_such_file_or_directory` if there is no such job.
  virtual job_stored<void> link(const context& ctx, const std::string& other,
                                const std::string& id) = 0;
  /// One page of jobs, newest first, without inputs and results, which may be large. If `behind` is
  /// unknown, the page is empty.
  virtual job_stored<std::vector<job_record>> list(const context& ctx, const job_query& query) = 0;
  /// All queued and running jobs, oldest first; called once, at the start.
  virtual job_stored<std::vector<job_record>> unfinished(const context& ctx) = 0;
  /// Deletes at most `most` jobs that ended before a time; returns their number.
  virtual job_stored<std::size_t> forget(const context& ctx, wall_time ended_before,
                                         std::size_t most) = 0;
};

}  // namespace lifeline
