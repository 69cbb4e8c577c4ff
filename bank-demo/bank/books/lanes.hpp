#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "bank/books/books.hpp"

namespace bank::books {

/// One account of the books: it is opened, then its transfers follow in order. Lanes are
/// independent of each other.
struct account_lane {
  struct transfer {
    std::size_t booking = 0;  ///< index into `recorded_books::bookings`
    lifeline::ledger::transfer_id id;
  };

  lifeline::ledger::account_id id;
  std::vector<transfer> transfers;
};

/// Derives the identifier of an account or transfer from its kind and its identifier in the books.
/// The same input gives the same id, so a repeat has no effect.
using row_ids = std::function<lifeline::ledger::uuid(std::string_view kind, std::string_view row)>;

/// One lane per account, in the books' order.
std::vector<account_lane> plan_lanes(const recorded_books& b, const row_ids& ids);

}  // namespace bank::books
