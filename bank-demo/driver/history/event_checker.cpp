#include "driver/history/event_checker.hpp"

namespace bank::driver {

namespace {

constexpr std::size_t most_examples = 5;

std::string number(std::uint64_t n) { return grouped(static_cast<std::int64_t>(n)); }

}  // namespace

void event_checker::breach(std::string text) {
  if (++breaches_ <= most_examples) examples_.push_back(std::move(text));
}

void event_checker::sent(const lifeline::ledger::uuid& id, lifeline::time_point now) {
  waiting_.try_emplace(id, in_flight{now, false, false});
}

void event_checker::acknowledged(const lifeline::ledger::uuid& id) {
  const auto at = waiting_.find(id);
  if (at == waiting_.end() || at->second.is_acknowledged) return;
  if (at->second.is_heard) {
    waiting_.erase(at);
    return;
  }
  at->second.is_acknowledged = true;
  ++outstanding_;
}

void event_checker::failed(const lifeline::ledger::uuid& id) {
  const auto at = waiting_.find(id);
  if (at == waiting_.end()) return;
  if (at->second.is_heard) breach("transfer " + id.str() + " failed, but has an event");
  waiting_.erase(at);
}

std::optional<lifeline::duration> event_checker::heard(std::size_t subscriber,
                                                       std::uint64_t sequence,
                                                       const lifeline::ledger::uuid& id,
                                                       lifeline::time_point now) {
  stream& s = streams_[subscriber];
  ++events_;
  const std::uint64_t skipped = s.last && sequence > *s.last ? sequence - *s.last - 1 : 0;
  if (s.last && sequence <= *s.last)
    breach("subscriber " + std::to_string(subscriber) + " got event " + number(sequence) +
           " after event " + number(*s.last));
  else if (skipped > s.may_skip)
    breach("subscriber " + std::to_string(subscriber) + " missed " + number(skipped) +
           " events before event " + number(sequence));
  s.last = std::max(s.last.value_or(0), sequence);
  s.may_skip = 0;
  if (subscriber != 0) return std::nullopt;
  const auto at = waiting_.find(id);
  if (at == waiting_.end() || at->second.is_heard) return std::nullopt;
  const lifeline::duration took = now - at->second.sent;
  if (at->second.is_acknowledged) {
    --outstanding_;
    waiting_.erase(at);
  } else {
    at->second.is_heard = true;
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
  finding f{"events_complete", true, {}, examples_};
  std::uint64_t breaches = breaches_;
  for (const auto& [id, waits] : waiting_) {
    if (!waits.is_acknowledged || gaps_ > 0) continue;
    if (++breaches <= most_examples)
      f.examples.push_back("transfer " + id.str() + " was acknowledged, but has no event");
  }
  f.held = breaches == 0;
  f.text = f.held ? number(events_) + " events, in order, none missing" +
                        (gaps_ > 0 ? " except " + number(gaps_) + " in gaps that the node announced"
                                   : "")
                  : number(breaches) + " violations, the first of which are:";
  return f;
}

}  // namespace bank::driver
