#include "lifeline/ledger/actors/announcement.hpp"

#include <iterator>
#include <utility>

#include "lifeline/ledger/ledger_events.hpp"

namespace lifeline::ledger::detail {

namespace {

/// Per unit, which may be long.
constexpr std::size_t most_traced_events = 16;

void publish(const topic& to, std::span<const entry> entries,
             std::span<const entry_verdict> verdicts, wall_time at, const asker& by) {
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (verdicts[i].what == verdict::committed && verdicts[i].sequence != 0)
      publish_once(to, event_of(entries[i], verdicts[i], at),
                   i < most_traced_events ? by.place : std::nullopt);
}

}  // namespace

void announcement::settle(const asker& a, std::span<const entry_verdict> verdicts) {
  if (verdicts.front().what == verdict::unknown) return;
  for (const taken_leg& l : a.legs)
    settled_[l.account].legs.push_back(
        {{}, l.transfer, a.attempt, verdicts[l.entry].what == verdict::committed});
}

void announcement::answer(const asker& a, std::span<entry_verdict> verdicts) {
  units_ended& to = ended_[a.who];
  to.at = at_;
  to.units.push_back(
      {a.attempt,
       {std::make_move_iterator(verdicts.begin()), std::make_move_iterator(verdicts.end())}});
}

void announcement::add(const asker& a, verdict all) {
  std::vector<entry_verdict> verdicts(a.entries, entry_verdict{all, 0, {}});
  settle(a, verdicts);
  answer(a, verdicts);
}

void announcement::send_all() {
  send_settled();
  ended_.send(self_);
}

std::vector<asker> take_oldest(std::deque<asker>& askers, std::size_t entries) {
  std::vector<asker> oldest;
  for (std::size_t left = entries; left != 0; askers.pop_front()) {
    left -= askers.front().entries;
    oldest.push_back(std::move(askers.front()));
  }
  return oldest;
}

void announce(caf::local_actor* self, const topic& events, const std::vector<asker>& askers,
              std::vector<entry_verdict> verdicts, std::span<const entry> entries, wall_time at) {
  announcement say(self, at);
  std::span<entry_verdict> left = verdicts;
  for (const asker& a : askers) {
    say.settle(a, left.first(a.entries));
    left = left.subspan(a.entries);
  }
  say.send_settled();
  left = verdicts;
  for (const asker& a : askers) {
    if (events) publish(events, entries.first(a.entries), left.first(a.entries), at, a);
    say.answer(a, left.first(a.entries));
    left = left.subspan(a.entries);
    entries = entries.subspan(a.entries);
  }
  say.send_all();
}

}  // namespace lifeline::ledger::detail
