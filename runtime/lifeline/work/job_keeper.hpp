#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/work/job_store.hpp"

namespace lifeline {

/// Writes a job pool's records to the store, in contexts independent of the jobs' own. A final
/// record that the store refused is kept in memory, returned by `find`, and written again by
/// `keep_again`. Safe from any thread; the store must outlive it.
class job_keeper {
 public:
  job_keeper(job_store& store, clock& time, duration limit)
      : store_(store), root_(background(time)), limit_(limit) {}

  /// Writes a record that later ones replace; a failed write is not repeated.
  void note(const job_record& r) { (void)write(r); }
  /// Writes the final record.
  void keep(const job_record& r);
  /// Writes refused final records again, until the store refuses one. For one thread at a time.
  void keep_again();

  /// The final record, if the store refused it; else the store's answer.
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) const;
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& q) const;
  /// Number of writes that the store refused.
  std::uint64_t refused() const;

 private:
  struct final_record {
    job_record record;
    bool refused = false;  ///< the store refused it: no write is in progress
  };

  bool write(const job_record& r);
  void settle(const std::string& id, bool written);

  job_store& store_;
  const context root_;
  const duration limit_;
  mutable std::mutex mutex_;
  std::map<std::string, final_record> unwritten_;
  std::uint64_t refused_ = 0;
  std::mutex again_;
};

}  // namespace lifeline
