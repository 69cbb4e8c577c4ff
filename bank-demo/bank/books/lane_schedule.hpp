#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "bank/books/lanes.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::books {

/// One step of a lane: open its account, or make one of its transfers.
struct lane_step {
  enum class kind : std::uint8_t { open_account, transfer };
  kind what = kind::open_account;
  std::size_t lane = 0;
  std::size_t transfer = 0;  ///< place within the lane

  friend bool operator==(const lane_step&, const lane_step&) = default;
};

/// A row that the bank refused.
struct refused_row {
  lane_step step;
  std::string code;
  std::string detail;
};

/// Why a schedule was stopped; without a step if it is not about one row.
struct schedule_failure {
  std::optional<lane_step> step;
  std::string text;
};

struct lane_counts {
  std::size_t opened = 0;             ///< accounts
  std::size_t accounts_found = 0;     ///< opened by an earlier run
  std::size_t accounts_refused = 0;   ///< none of their transfers is tried
  std::size_t posted = 0;             ///< transfers
  std::size_t transfers_found = 0;    ///< posted by an earlier run
  std::size_t transfers_refused = 0;  ///< including those of refused accounts
  std::size_t retries = 0;

  // What the bank has now.
  std::size_t accounts() const noexcept { return opened + accounts_found; }
  std::size_t transfers() const noexcept { return posted + transfers_found; }

  std::size_t refused() const noexcept { return accounts_refused + transfers_refused; }
  std::size_t settled() const noexcept { return accounts() + transfers() + refused(); }
};

/// Which of a lane's transfers an earlier run has booked. A lane runs in order, so all transfers up
/// to the last booked one were settled in that run.
using settled_before = std::vector<bool>;

/// Decides which row of recorded books comes next: no I/O and no clock. Any number of workers take
/// steps and report how each ended. The rows of one account run one after another, because each may
/// be refused depending on those before it. Accounts run side by side, those with the most rows
/// first, so that they do not delay the end. A temporary failure is retried with growing pauses.
class lane_schedule {
 public:
  static constexpr std::chrono::milliseconds first_pause{10};
  static constexpr std::chrono::seconds longest_pause{1};
  /// The longest pause that the bank can ask for.
  static constexpr std::chrono::seconds longest_wish{5};
  /// Refused rows that are named; further ones are only counted.
  static constexpr std::size_t most_named = 100;

  /// `patience` is the longest time without progress, from the first failure on. The seed varies
  /// the pauses.
  lane_schedule(const std::vector<account_lane>& lanes, lifeline::duration patience,
                std::uint64_t seed);

  /// The next step for a free worker; nothing: the worker is not needed any more, because all that
  /// is left follows steps that other workers have.
  std::optional<lane_step> take();

  // The end of a step; its worker may take another then.
  /// `found`: an earlier request or run has done it.
  void done(const lane_step& step, bool found, lifeline::time_point now);
  /// The account was opened by an earlier run; `before` says which transfers were booked.
  void found_account(const lane_step& step, const settled_before& before, lifeline::time_point now);
  /// Counts and names the row; its lane goes on. A refused account ends its lane.
  void refused(const lane_step& step, std::string code, std::string detail,
               lifeline::time_point now);
  /// A temporary failure, after which the same step is retried. Returns the pause before that, at
  /// least the bank's wish; nothing: no retry, see `failure`.
  std::optional<lifeline::duration> failed(const lane_step& step, const std::string& why,
                                           lifeline::time_point now, lifeline::duration wish = {});

  /// `patience` starts again, as after a restart of the bank.
  void restarted(lifeline::time_point now) noexcept { last_progress_ = now; }
  /// Ends the schedule: `take` gives no more steps. The first reason counts.
  void stop(schedule_failure why);

  bool finished() const noexcept { return counts_.settled() == rows_; }
  std::size_t rows() const noexcept { return rows_; }
  const lane_counts& counts() const noexcept { return counts_; }
  const std::vector<refused_row>& named() const noexcept { return named_; }
  /// Why it was stopped or gave up.
  const std::optional<schedule_failure>& failure() const noexcept { return failure_; }

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
    /// Lanes of equal length keep the books' order.
    bool operator<(const ready_lane& other) const noexcept {
      return left != other.left ? left < other.left : lane > other.lane;
    }
  };

  void name(const lane_step& step, std::string code, std::string detail);
  void settle(std::size_t lane, lifeline::time_point now);
  void put_back(std::size_t i);
  lifeline::duration pause_after(unsigned attempts);

  const lifeline::duration patience_;
  std::vector<lane> lanes_;
  std::priority_queue<ready_lane> ready_;
  std::size_t rows_ = 0;
  lane_counts counts_;
  std::vector<refused_row> named_;
  std::optional<lifeline::time_point> last_progress_;
  std::optional<schedule_failure> failure_;
  std::minstd_rand random_;
};

}  // namespace bank::books
