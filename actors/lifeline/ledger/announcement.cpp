#include "lifeline/ledger/announcement.hpp"

#include <utility>

namespace lifeline::ledger::detail {

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
    const settle_funds end{transfer_id(a.id), v.what == verdict::committed};
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
        ends.ends.push_back({a.transfers[n], members[n].what == verdict::committed});
      tell(self_, g.account, std::move(ends));
    }
  }
  groups_.emplace_back(a.who,
                       group_ended{a.id, a.attempt, at_, {verdicts.begin(), verdicts.end()}});
}

}  // namespace lifeline::ledger::detail
