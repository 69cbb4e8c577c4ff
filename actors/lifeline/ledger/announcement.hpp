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

/// Who appended an entry and must hear of its end.
struct entry_asker {
  uuid id;
  std::uint64_t attempt = 0;
  caf::strong_actor_ptr who;
  caf::strong_actor_ptr from;  ///< the accounts of a transfer, else null
  caf::strong_actor_ptr to;
  work_counter::token under_way;
  /// That the entry ends, or as it makes it, where the entry does not hold it; if any hears of it.
  std::optional<transfer_record> transfer;
  std::optional<trace_state> place{};  ///< where it stands in a trace that is kept
};

/// The same of a group: of as many entries as it has transfers, and of its own.
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
/// To how many entries its verdicts belong.
inline std::size_t entries_of(const asker& a) noexcept {
  const auto* group = std::get_if<group_asker>(&a);
  return group == nullptr ? 1 : group->transfers.size() + 1;
}
inline const std::optional<trace_state>& place_of(const asker& a) noexcept {
  return std::visit(
      [](const auto& x) -> const auto& { return x.place; }, a);
}

/// Tells accounts and askers how their entries ended; the accounts first, so that who has an answer
/// sees its effect. `unknown` is only a notice: the entries stay, and so do the reservations.
class announcement {
 public:
  announcement(caf::local_actor* self, wall_time at) : self_(self), at_(at) {}
  ~announcement();
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

  /// As many verdicts as the asker has entries.
  void add(const asker& a, std::span<const entry_verdict> verdicts);
  /// One for all of them.
  void add(const asker& a, verdict all);

 private:
  void add_entry(const entry_asker& a, const entry_verdict& v);
  void add_group(const group_asker& a, std::span<const entry_verdict> verdicts);

  caf::local_actor* self_;
  wall_time at_;
  std::unordered_map<caf::strong_actor_ptr, entries_ended> ends_ = {};
  std::vector<std::pair<caf::strong_actor_ptr, group_ended>> groups_ = {};
};

/// Those whose entries the oldest so many are; they are taken out.
std::vector<asker> take_oldest(std::deque<asker>& askers, std::size_t entries);
/// A batch is at its end: `verdicts` in the order of its entries, and so are those who asked.
/// `events`, if there are any, hear of what was committed, at `at`.
void announce(caf::local_actor* self, const topic& events, const std::vector<asker>& askers,
              const std::vector<entry_verdict>& verdicts, std::span<const entry> entries,
              wall_time at);

}  // namespace lifeline::ledger::detail
