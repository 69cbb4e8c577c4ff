#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bank/driver/finding.hpp"
#include "lifeline/ledger/uuid.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// Follows the node's events beside what was asked of it: every transfer that was acknowledged must
/// have its event, once, in order, and none may have one that moved nothing. Keeps only what still
/// waits for its answer or its event. Pure: times are given.
class event_checker {
 public:
  explicit event_checker(std::size_t subscribers) : streams_(subscribers) {}

  void sent(const lifeline::ledger::uuid& id, lifeline::time_point now);
  void acknowledged(const lifeline::ledger::uuid& id);
  /// It moved nothing.
  void failed(const lifeline::ledger::uuid& id);

  /// An event of the ledger, of the subscriber with that index. Its first of a transfer that we
  /// sent answers how long it took since then.
  std::optional<lifeline::duration> heard(std::size_t subscriber, std::uint64_t sequence,
                                          const lifeline::ledger::uuid& id,
                                          lifeline::time_point now);
  /// The node says that a subscriber fell behind, and what it missed.
  void missed(std::size_t subscriber, std::uint64_t events);
  /// Where it will go on after a break.
  std::optional<std::uint64_t> last_of(std::size_t subscriber) const;

  std::uint64_t events() const noexcept { return events_; }
  /// Acknowledged transfers whose event is still to come.
  std::size_t outstanding() const noexcept { return outstanding_; }
  /// At the end, after all that is outstanding had time to come.
  finding conclude() const;

 private:
  struct in_flight {
    lifeline::time_point sent;
    bool is_acknowledged = false;
    bool is_heard = false;
  };
  struct stream {
    std::optional<std::uint64_t> last;
    std::uint64_t may_skip = 0;
  };
  void breach(std::string text);

  std::vector<stream> streams_;
  std::unordered_map<lifeline::ledger::uuid, in_flight> waiting_;
  std::size_t outstanding_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t breaches_ = 0;
  std::vector<std::string> examples_;
};

}  // namespace bank::driver
