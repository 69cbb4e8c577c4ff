#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// One request to the node. A lane is one account: it is opened, then its transfers are sent in
/// order, each after the one before was acknowledged.
struct replay_step {
  enum class kind : std::uint8_t {
    open_account,
    find_account,  ///< the account exists: check that it is the planned one
    transfer,
  };
  kind what = kind::open_account;
  std::size_t lane = 0;
  std::size_t transfer = 0;  ///< place within the lane

  friend bool operator==(const replay_step&, const replay_step&) = default;
};

/// The parts of the node's answer that decisions depend on.
struct node_answer {
  unsigned status = 0;
  std::string code;    ///< of a problem
  std::string detail;  ///< of a problem
  bool replayed = false;
  std::optional<std::chrono::seconds> retry_after;
};

/// A connection's next action: send the step, after a pause if `after` is above zero ...
struct send_step {
  replay_step step;
  lifeline::duration after{};

  friend bool operator==(const send_step&, const send_step&) = default;
};
/// ... or nothing more.
struct rest {
  friend bool operator==(const rest&, const rest&) = default;
};
using replay_action = std::variant<send_step, rest>;

/// Why a replay failed; without a step if it is not about one request.
struct replay_failure {
  std::optional<replay_step> step;
  std::string text;
};

struct replay_counts {
  std::size_t opened = 0;        ///< accounts
  std::size_t acknowledged = 0;  ///< transfers
  std::size_t replayed = 0;      ///< transfers done by an earlier request with the same id
  std::size_t retries = 0;
};

/// Decides what a replay sends next: no I/O and no clock. Each connection reports its answer and
/// gets its next action. A step without an answer, or with a temporary failure, stays with its
/// connection and is sent again with the same id, with growing pauses; a refusal ends the replay.
/// The longest lanes go first, so that they do not delay the end.
class replay_core {
 public:
  struct policy {
    lifeline::duration first_pause = std::chrono::milliseconds(10);
    lifeline::duration longest_pause = std::chrono::seconds(1);
    lifeline::duration patience = std::chrono::seconds(60);  ///< longest time without progress
  };

  /// `transfers_per_lane` has one number per account. The seed varies the pauses.
  replay_core(std::vector<std::size_t> transfers_per_lane, policy p, std::uint64_t seed);

  /// A free connection asks for its first action.
  replay_action begin(lifeline::time_point now);
  /// The node answered a step.
  replay_action answered(const replay_step& step, const node_answer& a, lifeline::time_point now);
  /// The connection failed; whether the step arrived is unknown.
  replay_action lost(const replay_step& step, const std::string& reason, lifeline::time_point now);

  /// The node was restarted: `patience` starts again.
  void restarted(lifeline::time_point now) noexcept { last_progress_ = now; }
  /// Ends the replay; the first reason counts.
  void give_up(std::string text);

  bool finished() const noexcept { return unfinished_ == 0; }
  const std::optional<replay_failure>& failure() const noexcept { return failure_; }
  const replay_counts& counts() const noexcept { return counts_; }
  std::size_t transfers() const noexcept { return total_; }

 private:
  struct lane {
    std::size_t transfers = 0;
    std::size_t done = 0;
    bool open = false;
    unsigned attempts = 0;  ///< retries of the current step

    std::size_t left() const noexcept { return transfers - done + (open ? 0 : 1); }
  };
  struct ready_lane {
    std::size_t left = 0;
    std::size_t lane = 0;
    /// Lanes of equal length keep the books' order.
    bool operator<(const ready_lane& other) const noexcept {
      return left != other.left ? left < other.left : lane > other.lane;
    }
  };

  replay_action next();
  replay_action accepted(const replay_step& step, bool replayed, lifeline::time_point now);
  replay_action again(const replay_step& step, const std::string& reason,
                      std::optional<std::chrono::seconds> at_least, lifeline::time_point now);
  replay_action refused(const replay_step& step, const node_answer& a);
  lifeline::duration pause_after(unsigned attempts);
  void put_back(std::size_t i);

  policy policy_;
  std::vector<lane> lanes_;
  std::priority_queue<ready_lane> ready_;
  std::size_t total_ = 0;
  std::size_t unfinished_ = 0;
  replay_counts counts_;
  std::optional<lifeline::time_point> last_progress_;
  std::optional<replay_failure> failure_;
  std::minstd_rand random_;
};

/// Does this answer mean that the same request may succeed later?
bool is_worth_repeating(const node_answer& a) noexcept;

}  // namespace bank::driver
