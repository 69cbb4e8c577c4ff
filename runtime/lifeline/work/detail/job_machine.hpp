#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lifeline/work/job_keeper.hpp"
#include "lifeline/work/job_pool.hpp"

namespace lifeline::detail {

enum class cut : std::uint8_t { none, cancelled, stopped };

/// A waiting or running job. `record` and `why` are guarded by the pool's lock.
struct live_job {
  live_job(job_record r, cancel_scope s) : record(std::move(r)), life(std::move(s)) {}

  job_record record;
  cut why = cut::none;
  std::optional<time_point> reported;  ///< when its progress was last reported
  cancel_scope life;
  std::mutex write_mutex;  ///< held while writing or reporting the job, to keep the order
  bool over = false;       ///< guarded by the mutex above: nothing more is written
};

/// The body of a `job_pool`, shared with its workers. The lock guards the roster, the jobs' records
/// and the figures. The store, the door and listeners are called without it.
class job_machine : public std::enable_shared_from_this<job_machine> {
 public:
  job_machine(context root, job_store& store, std::map<std::string, job_kind> kinds,
              job_pool_options options);

  void use(blocking_door& door) { door_ = &door; }

  job_stored<job_recovery> recover(const context& ctx);
  job_stored<std::string> submit(const context& ctx, job_request r);
  job_cancel cancel(const std::string& id);
  job_stored<void> link(const context& ctx, const std::string& other, const std::string& id) {
    return store_.link(ctx, other, id);
  }
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) const;
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& q) const;
  std::vector<job_record> active() const;
  job_pool_figures figures() const;
  void close();
  std::vector<std::string> cut_off();
  void keep_again() { keeper_.keep_again(); }
  const context& drained() const noexcept { return drained_.ctx(); }

 private:
  using live = std::shared_ptr<live_job>;

  wall_time wall_now() const { return root_.time().wall_now(); }
  void tell(const job_record& r) const {
    if (options_.on_change) options_.on_change(r);
  }

  job_record record_of(job_request r);
  void enter(const live& j) { jobs_[j->record.id] = j; }
  std::string why_not_again(const job_record& r) const;
  void interrupt(job_record r, std::string why);

  void call_worker();
  void work();
  live take_next();
  void run(const live& j);
  job_record begin(const live& j);
  void progress(const live& j, double done);
  void finish(const live& j, const job_result& got);
  void judge(live_job& j, const job_result& got) const;
  void leave(const live& j);
  void forget(const live& j);

  void count_end(job_state s);
  void close_roster();
  void say_if_drained();

  const context root_;
  job_store& store_;
  job_keeper keeper_;
  const std::map<std::string, job_kind> kinds_;
  const job_pool_options options_;
  cancel_scope drained_;
  const std::string prefix_;
  blocking_door* door_ = nullptr;

  mutable std::mutex mutex_;
  job_roster roster_;
  std::map<std::string, live> jobs_;
  std::size_t workers_called_ = 0;
  std::uint64_t last_id_ = 0;
  job_pool_figures figures_;
};

}  // namespace lifeline::detail
