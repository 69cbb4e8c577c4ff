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

/// Something to ask the node for. A lane is one account: first it is opened, then its transfers go
/// out in order, each after the one before was acknowledged.
struct replay_step {
  enum class kind : std::uint8_t {
    open_account,
    find_account,  ///< the node said that it exists: is it ours?
    transfer,
  };
  kind what = kind::open_account;
  std::size_t lane = 0;
  std::size_t transfer = 0;  ///< place within the lane

  friend bool operator==(const replay_step&, const replay_step&) = default;
};

/// What the node said, as far as decisions depend on it.
struct node_answer {
  unsigned status = 0;
  std::string code;    ///< of a problem
  std::string detail;  ///< of a problem
  bool replayed = false;
  std::optional<std::chrono::seconds> retry_after;
};

/// What a connection is to do next: send the step, `after` a while if that is above zero ...
struct send_step {
  replay_step step;
  lifeline::duration after{};

  friend bool operator==(const send_step&, const send_step&) = default;
};
/// ... or nothing any more.
struct rest {
  friend bool operator==(const rest&, const rest&) = default;
};
using replay_action = std::variant<send_step, rest>;

/// Why a replay can't be finished. Without a step it is not about one request.
struct replay_failure {
  std::optional<replay_step> step;
  std::string text;
};

struct replay_counts {
  std::size_t opened = 0;        ///< accounts
  std::size_t acknowledged = 0;  ///< transfers
  std::size_t replayed = 0;      ///< of these, done by an earlier request under the same id
  std::size_t retries = 0;
};

/// Decides what a replay sends when: no I/O and no clock; each connection tells it what came and is
/// told what to do next. A step that gets no answer, or one that promises better luck, stays with
/// its connection and is sent again under the same id, with growing pauses; a refusal ends the
/// replay. The longest lanes go first, so that they don't trail behind at the end.
class replay_core {
 public:
  struct policy {
    lifeline::duration first_pause = std::chrono::milliseconds(10);
    lifeline::duration longest_pause = std::chrono::seconds(1);
    lifeline::duration patience = std::chrono::seconds(60);  ///< without any progress
  };

  /// `transfers_per_lane` has one number for each account. The seed spreads the pauses.
  replay_core(std::vector<std::size_t> transfers_per_lane, policy p, std::uint64_t seed);

  /// A connection offers itself.
  replay_action begin(lifeline::time_point now);
  /// The node answered a step.
  replay_action answered(const replay_step& step, const node_answer& a, lifeline::time_point now);
  /// The connection broke, or there was none; nobody knows whether the step arrived.
  replay_action lost(const replay_step& step, const std::string& reason, lifeline::time_point now);

  /// The node was started anew: patience begins afresh.
  void restarted(lifeline::time_point now) noexcept { last_progress_ = now; }
  /// Ends the replay from outside; the first reason stays.
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
    unsigned attempts = 0;  ///< of the current step, beyond the first

    std::size_t left() const noexcept { return transfers - done + (open ? 0 : 1); }
  };
  struct ready_lane {
    std::size_t left = 0;
    std::size_t lane = 0;
    /// Of two lanes as long, the one that stands first in the books is first.
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

/// Does this answer promise that the same request may fare better later?
bool is_worth_repeating(const node_answer& a) noexcept;

}  // namespace bank::driver
