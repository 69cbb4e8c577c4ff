#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bank/api/http/problem.hpp"
#include "bank/storage/files/job_files.hpp"
#include "lifeline/work/job_pool.hpp"

namespace bank::api {

/// A job to be created.
struct job_wish {
  std::string kind;
  std::string owner;  ///< the caller's name
  std::string input;  ///< of the kind's function
  std::string file;   ///< a part of the input too large for the pool's store; else empty
  std::string id;     ///< derived from the caller's key, if any; else made by the node
  bool has_key = false;
  bool restart = false;  ///< of a kind that runs once at a time: cancel the current one
};

struct accepted_job {
  lifeline::job_record job;
  bool replayed = false;  ///< a repeat: the key was used before for the same job
  bool joined = false;    ///< another request's job that was under way
};

/// Creates jobs in the job pool. One `reconcile` is under way at a time: a second request joins it,
/// or cancels it and starts over; the cancelled one may still be ending. All members may block:
/// call them on a blocking lane, from any thread. Input too large for the pool's store goes to
/// `files`, before the job is created: a kept job always has its file. The pool and the files
/// outlive the service.
class job_service {
 public:
  /// Without `files`, jobs that need them answer 404.
  explicit job_service(lifeline::job_pool& pool, const storage::job_files* files = nullptr)
      : pool_(pool), files_(files) {}

  result<accepted_job> submit(const lifeline::context& ctx, job_wish wish);
  /// The job with this id; `idempotency_mismatch` if it differs from `wish`. Not `replayed` if
  /// there is none.
  result<accepted_job> repeated(const lifeline::context& ctx, const std::string& id,
                                const job_wish& wish) const;
  result<bool> is_known(const lifeline::context& ctx, const std::string& id) const;
  /// `owner`: only this owner's jobs; nothing: all.
  result<lifeline::job_record> find(const lifeline::context& ctx, const std::string& id,
                                    const std::optional<std::string>& owner) const;
  result<std::vector<lifeline::job_record>> list(const lifeline::context& ctx,
                                                 const lifeline::job_query& q) const;
  /// The job right after the cancel: a running one ends a little later. `invalid_state` if it ended
  /// otherwise.
  result<lifeline::job_record> cancel(const lifeline::context& ctx, const std::string& id,
                                      const std::optional<std::string>& owner);

 private:
  using creation = result<accepted_job> (job_service::*)(const lifeline::context&, const job_wish&);
  result<accepted_job> unless_repeated(const lifeline::context& ctx, const job_wish& wish,
                                       creation begin);
  result<accepted_job> accepted(const lifeline::context& ctx, const std::string& id) const;
  result<accepted_job> create(const lifeline::context& ctx, const job_wish& wish);
  result<accepted_job> create_with_file(const lifeline::context& ctx, const job_wish& wish);
  result<accepted_job> once_at_a_time(const lifeline::context& ctx, const job_wish& wish);
  result<accepted_job> join(const lifeline::context& ctx, const job_wish& wish,
                            lifeline::job_record under_way);
  result<std::optional<lifeline::job_record>> under_way(const lifeline::context& ctx);

  lifeline::job_pool& pool_;
  const storage::job_files* files_;
  std::mutex filing_;
  std::mutex one_at_a_time_;
  std::optional<std::string> reconcile_;  ///< the latest one that was not cancelled
  bool looked_ = false;                   ///< for one left by an earlier process
};

}  // namespace bank::api
