#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/work/job_store.hpp"

namespace lifeline {

/// Writes for a job pool about its jobs, in contexts that the jobs' ends don't touch. A job's last
/// word that the store refused is remembered, told to whoever asks, and written again when told to.
/// Safe from any thread; the store outlives it.
class job_keeper {
 public:
  job_keeper(job_store& store, clock& time, duration limit)
      : store_(store), root_(background(time)), limit_(limit) {}

  /// A word that later ones replace: the store has it, or not.
  void note(const job_record& r) { (void)write(r); }
  /// The last word.
  void keep(const job_record& r);
  /// What the store refused before, once more, until it refuses again. One thread at a time.
  void keep_again();

  /// The store's answers, where it knows the last word, else the last word.
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) const;
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& q) const;
  /// How many writes the store refused.
  std::uint64_t refused() const;

 private:
  struct last_word {
    job_record record;
    bool refused = false;  ///< and so nobody writes it just now
  };

  bool write(const job_record& r);
  void settle(const std::string& id, bool written);

  job_store& store_;
  const context root_;
  const duration limit_;
  mutable std::mutex mutex_;
  std::map<std::string, last_word> unkept_;
  std::uint64_t refused_ = 0;
  std::mutex again_;
};

}  // namespace lifeline
