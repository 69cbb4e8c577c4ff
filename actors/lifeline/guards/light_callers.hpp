#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "lifeline/time/clock.hpp"

namespace lifeline::guards {

/// Tells whether a light caller is active: one that came lately and never had more than `most_open`
/// pieces of work open at a time. A pure core. "Lately" is one to two spans: callers are recorded
/// in the span in which they came, and the last two spans are kept, so that none is removed one by
/// one.
class light_callers {
 public:
  /// A span of half of `duration::max()` or more never ends.
  light_callers(std::size_t most_open, duration span)
      : most_open_(most_open), span_(std::min(span, duration::max() / 2)) {}

  /// `caller` has come, and now has `open` pieces open.
  void see(const std::string& caller, std::size_t open, time_point now);
  /// Whether a light caller other than `caller` is active.
  bool others_than(const std::string& caller, time_point now) const;

 private:
  struct behaviour {
    bool heavy = false;  ///< had more open, in this span
    bool light = false;  ///< not heavy in this span or the one before
  };
  /// The callers of a span.
  struct span_callers {
    std::unordered_map<std::string, behaviour> callers{};
    std::size_t light = 0;  ///< number of light ones

    bool has_heavy(const std::string& caller) const;
    void add(const std::string& caller, const behaviour& c);
    bool others_than(const std::string& caller) const;
  };

  std::size_t most_open_;
  duration span_;
  time_point began_{};  // start of this span
  span_callers this_span_;
  span_callers last_span_;
};

}  // namespace lifeline::guards
