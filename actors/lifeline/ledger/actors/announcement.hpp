#pragma once

#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/actors/work_counter.hpp"
#include "lifeline/ledger/messages/steps.hpp"

namespace lifeline::ledger::detail {

/// The sender of a unit, which gets its verdicts, and the legs that were taken for it.
struct asker {
  caf::strong_actor_ptr who;
  std::uint64_t attempt = 0;
  std::uint32_t entries = 1;
  std::vector<taken_leg> legs;
  std::optional<trace_state> place;  ///< its place in a recorded trace
  work_counter::token under_way{};
};

/// Sends accounts and askers the verdicts on their entries: one message to each. Accounts come
/// first, so that an asker with an answer sees its effect. `unknown` is only a notice: entries and
/// reservations stay.
class announcement {
 public:
  announcement(caf::local_actor* self, wall_time at) : self_(self), at_(at) {}
  ~announcement();
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

  /// `verdicts`: one per entry of the asker.
  void add(const asker& a, std::span<entry_verdict> verdicts);
  /// One verdict for all its entries.
  void add(const asker& a, verdict all);

 private:
  caf::local_actor* self_;
  wall_time at_;
  std::unordered_map<caf::strong_actor_ptr, settle_legs> settled_ = {};
  std::unordered_map<caf::strong_actor_ptr, units_ended> ended_ = {};
};

/// Removes and returns the askers of the oldest `entries` entries.
std::vector<asker> take_oldest(std::deque<asker>& askers, std::size_t entries);
/// A batch has ended. `verdicts` and `askers` are in the order of its entries. Committed entries
/// are published to `events`, if given, with time `at`.
void announce(caf::local_actor* self, const topic& events, const std::vector<asker>& askers,
              std::vector<entry_verdict> verdicts, std::span<const entry> entries, wall_time at);

}  // namespace lifeline::ledger::detail
