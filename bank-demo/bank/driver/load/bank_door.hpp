#pragma once

#include <optional>
#include <vector>

#include "bank/driver/load/outcome.hpp"
#include "bank/driver/load/request_plan.hpp"
#include "bank/driver/task.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// The bank as one client reaches it: over HTTP, or in the driver's own process. One request at a
/// time, none repeated of itself; what is given stays until the answer is there.
class bank_door {
 public:
  bank_door() = default;
  bank_door(const bank_door&) = delete;
  bank_door& operator=(const bank_door&) = delete;
  virtual ~bank_door() = default;

  struct reversed {
    judged how;
    lifeline::ledger::uuid reversal;  ///< if it was done: the new transfer's id
  };
  struct batch_answer {
    judged how;
    std::vector<judged> items;  ///< if it was answered: one for each transfer
  };

  /// The client goes away, if it was not answered within `patience`.
  virtual task<judged> transfer(const planned_transfer& t, bool pending,
                                lifeline::duration patience) = 0;
  /// The request itself has no more time than that.
  virtual task<judged> transfer_within(const planned_transfer& t,
                                       std::chrono::milliseconds time) = 0;
  virtual task<judged> post_hold(const planned_transfer& hold, std::int64_t amount) = 0;
  virtual task<judged> void_hold(const planned_transfer& hold) = 0;
  virtual task<reversed> reverse(const planned_transfer& t) = 0;
  virtual task<batch_answer> batch(const std::vector<planned_transfer>& all, bool atomic) = 0;
  virtual task<judged> read_account(std::size_t account) = 0;
  virtual task<judged> read_history(std::size_t account) = 0;
  /// Ends what runs.
  virtual void hang_up() = 0;
};

}  // namespace bank::driver
