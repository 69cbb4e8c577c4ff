#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "lifeline/time/clock.hpp"

namespace lifeline::actors {

/// Knows whether somebody modest is about: a caller who has come lately and never had more than a
/// few pieces of work open at a time. A pure core. "Lately" is one to two `span`s: callers are
/// remembered by the span in which they came, and of spans there are two, so that nobody is looked
/// for to be forgotten.
class modest_callers {
 public:
  /// A span of half the end of time, or more, has no end.
  modest_callers(std::size_t most_open, duration span)
      : most_open_(most_open), span_(std::min(span, duration::max() / 2)) {}

  /// `caller` has come, and now has so many pieces open.
  void see(const std::string& caller, std::size_t open, time_point now);
  /// Is there one beside `caller`?
  bool others_than(const std::string& caller, time_point now) const;

 private:
  struct conduct {
    bool greedy = false;  ///< in this span
    bool modest = false;  ///< nor in the one before
  };
  /// Who came in a span.
  struct seen {
    std::unordered_map<std::string, conduct> callers{};
    std::size_t modest = 0;  ///< of them

    bool has_greedy(const std::string& caller) const;
    void add(const std::string& caller, const conduct& c);
    bool others_than(const std::string& caller) const;
  };

  std::size_t most_open_;
  duration span_;
  time_point began_{};  // of this span
  seen this_span_;
  seen last_span_;
};

}  // namespace lifeline::actors
