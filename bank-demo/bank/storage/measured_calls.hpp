#pragma once

#include <array>

#include "bank/storage/store_hook.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::storage {

/// Counts and times every call of a ledger store, and makes a span of it if the trace of its
/// context is kept. A look-up that finds nothing is not a failure.
class measured_calls final : public store_hook {
 public:
  /// Both outlive it.
  measured_calls(lifeline::metrics& to, lifeline::clock& time);

  std::optional<lifeline::ledger::failure> around(const store_call& call,
                                                  const rest_of_call& go_on) override;

 private:
  struct call_meter {
    lifeline::histogram* took = nullptr;
    lifeline::counter* answered = nullptr;
    lifeline::counter* ended = nullptr;  ///< its context ended
    lifeline::counter* failed = nullptr;
  };

  lifeline::clock& time_;
  std::array<call_meter, operation_count> meters_;
};

}  // namespace bank::storage
