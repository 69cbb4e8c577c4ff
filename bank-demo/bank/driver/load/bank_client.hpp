#pragma once

#include <functional>
#include <memory>

#include "bank/driver/history/witness.hpp"
#include "bank/driver/load/bank_door.hpp"
#include "bank/driver/measures/measures.hpp"
#include "bank/driver/scenario/scenario.hpp"

namespace bank::driver {

/// What all clients of a run share. It outlives them.
struct load_ground {
  asio::io_context& io;
  const client_timing& timing;
  const batch_settings& batch;
  witness& sees;
  std::function<std::unique_ptr<bank_door>()> make_door;
  /// Told of each operation's end; latencies and code are filled in.
  std::function<void(const sample&)> record;
  std::uint64_t next_process = 1;
};

/// One client of the bank: carries out one operation after the other through its own door, and
/// tells the witness what it sent and what it heard. It never repeats anything of itself.
class bank_client {
 public:
  explicit bank_client(load_ground& ground);

  /// `intended`: when it should have begun. Returns when it is over, one way or the other; false if
  /// the node could not be reached or did not answer, so that one should wait a moment.
  task<bool> perform(const planned_request& r, lifeline::time_point intended);
  /// Ends what runs.
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
  std::uint64_t acknowledged_ = 0;  // transfers of the present operation
};

}  // namespace bank::driver
