#include "lifeline/actors/modest_callers.hpp"

#include <utility>

namespace lifeline::actors {

void modest_callers::see(const std::string& caller, std::size_t open, time_point now) {
  const duration past = now - began_;
  if (past >= span_) {
    last_span_ = past < 2 * span_ ? std::exchange(this_span_, {}) : seen{};
    if (past >= 2 * span_) this_span_ = {};
    began_ = now;
  }
  const bool greedy = open > most_open_;
  this_span_.add(caller, {greedy, !greedy && !last_span_.has_greedy(caller)});
  if (greedy && last_span_.callers.contains(caller)) last_span_.add(caller, {true, false});
}

bool modest_callers::others_than(const std::string& caller, time_point now) const {
  const duration past = now - began_;
  if (past >= 2 * span_) return false;
  return this_span_.others_than(caller) || (past < span_ && last_span_.others_than(caller));
}

bool modest_callers::seen::has_greedy(const std::string& caller) const {
  const auto found = callers.find(caller);
  return found != callers.end() && found->second.greedy;
}

/// Who was greedy once stays so for the span.
void modest_callers::seen::add(const std::string& caller, const conduct& c) {
  const auto [at, is_new] = callers.try_emplace(caller, c);
  if (is_new) {
    modest += c.modest ? 1 : 0;
  } else if (c.greedy) {
    modest -= at->second.modest ? 1 : 0;
    at->second = c;
  }
}

bool modest_callers::seen::others_than(const std::string& caller) const {
  if (modest != 1) return modest > 1;
  const auto own = callers.find(caller);
  return own == callers.end() || !own->second.modest;
}

}  // namespace lifeline::actors
