#include "bank/books/lanes.hpp"

namespace bank::books {

using lifeline::ledger::account_id;
using lifeline::ledger::transfer_id;

std::vector<account_lane> plan_lanes(const recorded_books& b, const row_ids& ids) {
  std::vector<account_lane> lanes(b.accounts.size());
  for (std::size_t i = 0; i < lanes.size(); ++i)
    lanes[i].id = account_id(ids("account", b.accounts[i].ref));
  for (std::size_t i = 0; i < b.bookings.size(); ++i) {
    const booking& line = b.bookings[i];
    lanes[line.account].transfers.push_back({i, transfer_id(ids("transfer", line.id))});
  }
  return lanes;
}

}  // namespace bank::books
