#pragma once

#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/actors/work_counter.hpp"
#include "lifeline/ledger/messages/steps.hpp"

namespace lifeline::ledger::detail {

/// The sender of a unit, which gets its verdicts.
struct asker {
  caf::strong_actor_ptr who;
  std::uint64_t attempt = 0;
  std::uint32_t entries = 1;
  bool holds_legs = false;
  std::optional<trace_state> place;  ///< its place in a recorded trace
  work_counter::token under_way{};
};

/// One message to each receiver; they are sent in the order of their first words, which does not
/// depend on addresses.
template <class Message>
class messages_by_receiver {
 public:
  Message& operator[](const caf::strong_actor_ptr& to) {
    const auto [found, is_new] = places_.try_emplace(to.get(), messages_.size());
    if (is_new) messages_.emplace_back(to, Message{});
    return messages_[found->second].second;
  }
  void send(caf::local_actor* self) {
    for (auto& [to, message] : messages_) tell(self, to, std::move(message));
    messages_.clear();
    places_.clear();
  }

 private:
  std::vector<std::pair<caf::strong_actor_ptr, Message>> messages_;
  std::unordered_map<const void*, std::size_t> places_;
};

/// The verdicts on one batch of askers, to the accounts' shards and to the askers: one message to
/// each. Shards come first: an answer or an event is never ahead of its effect on an account. An
/// account hears of its own entries, its opening and changes, through its shard, and asks for the
/// event before it answers. `unknown` is only a notice: entries and reservations stay.
class announcement {
 public:
  announcement(caf::local_actor* self, const environment& env, wall_time at)
      : self_(self), env_(env), at_(at), settled_(env.shards.size()) {}

  /// `entries`: the asker's, with one verdict each.
  void settle(const asker& a, std::span<const entry> entries,
              std::span<const entry_verdict> verdicts);
  void answer(const asker& a, std::span<const entry> entries, std::span<entry_verdict> verdicts);
  /// One verdict for all its entries, for accounts and asker.
  void add(const asker& a, std::span<const entry> entries, verdict all);

  void send_settled();
  void send_all();

 private:
  caf::local_actor* self_;
  const environment& env_;
  wall_time at_;
  std::vector<settle_legs> settled_;  // by shard
  std::vector<account_entry_ended> own_ = {};
  messages_by_receiver<units_ended> ended_ = {};
};

/// Removes and returns the askers of the oldest `entries` entries.
std::vector<asker> take_oldest(std::deque<asker>& askers, std::size_t entries);
/// A batch has ended. `verdicts` and `askers` are in the order of its entries. Committed entries
/// are published with time `at`, if the ledger has a topic for events.
void announce(caf::local_actor* self, const environment& env, const std::vector<asker>& askers,
              std::vector<entry_verdict> verdicts, std::span<const entry> entries, wall_time at);

}  // namespace lifeline::ledger::detail
