#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "lifeline/ledger/batch.hpp"

namespace lifeline::ledger {

/// The journal's verdict on one entry.
enum class verdict : std::uint8_t {
  committed,
  duplicate,    ///< its id or key was used before: look it up
  ref_taken,    ///< the owner has another account with this ref
  wrong_state,  ///< the transfer is not in the state that the entry expects: look it up
  left_out,     ///< its group was not committed
  violated,     ///< it would break the ledger's invariants: a bug
  unavailable,  ///< not stored, and it will not be
  overloaded,   ///< not accepted: the queue is full
  unknown,      ///< not known yet; a final verdict follows
};

struct entry_verdict {
  verdict what = verdict::unavailable;
  std::uint64_t sequence = 0;  ///< of a committed entry
  /// As the committed entry left it, if it made or changed one.
  std::optional<transfer_record> transfer = {};

  friend bool operator==(const entry_verdict&, const entry_verdict&) = default;
};

/// The pure core of the journal. Entries wait in order while one batch is being committed; all that
/// arrived meanwhile form the next batch. Verdicts come in the order of the entries, always for the
/// oldest ones. A batch that would break the ledger's invariants is retried in halves until the
/// culprit is found: an entry, or a group as a whole.
///
///     idle --begin--> committing --finish--> idle
///                         | unknown            ^
///                         +--> resolving ------+ resolved
class commit_batch {
 public:
  commit_batch(std::uint64_t epoch, std::size_t queue_limit, std::size_t batch_limit)
      : epoch_(epoch), queue_limit_(queue_limit), batch_limit_(batch_limit) {}

  /// A unit: one entry, or a group followed by its transfers. It is accepted as a whole and then
  /// committed in one batch; or, if the queue is full, left as it is: false.
  bool offer(std::vector<entry>& unit);

  /// The next batch, if none is running and entries wait. The core keeps it until it has ended.
  std::shared_ptr<const batch> begin(wall_time at);

  /// Sets the running batch's place in a trace, before the batch is shared.
  void place_running(const std::optional<trace_state>& at) { running_->place = at; }

  /// The verdicts of the running batch; empty if it is retried or its outcome is unknown.
  std::vector<entry_verdict> finish(commit_result r);

  /// The running batch has not answered in time; a later answer is ignored.
  void overdue() noexcept { resolving_ = true; }
  /// The running batch's outcome is known now: as committed, or null.
  std::vector<entry_verdict> resolved(std::uint64_t new_epoch,
                                      std::optional<committed_batch> found);
  /// Removes and returns the entries waiting behind the running batch.
  std::vector<entry> drop_waiting();

  bool resolving() const noexcept { return resolving_; }
  std::shared_ptr<const batch> running() const noexcept { return running_; }
  /// Number of entries without a verdict.
  std::size_t size() const noexcept {
    return waiting_.size() + (running_ ? running_->entries.size() : 0);
  }

 private:
  std::vector<entry_verdict> end_running(committed_batch done);
  std::vector<entry_verdict> end_running(verdict all);
  void halve();
  /// Number of entries in the first whole units, about `most`, at least one unit.
  std::size_t whole_units(std::size_t most) const;

  std::uint64_t epoch_;
  std::uint64_t last_number_ = 0;
  const std::size_t queue_limit_;
  const std::size_t batch_limit_;
  std::deque<entry> waiting_;
  std::size_t suspects_ = 0;   // entries at the front that were in a violating batch
  std::size_t next_size_ = 0;  // number of them to try next
  std::shared_ptr<batch> running_;
  bool resolving_ = false;
};

}  // namespace lifeline::ledger
