#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "lifeline/ledger/error.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::node {

/// One request to the ledger: open an account, or make one of its transfers.
struct import_step {
  enum class kind : std::uint8_t { open_account, transfer };
  kind what = kind::open_account;
  std::size_t lane = 0;
  std::size_t transfer = 0;  ///< place within the lane

  friend bool operator==(const import_step&, const import_step&) = default;
};

/// A row that the ledger refused.
struct refused_row {
  import_step step;
  std::string code;
  std::string detail;
};

struct import_counts {
  std::size_t opened = 0;             ///< accounts
  std::size_t accounts_found = 0;     ///< opened by an earlier run of this import
  std::size_t accounts_refused = 0;   ///< none of their transfers is tried
  std::size_t posted = 0;             ///< transfers
  std::size_t transfers_found = 0;    ///< posted by an earlier run
  std::size_t transfers_refused = 0;  ///< including those of refused accounts
  std::size_t retries = 0;

  std::size_t settled() const noexcept {
    return opened + accounts_found + accounts_refused + posted + transfers_found +
           transfers_refused;
  }
};

/// Which of a lane's transfers an earlier run has booked. A lane runs in order, so all transfers up
/// to the last booked one were settled in that run.
using settled_before = std::vector<bool>;

/// Decides which step of an import comes next: no actor, no clock, no store. Any number of workers
/// take steps and report their outcome. The rows of one account run one after another, because each
/// may be refused depending on those before it. Accounts run side by side, those with the most rows
/// first. A refused row is counted and named, and the lane goes on; a temporary failure is retried
/// with growing pauses.
class import_core {
 public:
  struct policy {
    lifeline::duration first_pause = std::chrono::milliseconds(10);
    lifeline::duration longest_pause = std::chrono::seconds(1);
    /// Time without any progress after which it gives up. A job has a time limit elsewhere.
    lifeline::duration patience = lifeline::duration::max();
    std::size_t most_named = 100;  ///< refused rows that are named; further ones are only counted
  };

  /// `transfers_per_lane` has one number per account. The seed varies the pauses.
  import_core(const std::vector<std::size_t>& transfers_per_lane, policy p, std::uint64_t seed);

  /// The next step for a free worker; nothing: the worker is not needed any more, because all that
  /// is left follows steps that other workers have.
  std::optional<import_step> take();

  // The end of a step; its worker may take another then.
  void done(const import_step& step, bool replayed, lifeline::time_point now);
  /// The account was opened by an earlier run; `before` says which transfers were booked.
  void found_account(const import_step& step, const settled_before& before,
                     lifeline::time_point now);
  void refused(const import_step& step, std::string code, std::string detail,
               lifeline::time_point now);
  /// A temporary failure. Returns the pause before the same step is retried; nothing: no retry, see
  /// `gave_up`.
  std::optional<lifeline::duration> failed(const import_step& step, const std::string& why,
                                           lifeline::time_point now);
  /// Ends the import: `take` gives no more steps.
  void stop() noexcept { stopped_ = true; }

  bool finished() const noexcept { return settled() == rows_; }
  std::size_t settled() const noexcept { return counts_.settled(); }
  std::size_t rows() const noexcept { return rows_; }
  const import_counts& counts() const noexcept { return counts_; }
  const std::vector<refused_row>& named() const noexcept { return named_; }
  /// Why it gave up; empty if it did not.
  const std::string& gave_up() const noexcept { return gave_up_; }

 private:
  struct lane {
    std::size_t transfers = 0;
    std::size_t next = 0;
    bool open = false;
    unsigned attempts = 0;  ///< retries of the current step
  };
  struct ready_lane {
    std::size_t left = 0;
    std::size_t lane = 0;
    bool operator<(const ready_lane& other) const noexcept {
      return left != other.left ? left < other.left : lane > other.lane;
    }
  };

  void name(const import_step& step, std::string code, std::string detail);
  void settle(std::size_t lane, lifeline::time_point now);
  void put_back(std::size_t i);
  lifeline::duration pause_after(unsigned attempts);

  policy policy_;
  std::vector<lane> lanes_;
  std::priority_queue<ready_lane> ready_;
  std::size_t rows_ = 0;
  import_counts counts_;
  std::vector<refused_row> named_;
  std::optional<lifeline::time_point> last_progress_;
  bool stopped_ = false;
  std::string gave_up_;
  std::minstd_rand random_;
};

/// Is this answer final, or may the same request succeed later?
bool is_final(lifeline::ledger::errc e) noexcept;

}  // namespace bank::node
