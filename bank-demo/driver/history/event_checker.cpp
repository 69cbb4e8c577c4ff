#include "driver/history/event_checker.hpp"

#include "driver/text.hpp"

namespace bank::driver {

void event_checker::sent(const lifeline::ledger::uuid& id, lifeline::time_point now) {
  waiting_.try_emplace(id, in_flight{now, false, false});
}

void event_checker::acknowledged(const lifeline::ledger::uuid& id) {
  const auto at = waiting_.find(id);
  if (at == waiting_.end() || at->second.is_acknowledged) return;
  if (at->second.is_received) {
    waiting_.erase(at);
    return;
  }
  at->second.is_acknowledged = true;
  ++outstanding_;
}

void event_checker::failed(const lifeline::ledger::uuid& id) {
  const auto at = waiting_.find(id);
  if (at == waiting_.end()) return;
  if (at->second.is_received) breaches_.add("transfer " + id.str() + " failed, but has an event");
  waiting_.erase(at);
}

std::optional<lifeline::duration> event_checker::received(std::size_t subscriber,
                                                          std::uint64_t sequence,
                                                          const lifeline::ledger::uuid& id,
                                                          lifeline::time_point now) {
  stream& s = streams_[subscriber];
  ++events_;
  const std::uint64_t skipped = s.last && sequence > *s.last ? sequence - *s.last - 1 : 0;
  if (s.last && sequence <= *s.last)
    breaches_.add("subscriber " + std::to_string(subscriber) + " got event " + grouped(sequence) +
                  " after event " + grouped(*s.last));
  else if (skipped > s.may_skip)
    breaches_.add("subscriber " + std::to_string(subscriber) + " missed " + grouped(skipped) +
                  " events before event " + grouped(sequence));
  s.last = std::max(s.last.value_or(0), sequence);
  s.may_skip = 0;
  if (subscriber != 0) return std::nullopt;
  const auto at = waiting_.find(id);
  if (at == waiting_.end() || at->second.is_received) return std::nullopt;
  const lifeline::duration took = now - at->second.sent;
  if (at->second.is_acknowledged) {
    --outstanding_;
    waiting_.erase(at);
  } else {
    at->second.is_received = true;
  }
  return took;
}

void event_checker::missed(std::size_t subscriber, std::uint64_t events) {
  streams_[subscriber].may_skip += events;
  gaps_ += events;
}

std::optional<std::uint64_t> event_checker::last_of(std::size_t subscriber) const {
  return streams_[subscriber].last;
}

finding event_checker::conclude() const {
  breaches all = breaches_;
  for (const auto& [id, waits] : waiting_)
    if (waits.is_acknowledged && gaps_ == 0)
      all.add("transfer " + id.str() + " was acknowledged, but has no event");
  return all.conclude(
      "events_complete",
      grouped(events_) + " events, in order, none missing" +
          (gaps_ > 0 ? " except " + grouped(gaps_) + " in gaps that the node announced" : ""));
}

}  // namespace bank::driver
