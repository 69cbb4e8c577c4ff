#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bank/api/http/problem.hpp"
#include "bank/storage/job_files.hpp"
#include "lifeline/work/job_pool.hpp"

namespace bank::api {

/// What a caller wants done.
struct job_wish {
  std::string kind;
  std::string owner;  ///< the caller's name
  std::string input;  ///< for the kind's function
  std::string file;   ///< the same, too large to be kept with the job; else empty
  std::string id;     ///< derived from the caller's key, if there is one; else made
  bool has_key = false;
  bool restart = false;  ///< of a kind that runs once at a time: not the one under way
};

struct accepted_job {
  lifeline::job_record job;
  bool replayed = false;  ///< the key was used before, for the same
  bool joined = false;    ///< it was under way for somebody else
};

/// Takes the API's wishes to a job pool. Of `reconcile` one is under way at a time: who asks for
/// another joins it, or cancels it and starts over; the one cancelled may still be coming to its
/// end meanwhile. All members may block; they are called behind the blocking door, from any thread.
/// What is too large for the pool's store goes to `files`: before the job, so that it is there if
/// the job is. The pool and the files outlive the desk.
class job_service {
 public:
  /// Without files, what needs one is not there (404).
  explicit job_service(lifeline::job_pool& pool, const storage::job_files* files = nullptr)
      : pool_(pool), files_(files) {}

  result<accepted_job> submit(const lifeline::context& ctx, job_wish wish);
  /// The job of this id, if it is the one wished for, else `idempotency_mismatch`. Not `replayed`:
  /// there is none.
  result<accepted_job> repeated(const lifeline::context& ctx, const std::string& id,
                                const job_wish& wish) const;
  result<bool> is_known(const lifeline::context& ctx, const std::string& id) const;
  /// `owner`: whose jobs are seen; nothing: everybody's.
  result<lifeline::job_record> find(const lifeline::context& ctx, const std::string& id,
                                    const std::optional<std::string>& owner) const;
  result<std::vector<lifeline::job_record>> list(const lifeline::context& ctx,
                                                 const lifeline::job_query& q) const;
  /// As it is then: one that runs ends a little later. `invalid_state` if it has ended otherwise.
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
  std::optional<std::string> reconcile_;  ///< the latest that nobody cancelled
  bool looked_ = false;                   ///< for one that the last process left
};

}  // namespace bank::api
