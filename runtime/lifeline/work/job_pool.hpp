#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/supervision/shutdown_sequence.hpp"
#include "lifeline/work/job_roster.hpp"
#include "lifeline/work/job_store.hpp"

namespace lifeline {

/// A running job as its function sees it. Safe from any thread while the function runs.
class job {
 public:
  job(const job_record& begun, std::function<void(double)> on_progress)
      : begun_(begun), on_progress_(std::move(on_progress)) {}

  const std::string& id() const noexcept { return begun_.id; }
  const std::string& owner() const noexcept { return begun_.owner; }
  const std::string& input() const noexcept { return begun_.input; }
  /// 1 for the first run; more after interruptions.
  std::uint32_t attempt() const noexcept { return begun_.attempts; }
  /// Reports progress, 0 to 1. Costs as little as a lock; written and published at intervals only.
  void progress(double done) const { on_progress_(done); }

 private:
  const job_record& begun_;
  std::function<void(double)> on_progress_;
};

/// The result of a job, or its error. A job's function returns either one directly.
class job_result {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  job_result(std::string text) : text_(std::move(text)) {}
  job_result(const char* text) : text_(text) {}
  job_result(error why) : failure_(std::move(why)), failed_(true) {}
  job_result(errc why) : failure_(why), failed_(true) {}
  // NOLINTEND(google-explicit-constructor)

  bool failed() const noexcept { return failed_; }
  const std::string& text() const noexcept { return text_; }
  const error& failure() const noexcept { return failure_; }

 private:
  std::string text_;
  error failure_;
  bool failed_ = false;
};

/// The function of a job. Runs on a worker's thread, where it may block: wait for actors
/// (`ask_and_wait`), use a store. It checks its context or passes it on, and ends early when the
/// context ends. An exception is its failure.
using job_function = std::function<job_result(const context&, const job&)>;

struct job_kind {
  job_function run;
  /// True if it can run again from the start after an interruption at any point: its effects are
  /// idempotent.
  bool resumable = false;
};

struct job_pool_options {
  std::size_t workers = 5;
  std::size_t queue = 100;  ///< maximum of waiting jobs, besides those the workers have
  std::chrono::milliseconds limit = std::chrono::minutes(10);  ///< time limit of one run
  /// Least time between writes and reports of progress.
  duration progress_every = std::chrono::seconds(1);
  duration store_limit = std::chrono::seconds(5);  ///< time limit of one write about a job
  std::uint32_t attempts = 3;  ///< maximum of runs of a job that is interrupted repeatedly
  /// Called at each change of a job, in order per job, on the thread that made it, with no lock
  /// held. Must be short and must not throw.
  std::function<void(const job_record&)> on_change = nullptr;
};

/// A request for a job.
struct job_request {
  std::string kind;
  std::string input{};
  std::string owner{};
  std::string id{};  ///< generated if empty; a derived id detects repeats
  std::optional<std::chrono::milliseconds> limit{};  ///< overrides the pool's limit
};

/// Unfinished jobs found at the start.
struct job_recovery {
  std::vector<std::string> queued;       ///< these run now: not begun before, or resumable
  std::vector<std::string> interrupted;  ///< these can't be resumed
};

struct job_pool_figures {
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t interrupted = 0;
  std::uint64_t refused = 0;  ///< the queue was full
  std::uint64_t unkept = 0;   ///< writes that the store refused
};

class blocking_door;
namespace detail {
class job_machine;
}

/// Long work in the background: a bounded queue, some workers, and a store that keeps every job and
/// its outcome.
///
/// A job's context has the values of the request that submitted it (id, trace), but not its
/// deadline or cancellation. It ends by the job's own limit, by `cancel`, or with the pool. Jobs
/// run on the pool's own threads, not behind the blocking door: unlike functions there, they may
/// wait for actors. The pool is bounded, so jobs can only delay each other.
///
/// Its functions are safe from any thread. Those with a context call the store, so they may block:
/// call them behind the blocking door, not on an actor. The store must outlive the pool.
class job_pool {
 public:
  /// `root`: parent of all jobs' contexts, and their clock. `door` is for tests: its background
  /// lane runs the workers, instead of threads of the pool's own. It must outlive the pool.
  job_pool(const context& root, job_store& store, std::map<std::string, job_kind> kinds,
           job_pool_options options = {}, blocking_door* door = nullptr);
  job_pool(const job_pool&) = delete;
  job_pool& operator=(const job_pool&) = delete;
  /// Cancels running jobs and waits for them. Waiting jobs stay in the store, for the next start.
  ~job_pool();

  /// Takes over the previous process's unfinished jobs; call it before `submit`. A job that was
  /// running runs again if its kind is resumable and its attempts are not used up; else it becomes
  /// `interrupted`.
  job_stored<job_recovery> recover(const context& ctx);

  /// Returns the id as soon as the store has the job. It will then run, if not in this process,
  /// then in the next. Errors: `errc::overloaded` if the queue is full; `errc::unreachable` if the
  /// pool is stopping; `std::errc::invalid_argument` for an unknown kind; `std::errc::file_exists`
  /// if a job has that id; else the store's error, after which the job may be stored or not.
  job_stored<std::string> submit(const context& ctx, job_request request);

  /// A waiting job is `cancelled` at once. A running job's context ends; it becomes `cancelled`
  /// when it returns, unless it succeeds anyway.
  job_cancel cancel(const context& ctx, const std::string& id);

  /// Makes `other` a second id of a job, which `find` accepts from then on, after a restart too. As
  /// durable as the job; errors: see `job_store::link`.
  job_stored<void> link(const context& ctx, const std::string& other, const std::string& id);

  /// The job's present state, by its id or a second one. For a running job it is newer than the
  /// store's.
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) const;
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& query) const;
  /// Waiting and running jobs, by id.
  std::vector<job_record> active() const;
  job_pool_figures figures() const;

  /// Accepts nothing more, and blocks until running jobs have ended or `ctx` has. Then it cancels
  /// the rest and returns their names, `kind id`, without waiting for them. Cancelled resumable
  /// jobs and waiting jobs continue at the next start; others become `interrupted`.
  std::vector<std::string> shutdown(const context& ctx);
  /// The same for a `shutdown_sequence`: a task that has stopped when no job runs. The pool must
  /// outlive the sequence's phase.
  stop_function stopping();
  /// Done once the pool was told to stop and no job runs.
  const context& drained() const noexcept;

 private:
  std::shared_ptr<detail::job_machine> machine_;
  std::unique_ptr<blocking_door> threads_;
};

}  // namespace lifeline
