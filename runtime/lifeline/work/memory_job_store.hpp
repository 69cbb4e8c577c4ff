#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lifeline/work/job_store.hpp"

namespace lifeline {

/// Jobs in memory. For programs whose jobs need not survive them, and for tests, where it outlives
/// the pool as a disk would.
class memory_job_store final : public job_store {
 public:
  job_stored<void> create(const context& ctx, const job_record& job) override;
  job_stored<void> update(const context& ctx, const job_record& job) override;
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) override;
  job_stored<void> link(const context& ctx, const std::string& other,
                        const std::string& id) override;
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& query) override;
  job_stored<std::vector<job_record>> unfinished(const context& ctx) override;
  job_stored<std::size_t> forget(const context& ctx, wall_time ended_before,
                                 std::size_t most) override;

 private:
  std::mutex mutex_;
  std::vector<job_record> jobs_;  // oldest first
  std::map<std::string, std::size_t, std::less<>> places_;
  std::map<std::string, std::string> links_;
};

}  // namespace lifeline
