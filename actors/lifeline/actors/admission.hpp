#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lifeline/actors/modest_callers.hpp"
#include "lifeline/actors/refusal.hpp"
#include "lifeline/actors/time_needed.hpp"

namespace lifeline::actors {

struct admission_options {
  /// How much may be under way at first, at least and at most. All three alike: a fixed limit.
  std::size_t first_limit = 32;
  std::size_t least_limit = 4;
  std::size_t most_limit = 1'000;
  /// The limit falls when work takes longer than so many times what it takes at best.
  double tolerance = 2.0;
  std::size_t most_waiting = 1'000;
  std::size_t most_waiting_of_a_caller = 100;
  /// How much of a caller may be under way while others are about: have come within `about_for`.
  /// Zero: as much as the limit lets in.
  std::size_t most_of_a_caller = 0;
  /// The same, by weight, beside a modest caller, who has no more than this open at a time itself:
  /// such work is slow only by what others have under way beside it. Zero: no bound of its own.
  std::size_t most_beside_modest = 0;
  duration about_for = std::chrono::seconds(1);
  /// Without, only what has no time left at all is refused as `cannot_finish`: for who knows better
  /// what each kind of work takes.
  bool judges_by_median = true;
  /// How long the median remembers what work took.
  duration believed_for = std::chrono::seconds(10);
};

/// The pure core of admission: how much work may be under way, who waits, who is refused at once.
///
/// - **The limit adapts**: work is timed in rounds, as many pieces as the limit; if their median is
///   above `tolerance` times the best seen, the limit falls by a tenth, else, if it was used up, it
///   grows by its square root. Every fiftieth round the best is measured anew, under a far lower
///   limit. So it finds what the server bears, and no queue builds up behind it. Work that was cut
///   off at its deadline counts as slow, whatever the best is.
/// - **Callers are served in turn**: however many pieces one of them has waiting, the others' next
///   one comes before its second; and if a bound is set, it has no more than that under way while
///   there are others, and still less beside modest ones, so that they find its work neither before
///   them nor beside them.
/// - **What can't finish is refused**: with less time left than such work takes on the median, and
///   while it waits, too. But nobody is locked out for good (`time_needed`): what comes while
///   nothing is under way always enters, and one piece in a second may try, more if they are fast.
class admission {
 public:
  using ticket = std::uint64_t;  ///< names a piece of work; the caller's choice, unique while open

  enum class verdict : std::uint8_t { enters, waits, refused };
  struct answer {
    verdict what = verdict::enters;
    refusal why = refusal::none;
  };
  /// What is to be told to those who waited.
  struct told {
    ticket id = 0;
    refusal why = refusal::none;  ///< none: it enters
  };

  explicit admission(const admission_options& options);

  /// A piece of work of `caller` comes; `remaining` is the time that it has, `weight` how many
  /// usual pieces slow the others as much. Zero: it slows nobody, so that it makes no caller modest
  /// and is not held back beside one.
  answer arrive(ticket id, const std::string& caller, duration remaining, time_point now,
                std::size_t weight = 1);
  /// One that was under way is done; those may enter who are named.
  std::vector<told> finish(ticket id, time_point now);
  /// One is given up, waiting or under way. If it was under way and its time is over, it was cut
  /// off: it would have taken longer still. If its time is not over, its caller went, which says
  /// nothing.
  std::vector<told> abandon(ticket id, time_point now);
  /// Those may enter who were held back by others that are no longer about. To be asked, though
  /// nothing ended, as long as `holds_back`: every `look_every`.
  std::vector<told> look(time_point now) { return fill(now); }
  bool holds_back() const noexcept { return !waiting_.empty() && running_.size() < limit_; }
  duration look_every() const noexcept { return options_.about_for / 4; }

  std::size_t limit() const noexcept { return limit_; }
  std::size_t under_way() const noexcept { return running_.size(); }
  std::size_t waiting() const noexcept { return waiting_.size(); }
  /// What work takes on the median, as of the latest call that told the time.
  std::optional<duration> typical() const noexcept { return needed_.typical(); }

 private:
  struct waiter {
    ticket id = 0;
    time_point due{};  // of its deadline
    std::size_t weight = 1;
    bool is_probe = false;     // may try, though its time is short
    std::uint64_t number = 0;  // the how many-th to wait
  };
  /// What slows nobody does not stand behind what is held back.
  struct line {
    std::deque<waiter> heavy{};
    std::deque<waiter> light{};
    std::size_t weight = 0;  // of all of them
    bool in_turn = false;

    std::size_t size() const noexcept { return heavy.size() + light.size(); }
    std::deque<waiter>& of(std::size_t w) noexcept { return w == 0 ? light : heavy; }
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
  void see(const std::string& caller, time_point now);
  void see_open(const std::string& caller, time_point now);
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
  modest_callers modest_;
  std::string latest_caller_;
  std::optional<time_point> latest_;                 // when they came
  std::optional<time_point> other_;                  // when somebody else came last
  std::unordered_map<ticket, std::string> waiting_;  // whose
  std::uint64_t last_to_wait_ = 0;
  std::map<std::string, line> lines_;
  std::deque<std::string> turns_;  // callers who wait, whose turn is next first
  std::vector<duration> round_;
  std::size_t rounds_ = 0;
  std::size_t round_size_ = 0;
  std::size_t kept_limit_ = 0;  // while the best is measured
  bool used_up_ = false;        // in this round
  duration best_ = duration::max();
};

}  // namespace lifeline::actors
