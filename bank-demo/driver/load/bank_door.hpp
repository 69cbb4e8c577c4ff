#pragma once

#include <optional>
#include <vector>

#include "driver/load/outcome.hpp"
#include "driver/load/request_plan.hpp"
#include "driver/task.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// A client's access to the bank: over HTTP, or in the driver's process. One request at a time, no
/// retries; arguments must outlive the request.
class bank_door {
 public:
  bank_door() = default;
  bank_door(const bank_door&) = delete;
  bank_door& operator=(const bank_door&) = delete;
  virtual ~bank_door() = default;

  struct reversed {
    judged how;
    lifeline::ledger::uuid reversal;  ///< if done: the new transfer's id
  };
  struct batch_answer {
    judged how;
    std::vector<judged> items;  ///< if answered: one per transfer
  };

  /// The client disconnects if there is no answer within `patience`.
  virtual task<judged> transfer(const planned_transfer& t, bool pending,
                                lifeline::duration patience) = 0;
  /// With this deadline.
  virtual task<judged> transfer_within(const planned_transfer& t,
                                       std::chrono::milliseconds time) = 0;
  /// Posts this amount, or voids the hold if it is 0.
  virtual task<judged> end_hold(const planned_transfer& hold, std::int64_t amount) = 0;
  virtual task<reversed> reverse(const planned_transfer& t) = 0;
  virtual task<batch_answer> batch(const std::vector<planned_transfer>& all, bool atomic) = 0;
  virtual task<judged> read_account(std::size_t account) = 0;
  virtual task<judged> read_history(std::size_t account) = 0;
  /// Ends the running request.
  virtual void hang_up() = 0;
};

}  // namespace bank::driver
