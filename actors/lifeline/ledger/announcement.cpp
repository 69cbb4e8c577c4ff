#include "lifeline/ledger/announcement.hpp"

#include <utility>

#include "lifeline/ledger/ledger_events.hpp"

namespace lifeline::ledger::detail {

namespace {

/// Per group, which may be long.
constexpr std::size_t most_traced_events = 16;

void publish(const topic& to, std::span<const entry> entries,
             std::span<const entry_verdict> verdicts, wall_time at, const asker& by) {
  const auto* one = std::get_if<entry_asker>(&by);
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (verdicts[i].what == verdict::committed && verdicts[i].sequence != 0)
      publish_once(to,
                   event_of(entries[i], verdicts[i].sequence, at,
                            one != nullptr ? one->transfer : std::nullopt),
                   i < most_traced_events ? place_of(by) : std::nullopt);
}

}  // namespace

announcement::~announcement() {
  for (auto& [who, ended] : ends_) {
    ended.at = at_;
    tell(self_, who, std::move(ended));
  }
  for (auto& [who, ended] : groups_) tell(self_, who, std::move(ended));
}

void announcement::add(const asker& a, std::span<const entry_verdict> verdicts) {
  if (const auto* group = std::get_if<group_asker>(&a)) {
    add_group(*group, verdicts);
  } else {
    add_entry(std::get<entry_asker>(a), verdicts.front());
  }
}

void announcement::add(const asker& a, verdict all) {
  const std::vector<entry_verdict> verdicts(entries_of(a), entry_verdict{all});
  add(a, verdicts);
}

void announcement::add_entry(const entry_asker& a, const entry_verdict& v) {
  if (v.what != verdict::unknown) {
    const settle_funds end{transfer_id(a.id), a.attempt, v.what == verdict::committed};
    if (a.from) tell(self_, a.from, end);
    if (a.to) tell(self_, a.to, end);
  }
  ends_[a.who].entries.push_back({a.id, a.attempt, v.what, v.sequence});
}

void announcement::add_group(const group_asker& a, std::span<const entry_verdict> verdicts) {
  if (verdicts.front().what != verdict::unknown) {
    const auto members = verdicts.subspan(1);
    for (const group_account& g : a.accounts) {
      settle_group ends;
      ends.ends.reserve(g.transfers.size());
      for (const std::uint32_t n : g.transfers)
        ends.ends.push_back({a.transfers[n], a.attempt, members[n].what == verdict::committed});
      tell(self_, g.account, std::move(ends));
    }
  }
  groups_.emplace_back(a.who,
                       group_ended{a.id, a.attempt, at_, {verdicts.begin(), verdicts.end()}});
}

std::vector<asker> take_oldest(std::deque<asker>& askers, std::size_t entries) {
  std::vector<asker> oldest;
  for (std::size_t left = entries; left != 0; askers.pop_front()) {
    left -= entries_of(askers.front());
    oldest.push_back(std::move(askers.front()));
  }
  return oldest;
}

void announce(caf::local_actor* self, const topic& events, const std::vector<asker>& askers,
              const std::vector<entry_verdict>& verdicts, std::span<const entry> entries,
              wall_time at) {
  announcement say(self, at);
  std::span<const entry_verdict> left = verdicts;
  for (const asker& a : askers) {
    const std::size_t n = entries_of(a);
    say.add(a, left.first(n));
    if (events) publish(events, entries.first(n), left.first(n), at, a);
    left = left.subspan(n);
    entries = entries.subspan(n);
  }
}

}  // namespace lifeline::ledger::detail
