#pragma once

#include <functional>
#include <memory>

#include "driver/history/witness.hpp"
#include "driver/load/bank_door.hpp"
#include "driver/measures/measures.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// Shared by all clients of a run; outlives them.
struct load_ground {
  asio::io_context& io;
  const client_timing& timing;
  const batch_settings& batch;
  witness& sees;
  std::function<std::unique_ptr<bank_door>()> make_door;
  /// Called at the end of each operation with its latencies and code.
  std::function<void(const sample&)> record;
  std::uint64_t next_process = 1;
};

/// One client of the bank: runs one operation after another over its own connection, and reports
/// requests and answers to the witness. It never retries by itself.
class bank_client {
 public:
  explicit bank_client(load_ground& ground);

  /// `intended`: the intended start. Returns when the operation is over; false if the node could
  /// not be reached or did not answer, so that the caller should pause.
  task<bool> perform(const planned_request& r, lifeline::time_point intended);
  /// Ends the running operation.
  void hang_up() { door_->hang_up(); }

 private:
  task<judged> transfer(const planned_transfer& t);
  task<judged> repeat(const planned_transfer& t);
  task<judged> within_deadline(const planned_transfer& t);
  task<judged> hang_up_midway(const planned_transfer& t);
  task<judged> hold_and_end(const planned_transfer& t, std::int64_t post_amount);
  task<judged> end_hold(const planned_transfer& t, std::int64_t post_amount);
  task<judged> transfer_and_reverse(const planned_transfer& t);
  task<judged> batch(const std::vector<planned_transfer>& all);
  task<judged> dispatch(const planned_request& r);
  void tell(const judged& j, const char* f, const planned_transfer& t);

  load_ground& ground_;
  std::unique_ptr<bank_door> door_;
  std::uint64_t process_ = 0;
  std::uint64_t acknowledged_ = 0;  // transfers of the current operation
};

}  // namespace bank::driver
