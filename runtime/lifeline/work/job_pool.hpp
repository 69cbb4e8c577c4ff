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

/// A running job, as its function sees it. Safe from any thread while the function runs.
class job {
 public:
  job(const job_record& begun, std::function<void(double)> on_progress)
      : begun_(begun), on_progress_(std::move(on_progress)) {}

  const std::string& id() const noexcept { return begun_.id; }
  const std::string& owner() const noexcept { return begun_.owner; }
  const std::string& input() const noexcept { return begun_.input; }
  /// 1 the first time; more if it was cut off before, and goes on.
  std::uint32_t attempt() const noexcept { return begun_.attempts; }
  /// How much is done, 0 to 1. As cheap as a lock: it is kept and told from time to time only.
  void progress(double done) const { on_progress_(done); }

 private:
  const job_record& begun_;
  std::function<void(double)> on_progress_;
};

/// What came of a job: its result, or an error. A job's function just returns the one or the other.
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

/// Does a job, on a worker's thread, where it may block: wait for actors (`ask_and_wait`), use a
/// store. It looks at its context, or hands it on, and gives up when that ends. What it throws is
/// its failure.
using job_function = std::function<job_result(const context&, const job&)>;

struct job_kind {
  job_function run;
  /// Can be run again from the beginning after it was cut off anywhere: its effects are idempotent.
  bool resumable = false;
};

struct job_pool_options {
  std::size_t workers = 5;
  std::size_t queue = 100;  ///< who wait, at most, besides those that a worker has
  std::chrono::milliseconds limit = std::chrono::minutes(10);  ///< of one run
  /// How often progress is written and told, at most.
  duration progress_every = std::chrono::seconds(1);
  duration store_limit = std::chrono::seconds(5);  ///< of one write about a job
  std::uint32_t attempts = 3;                      ///< of a job that is cut off again and again
  /// Hears each change of a job, in order for each job; on the thread that made it, with no lock
  /// held: must be short, must not throw.
  std::function<void(const job_record&)> on_change = nullptr;
};

/// What is wanted of a pool.
struct job_request {
  std::string kind;
  std::string input{};
  std::string owner{};
  std::string id{};  ///< made if empty; a derived one makes a repeat known
  std::optional<std::chrono::milliseconds> limit{};  ///< another bound than the pool's
};

/// What was found at the start.
struct job_recovery {
  std::vector<std::string> queued;       ///< had not begun, or go on; they run now
  std::vector<std::string> interrupted;  ///< can't go on
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

/// Long work in the background: a bounded queue, some workers, and a store in which every job and
/// its outcome is kept.
///
/// A job's context has the values of the request that began it (its id, its trace), but neither its
/// deadline nor its end: only the job's own limit, `cancel`, and the pool's end. Jobs run on the
/// pool's own threads, not behind the blocking door: they may wait for actors, which no function
/// behind that door may; being bounded, they starve nobody but each other.
///
/// Its functions are safe from any thread. Those with a context call the store, so they may block:
/// call them behind the blocking door, not on an actor. The store outlives the pool.
class job_pool {
 public:
  /// `root`: the life of all jobs, and their clock. `door` is for tests: whose background lane runs
  /// the workers, instead of threads of the pool's own; it outlives the pool.
  job_pool(const context& root, job_store& store, std::map<std::string, job_kind> kinds,
           job_pool_options options = {}, blocking_door* door = nullptr);
  job_pool(const job_pool&) = delete;
  job_pool& operator=(const job_pool&) = delete;
  /// Cancels what runs, and waits for it; what waits stays in the store, for the next start.
  ~job_pool();

  /// Before anything else is submitted: takes up what the last process left in the store. A job
  /// that was running is run again if its kind is resumable (and it was not begun too often), else
  /// it is `interrupted`.
  job_stored<job_recovery> recover(const context& ctx);

  /// Gives the id as soon as the store has the job: it will run, if not in this process's life then
  /// in the next one's. Errors: `errc::overloaded` if the queue is full, `errc::unreachable` if the
  /// pool stops, `std::errc::invalid_argument` for an unknown kind, `std::errc::file_exists` if
  /// there is a job of that id, else the store's; then it may be kept or not, as with any store.
  job_stored<std::string> submit(const context& ctx, job_request request);

  /// A job that waits is `cancelled` at once; one that runs is told, and is `cancelled` when it
  /// comes to its end, unless it succeeds all the same.
  job_cancel cancel(const context& ctx, const std::string& id);

  /// Makes `other` a second id of a job, which `find` knows from then on, after a restart too. As
  /// durable as a job, and with the store's errors: see `job_store::link`.
  job_stored<void> link(const context& ctx, const std::string& other, const std::string& id);

  /// What is known of it now, by its id or a second one; of one that runs, more than the store
  /// knows.
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) const;
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& query) const;
  /// Those that wait or run, by id.
  std::vector<job_record> active() const;
  job_pool_figures figures() const;

  /// Takes nothing more, and blocks until all that runs has ended, or `ctx` has; then it cancels
  /// the rest and names them, `kind id`, without waiting for them. A resumable job that is cut off
  /// so goes on at the next start, as do all that wait; others are `interrupted`.
  std::vector<std::string> shutdown(const context& ctx);
  /// The same for a `shutdown_sequence`: a task that has stopped when nothing runs any more. The
  /// pool outlives the sequence's phase.
  stop_function stopping();
  /// Done once the pool was told to stop and nothing runs any more.
  const context& drained() const noexcept;

 private:
  std::shared_ptr<detail::job_machine> machine_;
  std::unique_ptr<blocking_door> threads_;
};

}  // namespace lifeline
