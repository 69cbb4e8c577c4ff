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

/// Something to ask the ledger for: an account, or one of its transfers.
struct import_step {
  enum class kind : std::uint8_t { open_account, transfer };
  kind what = kind::open_account;
  std::size_t lane = 0;
  std::size_t transfer = 0;  ///< place within the lane

  friend bool operator==(const import_step&, const import_step&) = default;
};

/// A row that the ledger did not take.
struct refused_row {
  import_step step;
  std::string code;
  std::string detail;
};

struct import_counts {
  std::size_t opened = 0;             ///< accounts
  std::size_t accounts_found = 0;     ///< opened by an earlier run of the same import
  std::size_t accounts_refused = 0;   ///< and none of their transfers was tried
  std::size_t posted = 0;             ///< transfers
  std::size_t transfers_found = 0;    ///< posted by an earlier run
  std::size_t transfers_refused = 0;  ///< with those of refused accounts
  std::size_t retries = 0;

  std::size_t settled() const noexcept {
    return opened + accounts_found + accounts_refused + posted + transfers_found +
           transfers_refused;
  }
};

/// Which of a lane's transfers an earlier run left behind: true where it is in the books. As a lane
/// goes in order, all up to the last such one were settled then.
using settled_before = std::vector<bool>;

/// Decides what an import asks for when: no actor, no clock, no store. Any number of workers take
/// steps and say what came of them. The rows of one account go one after another, since whether one
/// of them is refused depends on those before it; accounts go side by side, those with the most
/// rows first. A refused row is counted and named, and the lane goes on; what may fare better later
/// is tried again, with growing pauses.
class import_core {
 public:
  struct policy {
    lifeline::duration first_pause = std::chrono::milliseconds(10);
    lifeline::duration longest_pause = std::chrono::seconds(1);
    /// Without any progress; then it gives up. The time of a job is another's business.
    lifeline::duration patience = lifeline::duration::max();
    std::size_t most_named = 100;  ///< refused rows; the others are only counted
  };

  /// `transfers_per_lane` has one number for each account. The seed spreads the pauses.
  import_core(const std::vector<std::size_t>& transfers_per_lane, policy p, std::uint64_t seed);

  /// A worker offers itself; nothing: it is not needed any more, for whatever is left follows on
  /// what others have taken.
  std::optional<import_step> take();

  // A step's end, after which its worker may take another.
  void done(const import_step& step, bool replayed, lifeline::time_point now);
  /// The account was there: with what of its transfers.
  void found_account(const import_step& step, const settled_before& before,
                     lifeline::time_point now);
  void refused(const import_step& step, std::string code, std::string detail,
               lifeline::time_point now);
  /// It can't be done now: how long to wait before the same step is asked for again; nothing: not
  /// again, see `gave_up`.
  std::optional<lifeline::duration> failed(const import_step& step, const std::string& why,
                                           lifeline::time_point now);
  /// Ends it from outside: nobody gets a step any more.
  void stop() noexcept { stopped_ = true; }

  bool finished() const noexcept { return settled() == rows_; }
  std::size_t settled() const noexcept { return counts_.settled(); }
  std::size_t rows() const noexcept { return rows_; }
  const import_counts& counts() const noexcept { return counts_; }
  const std::vector<refused_row>& named() const noexcept { return named_; }
  /// Why it ended early of its own accord; empty if it did not.
  const std::string& gave_up() const noexcept { return gave_up_; }

 private:
  struct lane {
    std::size_t transfers = 0;
    std::size_t next = 0;
    bool open = false;
    unsigned attempts = 0;  ///< of the current step, beyond the first
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

/// Is this answer the ledger's last word on the row, or may the same request fare better later?
bool is_last_word(lifeline::ledger::errc e) noexcept;

}  // namespace bank::node
