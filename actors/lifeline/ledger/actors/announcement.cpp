#include "lifeline/ledger/actors/announcement.hpp"

#include <iterator>
#include <utility>

#include "lifeline/ledger/core/legs.hpp"
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

/// The account whose own entry it is; null if it is a transfer's or an order's.
const account_id* own_account(const entry& e) {
  if (const auto* opens = std::get_if<open_entry>(&e)) return &opens->account.id;
  const auto* changes = std::get_if<change_entry>(&e);
  return changes != nullptr ? &changes->account : nullptr;
}

}  // namespace

void announcement::settle(const asker& a, std::span<const entry> entries,
                          std::span<const entry_verdict> verdicts) {
  if (const account_id* own = own_account(entries.front()))
    own_.push_back({*own, a.who, {at_, {{a.attempt, {verdicts.begin(), verdicts.end()}}}}});
  if (!a.holds_legs || verdicts.front().what == verdict::unknown) return;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto sides = sides_of(entries[i]);
    if (!sides) continue;
    const bool durable = verdicts[i].what == verdict::committed;
    for (const account_id& account : {sides->from, sides->to})
      settled_[env_.shard_of(account)].legs.push_back(
          {account, sides->transfer, a.attempt, durable});
  }
}

void announcement::answer(const asker& a, std::span<const entry> entries,
                          std::span<entry_verdict> verdicts) {
  if (own_account(entries.front()) != nullptr) return;  // `settle` has its answer
  units_ended& to = ended_[a.who];
  to.at = at_;
  to.units.push_back(
      {a.attempt,
       {std::make_move_iterator(verdicts.begin()), std::make_move_iterator(verdicts.end())}});
}

void announcement::add(const asker& a, std::span<const entry> entries, verdict all) {
  std::vector<entry_verdict> verdicts(a.entries, entry_verdict{all, 0, {}});
  settle(a, entries, verdicts);
  answer(a, entries, verdicts);
}

/// A shard that is down has lost its accounts and what they had taken.
void announcement::send_settled() {
  for (std::size_t i = 0; i < settled_.size(); ++i)
    if (!settled_[i].legs.empty()) env_.shards[i].tell(self_, std::exchange(settled_[i], {}));
  for (account_entry_ended& own : std::exchange(own_, {})) {
    const child_ref& shard = env_.shards[env_.shard_of(own.account)];
    shard.tell(self_, std::move(own));
  }
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

void announce(caf::local_actor* self, const environment& env, const std::vector<asker>& askers,
              std::vector<entry_verdict> verdicts, std::span<const entry> entries, wall_time at) {
  announcement say(self, env, at);
  std::size_t done = 0;
  for (const asker& a : askers) {
    say.settle(a, entries.subspan(done, a.entries), std::span(verdicts).subspan(done, a.entries));
    done += a.entries;
  }
  say.send_settled();
  done = 0;
  for (const asker& a : askers) {
    const auto own = entries.subspan(done, a.entries);
    const auto said = std::span(verdicts).subspan(done, a.entries);
    if (env.options.events) publish(env.options.events, own, said, at, a);
    say.answer(a, own, said);
    done += a.entries;
  }
  say.send_all();
}

}  // namespace lifeline::ledger::detail
