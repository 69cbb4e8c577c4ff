#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "driver/finding.hpp"
#include "lifeline/ledger/values/uuid.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// Compares the node's events with the requests: each acknowledged transfer must have exactly one
/// event, in order, and a failed transfer none. Keeps only transfers that wait for an answer or an
/// event. Pure: times are arguments.
class event_checker {
 public:
  explicit event_checker(std::size_t subscribers) : streams_(subscribers) {}

  void sent(const lifeline::ledger::uuid& id, lifeline::time_point now);
  void acknowledged(const lifeline::ledger::uuid& id);
  /// The transfer failed and moved nothing.
  void failed(const lifeline::ledger::uuid& id);

  /// A ledger event at the subscriber with that index. For the first event of a transfer of this
  /// run, returns the time since it was sent.
  std::optional<lifeline::duration> received(std::size_t subscriber, std::uint64_t sequence,
                                             const lifeline::ledger::uuid& id,
                                             lifeline::time_point now);
  /// The node announced a gap: the number of events that a subscriber missed.
  void missed(std::size_t subscriber, std::uint64_t events);
  /// The sequence after which the subscriber resumes.
  std::optional<std::uint64_t> last_of(std::size_t subscriber) const;

  std::uint64_t events() const noexcept { return events_; }
  /// Acknowledged transfers without an event so far.
  std::size_t outstanding() const noexcept { return outstanding_; }
  /// The result; call it after outstanding events had time to arrive.
  finding conclude() const;

 private:
  struct in_flight {
    lifeline::time_point sent;
    bool is_acknowledged = false;
    bool is_received = false;
  };
  struct stream {
    std::optional<std::uint64_t> last;
    std::uint64_t may_skip = 0;
  };

  std::vector<stream> streams_;
  std::unordered_map<lifeline::ledger::uuid, in_flight> waiting_;
  std::size_t outstanding_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t gaps_ = 0;
  breaches breaches_;
};

}  // namespace bank::driver
