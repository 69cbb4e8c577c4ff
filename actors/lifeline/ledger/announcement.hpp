#pragma once

#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/internal_messages.hpp"
#include "lifeline/ledger/work_counter.hpp"

namespace lifeline::ledger::detail {

/// The sender of an entry, which gets its verdict.
struct entry_asker {
  uuid id;
  std::uint64_t attempt = 0;
  caf::strong_actor_ptr who;
  caf::strong_actor_ptr from;  ///< for a transfer: its accounts, else null
  caf::strong_actor_ptr to;
  work_counter::token under_way;
  /// The transfer that the entry ends, or makes, if the entry does not contain it; for events.
  std::optional<transfer_record> transfer;
  std::optional<trace_state> place{};  ///< its place in a recorded trace
};

/// The sender of a group: one entry per transfer, and the group's own.
struct group_asker {
  uuid id;
  std::uint64_t attempt = 0;
  caf::strong_actor_ptr who;
  std::vector<transfer_id> transfers;
  std::vector<group_account> accounts;
  work_counter::token under_way;
  std::optional<trace_state> place{};
};

using asker = std::variant<entry_asker, group_asker>;
/// Number of entries, and of verdicts, of an asker.
inline std::size_t entries_of(const asker& a) noexcept {
  const auto* group = std::get_if<group_asker>(&a);
  return group == nullptr ? 1 : group->transfers.size() + 1;
}
inline const std::optional<trace_state>& place_of(const asker& a) noexcept {
  return std::visit(
      [](const auto& x) -> const auto& { return x.place; }, a);
}

/// Sends accounts and askers the verdicts on their entries. Accounts come first, so that an asker
/// with an answer sees its effect. `unknown` is only a notice: entries and reservations stay.
class announcement {
 public:
  announcement(caf::local_actor* self, wall_time at) : self_(self), at_(at) {}
  ~announcement();
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

  /// `verdicts`: one per entry of the asker.
  void add(const asker& a, std::span<const entry_verdict> verdicts);
  /// One verdict for all its entries.
  void add(const asker& a, verdict all);

 private:
  void add_entry(const entry_asker& a, const entry_verdict& v);
  void add_group(const group_asker& a, std::span<const entry_verdict> verdicts);

  caf::local_actor* self_;
  wall_time at_;
  std::unordered_map<caf::strong_actor_ptr, entries_ended> ends_ = {};
  std::vector<std::pair<caf::strong_actor_ptr, group_ended>> groups_ = {};
};

/// Removes and returns the askers of the oldest `entries` entries.
std::vector<asker> take_oldest(std::deque<asker>& askers, std::size_t entries);
/// A batch has ended. `verdicts` and `askers` are in the order of its entries. Committed entries
/// are published to `events`, if given, with time `at`.
void announce(caf::local_actor* self, const topic& events, const std::vector<asker>& askers,
              const std::vector<entry_verdict>& verdicts, std::span<const entry> entries,
              wall_time at);

}  // namespace lifeline::ledger::detail
