#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lifeline/guards/light_callers.hpp"
#include "lifeline/guards/refusal.hpp"
#include "lifeline/guards/time_needed.hpp"

namespace lifeline::guards {

struct admission_options {
  /// Concurrent work: first, least and most limit. All equal: a fixed limit.
  std::size_t first_limit = 32;
  std::size_t least_limit = 4;
  std::size_t most_limit = 1'000;
  /// The limit falls when the median duration exceeds `tolerance` times the best one.
  double tolerance = 2.0;
  std::size_t most_waiting = 1'000;
  std::size_t most_waiting_per_caller = 100;
  /// Concurrent pieces per caller while other callers are active, that is, came within `about_for`
  /// (0: no bound but the limit).
  std::size_t most_per_caller = 0;
  /// Concurrent weight per caller while a light caller is active; a light caller has at most this
  /// weight open itself, so its work is slowed only by other callers (0: no such bound).
  std::size_t most_beside_light = 0;
  duration about_for = std::chrono::seconds(1);
  /// If false, `cannot_finish` refuses only work without any time left; for users with a better
  /// estimate per kind of work.
  bool judges_by_median = true;
  /// How long measured durations count toward the median.
  duration believed_for = std::chrono::seconds(10);
};

/// The pure core of admission: decides how much work may run, what waits, and what is refused at
/// once.
///
/// - **The limit adapts.** Work is timed in rounds of as many pieces as the limit. If the median
///   exceeds `tolerance` times the best time, the limit falls by a tenth; else, if it was used up,
///   it grows by its square root. Every fiftieth round measures the best time again, under a far
///   lower limit. So the limit follows the server's capacity, and no queue builds up behind it.
///   Work cut off at its deadline counts as slow, whatever the best time is.
/// - **Callers are served in turn.** However many pieces one caller has waiting, every other
///   caller's next piece comes before its second. Bounds per caller apply while other callers are
///   active, and a lower one while a light caller is.
/// - **Work that can't finish is refused**: work with less time left than the median, also while it
///   waits. No caller is locked out for good (`time_needed`): work that comes while nothing runs
///   always enters, and one piece per second may try, more if these are fast.
class admission {
 public:
  using ticket = std::uint64_t;  ///< id of a piece of work, chosen by the caller; unique while open

  enum class verdict : std::uint8_t { enters, waits, refused };
  struct answer {
    verdict what = verdict::enters;
    refusal why = refusal::none;
  };
  /// The result for a piece of work that waited.
  struct told {
    ticket id = 0;
    refusal why = refusal::none;  ///< none: it was admitted
  };

  explicit admission(const admission_options& options);

  /// A piece of work of `caller` arrives. `remaining`: its time left. `weight`: the number of usual
  /// pieces that slow other work as much. Weight 0: it slows no other work, does not count against
  /// being a light caller, and overtakes weighted work that is held back.
  answer arrive(ticket id, const std::string& caller, duration remaining, time_point now,
                std::size_t weight = 1);
  /// A running piece has ended. Returns the waiting pieces that are admitted or refused now.
  std::vector<told> finish(ticket id, time_point now);
  /// A piece is given up, waiting or running. If it ran and its deadline has passed, it was cut off
  /// and counts as slow. If its deadline has not passed, its caller left, which says nothing about
  /// durations.
  std::vector<told> abandon(ticket id, time_point now);
  /// Admits work that was held back for other callers that are no longer active. While
  /// `holds_back`, call it every `look_every`, although nothing ended.
  std::vector<told> look(time_point now) { return fill(now); }
  bool holds_back() const noexcept { return !waiting_.empty() && running_.size() < limit_; }
  duration look_every() const noexcept { return options_.about_for / 4; }

  std::size_t limit() const noexcept { return limit_; }
  std::size_t under_way() const noexcept { return running_.size(); }
  std::size_t waiting() const noexcept { return waiting_.size(); }
  /// Median duration of work, as of the latest call with a time.
  std::optional<duration> typical() const noexcept { return needed_.typical(); }

 private:
  struct waiter {
    ticket id = 0;
    time_point due{};  // its deadline
    std::size_t weight = 1;
    bool is_probe = false;     // admitted although its time is short
    std::uint64_t number = 0;  // order of arrival
  };
  /// A caller's waiting work. Zero-weight work does not wait behind weighted work.
  struct line {
    std::deque<waiter> weighted{};
    std::deque<waiter> zero_weight{};
    std::size_t weight = 0;  // of all waiting pieces
    bool in_turn = false;

    std::size_t size() const noexcept { return weighted.size() + zero_weight.size(); }
    std::deque<waiter>& of(std::size_t w) noexcept { return w == 0 ? zero_weight : weighted; }
  };
  struct load {
    std::size_t pieces = 0;
    std::size_t weight = 0;
  };

  answer decide(const waiter& w, const std::string& caller, time_point now);
  bool has_time(duration remaining, time_point now);
  bool may_begin(const std::string& caller, std::size_t weight, time_point now) const;
  std::deque<waiter>* next_of(line& l, const std::string& caller, time_point now) const;
  void begin(const waiter& w, const std::string& caller, time_point now);
  void note_arrival(const std::string& caller, time_point now);
  void note_open(const std::string& caller, time_point now);
  std::vector<told> fill(time_point now);
  void leave_line(ticket id);
  void learn(duration took);
  void shrink();
  void end_round();
  void adapt(duration median);

  admission_options options_;
  std::size_t limit_;
  time_needed needed_;
  struct work {
    time_point since{};
    time_point due{};
    std::string caller{};
    std::size_t weight = 1;
  };
  void end(std::unordered_map<ticket, work>::iterator found);
  std::unordered_map<ticket, work> running_;
  std::unordered_map<std::string, load> running_of_;  // if a bound is set
  light_callers light_callers_;
  std::string latest_caller_;
  std::optional<time_point> latest_;                 // time of the latest arrival
  std::optional<time_point> other_;                  // latest arrival of another caller
  std::unordered_map<ticket, std::string> waiting_;  // their callers
  std::uint64_t last_to_wait_ = 0;
  std::map<std::string, line> lines_;
  std::deque<std::string> turns_;  // waiting callers; the next in turn first
  std::vector<duration> round_;
  std::size_t rounds_ = 0;
  std::size_t round_size_ = 0;
  std::size_t kept_limit_ = 0;  // while the best time is measured
  bool used_up_ = false;        // in this round
  duration best_ = duration::max();
};

}  // namespace lifeline::guards
