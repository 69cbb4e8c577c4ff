#include "lifeline/guards/light_callers.hpp"

#include <utility>

namespace lifeline::guards {

void light_callers::see(const std::string& caller, std::size_t open, time_point now) {
  const duration past = now - began_;
  if (past >= span_) {
    last_span_ = past < 2 * span_ ? std::exchange(this_span_, {}) : span_callers{};
    if (past >= 2 * span_) this_span_ = {};
    began_ = now;
  }
  const bool heavy = open > most_open_;
  this_span_.add(caller, {heavy, !heavy && !last_span_.has_heavy(caller)});
  if (heavy && last_span_.callers.contains(caller)) last_span_.add(caller, {true, false});
}

bool light_callers::others_than(const std::string& caller, time_point now) const {
  const duration past = now - began_;
  if (past >= 2 * span_) return false;
  return this_span_.others_than(caller) || (past < span_ && last_span_.others_than(caller));
}

bool light_callers::span_callers::has_heavy(const std::string& caller) const {
  const auto found = callers.find(caller);
  return found != callers.end() && found->second.heavy;
}

/// A caller that was heavy once stays so for the span.
void light_callers::span_callers::add(const std::string& caller, const behaviour& c) {
  const auto [at, is_new] = callers.try_emplace(caller, c);
  if (is_new) {
    light += c.light ? 1 : 0;
  } else if (c.heavy) {
    light -= at->second.light ? 1 : 0;
    at->second = c;
  }
}

bool light_callers::span_callers::others_than(const std::string& caller) const {
  if (light != 1) return light > 1;
  const auto own = callers.find(caller);
  return own == callers.end() || !own->second.light;
}

}  // namespace lifeline::guards
